"""From logits to selections, segments and batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from vsumbench_vtsum_blip.examples import Batch, Example, collate
from vsumbench_vtsum_blip.summaries import BATCH, STEP, segments_of, summarize
from vsumbench_vtsum_blip.temporal.network import Seen
from vtsum_support import planted, video_of

from vsumbench.contracts import FeatureSpec, check_summary
from vsumbench.testing.interrupting import StepCounter

SPEC = FeatureSpec(name="given", shape=(1,))


def scored(values: list[float]) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)[:, None]


def see(batch: Batch) -> Seen:
    return Seen(batch.features, batch.features[..., 0], batch.mask)


def test_the_top_15_percent_become_segments_and_logits_stay_raw() -> None:
    # T = 20: k = 3, so the fourth-largest score is the threshold and four steps are selected.
    values = [float(step % 7) for step in range(20)]
    values[4:6], values[11:13] = [30.0, 31.0], [-3.0, 40.0]
    video = video_of("v", scored(values), SPEC)
    (found,) = summarize(
        [video], lambda one: torch.from_numpy(one.features["given"].read()), see, None, StepCounter()
    )
    check_summary(found, video)
    assert found.importance is not None and found.importance.tolist() == values
    assert found.segments is not None and found.text is None
    # Ties at the threshold (6) are all taken, as the protocol does.
    picked = sorted(range(20), key=lambda step: -values[step])[:4]
    threshold = values[picked[-1]]
    steps = [step for step in range(20) if values[step] >= threshold]
    expected = np.zeros(20, dtype=bool)
    expected[steps] = True
    covered = np.zeros(20, dtype=bool)
    for start, end in found.segments:
        covered[int(start) : int(end)] = True
    assert (covered == expected).all()


def test_the_last_step_reaches_to_the_end_of_the_video_and_within() -> None:
    video = replace(video_of("v", scored([0.0] * 10), SPEC), duration=9.73)
    assert segments_of([(2, 4), (9, 10)], video).tolist() == [[2.0, 4.0], [9.0, 10.0]]
    wider = replace(video, duration=10.4)
    assert segments_of([(9, 10)], wider).tolist() == [[9.0, 10.4]]
    assert segments_of([], video).shape == (0, 2)


def test_every_batch_has_the_same_size_and_a_length_in_steps_of_32() -> None:
    shapes: list[tuple[int, int]] = []

    def note(batch: Batch) -> Seen:
        shapes.append((batch.features.shape[0], batch.features.shape[1]))
        return see(batch)

    lengths = [5, 70, 33, 64, 1, 32, 40, 40, 40, 40, 40, 40, 40, 40]
    videos = [video_of(f"v{n}", scored(list(range(size))), SPEC) for n, size in enumerate(lengths)]
    progress = StepCounter()
    found = [
        *summarize(videos, lambda one: torch.from_numpy(one.features["given"].read()), note, None, progress)
    ]
    assert [one.video_id for one in found] == [video.id for video in videos]
    assert all(
        one.importance is not None and len(one.importance) == size
        for one, size in zip(found, lengths, strict=True)
    )
    assert {size for size, _ in shapes} == {BATCH} and {length % STEP for _, length in shapes} == {0}
    assert sorted(length for _, length in shapes) == [32, 64, 64, 96]


def test_a_batch_is_padded_to_its_longest_video() -> None:
    pair = [Example(torch.ones(steps, 3), torch.ones(steps), "") for steps in (2, 4)]
    batch = collate(pair)
    assert batch.features.shape == (2, 4, 3) and batch.mask.sum(dim=1).tolist() == [2, 4]
    assert batch.selected is not None and batch.selected[0].tolist() == [1, 1, 0, 0]
    assert collate([Example(torch.ones(2, 3), None, "")], 5).features.shape == (1, 5, 3)
    assert collate([Example(torch.ones(2, 3), None, "")]).selected is None


def test_planted_samples_have_what_is_learned() -> None:
    sample = planted(0)
    assert sample.annotations.user_summaries is not None
    assert sample.annotations.user_summaries.shape == (10, sample.video.steps)
    assert len(sample.annotations.texts) == 1 and pytest.approx(1.0) == sample.video.fps
