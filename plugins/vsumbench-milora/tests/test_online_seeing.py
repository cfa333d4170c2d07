"""From pixels to the tokens of a frame: the grid by hand, padding, sampling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from milora_support import noise_video
from online_support import MICRO
from torch.testing import assert_close
from transformers import SiglipVisionModel
from vsumbench_milora.videollm_online.live.seeing import (
    Eyes,
    Sight,
    chosen_steps,
    fitted,
    frame_tokens,
    normalise,
)


@pytest.fixture
def eyes() -> Eyes:
    torch.manual_seed(3)
    return Eyes(SiglipVisionModel(MICRO.vision.config()), 3).eval().requires_grad_(False)


def test_the_grid_is_the_mean_of_each_ninth_of_the_patches_row_by_row() -> None:
    patches = torch.arange(36.0).reshape(1, 36, 1)
    pooled = torch.tensor([[100.0]])
    found = frame_tokens(patches, pooled, 3)
    square = np.arange(36.0).reshape(6, 6)
    by_hand = [square[row : row + 2, column : column + 2].mean() for row in (0, 2, 4) for column in (0, 2, 4)]
    assert found.shape == (1, 10, 1) and found[0, :, 0].tolist() == [100.0, *by_hand]


def test_cells_overlap_where_four_patches_a_side_make_three() -> None:
    patches = torch.arange(16.0).reshape(1, 16, 1)
    found = frame_tokens(patches, torch.zeros(1, 1), 3)[0, 1:, 0]
    square = np.arange(16.0).reshape(4, 4)
    edges = ((0, 2), (1, 3), (2, 4))
    by_hand = [square[top:low, left:right].mean() for top, low in edges for left, right in edges]
    assert_close(found, torch.tensor(by_hand, dtype=torch.float32))


def test_v1_is_the_pooled_vector_alone() -> None:
    pooled = torch.randn(2, 5)
    assert torch.equal(frame_tokens(torch.randn(2, 9, 5), pooled, 0), pooled[:, None])


def test_the_eyes_give_what_siglip_gives(eyes: Eyes) -> None:
    pixels = torch.randn(2, 3, 16, 16)
    seen = eyes.vision(pixel_values=pixels)
    found = eyes(pixels)
    assert_close(found[:, 0], seen.pooler_output)
    assert_close(found[:, 1], seen.last_hidden_state.reshape(2, 4, 4, -1)[:, :2, :2].mean(dim=(1, 2)))


def test_pixels_run_from_minus_one_to_one() -> None:
    pixels = torch.tensor([[[[0, 255, 51]]]], dtype=torch.uint8)
    assert_close(normalise(pixels)[0, :, 0, 0], torch.tensor([-1.0, 1.0, -0.6]))


def test_a_wide_frame_keeps_its_proportions_with_black_above_and_below() -> None:
    found = fitted(torch.full((8, 16, 3), 200, dtype=torch.uint8), 8)
    rows = found[:, :, 0].float().mean(dim=1).tolist()
    assert rows == [0, 0, 200, 200, 200, 200, 0, 0]


def test_all_steps_are_read_up_to_the_most_and_then_starts_of_equal_parts() -> None:
    assert chosen_steps(4, 4) == (0, 1, 2, 3)
    assert chosen_steps(9, 3) == (0, 3, 6)


def test_keeping_what_was_seen_changes_nothing(eyes: Eyes) -> None:
    video = noise_video("v", steps=40)
    keeping, fresh = Sight(eyes, 35, "float32", 10), Sight(eyes, 35, "float32")
    first = keeping(video)
    assert first.tokens.shape == (35, 10, 16) and keeping(video) is first
    again = fresh(video)
    assert again is not fresh(video)
    assert torch.equal(first.tokens, again.tokens) and first.steps == again.steps
    assert first.times.tolist() == [float(step) for step in first.steps]
