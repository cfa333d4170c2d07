"""Attention along the band against attention over the whole matrix."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from vsumbench_vtsum_blip.temporal.band import Band, banded_attention, dense_attention, dense_mask
from vsumbench_vtsum_blip.temporal.blocks import LocalAttention

HEADS, WIDTH = 2, 4


def parts(steps: int, batch: int = 3, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(steps)
    drawn = torch.randn(3, batch, HEADS, steps, WIDTH, generator=generator, dtype=dtype)
    return drawn[0], drawn[1], drawn[2]


def lengths(steps: int) -> Tensor:
    """Masks of three videos: a whole one, one that ends in the middle, one of a single step."""
    ends = torch.tensor([steps, max(1, steps // 2), 1])
    return torch.arange(steps)[None, :] < ends[:, None]


@pytest.mark.parametrize("steps", [1, 2, 7, 33])
@pytest.mark.parametrize("radius", [0, 1, 2, 5, 33])
def test_the_band_gives_what_the_whole_matrix_gives_padding_included(steps: int, radius: int) -> None:
    mask = lengths(steps)
    band = Band.of(mask, radius)
    found = banded_attention(*parts(steps), band)
    assert torch.isfinite(found).all()
    assert (found - dense_attention(*parts(steps), band)).abs().max() <= 1e-6


def test_its_gradients_are_those_of_the_whole_matrix() -> None:
    band = Band.of(lengths(9), 2)
    for attend in (banded_attention, dense_attention):
        inputs = [part.requires_grad_() for part in parts(9, dtype=torch.float64)]
        attend(*inputs, band).square().sum().backward()
        gradients = torch.stack([part.grad for part in inputs if part.grad is not None])
        assert torch.isfinite(gradients).all()
        first = gradients if attend is banded_attention else first  # noqa: F821
    assert (first - gradients).abs().max() < 1e-12


def test_its_gradients_are_right() -> None:
    band = Band.of(lengths(5), 1)
    inputs = [part.requires_grad_() for part in parts(5, dtype=torch.float64)]
    assert torch.autograd.gradcheck(lambda *given: banded_attention(*given, band), inputs)


def test_a_case_done_by_hand() -> None:
    # One head of width 1 with equal keys: each step gets the mean of itself and its neighbours.
    values = torch.tensor([1.0, 2.0, 6.0, 7.0]).view(1, 1, 4, 1)
    band = Band.of(torch.tensor([[True, True, True, False]]), 1)
    found = banded_attention(torch.ones_like(values), torch.ones_like(values), values, band)
    # The third step does not see the padding after it; the padding sees itself.
    assert found.flatten().tolist() == pytest.approx([1.5, 3.0, 4.0, 7.0])


def test_what_lies_outside_the_band_changes_nothing() -> None:
    queries, keys, values = parts(12, batch=1)
    band = Band.of(torch.ones(1, 12, dtype=torch.bool), 2)
    before = banded_attention(queries, keys, values, band)
    keys, values = keys.clone(), values.clone()
    keys[:, :, 8:], values[:, :, 8:] = 50.0, 50.0
    after = banded_attention(queries, keys, values, band)
    assert torch.equal(before[:, :, :6], after[:, :, :6])
    assert not torch.allclose(before[:, :, 6:], after[:, :, 6:])


def test_it_never_holds_a_matrix_of_all_pairs() -> None:
    steps, radius = 256, 2
    sizes: list[int] = []
    band = Band.of(torch.ones(1, steps, dtype=torch.bool), radius)
    inputs = [part.requires_grad_() for part in parts(steps, batch=1)]

    def note(tensor: Tensor) -> Tensor:
        sizes.append(tensor.numel())
        return tensor

    def give(tensor: Any) -> Any:
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, give):
        banded_attention(*inputs, band)
        largest = max(sizes)
        sizes.clear()
        dense_attention(*inputs, band, "post")
    assert largest <= HEADS * steps * max(WIDTH, 2 * radius + 1)
    assert max(sizes) >= HEADS * steps * steps


def test_cut_before_the_softmax_rows_sum_to_1_and_after_it_to_less() -> None:
    queries, keys, _ = parts(20, batch=1)
    ones = torch.ones_like(queries)
    band = Band.of(torch.ones(1, 20, dtype=torch.bool), 2)
    before = dense_attention(queries, keys, ones, band, "pre")
    after = dense_attention(queries, keys, ones, band, "post")
    assert torch.allclose(before, torch.ones_like(before))
    assert (after < 1.0).all() and (after > 0.0).all()
    # What is left is the share of the whole row's attention that falls into the band.
    shares = (queries @ keys.transpose(-2, -1) / WIDTH**0.5).softmax(dim=-1)
    assert torch.allclose(after[..., 0], (shares * dense_mask(band)[:, None]).sum(-1), atol=1e-6)


@pytest.mark.parametrize("position", ["pre", "post"])
def test_a_layer_of_it_takes_padding_and_single_steps(position: Any) -> None:
    for steps in (1, 2, 9):
        layer = LocalAttention(8, 2, position)
        states = torch.randn(3, steps, 8)
        found = layer(states, Band.of(lengths(steps), 2))
        assert found.shape == states.shape and torch.isfinite(found).all()


def test_a_negative_radius_is_refused() -> None:
    with pytest.raises(ValueError, match="radius of 0 or more"):
        Band.of(torch.ones(1, 4, dtype=torch.bool), -1)
