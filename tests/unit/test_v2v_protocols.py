"""The protocols of mean and binary annotators, of VideoXum's released code and of Mr. HiSum, on videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import (
    Annotations,
    Cause,
    MetricSpec,
    Needs,
    ProtocolSpec,
    ReferenceSet,
    Summary,
    Undefined,
    Video,
)
from vsumbench.defaults import metric_specs, metrics, protocol_specs
from vsumbench.defaults.metric_specs import F1, KENDALL, MAP15, MAP50, SPEARMAN
from vsumbench.defaults.protocol_specs import (
    GTSCORE_2FPS,
    KEYSHOT_MEANUSER,
    MRHISUM,
    PERUSER_2FPS,
    PERUSER_BINARY_2FPS,
    VIDEOXUM_MEANUSER,
    VIDEOXUM_RELEASED,
)
from vsumbench.defaults.protocols import CHAIN
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.running.scorer import Case, ItemScore, aggregate_annotators
from vsumbench.running.vectors import VectorScorer
from vsumbench.scoring.rank import kendall_tau_b, levels, spearman_rho
from vsumbench.scoring.videoxum import released_saliency

PROTOCOLS = [getattr(protocol_specs, name) for name in protocol_specs.__all__]
METRICS = [spec for spec in vars(metric_specs).values() if isinstance(spec, MetricSpec)]
FUNCTIONS = {spec: getattr(metrics, spec.implementation.partition(":")[2]) for spec in METRICS}
RANKS = (KENDALL, SPEARMAN)

RATINGS = np.tile([[1.0, 2.0, 4.0, 2.0], [5.0, 1.0, 5.0, 5.0]], (1, 15))
"""Two annotators of 60 frames, of whom one never goes beyond 4."""
CHOSEN = RATINGS > 2


def video(frames: int = 60, step: int = 15, shots: Any = None) -> Video:
    return Video(
        id="v",
        duration=frames / 30,
        fps=30.0,
        n_frames=frames,
        picks=np.arange(0, frames, step),
        change_points=shots,
    )


def told(**rows: Any) -> Annotations:
    return Annotations(video_id="v", **rows)


def scored(
    spec: ProtocolSpec, summary: Summary, seen: Video, annotations: Annotations, *wanted: MetricSpec
) -> Mapping[str, ItemScore]:
    (found,) = VectorScorer(spec, CHAIN, FUNCTIONS).score([Case(summary, seen, annotations)], wanted or RANKS)
    return found


def references(spec: ProtocolSpec, annotations: Annotations, seen: Video | None = None) -> np.ndarray:
    found = CHAIN.references(seen or video(), annotations, spec.parameters)
    assert isinstance(found, ReferenceSet)
    return found.rows


def importance(*scores: float) -> Summary:
    return Summary(video_id="v", importance=np.asarray(scores, dtype=np.float64))


def cause(score: ItemScore) -> Cause:
    (value,) = set(score.values)
    assert isinstance(value, Undefined) and value.reason
    return value.cause


def test_gtscore_is_the_mean_of_ratings_over_each_annotators_own_maximum() -> None:
    found = references(GTSCORE_2FPS, told(importance=RATINGS), video(60, 7))
    expected = np.mean([RATINGS[0] / 4, RATINGS[1] / 5], axis=0)[::7]
    np.testing.assert_array_equal(found, expected[None])


def test_an_annotators_scale_changes_no_gtscore_but_its_own_part() -> None:
    scaled = RATINGS * [[0.25], [20.0]]
    np.testing.assert_allclose(
        references(GTSCORE_2FPS, told(importance=scaled)), references(GTSCORE_2FPS, told(importance=RATINGS))
    )


def test_segment_numbers_count_as_selected_whatever_number_they_are() -> None:
    numbers = CHOSEN * np.arange(1.0, 61.0)
    coded = told(importance=numbers, coding="segment")
    for spec, rows in ((GTSCORE_2FPS, CHOSEN.mean(axis=0)[None]), (PERUSER_BINARY_2FPS, CHOSEN)):
        np.testing.assert_array_equal(references(spec, coded), rows[:, ::15])
    # Where the size of a number is asked for by name, it is there.
    np.testing.assert_array_equal(references(PERUSER_2FPS, coded), numbers[:, ::15])


@pytest.mark.parametrize("spec", [GTSCORE_2FPS, PERUSER_BINARY_2FPS], ids=lambda spec: spec.id)
def test_user_summaries_alone_are_enough(spec: ProtocolSpec) -> None:
    rows = CHOSEN.mean(axis=0)[None] if spec is GTSCORE_2FPS else CHOSEN
    np.testing.assert_array_equal(references(spec, told(user_summaries=CHOSEN)), rows[:, ::15])


def test_gtscore_takes_ratings_and_the_binary_protocol_selections_where_both_are_there() -> None:
    both = told(importance=RATINGS, user_summaries=~CHOSEN)
    np.testing.assert_array_equal(
        references(GTSCORE_2FPS, both), references(GTSCORE_2FPS, told(importance=RATINGS))
    )
    np.testing.assert_array_equal(references(PERUSER_BINARY_2FPS, both), ~CHOSEN[:, ::15])


@pytest.mark.parametrize(
    ("spec", "annotations", "missing"),
    [
        (GTSCORE_2FPS, told(), "neither importance nor user summaries"),
        (PERUSER_BINARY_2FPS, told(), "neither user summaries nor"),
        (PERUSER_BINARY_2FPS, told(importance=RATINGS), "nor numbers of selected segments"),
        (VIDEOXUM_RELEASED, told(importance=RATINGS), "no user summaries"),
        (MRHISUM, told(importance=RATINGS), "no user summaries"),
    ],
    ids=["gtscore", "binary", "ratings-are-no-selection", "released", "mrhisum"],
)
def test_annotations_that_lack_what_is_compared_are_refused_by_name(
    spec: ProtocolSpec, annotations: Annotations, missing: str
) -> None:
    with pytest.raises(MismatchError, match=missing) as caught:
        CHAIN.references(video(), annotations, spec.parameters)
    assert "'v'" in caught.value.message and caught.value.hint


def test_an_annotator_meets_the_selections_of_others_by_the_own_selection() -> None:
    # Selected are frames 0 to 29: steps 0 and 1. The ratings say the opposite.
    own = Summary(
        video_id="v",
        importance=np.arange(60.0),
        times="frames",
        segments=np.asarray([[0.0, 1.0]]),
        annotator=0,
    )
    np.testing.assert_array_equal(
        CHAIN.prediction(own, video(), PERUSER_BINARY_2FPS.parameters), [True, True, False, False]
    )
    np.testing.assert_array_equal(
        CHAIN.prediction(own, video(), GTSCORE_2FPS.parameters), [0.0, 15.0, 30.0, 45.0]
    )
    others = told(user_summaries=np.stack([np.arange(60) < 30] * 2))
    assert scored(PERUSER_BINARY_2FPS, own, video(), others)["kendall"].values == (1.0,)


def test_a_last_annotator_left_out_leaves_nothing_to_compare_with() -> None:
    own = Summary(video_id="v", importance=np.arange(4.0), annotator=0)
    found = scored(GTSCORE_2FPS, own, video(), told(importance=RATINGS[:1]))
    assert cause(found["kendall"]) is Cause.REFERENCE


@pytest.mark.parametrize("spec", [GTSCORE_2FPS, PERUSER_BINARY_2FPS], ids=lambda spec: spec.id)
def test_constant_scores_and_constant_annotators_are_told_apart(spec: ProtocolSpec) -> None:
    picked = np.arange(60) < 15
    some, none = told(user_summaries=picked[None]), told(user_summaries=np.zeros((1, 60), dtype=np.bool_))
    assert cause(scored(spec, importance(1, 1, 1, 1), video(), some)["kendall"]) is Cause.PREDICTION
    for scores in ((1, 1, 1, 1), (1, 2, 3, 4)):
        assert cause(scored(spec, importance(*scores), video(), none)["spearman"]) is Cause.REFERENCE
    short = scored(spec, importance(1), video(10), told(user_summaries=picked[None, :10]))
    assert cause(short["kendall"]) is Cause.REFERENCE


def test_scores_without_ties_reach_no_more_against_a_selection_than_the_spec_says() -> None:
    chosen = np.arange(400) >= 340
    found = scored(
        PERUSER_BINARY_2FPS,
        importance(*range(400)),
        video(400, 1),
        told(user_summaries=chosen[None]),
    )
    assert found["kendall"].values[0] == pytest.approx(np.sqrt(2 * 0.15 * 0.85), abs=1e-3)


def test_the_released_code_of_videoxum_selects_by_one_frame_and_counts_undefined_as_0() -> None:
    seen = video(20, 1)
    chosen = np.zeros((3, 20), dtype=np.bool_)
    chosen[0, 19] = chosen[1, :2] = True
    annotations = told(user_summaries=chosen, grid="picks")
    # k = 3, so step 16 decides: only the last three scores are as high.
    found = scored(VIDEOXUM_RELEASED, importance(*range(20)), seen, annotations, F1)["f1"]
    assert found.values[:2] == (pytest.approx(40.0), 0.0)
    assert isinstance(found.values[2], Undefined) and found.values[2].cause is Cause.REFERENCE
    assert aggregate_annotators(found, VIDEOXUM_RELEASED, "mean", 0.0).value == pytest.approx(40 / 3)
    ranks = scored(VIDEOXUM_RELEASED, importance(*[0.0] * 20), seen, annotations)
    assert aggregate_annotators(ranks["kendall"], VIDEOXUM_RELEASED, "mean", 0.0).value == 0.0


def test_the_released_code_of_videoxum_ties_scores_that_the_protocol_keeps_apart() -> None:
    seen, scores = video(3, 1), (0.0, 20.0, 40.0)
    annotations = told(user_summaries=np.asarray([[False, True, True], [False, False, True]]), grid="picks")
    assert scored(VIDEOXUM_MEANUSER, importance(*scores), seen, annotations)["kendall"].values == (1.0,)
    released = scored(VIDEOXUM_RELEASED, importance(*scores), seen, annotations)["kendall"].values[0]
    tied = kendall_tau_b(levels(released_saliency(scores)), levels(np.asarray([0, 1, 2])))
    assert released == tied == pytest.approx(np.sqrt(2 / 3))


SHOTS = np.asarray([[0, 14], [15, 29], [30, 99]])
TRUE_SHOT = np.arange(100) < 15


def hisum(frames: int = 100, **rows: Any) -> tuple[Video, Annotations]:
    curve = np.linspace(0, 1, frames)[None]
    rows = {"importance": curve, "user_summaries": TRUE_SHOT[None, :frames]} | rows
    return video(frames, 1, SHOTS), told(grid="picks", **rows)


def test_mr_hisum_values_a_shot_with_the_first_score_of_the_next() -> None:
    """The second shot is worth more by itself, and less than the first with what hangs over."""
    scores = np.full(100, 0.1)
    scores[:15], scores[15:30] = 0.5, 0.51
    scores[15], scores[30] = 0.9, 0.0
    seen, annotations = hisum()
    own = CHAIN.prediction(importance(*scores), seen, KEYSHOT_MEANUSER.parameters)
    overhanging = CHAIN.prediction(importance(*scores), seen, MRHISUM.parameters)
    np.testing.assert_array_equal(np.flatnonzero(own), np.arange(15, 30))
    np.testing.assert_array_equal(np.flatnonzero(overhanging), np.arange(15))
    assert scored(MRHISUM, importance(*scores), seen, annotations, F1)["f1"].values == (100.0,)


def test_mr_hisum_compares_the_curve_in_clips_and_the_summary_in_frames() -> None:
    seen, annotations = hisum()
    rising = importance(*np.linspace(3, 4, 100))
    found = scored(MRHISUM, rising, seen, annotations, MAP50, MAP15, KENDALL)
    assert found["map50"].values == found["map15"].values == (100.0,)
    # Rank correlation takes the binary summary, as the released code does.
    summary = CHAIN.prediction(rising, seen, MRHISUM.parameters)
    assert found["kendall"].values == (
        pytest.approx(kendall_tau_b(levels(summary), levels(TRUE_SHOT)), abs=1e-12),
    )
    worst = scored(MRHISUM, importance(*np.linspace(1, 0, 100)), seen, annotations, MAP50, MAP15)
    assert 0 < worst["map15"].values[0] < worst["map50"].values[0] < 50


def test_a_video_of_fewer_than_7_clips_has_no_top_15_percent() -> None:
    for frames, defined in ((5, ()), (10, (MAP50,)), (30, (MAP50,)), (31, (MAP50, MAP15))):
        seen, annotations = hisum(frames)
        found = scored(MRHISUM, importance(*np.linspace(0, 1, frames)), seen, annotations, MAP50, MAP15)
        for metric in (MAP50, MAP15):
            if metric in defined:
                assert found[metric.id].values == (100.0,)
            else:
                assert cause(found[metric.id]) is Cause.REFERENCE


def test_a_constant_curve_has_no_clips_on_top_and_constant_scores_get_their_share() -> None:
    seen, flat = hisum(importance=np.full((1, 100), 0.1))
    rising = importance(*np.linspace(0, 1, 100))
    assert cause(scored(MRHISUM, rising, seen, flat, MAP50)["map50"]) is Cause.REFERENCE
    # The last clip is shorter, so the mean of the same value has another rounding.
    assert metrics.map50(np.arange(13.0), ReferenceSet(np.full((1, 13), 0.1))) == [metrics.CONSTANT_REFERENCE]
    constant = scored(MRHISUM, importance(*[0.4] * 100), *hisum(), MAP50, MAP15)
    assert constant["map50"].values == (50.0,) and constant["map15"].values == (15.0,)


def test_segments_alone_have_no_curve_but_an_f1() -> None:
    seen, annotations = hisum()
    shown = Summary(video_id="v", segments=np.asarray([[0.0, 0.5]]))
    assert scored(MRHISUM, shown, seen, annotations, F1)["f1"].values == (100.0,)
    with pytest.raises(MismatchError, match="no importance scores"):
        scored(MRHISUM, shown, seen, annotations, MAP50)


def test_shots_that_leave_a_gap_are_damaged_data_and_none_a_mismatch() -> None:
    gap = np.asarray([[0, 10], [20, 99]])
    with pytest.raises(DataDamagedError, match=r"'v'.*follow one another"):
        CHAIN.prediction(importance(*[1.0] * 100), video(100, 1, gap), MRHISUM.parameters)
    with pytest.raises(MismatchError, match="no change points"):
        CHAIN.prediction(importance(*[1.0] * 100), video(100, 1), MRHISUM.parameters)


def test_nan_never_becomes_a_number() -> None:
    broken, whole = np.asarray([1.0, np.nan, 3.0]), np.asarray([1.0, 2.0, 3.0])
    for statistic in (kendall_tau_b, spearman_rho):
        assert np.isnan(statistic(levels(broken), levels(whole)))
        assert np.isnan(statistic(levels(whole), levels(broken)))
    for metric in (metrics.kendall, metrics.spearman):
        assert metric(broken, ReferenceSet(whole[None])) == [metrics.NAN_PREDICTION]
        assert metric(whole, ReferenceSet(broken[None])) == [metrics.NAN_REFERENCE]
    curve = np.arange(40.0)
    hole = np.where(curve == 7, np.nan, curve)
    for metric in (metrics.map50, metrics.map15):
        assert metric(hole, ReferenceSet(curve[None])) == [metrics.NAN_PREDICTION]
        assert metric(curve, ReferenceSet(hole[None])) == [metrics.NAN_REFERENCE]


@pytest.mark.parametrize("metric", FUNCTIONS.values(), ids=lambda metric: metric.__name__)
@pytest.mark.parametrize("length", [1, 39], ids=["one", "fewer"])
def test_vectors_of_two_lengths_are_never_broadcast_or_cut(metric: Any, length: int) -> None:
    with pytest.raises(ValueError):
        metric(np.arange(float(length)), ReferenceSet(np.arange(40.0)[None]))


@pytest.mark.parametrize("spec", [*PROTOCOLS, *METRICS], ids=lambda spec: spec.id)
def test_every_spec_says_what_it_does_where_it_stands_and_who_differs(spec: Any) -> None:
    assert spec.version == "1" and spec.chain and "protocols.md" in spec.source and spec.disagreements
    for text in (*spec.chain, *spec.disagreements):
        # They are joined to one footnote.
        assert text == text.strip().rstrip(".") and "\n" not in text


@pytest.mark.parametrize("spec", PROTOCOLS, ids=lambda spec: spec.id)
def test_every_protocol_serves_the_metrics_it_is_reported_with(spec: ProtocolSpec) -> None:
    needs = {metric.id: metric.needs for metric in METRICS}
    assert all(spec.serves(needs[metric]) for metric in spec.metrics)
    assert Needs.TEXT not in {spec.yields, *spec.other}
