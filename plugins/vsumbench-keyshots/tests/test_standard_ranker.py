"""Standard ranker: equal to the official code, its pairs, whole in the harness."""

from __future__ import annotations

import pytest
import torch
from keyshots_golden import Case, cases, close, inputs
from keyshots_support import build, with_official
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.standard_ranker.pairs import Pairs, drawn
from vsumbench_keyshots.standard_ranker.spec import STANDARD_RANKER

from vsumbench.contracts import Seeds, Video
from vsumbench.testing import conformance

test_conformance = pytest.mark.slow(conformance("model", "standard-ranker"))


def test_it_has_the_published_number_of_parameters() -> None:
    assert sum(total for total, _ in build(STANDARD_RANKER).parameters().values()) == 1_025
    wide = build(STANDARD_RANKER, "input_dim=2048")
    assert sum(total for total, _ in wide.parameters().values()) == 2_049


@cases("standard-ranker")
def test_golden_scores_are_those_of_the_official_code(case: Case) -> None:
    width = case.config["input_dim"]
    network = with_official(build(STANDARD_RANKER), width, case.weights())
    close(network(inputs(case.steps, width)), case.expected["score"], 1e-5)


def test_pairs_are_drawn_once_from_the_seeds_and_say_which_step_is_more_important() -> None:
    target = torch.tensor([0.1, 0.5, 0.5, 0.9])
    video = Video(id="v", duration=2.0, fps=2.0, n_frames=4, picks=torch.arange(4).numpy())
    example = Example(torch.zeros(4, 3), target, video)
    steps, labels = drawn(example, 500, Seeds(1))
    first, second = target[steps].unbind(dim=1)
    assert labels[first > second].unique().tolist() == [1.0]
    assert labels[first < second].unique().tolist() == [0.0]
    assert labels[first == second].unique().tolist() == [0.5]
    assert torch.equal(steps, drawn(example, 500, Seeds(1))[0])
    assert not torch.equal(steps, drawn(example, 500, Seeds(2))[0])


def test_every_pair_of_every_video_is_an_example() -> None:
    pairs = Pairs(3, 4)
    assert [*pairs] == [(video, pair) for video in range(3) for pair in range(4)]
    assert pairs[2:5] == [(0, 2), (0, 3), (1, 0)]
