"""dppLSTM and vsLSTM: equal to the transcription of the official code, its likelihood, in the harness."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, context, with_official
from test_shared import told
from vsumbench_keyshots.dpplstm.likelihood import surprise
from vsumbench_keyshots.dpplstm.network import DppLstmNetwork, SharedLstm
from vsumbench_keyshots.dpplstm.spec import DPPLSTM, VSLSTM

from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "dpplstm"))
test_conformance_without_kernel = pytest.mark.slow(conformance("model", "vslstm"))


def test_it_has_the_published_number_of_parameters_with_and_without_a_kernel() -> None:
    for spec, variant, expected in (
        (DPPLSTM, "", 2_689_537),
        (DPPLSTM, "no-dpp", 2_230_273),
        (VSLSTM, "", 2_230_273),
    ):
        counts = build(spec, variant=variant).parameters()
        assert sum(total for total, _ in counts.values()) == expected
    parts = build(DPPLSTM).parameters()
    assert parts["lstm"][0] == 1_311_744 + 524_800
    assert parts["quality"][0] + parts["score"][0] == 393_729
    assert parts["kernel"][0] + parts["kernel_hidden"][0] == 459_264


@cases("dpplstm")
def test_golden_quality_kernel_and_both_losses_are_those_of_the_transcription(case: Case) -> None:
    width, hidden, rank = (case.config[key] for key in ("nx", "nh", "nout"))
    model = build(DPPLSTM, f"hidden={hidden}", f"rank={rank}")
    network = with_official(model, width, case.weights())
    expected = case.expected
    with torch.no_grad():
        reading = network(inputs(case.steps, width))
        assert reading.kernel is not None
        close(reading.quality, expected["quality"], 1e-5)
        close(reading.kernel[:8, :16], expected["kernel_vectors_corner"], 1e-5)
        close(reading.kernel.double().norm(dim=1), expected["kernel_row_norm"], 1e-5)
        close(reading.importance(), expected["diag_L"], 1e-5)
        label = torch.from_numpy(expected["label"].astype(np.float32))
        close((reading.quality - label).square().mean(), expected["mse"], 1e-5)
        close(surprise(reading.weighted(), label > 0, model.options.ridge), expected["dpp_loss"], 1e-5)


@cases("dpplstm")
def test_golden_without_a_kernel_the_quality_is_the_same(case: Case) -> None:
    model = build(VSLSTM, f"hidden={case.config['nh']}")
    weights = {key: value for key, value in case.weights().items() if not key.startswith("kernel")}
    network = with_official(model, case.config["nx"], weights)
    close(network(inputs(case.steps, case.config["nx"])).importance(), case.expected["quality"], 1e-5)


def test_probabilities_of_all_subsets_add_up_to_one() -> None:
    vectors = torch.from_numpy(np.random.default_rng(5).standard_normal((5, 3)))
    total = 0.0
    for size in range(6):
        for chosen in combinations(range(5), size):
            mask = torch.zeros(5, dtype=torch.bool)
            mask[list(chosen)] = True
            total += float(torch.exp(-surprise(vectors, mask, 1e-12)))
    assert total == pytest.approx(1.0, abs=1e-6)


def test_the_likelihood_is_that_of_the_kernel_as_written_whichever_side_is_smaller() -> None:
    for steps, rank in ((4, 9), (9, 4)):
        vectors = torch.from_numpy(np.random.default_rng([steps, rank]).standard_normal((steps, rank)))
        chosen = torch.arange(steps) % 3 == 0
        kernel = vectors @ vectors.T
        part = kernel[chosen][:, chosen] + 0.01 * torch.eye(int(chosen.sum()), dtype=torch.float64)
        whole = torch.logdet(kernel + torch.eye(steps, dtype=torch.float64))
        assert float(surprise(vectors, chosen, 0.01)) == pytest.approx(float(whole - torch.logdet(part)))


def test_more_key_frames_than_the_rank_leave_the_loss_and_its_gradient_finite() -> None:
    vectors = torch.rand(12, 2, generator=torch.Generator().manual_seed(1)).requires_grad_()
    loss = surprise(vectors, torch.ones(12, dtype=torch.bool), 1e-6)
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss) and vectors.grad is not None and torch.isfinite(vectors.grad).all()
    assert float(loss.detach()) > 100  # Ten eigenvalues of 1e-6: such a set is next to impossible.


def test_both_directions_share_one_cell_that_is_an_lstm_cell() -> None:
    torch.manual_seed(3)
    lstm, x = SharedLstm(5, 4), inputs(7, 5)
    hidden, cell = (part(x.mean(dim=0)).tanh() for part in (lstm.first_hidden, lstm.first_cell))
    found = []
    for row in x:
        both = torch.cat([row, hidden])
        i, f, g, o = (lstm.gates[gate](both) for gate in ("input", "forget", "cell", "output"))
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        found.append(hidden)
    forward, _ = lstm(x)
    assert torch.allclose(forward, torch.stack(found), atol=1e-6)
    _, backward = lstm(x.flip(0))
    assert torch.allclose(backward, forward.flip(0), atol=1e-6)


def test_training_moves_probability_to_the_key_frames_and_starts_from_importance(tmp_path: Path) -> None:
    chosen = np.zeros(30, dtype=bool)
    chosen[::6] = True
    sample = told(30, gtscore=np.where(chosen, 0.9, 0.1), gtsummary=chosen)
    found = {}
    for start in ("true", "false"):
        model = build(DPPLSTM, "hidden=8", "rank=8", "updates=3", "learning_rate=0.01", f"warm_start={start}")
        folder = tmp_path / start
        report = model.fit([sample], [], context(model.options, folder))
        losses = [entry["loss"] for entry in report.history]
        assert len(losses) == 3 and losses[-1] < losses[0]
        found[start] = losses[0]
        assert (folder / "checkpoints" / "importance").is_dir() == (start == "true")
    assert found["true"] != found["false"]


def test_updates_are_whole_passes_of_ten_videos_a_step() -> None:
    for videos, passes in ((40, 25), (20, 50), (7, 100)):
        assert build(DPPLSTM).recipe(videos).epochs == passes
    assert build(DPPLSTM, "updates=0", "epochs=3").recipe(40).epochs == 3


def test_its_own_name_and_the_variant_are_the_same_network() -> None:
    x = inputs(9, 6)
    readings = []
    for model in (build(VSLSTM), build(DPPLSTM, variant="no-dpp")):
        torch.manual_seed(2)
        network = model.network(6)
        assert isinstance(network, DppLstmNetwork) and network.kernel is None
        readings.append(network(x).importance())
    assert torch.equal(*readings)


@pytest.mark.parametrize("override", ["hidden=0", "ridge=0", "updates=-1"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(DPPLSTM, override)
