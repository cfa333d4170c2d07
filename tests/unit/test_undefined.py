"""What becomes of values that cannot be computed, under each policy, and in which order means are taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from vsumbench.contracts import Cause, MetricSpec, ProtocolSpec, Undefined, Value
from vsumbench.defaults.metric_specs import F1, KENDALL
from vsumbench.defaults.protocol_specs import (
    KEYSHOT_F1_AVG,
    KEYSHOT_F1_MAX,
    PERUSER_2FPS,
    VIDEOXUM_MEANUSER,
)
from vsumbench.records.record import Score
from vsumbench.running.aggregate import summarise_scores
from vsumbench.running.scorer import ItemScore

PREDICTED = Undefined("constant scores", Cause.PREDICTION)
REFERRED = Undefined("constant reference", Cause.REFERENCE)
Videos = Sequence[Sequence[Value]]
"""For each video, the values against each annotator."""


def summarised(protocol: ProtocolSpec, metric: MetricSpec, *folds: Videos) -> list[Score]:
    lines: list[dict[str, Any]] = [
        {"fold": f"f{number}", "id": f"v{number}-{index}"} | ItemScore(tuple(values)).to_json()
        for number, videos in enumerate(folds)
        for index, values in enumerate(videos)
    ]
    return summarise_scores(protocol, metric, [f"f{number}" for number in range(len(folds))], lines, "")


def own(protocol: ProtocolSpec, metric: MetricSpec, *folds: Videos) -> Score:
    """The row of the protocol's own aggregate over annotators."""
    return summarised(protocol, metric, *folds)[0]


def test_no_skill_where_the_prediction_is_to_blame_and_left_out_where_the_reference_is() -> None:
    found = own(PERUSER_2FPS, KENDALL, [[0.4, REFERRED], [PREDICTED, PREDICTED], [REFERRED, REFERRED]])
    # Video 1: 0.4; video 2: 0; video 3: nobody to compare with.
    assert found.value == pytest.approx(0.2)
    assert (found.items, found.undefined_prediction, found.undefined_reference) == (2, 2, 3)


def test_under_nan0_each_counts_as_0_and_is_counted_all_the_same() -> None:
    found = own(VIDEOXUM_MEANUSER, KENDALL, [[0.9], [PREDICTED], [REFERRED]])
    assert found.value == pytest.approx(0.3)
    assert (found.items, found.undefined_prediction, found.undefined_reference) == (3, 1, 1)


def test_a_fold_without_any_defined_video_is_undefined_with_its_reason() -> None:
    found = own(PERUSER_2FPS, KENDALL, [[0.4]], [[REFERRED]])
    assert found.value is None and found.folds == (0.4, None)
    assert found.reason == "constant reference"


def test_an_undefined_value_is_stored_with_its_cause_and_read_back() -> None:
    score = ItemScore((0.5, REFERRED, PREDICTED))
    line = score.to_json()
    assert line["values"] == [0.5, None, None]
    assert line["undefined"] == {
        "1": ["reference", "constant reference"],
        "2": ["prediction", "constant scores"],
    }
    assert ItemScore.from_json(line) == score


@pytest.mark.parametrize("order", [(REFERRED, 20.0, 40.0), (20.0, 40.0, REFERRED)])
def test_an_empty_annotator_is_left_out_of_the_mean_and_is_never_the_best(order: tuple[Value, ...]) -> None:
    for protocol in (KEYSHOT_F1_AVG, KEYSHOT_F1_MAX):
        values = {row.metric: row.value for row in summarised(protocol, F1, [list(order)])}
        other = "f1[max]" if protocol.annotators == "mean" else "f1[mean]"
        expected = {"mean": 30.0, "max": 40.0}
        assert values == {"f1": expected[protocol.annotators], other: expected[other[3:-1]]}


def test_annotators_then_videos_then_folds_are_averaged() -> None:
    # Three annotators of one video weigh as much as one of another, and a fold of one video as one of two.
    found = own(PERUSER_2FPS, KENDALL, [[0.1, 0.2, 0.3], [0.6]], [[1.0]])
    assert found.folds == pytest.approx((0.4, 1.0))
    assert found.value == pytest.approx(0.7)
