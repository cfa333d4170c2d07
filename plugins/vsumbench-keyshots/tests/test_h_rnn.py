"""H-RNN: its parameters, its subshots, whole in the harness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from keyshots_golden import inputs
from keyshots_support import build, context
from test_shared import told, video
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from vsumbench_keyshots.h_rnn.network import HRnnNetwork
from vsumbench_keyshots.h_rnn.spec import H_RNN
from vsumbench_keyshots.h_rnn.subshots import lengths, means
from vsumbench_keyshots.shared.examples import Example

from vsumbench.errors import MismatchError
from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "h-rnn"))


@pytest.mark.parametrize(("width", "expected"), [(1024, 2_497_025), (2048, 3_545_601)])
def test_it_has_the_number_of_parameters_of_its_design(width: int, expected: int) -> None:
    counts = build(H_RNN, f"input_dim={width}").parameters()
    assert sum(total for total, _ in counts.values()) == expected


def test_padded_subshots_give_what_packed_ones_give() -> None:
    torch.manual_seed(6)
    network, x, sizes = HRnnNetwork(5, 4), inputs(11, 5), torch.tensor([4, 1, 4, 2])
    parts = pad_sequence(list(x.split(sizes.tolist())), batch_first=True)
    packed = pack_padded_sequence(parts, sizes, batch_first=True, enforce_sorted=False)
    _, (last, _) = network.within(packed)
    across, _ = network.across(last)
    wanted = network.score(network.head(across[0]).tanh()).sigmoid().squeeze(1)
    assert torch.allclose(network(x, sizes), wanted, atol=1e-6)


def test_each_subshot_is_read_forward_alone_and_sees_the_others_through_the_second_layer() -> None:
    torch.manual_seed(6)
    network, x, sizes = HRnnNetwork(5, 4), inputs(12, 5), torch.tensor([4, 4, 4])
    changed = x.clone()
    changed[9] += 1.0
    assert (network(x, sizes) != network(changed, sizes)).all()
    states = []
    network.across.register_forward_pre_hook(lambda _, given: states.append(given[0][0]))
    network(x, sizes), network(changed, sizes)
    assert (states[0] != states[1]).any(dim=1).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("steps", "expected"), [(1, [1]), (19, [19]), (20, [20]), (41, [20, 20, 1]), (60, [20, 20, 20])]
)
def test_fixed_subshots_cover_the_video_and_the_last_one_is_what_is_left(
    steps: int, expected: list[int]
) -> None:
    assert lengths(steps, video(steps), H_RNN.options()).tolist() == expected


def with_shots(steps: int, *ends: int) -> Any:
    starts = [0, *(end + 1 for end in ends[:-1])]
    return replace(video(steps), change_points=np.array([*zip(starts, ends, strict=True)]))


def test_shots_of_the_dataset_are_subshots_and_one_without_a_sampled_step_is_left_out() -> None:
    options = H_RNN.options(segments="shots")
    assert lengths(10, with_shots(10, 2, 6, 9), options).tolist() == [3, 4, 3]
    sparse = replace(with_shots(10, 2, 3, 9), picks=np.array([0, 2, 4, 9]))
    assert lengths(4, sparse, options).tolist() == [2, 2]
    with pytest.raises(MismatchError, match="v10"):
        lengths(10, video(10), options)


def test_steps_of_one_subshot_have_one_score_and_the_variant_takes_shots() -> None:
    for variant, seen, expected in (
        ("fixed", video(45), [20, 20, 5]),
        ("shots", with_shots(45, 6, 30, 44), [7, 24, 14]),
    ):
        model = build(H_RNN, "projection=8", "hidden=8", variant=variant)
        (summary,) = model.summarize([seen], context(model.options))
        runs = np.split(summary.importance, np.cumsum(expected)[:-1])
        assert [len(set(run.tolist())) for run in runs] == [1, 1, 1]
        assert len(set(summary.importance.tolist())) == 3


def test_what_is_learned_is_the_mean_of_each_subshot() -> None:
    assert means(torch.tensor([0.0, 1.0, 0.5, 0.2, 0.4]), torch.tensor([2, 1, 2])).tolist() == pytest.approx(
        [0.5, 0.5, 0.3]
    )
    model = build(H_RNN, "length=2")
    sample = told(5, gtscore=np.array([0.0, 1.0, 0.5, 0.2, 0.4]))
    example = Example(torch.zeros(5, 3), torch.from_numpy(model.target(sample)), sample.video)

    class Fixed(torch.nn.Module):
        def forward(self, x: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
            return torch.tensor([0.5, 0.35, 0.4], dtype=torch.float64)[: len(sizes)]

    assert float(model.loss(Fixed(), example)) == pytest.approx(0.0)
    assert model.scores(Fixed(), torch.zeros(5, 3), sample.video).tolist() == [0.5, 0.5, 0.35, 0.35, 0.4]


def test_labels_are_stretched_importance_or_key_frames() -> None:
    sample = told(4, gtscore=np.array([0.2, 0.4, 0.4, 0.6]), gtsummary=np.array([False, True, True, False]))
    assert build(H_RNN).target(sample) == pytest.approx([0.0, 0.5, 0.5, 1.0])
    assert build(H_RNN, "labels=gtsummary").target(sample).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("override", ["length=0", "hidden=0", "clip_norm=0"])
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(Exception, match=override.partition("=")[0]):
        build(H_RNN, override)
