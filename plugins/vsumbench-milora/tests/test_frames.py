"""Frames: evenly sampled in integers, resized only where needed, kept within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from milora_support import noise_video
from torch import nn
from vsumbench_milora.video_llama.config import PIXEL_MEAN, PIXEL_STD
from vsumbench_milora.video_llama.frames import read_frames, sample_steps
from vsumbench_milora.video_llama.seeing import Sight

from vsumbench.contracts import Frame
from vsumbench.errors import DataDamagedError, MismatchError


@pytest.mark.parametrize("count", [1, 3, 8, 32])
def test_there_are_always_as_many_steps_as_asked_for(count: int) -> None:
    for steps in range(1, 400):
        sampled = sample_steps(steps, count)
        assert len(sampled) == count
        assert list(sampled) == sorted(sampled)
        assert sampled[0] >= 0 and sampled[-1] < steps
        gaps = np.diff([*sampled, steps])
        assert gaps.max() <= -(-steps // count)


def test_short_videos_repeat_steps_and_long_ones_do_not() -> None:
    assert sample_steps(3, 8) == (0, 0, 0, 1, 1, 1, 2, 2)
    assert sample_steps(60, 8) == (0, 7, 15, 22, 30, 37, 45, 52)
    with pytest.raises(ValueError, match="0 steps"):
        sample_steps(0, 8)


def test_frames_are_normalised_and_stand_in_order() -> None:
    video = noise_video("v", steps=5)
    assert video.frames is not None
    raw = np.stack([frame.pixels for frame in video.frames()]).astype(np.float64) / 255
    read = read_frames(video, 8, 16).numpy()
    mean, std = np.asarray(PIXEL_MEAN), np.asarray(PIXEL_STD)
    expected = ((raw - mean) / std)[[0, 0, 1, 1, 2, 3, 3, 4]]
    np.testing.assert_allclose(read.transpose(0, 2, 3, 1), expected, atol=1e-5)


def test_frames_of_another_size_are_resized_to_the_same_picture() -> None:
    ramp = np.linspace(0, 255, 64)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 48, axis=0), 3, axis=2).astype(np.uint8)
    video = replace(noise_video("v", steps=1), frames=lambda: iter([Frame(index=0, time=0.0, pixels=pixels)]))
    read = read_frames(video, 1, 16)[0]
    assert read.shape == (3, 16, 16)
    assert (read.diff(dim=2) > 0).all()
    # Rows are equal up to a rounded pixel.
    torch.testing.assert_close(read[:, 0], read[:, 15], atol=0.02, rtol=0)


def test_frames_that_end_too_early_are_damage_and_none_are_a_mismatch() -> None:
    video = noise_video("v", steps=8)
    assert video.frames is not None
    some = list(video.frames())[:5]
    with pytest.raises(DataDamagedError, match="end before step 5"):
        read_frames(replace(video, frames=lambda: iter(some)), 8, 16)
    with pytest.raises(MismatchError, match="no frames"):
        read_frames(replace(video, frames=None), 8, 16)


class _Counting:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return pixels.mean(dim=(3, 4))


@pytest.mark.parametrize(("budget", "calls"), [(0, 6), (1, 3)])
def test_what_was_seen_is_kept_within_the_budget_and_is_the_same(budget: int, calls: int) -> None:
    front = _Counting()
    sight = Sight(nn.Linear(1, 1), front, frames=4, side=16, dtype="float32", budget_mib=budget)
    videos = [noise_video(f"v{number}") for number in range(3)]
    first, again = sight.batch(videos), sight.batch(videos[::-1])
    assert torch.equal(first, again.flip(0))
    assert front.calls == calls


def test_a_budget_smaller_than_the_videos_keeps_some_of_them() -> None:
    front = _Counting()
    # 4 frames of 3 channels, repeated to just below a MiB a video: two fit.
    sight = Sight(
        nn.Linear(1, 1),
        lambda pixels: front(pixels).repeat(1, 1, 21_845),
        frames=4,
        side=16,
        dtype="float32",
        budget_mib=2,
    )
    videos = [noise_video(f"v{number}") for number in range(3)]
    sight.batch(videos)
    sight.batch(videos)
    assert front.calls == 3 + 1


def test_only_sampled_frames_are_asked_for() -> None:
    video = noise_video("v", steps=12)
    asked: list[tuple[int, ...]] = []
    assert video.frames is not None
    frames = list(video.frames())

    def frames_at(steps: object) -> Iterator[Frame]:
        wanted = tuple(steps)  # type: ignore[arg-type]
        asked.append(wanted)
        return iter([frames[step] for step in wanted])

    read_frames(replace(video, frames_at=frames_at), 4, 16)
    assert asked == [(0, 3, 6, 9)]
