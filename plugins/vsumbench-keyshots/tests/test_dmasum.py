"""DMASum: its parameters, its attention, its inner step, whole in the harness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from keyshots_golden import inputs
from keyshots_support import build, context
from test_shared import told, video
from torch import Tensor
from torch.nn.functional import mse_loss, softmax
from vsumbench_keyshots.dmasum.attention import MixtureOfAttention, outside
from vsumbench_keyshots.dmasum.meta import after_one_step, one_a_shot
from vsumbench_keyshots.dmasum.network import DmaSumNetwork
from vsumbench_keyshots.dmasum.spec import DMASUM
from vsumbench_keyshots.shared.layers import sinusoids

from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "dmasum"))


def test_it_has_the_number_of_parameters_of_its_design() -> None:
    counts = build(DMASUM).parameters()
    assert sum(total for total, _ in counts.values()) == 8_925_191
    assert counts["visual"] == counts["sequential"] == (3_935_235, 3_935_235)


def attention(inner: int, components: int = 3) -> MixtureOfAttention:
    torch.manual_seed(5)
    return MixtureOfAttention(6, inner, components)


def test_queries_are_moved_by_a_first_map_and_asked_again_by_each_component() -> None:
    layer, x = attention(4), inputs(7, 6)
    q, k, v = (x @ part.weight.T for part in (layer.query, layer.key, layer.value))
    first = softmax(q @ k.T / 4**0.5, dim=1)
    shares = softmax(layer.mix(x), dim=1)
    maps = [softmax(first @ q @ ask.weight.T @ k.T / 4**0.5, dim=1) for ask in layer.again]
    mixed = sum(shares[:, number : number + 1] * one for number, one in enumerate(maps))
    assert torch.allclose(layer.weights(x), mixed, atol=1e-6)
    assert torch.allclose(layer(x), mixed @ v @ layer.output.weight.T, atol=1e-6)


def test_a_mixture_has_logits_of_higher_rank_than_one_softmax() -> None:
    x = inputs(30, 6).double()
    ranks = []
    for components in (1, 3):
        layer = attention(2, components).double()
        with torch.no_grad():
            for ask in layer.again:
                ask.weight.mul_(20)
            ranks.append(int(torch.linalg.matrix_rank(layer.weights(x).log(), rtol=1e-9)))
    # Logits of rank 2, and the constant that each row's softmax subtracts.
    assert ranks[0] <= 3 < ranks[1]


def test_masked_steps_get_no_attention_and_a_step_always_reaches_itself() -> None:
    hidden = outside(12, 0.25, torch.device("cpu"))
    assert hidden[0].tolist() == [False] * 3 + [True] * 9
    weights = attention(4).weights(inputs(12, 6), hidden)
    assert (weights[hidden] == 0).all() and (weights[~hidden] > 0).all()
    assert torch.allclose(weights.sum(dim=1), torch.ones(12))
    for steps in (1, 2, 3, 4):
        assert not outside(steps, 0.25, torch.device("cpu")).diagonal().any()


def test_the_global_layer_reads_input_local_outcome_and_places() -> None:
    torch.manual_seed(8)
    network, x = DmaSumNetwork(6, DMASUM.options(attention_width=4)).eval(), inputs(9, 6)
    with torch.no_grad():
        near = network.visual(x, outside(9, 0.25, x.device))
        y = network.norm_attended(x + network.sequential(x + near + sinusoids(9, 6)))
        wanted = network.score(network.norm_hidden(network.hidden(y).relu())).sigmoid().squeeze(1)
        assert torch.allclose(network(x), wanted, atol=1e-6)


def test_the_support_has_one_step_of_each_shot_and_is_drawn_anew() -> None:
    shots = np.array([[0, 3], [4, 4], [5, 11]])
    seen = replace(video(12), change_points=shots)
    torch.manual_seed(0)
    draws = torch.stack([one_a_shot(12, seen) for _ in range(200)])
    for first, last in shots:
        part = draws[:, first : last + 1]
        assert (part.sum(dim=1) == 1).all() and part.any(dim=0).all()
    assert one_a_shot(50, video(50)).nonzero().flatten().div(20, rounding_mode="floor").tolist() == [0, 1, 2]
    assert one_a_shot(1, video(1)).tolist() == [True]


class Line(torch.nn.Module):
    """A weight and an offset."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([0.5, -0.3]))
        self.offset = torch.nn.Parameter(torch.tensor(0.1))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.offset


@pytest.mark.parametrize("everything", [False, True])
def test_the_gradient_is_that_of_the_other_steps_at_the_moved_weights(everything: bool) -> None:
    x, target = inputs(6, 2), torch.linspace(0, 1, 6)
    support = torch.arange(6) % 3 == 0
    if everything:
        support = torch.ones(6, dtype=torch.bool)

    def error(scores: Tensor, chosen: Tensor) -> Tensor:
        return mse_loss(scores[chosen], target[chosen])

    line, moved = Line(), Line()
    error(moved(x), support).backward()
    with torch.no_grad():
        for parameter in moved.parameters():
            assert parameter.grad is not None
            parameter -= 0.2 * parameter.grad
    moved.zero_grad()
    wanted = error(moved(x), support if everything else ~support)
    wanted.backward()
    found = after_one_step(line, error, support, 0.2, x)
    found.backward()
    assert torch.allclose(found, wanted)
    for mine, theirs in zip(line.parameters(), moved.parameters(), strict=True):
        assert mine.grad is not None and theirs.grad is not None
        assert torch.allclose(mine.grad, theirs.grad)
    assert line.weight.tolist() == pytest.approx([0.5, -0.3])  # The inner step leaves no trace.


def test_training_with_and_without_the_inner_step_leads_elsewhere_and_repeats(tmp_path: Path) -> None:
    found = {}
    for name, variant in (("a", "meta"), ("b", "meta"), ("c", "plain")):
        model = build(
            DMASUM, "projection=8", "attention_width=8", "epochs=1", "learning_rate=0.01", variant=variant
        )
        sample = told(30, gtscore=np.linspace(0, 1, 30))
        model.fit([sample], [], context(model.options, tmp_path / name))
        (summary,) = model.summarize([sample.video], context(model.options))
        found[name] = summary.importance
    assert np.array_equal(found["a"], found["b"]) and not np.array_equal(found["a"], found["c"])


@pytest.mark.parametrize("override", ["components=0", "reach=0", "inner_rate=0", "dropout=1"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(DMASUM, override)
