"""VidSummarize: its parameters, its layers, its windows, whole in the harness."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from keyshots_golden import inputs
from keyshots_support import build, context
from test_shared import told
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, softmax
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.layers import sinusoids
from vsumbench_keyshots.shared.scorer import NEVER_USED
from vsumbench_keyshots.vidsummarize.network import SummarizerNetwork, VidSummarizeNetwork
from vsumbench_keyshots.vidsummarize.spec import VIDSUMMARIZE
from vsumbench_keyshots.vidsummarize.windows import averaged, window_starts, windows

from vsumbench.testing import conformance
from vsumbench.training.schedule import rate

test_conformance = pytest.mark.slow(conformance("model", "vidsummarize"))


def test_it_has_the_number_of_parameters_of_its_design_and_of_the_public_baseline() -> None:
    for preset, override, expected in (
        ("paper", "input_dim=1024", 13_135_873),
        ("paper", "input_dim=2048", 13_660_161),
        ("summarizer", "input_dim=1024", 45_164_545),
    ):
        counts = build(VIDSUMMARIZE, override, preset=preset).parameters()
        assert sum(total for total, _ in counts.values()) == expected
    assert counts[NEVER_USED][0] == 6_301_696


def small(*overrides: str) -> VidSummarizeNetwork:
    torch.manual_seed(4)
    network = build(VIDSUMMARIZE, "width=16", "layers=2", "heads=2", "feed_forward=24", *overrides).network(
        10
    )
    assert isinstance(network, VidSummarizeNetwork)
    return network.eval()


def test_it_is_a_pre_norm_encoder_written_out() -> None:
    network, x = small(), inputs(9, 10)

    def norm(h: Tensor, module: torch.nn.LayerNorm) -> Tensor:
        return layer_norm(h, (16,), module.weight, module.bias)

    with torch.no_grad():
        h = network.embed(x) + sinusoids(9, 16)
        for layer in network.encoder:
            parts = layer.self_attn
            q, k, v = (norm(h, layer.norm1) @ parts.in_proj_weight.T + parts.in_proj_bias).chunk(3, dim=1)
            heads = [
                softmax(q[:, s] @ k[:, s].T / 8**0.5, dim=1) @ v[:, s] for s in (slice(0, 8), slice(8, 16))
            ]
            h = h + parts.out_proj(torch.cat(heads, dim=1))
            h = h + layer.linear2(gelu(layer.linear1(norm(h, layer.norm2))))
        wanted = network.score(norm(h, network.norm)).sigmoid().squeeze(1)
        assert torch.allclose(network(x), wanted, atol=1e-6)


def test_windows_cover_every_step_overlap_enough_and_end_with_the_video() -> None:
    assert window_starts(1024, 1024, 128) == [0]
    assert window_starts(1025, 1024, 128) == [0, 1]
    assert window_starts(5000, 1024, 128) == [0, 896, 1792, 2688, 3584, 3976]
    assert window_starts(5000, 0, 0) == [0]
    for steps in range(5, 40):
        starts = window_starts(steps, 8, 3)
        if steps > 8:
            assert starts[0] == 0 and starts[-1] + 8 == steps
            assert all(0 < b - a <= 5 for a, b in pairwise(starts))


def test_a_step_in_two_windows_gets_the_mean_of_both() -> None:
    starts = window_starts(6, 4, 2)
    assert windows(torch.arange(6.0)[:, None], starts, 4).squeeze(-1).tolist() == [[0, 1, 2, 3], [2, 3, 4, 5]]
    scores = torch.tensor([[1.0, 1, 1, 1], [3.0, 3, 3, 3]])
    assert averaged(scores, starts, 6).tolist() == [1, 1, 2, 2, 3, 3]


def test_a_video_of_one_window_is_not_cut_and_windows_do_not_see_each_other() -> None:
    x = inputs(12, 10)
    with torch.no_grad():
        assert torch.equal(small("window=12", "overlap=2")(x), small("window=0")(x))
        cut = small("window=6", "overlap=0")
        alone = small("window=0")
        assert torch.allclose(cut(x), torch.cat([alone(x[:6]), alone(x[6:])]), atol=1e-6)


def test_without_positions_the_order_of_steps_does_not_matter() -> None:
    x = inputs(11, 10)
    order = torch.randperm(11, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for switch, same in (("false", True), ("true", False)):
            network = small(f"positions={switch}")
            assert torch.allclose(network(x)[order], network(x[order]), atol=1e-5) == same


def test_the_public_baseline_has_one_norm_in_two_places() -> None:
    model = build(VIDSUMMARIZE, "heads=2", "feed_forward=16", "layers=1", preset="summarizer")
    network = model.network(16)
    assert isinstance(network, SummarizerNetwork)
    x = inputs(7, 16)
    with torch.no_grad():
        (layer,) = network.eval().encoder
        hidden = network.hidden(network.norm(layer(x[None])[0])).relu()
        wanted = network.score(network.norm(hidden)).sigmoid().squeeze(1)
        assert torch.allclose(network(x), wanted, atol=1e-6)
    network(x).sum().backward()
    assert all(one.grad is None for one in network.unused_template.parameters())


def test_cross_entropy_is_that_of_the_labels_and_finite_at_both_ends() -> None:
    model = build(VIDSUMMARIZE, "loss=bce")

    class Fixed(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[:, 0]

    given = torch.tensor([[0.2], [0.9], [0.0], [1.0]])
    example = Example(given, torch.tensor([0.0, 1.0, 0.0, 0.5]), told(4).video)
    wanted = torch.nn.functional.binary_cross_entropy(given[:, 0], example.target)
    assert torch.allclose(model.loss(Fixed(), example), wanted)


def test_the_rate_warms_up_for_a_twentieth_of_the_steps_and_ends_at_the_least() -> None:
    model = build(VIDSUMMARIZE)
    recipe, total = model.recipe(40), 100 * 40
    rates = [1e-4 * rate(step, total, recipe) for step in range(total)]
    assert recipe.epochs == 100 and recipe.batch_size == 1
    assert rates.index(max(rates)) == 199 and rates[199] == pytest.approx(1e-4)
    assert rates[-1] == pytest.approx(1e-6, rel=1e-3)


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    model = build(
        VIDSUMMARIZE, "width=16", "layers=1", "heads=2", "feed_forward=16", "epochs=4", "learning_rate=0.01"
    )
    sample = told(12, gtscore=np.linspace(0, 1, 12))
    report = model.fit([sample], [], context(model.options, tmp_path))
    assert report.history[-1]["loss"] < report.history[0]["loss"]


@pytest.mark.parametrize("override", ["overlap=1024", "heads=0", "clip_norm=0"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(VIDSUMMARIZE, override)
    with pytest.raises(Exception, match="heads"):
        build(VIDSUMMARIZE, "heads=7").network(8)
