"""Which parts each variant has, and how many parameters (vtsum-blip.md, frozen-blip.md)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from vsumbench_vtsum_blip.frozen import FrozenBlip
from vsumbench_vtsum_blip.model import VtsumBlip
from vsumbench_vtsum_blip.options import FrozenOptions, VtsumOptions
from vsumbench_vtsum_blip.sizes import BLIP_BASE, TINY, Sizes
from vsumbench_vtsum_blip.temporal.network import TemporalNetwork
from vsumbench_vtsum_blip.temporal.positions import Positions
from vsumbench_vtsum_blip.text.decoder import new_decoder
from vtsum_support import context, options_of

PRINTED = {
    ("tt",): 145_364_541,
    ("tt-ca",): 147_728_445,
    ("tt-ca-la",): 150_092_349,
    ("tt-ca-la", "la_mode=release"): 149_302_077,
    ("tt-ca-la", "la_mode=replace"): 147_728_445,
    ("base",): 138_275_133,
    ("base", "positions=false"): 137_881_917,
    ("tsum",): 145_363_772,
    ("vsum",): 393_985,
    ("vsum", "temporal=tt"): 7_483_393,
    ("vsum", "temporal=tt-ca"): 9_847_297,
}


def parameters(options: VtsumOptions, folder: Path) -> dict[str, tuple[int, int]]:
    return dict(VtsumBlip(options, context(options, folder)).parameters())


@pytest.mark.parametrize("asked", PRINTED, ids=" ".join)
def test_a_variant_has_as_many_parameters_as_printed(asked: tuple[str, ...], tmp_path: Path) -> None:
    found = parameters(options_of(asked[0], "paper", *asked[1:]), tmp_path)
    assert sum(total for total, _ in found.values()) == PRINTED[asked]
    assert all(total == trained for total, trained in found.values())


def test_each_part_has_as_many_as_printed(tmp_path: Path) -> None:
    found = parameters(options_of("tt-ca-la", "paper", "la_mode=release"), tmp_path)
    assert {part: total for part, (total, _) in found.items()} == {
        "memory bank": 1_573_632,
        "positions": 393_216,
        "temporal transformer": 7_089_408,
        "local attention 1": 2_363_904,
        "video head": 769,
        "text decoder": 137_881_148,
    }


def test_frozen_blip_has_a_decoder_and_an_untrained_head(tmp_path: Path) -> None:
    options = FrozenOptions()
    found = dict(FrozenBlip(options, context(options, tmp_path)).parameters())
    assert found == {"text decoder": (137_881_148, 0), "video head": (768, 0)}


def test_the_map_in_front_of_the_tiny_decoder_is_not_trained(tmp_path: Path) -> None:
    found = parameters(options_of(), tmp_path)
    assert found["projection of features"] == (21 * TINY.width, 0)


def test_a_decoder_of_the_smallest_sizes_has_as_many_as_the_sheet_says() -> None:
    sizes = Sizes(width=32, heads=4, mlp=64, layers=2, vocabulary=128, positions=64)
    with torch.device("meta"):
        assert sum(one.numel() for one in new_decoder(sizes).parameters()) == 33_120
        decoder = new_decoder(BLIP_BASE, 0.1)
    # What transformers takes for a BLIP decoder where nobody says otherwise are 8 heads and no smoothing.
    assert decoder.config.num_attention_heads == 12 and decoder.label_smoothing == 0.1


def test_positions_stretch_for_videos_longer_than_their_table() -> None:
    table = Positions(8, 4)
    with torch.no_grad():
        table.weight.copy_(torch.linspace(0, 7, 8)[:, None].expand(8, 4))
    assert torch.equal(table.of(whole(8)), table.weight) and torch.equal(table.of(whole(3)), table.weight[:3])
    # Row 5 of 16 lies at 2.25 of 8: cubic convolution with a = -0.75 of rows 1 to 4, weights by hand.
    weights = [cubic(1.25), cubic(0.25), cubic(0.75), cubic(1.75)]
    expected = sum(weight * row for weight, row in zip(weights, (1.0, 2.0, 3.0, 4.0), strict=True))
    assert float(table.of(whole(16)).detach()[0, 5, 0]) == pytest.approx(expected, abs=1e-5)


def whole(steps: int) -> torch.Tensor:
    return torch.ones(1, steps, dtype=torch.bool)


def cubic(x: float, a: float = -0.75) -> float:
    """Weight of a row at distance x in bicubic interpolation."""
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4)


def test_positions_are_added_before_and_again_after_the_temporal_transformer() -> None:
    sizes = replace(TINY, width=16, heads=2, mlp=16, positions=8)
    network = TemporalNetwork(sizes, options_of("tt").structure).eval()
    frames, mask = torch.randn(2, 5, 16), torch.ones(2, 5, dtype=torch.bool)
    assert network.tt is not None and network.positions is not None
    places = network.positions.weight[:5]
    expected = network.tt(frames + places, mask) + places
    assert torch.allclose(network(frames, mask).states, expected)
    base = TemporalNetwork(sizes, options_of("base").structure).eval()
    assert base.positions is not None
    assert torch.allclose(base(frames, mask).states, frames + base.positions.weight[:5])


@pytest.mark.parametrize(("steps", "longest"), [(6, 10), (6, 40), (17, 32)])
@pytest.mark.parametrize("asked", PRINTED, ids=" ".join)
def test_padding_has_no_influence_on_any_variant(asked: tuple[str, ...], steps: int, longest: int) -> None:
    # The table has 16 rows: the last video is longer, and is stretched to its own length.
    sizes = replace(TINY, width=16, heads=2, mlp=16, positions=16)
    network = TemporalNetwork(sizes, options_of(asked[0], "paper", *asked[1:]).structure).eval()
    frames = torch.randn(1, steps, 16)
    alone = network(frames, whole(steps))
    padded = torch.cat([frames, torch.full((1, longest - steps, 16), 7.0)], dim=1)
    beside = network(padded, torch.arange(longest)[None, :] < steps)
    assert torch.allclose(alone.states, beside.states[:, :steps], atol=1e-5)
    assert torch.isfinite(beside.states).all()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("kernel=4", "a window around a frame is odd"),
        ("epochs=0", "name a checkpoint"),
        ("label_smoothing=1", r"not in \[0, 1\)"),
        ("min_length=500", "above max_length"),
        ("batch_size=0", "expected 1 or more"),
        ("max_length=4", "the prompt alone takes 4"),
        ("temporal=tt-ca,la_mode=release", "la_mode means nothing"),
        ("temporal=tt,mask_position=post", "mask_position means nothing"),
        ("la_mode=release,mask_position=post", "mask_position means nothing"),
        ("lambda_v=0,lambda_t=0", "nothing would be learned"),
    ],
)
def test_options_that_mean_nothing_are_refused(setting: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        options_of("tt-ca-la", "paper", *setting.split(","))
