"""PGL-SUM: equal to the official code, sound at any length, whole in the harness."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, compare_trace, context, three_steps, with_official
from vsumbench_keyshots.pgl_sum.attention import HeadedAttention, enough_steps, positions
from vsumbench_keyshots.pgl_sum.loss_curve import chosen_epoch
from vsumbench_keyshots.pgl_sum.model import PglSum
from vsumbench_keyshots.pgl_sum.network import PglSumNetwork
from vsumbench_keyshots.pgl_sum.spec import PGL_SUM
from vsumbench_keyshots.shared.examples import Example

from vsumbench.contracts import FitReport, Selection
from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "pgl-sum"))


def test_it_has_the_published_number_of_parameters() -> None:
    assert sum(total for total, _ in build(PGL_SUM).parameters().values()) == 9_443_329


@cases("pgl-sum")
def test_golden_scores_attention_and_positions_are_those_of_the_official_code(case: Case) -> None:
    width = case.config["input_size"]
    overrides = [f"heads={case.config['heads']}", f"segments={case.config['num_segments']}"]
    network = with_official(build(PGL_SUM, *overrides), width, case.weights())
    assert isinstance(network, PglSumNetwork)
    x, expected = inputs(case.steps, width), case.expected
    with torch.no_grad():
        close(network(x), expected["score"], 1e-5)
        close(network.attention.whole.last_weights(x), expected["last_head_attention"], 1e-5)
        close(positions(case.steps, width), expected["pos_enc"], 1e-5)


@cases("pgl-sum", "json", "_adam3")
def test_golden_three_steps_on_summed_gradients_are_those_of_the_official_code(case: Case) -> None:
    model = build(PGL_SUM)
    network = with_official(model, 1024, case.weights())
    expected = case.expected
    features = [inputs(steps, 1024) for steps in expected["T"]]
    assert model.options.clip_norm == expected["clip"]
    compare_trace(case, *three_steps(case, model, network, features, clip=expected["clip"]))
    close(network(features[0]), expected["score_after"], 2e-2)


def test_the_step_of_the_whole_set_follows_the_sum_of_the_gradients() -> None:
    model = build(PGL_SUM)
    assert isinstance(model, PglSum)
    recipe = model.recipe(40)
    assert (recipe.batch_size, recipe.accumulation, recipe.clip_norm, recipe.epochs) == (40, 40, 5.0, 200)
    assert build(PGL_SUM, "batch=one").recipe(40).batch_size == 1


def test_lengths_at_which_a_segment_would_be_too_short_are_raised_to_the_next_that_works() -> None:
    raised = {steps: enough_steps(steps, 4) for steps in range(1, 60)}
    assert [steps for steps, enough in raised.items() if enough > steps] == [1, 2, 3, 4, 5, 6, 7, 9, 10, 13]
    assert (raised[1], raised[9], raised[13], enough_steps(1, 0)) == (8, 11, 14, 1)


def test_heads_are_initialised_one_by_one() -> None:
    torch.manual_seed(0)
    attention = HeadedAttention(64, 64, 8, 0.5, positions=True)
    bound = (2 * 6 / (64 + 8)) ** 0.5
    largest = float(attention.project.weight.detach().abs().max())
    assert 0.98 * bound < largest <= bound


def test_heads_taken_one_by_one_give_what_all_of_them_give(monkeypatch: pytest.MonkeyPatch) -> None:
    attention = HeadedAttention(16, 16, 4, 0.5, positions=True).eval()
    x = inputs(12, 16)
    with torch.no_grad():
        together = attention(x)
        monkeypatch.setattr("vsumbench_keyshots.pgl_sum.attention.MANY", 0)
        assert torch.allclose(attention(x), together, atol=1e-6)


def test_the_published_rule_weighs_the_first_change_against_the_lowest_loss() -> None:
    flat = [1.0] * 15
    assert chosen_epoch([*flat, 1.0, 1.0]) == 1, "no change reaches 1 %"
    assert chosen_epoch([2.0, *flat, 0.98, 0.979, 0.5]) == 17, "a drop: the later epoch"
    assert chosen_epoch([2.0, *flat, 1.02, 1.02, 0.5]) == 16, "a rise: the earlier epoch"
    assert chosen_epoch([2.0, *flat, 0.8, 0.799]) == 18, "the change at the lowest loss is smaller"
    assert chosen_epoch([0.1, *flat, 0.9]) == 17, "nothing led to the lowest loss"


def test_the_weights_of_the_epoch_that_the_rule_takes_are_those_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weights(folder: str, rule: str, epochs: int) -> tuple[FitReport, dict[str, torch.Tensor]]:
        model = build(PGL_SUM, "projection=32", f"epochs={epochs}", "learning_rate=0.01")
        torch.manual_seed(1)
        network = model._assembled(8)
        examples = [
            Example(inputs(steps, 8), torch.linspace(0, 1, steps), None)  # type: ignore[arg-type]
            for steps in (12, 20)
        ]
        given = context(model.options, tmp_path / folder, selection=Selection(rule))
        given.folders.checkpoints.mkdir(parents=True)
        return model.train(network, examples, given, None), network.state_dict()

    monkeypatch.setattr("vsumbench_keyshots.pgl_sum.model.chosen_epoch", lambda losses: len(losses) - 2)
    report, chosen = weights("rule", "train-loss", 5)
    _, stopped = weights("stopped", "last-epoch", 3)
    _, whole = weights("whole", "last-epoch", 5)
    assert (report.selected_epoch, report.epochs) == (3, 5)
    assert all(torch.equal(chosen[name], stopped[name]) for name in chosen)
    assert not torch.equal(chosen["network.score.weight"], whole["network.score.weight"])


@pytest.mark.parametrize("fusion", ["mult", "avg", "max"])
def test_other_fusions_and_no_segments_are_other_networks(fusion: str) -> None:
    x = inputs(12, 64)

    def scores(*overrides: str) -> torch.Tensor:
        torch.manual_seed(0)
        found: torch.Tensor = build(PGL_SUM, *overrides).network(64).eval()(x)
        return found

    assert not torch.allclose(scores(f"fusion={fusion}"), scores(), atol=1e-4)
    assert not torch.allclose(scores("segments=0"), scores(), atol=1e-4)
    assert not torch.allclose(scores("positions=none"), scores(), atol=1e-4)
