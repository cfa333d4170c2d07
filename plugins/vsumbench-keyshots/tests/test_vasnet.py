"""VASNet: equal to the official code, sound at any length, whole in the harness."""

from __future__ import annotations

import pytest
import torch
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, compare_trace, three_steps, with_official
from vsumbench_keyshots.shared.scorer import NEVER_USED
from vsumbench_keyshots.vasnet.network import VasnetNetwork
from vsumbench_keyshots.vasnet.spec import VASNET

from vsumbench.testing import conformance

test_conformance = conformance("model", "vasnet")


def test_it_has_the_published_number_of_parameters_and_the_number_that_is_used() -> None:
    counts = build(VASNET).parameters()
    assert sum(total for total, _ in counts.values()) == 7_348_225
    assert sum(total for part, (total, _) in counts.items() if part != NEVER_USED) == 5_249_025


@cases("vasnet")
def test_golden_scores_attention_and_attended_features_are_those_of_the_official_code(case: Case) -> None:
    width = case.state["state_dict"]["att.K.weight"][0]
    network = with_official(build(VASNET), width, case.weights())
    assert isinstance(network, VasnetNetwork)
    x, expected = inputs(case.steps, width), case.expected
    with torch.no_grad():
        close(network(x), expected["score"], 1e-5)
        close(network.attention.weights(x), expected["attention"], 1e-5)
        attended = network.attention(x)
        close(attended[:8, :16], expected["attended_corner"], 1e-5)
        close(attended.mean(dim=1), expected["attended_row_mean"], 1e-5)


@cases("vasnet", "json", "_adam3")
def test_golden_three_steps_of_adam_are_those_of_the_official_code(case: Case) -> None:
    model = build(VASNET)
    network = with_official(model, 1024, case.weights())
    x = inputs(case.steps, 1024)
    compare_trace(case, *three_steps(case, model, network, [x], clip=None))
    close(network(x), case.expected["score_after"], 2e-2)


def test_a_textbook_attention_is_another_model() -> None:
    attention = VasnetNetwork(8, VASNET.options()).attention.eval()
    x = inputs(12, 8)
    textbook = attention.output(attention.weights(x) @ attention.value(x))
    assert not torch.allclose(attention(x), textbook, atol=1e-3)


def test_masked_steps_get_no_attention_and_a_lone_step_that_ignores_itself_attends_to_nothing() -> None:
    local = VasnetNetwork(8, VASNET.options(aperture=3)).attention
    weights = local.weights(inputs(12, 8))
    apart = (torch.arange(12)[:, None] - torch.arange(12)).abs()
    assert (weights[apart >= 3] == 0).all() and (weights[apart < 3] > 0).all()
    alone = VasnetNetwork(8, VASNET.options(ignore_itself=True)).attention
    assert (alone.weights(inputs(5, 8)).diagonal() == 0).all()
    assert alone.weights(inputs(1, 8)).tolist() == [[0.0]]


@pytest.mark.parametrize("override", ["dropout=1", "aperture=-1"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(VASNET, override)
