"""SumGraph: its parameters, its graphs, the terms it learns from, whole in the harness."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from keyshots_golden import inputs
from keyshots_support import build, context
from test_shared import told
from torch.nn.functional import cosine_similarity, cross_entropy
from vsumbench_keyshots.sumgraph.graph import balanced, likeness
from vsumbench_keyshots.sumgraph.losses import alike, class_balanced
from vsumbench_keyshots.sumgraph.network import SumGraphNetwork
from vsumbench_keyshots.sumgraph.spec import SUMGRAPH

from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "sumgraph"))


def test_it_has_the_number_of_parameters_of_its_design_however_many_rounds() -> None:
    for rounds in (1, 5):
        counts = build(SUMGRAPH, f"rounds={rounds}").parameters()
        assert sum(total for total, _ in counts.values()) == 525_570
    assert counts["embed"][0] == 262_400 and counts["score"][0] == 514


def test_a_balanced_graph_is_divided_by_the_roots_of_both_degrees() -> None:
    weights = torch.tensor([[1.0, 3.0], [0.0, 1.0]])
    wanted = [[1 / 4**0.5, 3 / (4 * 4) ** 0.5], [0.0, 1 / 4**0.5]]
    assert torch.allclose(balanced(weights), torch.tensor(wanted))
    assert balanced(torch.zeros(2, 2)).tolist() == [[0, 0], [0, 0]]


def test_the_first_graph_is_symmetric_of_cosines_above_zero_and_loops() -> None:
    nodes = torch.tensor([[1.0, 0.0], [1.0, 1.0], [-1.0, 0.0]])
    cosines = torch.tensor([[2.0, 0.5**0.5, 0.0], [0.5**0.5, 2.0, 0.0], [0.0, 0.0, 2.0]])
    graph = likeness(nodes)
    assert torch.allclose(graph, balanced(cosines))
    assert torch.equal(graph, graph.T)
    assert likeness(torch.zeros(2, 3)).tolist() == [[1, 0], [0, 1]]


def test_a_round_is_two_convolutions_and_relations_added_to_the_graph() -> None:
    torch.manual_seed(1)
    x = inputs(6, 5)
    for residual in ("round", "first"):
        network = SumGraphNetwork(5, 4, 2, residual)  # type: ignore[arg-type]
        nodes = network.embed(x).relu()
        graph = likeness(nodes)
        for _ in range(2):
            inner = (
                graph @ nodes @ network.first.weight.T + graph.sum(1)[:, None] * network.first.bias
            ).relu()
            added = inner if residual == "round" else nodes + inner
            outer = graph @ (added @ network.second.weight.T + network.second.bias)
            nodes = nodes + outer if residual == "round" else outer
            a, b = nodes @ network.relate_from.weight.T, nodes @ network.relate_to.weight.T
            graph = balanced(graph + (a @ b.T / 4**0.5).clamp(min=0))
        found = network(x)
        assert torch.allclose(found.nodes, nodes, atol=1e-5)
        logits = graph @ network.score(nodes)
        assert torch.allclose(found.probability(), logits.softmax(dim=1)[:, 1], atol=1e-5)


def test_both_classes_have_half_of_the_weight_and_a_missing_one_has_none() -> None:
    logits = torch.randn(8, 2, generator=torch.Generator().manual_seed(2))
    key = torch.arange(8) % 4 == 0
    each = cross_entropy(logits, key.long(), reduction="none")
    assert torch.allclose(class_balanced(logits, key), (each[key].mean() + each[~key].mean()) / 2)
    for constant in (torch.zeros(8, dtype=torch.bool), torch.ones(8, dtype=torch.bool)):
        wanted = cross_entropy(logits, constant.long())
        assert torch.allclose(class_balanced(logits, constant), wanted)


def test_likeness_of_key_frames_is_the_weighted_mean_of_cosines_over_pairs() -> None:
    draw = torch.Generator().manual_seed(3)
    nodes, p = torch.randn(6, 3, generator=draw), torch.rand(6, generator=draw)
    pairs = [*combinations(range(6), 2)]
    weights = torch.stack([p[i] * p[j] for i, j in pairs])
    cosines = torch.stack([cosine_similarity(nodes[i], nodes[j], dim=0) for i, j in pairs])
    assert torch.allclose(alike(nodes, p), (weights * cosines).sum() / weights.sum())
    assert float(alike(nodes[:1], p[:1])) == 0.0


def test_training_leaves_the_reconstruction_behind_and_reaches_every_parameter(tmp_path: Path) -> None:
    for variant, told_of in (
        ("supervised", {"gtsummary": np.arange(12) % 4 == 0}),
        ("unsupervised", {}),
    ):
        model = build(SUMGRAPH, "width=8", "rounds=2", "epochs=3", "learning_rate=0.02", variant=variant)
        sample = told(12, **told_of)
        start = model._new(model._learned(model.features(sample.video))).state_dict()
        report = model.fit([sample], [], context(model.options, tmp_path / variant))
        assert report.history[-1]["loss"] < report.history[0]["loss"]
        assert report.facts["trainable_parameters"] - (8 + 1) * 12 == sum(v.numel() for v in start.values())
        model.save(tmp_path)
        again = build(SUMGRAPH, "width=8", "rounds=2", variant=variant)
        again.load(tmp_path)
        assert again._built is not None
        learned = again._built[0].state_dict()
        assert learned.keys() == start.keys()
        assert all(not torch.equal(learned[name], start[name]) for name in start)


@pytest.mark.parametrize("override", ["rounds=0", "share=0", "diversity=-1"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(SUMGRAPH, override)
