"""Traps of scoring importance and selections that no single function shows (protocols.md 0 to c)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import (
    Annotations,
    Cause,
    Feature,
    FeatureSpec,
    MetricSpec,
    ProtocolSpec,
    Summary,
    Undefined,
    Video,
)
from vsumbench.defaults import metrics, protocol_specs
from vsumbench.defaults.metric_specs import F1, KENDALL, SPEARMAN
from vsumbench.defaults.protocols import CHAIN
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.plugins import default_plugins
from vsumbench.records.predictions import PredictionLine, prediction_line
from vsumbench.running.aggregate import summarise_scores
from vsumbench.running.scorer import Case, ItemScore
from vsumbench.running.vectors import VectorScorer
from vsumbench.scoring import kts
from vsumbench.scoring.digits import digit_importance
from vsumbench.scoring.rank import kendall_tau_b, levels

FUNCTIONS = {spec: getattr(metrics, spec.id) for spec in (F1, KENDALL, SPEARMAN)}
FRAMES = 40


def video(shots: Any = None, step: int = 1, **more: Any) -> Video:
    return Video(
        id="v",
        duration=FRAMES / 10,
        fps=10.0,
        n_frames=FRAMES,
        picks=np.arange(0, FRAMES, step),
        change_points=None if shots is None else np.asarray(shots),
        **more,
    )


def told(**rows: Any) -> Annotations:
    return Annotations(video_id="v", **rows)


def scored(
    spec: ProtocolSpec, summary: Summary, seen: Video, annotations: Annotations, *wanted: MetricSpec
) -> Mapping[str, ItemScore]:
    (found,) = VectorScorer(spec, CHAIN, FUNCTIONS).score([Case(summary, seen, annotations)], wanted)
    return found


def cause(score: ItemScore) -> Cause:
    (value,) = set(score.values)
    assert isinstance(value, Undefined) and value.reason
    return value.cause


CHOSEN = np.arange(FRAMES) < 10
SELECTIONS = told(user_summaries=np.stack([CHOSEN, ~CHOSEN]))
RISING = Summary(video_id="v", importance=np.arange(float(FRAMES)))


def test_shots_stored_with_a_video_are_taken_as_they_are() -> None:
    """Its features say otherwise: segmentation would put the cut at frame 20."""
    rows = np.repeat(np.eye(2, dtype=np.float32), FRAMES // 2, axis=0)
    assert kts.segment(rows, penalty=0.1).change_points.tolist() == [20]
    feature = Feature(spec=FeatureSpec(name="f", shape=(2,)), steps=FRAMES, read=lambda: rows)
    stored = [[0, 3], [4, 35], [36, 39]]
    seen = video(stored, features={"f": feature})
    chosen = CHAIN.prediction(RISING, seen, protocol_specs.KEYSHOT_F1_AVG.parameters)
    assert np.flatnonzero(chosen).tolist() == [36, 37, 38, 39]
    with pytest.raises(MismatchError, match="'v' has no change points"):
        CHAIN.prediction(RISING, video(features={"f": feature}), protocol_specs.KEYSHOT_F1_AVG.parameters)


def test_a_prediction_and_references_of_two_lengths_are_refused_with_video_and_lengths() -> None:
    short = Summary(video_id="v", importance=np.arange(FRAMES - 1.0))
    with pytest.raises(MismatchError, match=r"'v': the prediction has 39 values, its references 40"):
        scored(protocol_specs.PERUSER_BINARY_2FPS, short, video(), SELECTIONS, KENDALL)
    cut = told(user_summaries=CHOSEN[None, :-2])
    with pytest.raises(DataDamagedError, match=r"'v' have 38 values a row, expected 40 \(frames\)"):
        scored(protocol_specs.PERUSER_BINARY_2FPS, RISING, video(), cut, KENDALL)


def test_scores_are_stored_and_ranked_without_rounding() -> None:
    """Half precision would tie what float32 keeps apart, and move the correlation."""
    scores = (0.7 + 1e-6 * np.random.default_rng(0).permutation(FRAMES)).astype(np.float32)
    assert len(np.unique(scores)) == FRAMES and len(np.unique(scores.astype(np.float16))) == 1
    line = prediction_line(Summary(video_id="v", importance=scores), fold="f", repetition=0, part=0, parts=1)
    read = PredictionLine.model_validate(json.loads(json.dumps(line))).summary()
    assert read.importance is not None and read.importance.dtype == np.float64
    np.testing.assert_array_equal(read.importance, scores.astype(np.float64))
    ratings = told(importance=np.arange(float(FRAMES))[None])
    found = scored(protocol_specs.PERUSER_2FPS, read, video(), ratings, KENDALL)["kendall"]
    assert found.values == (pytest.approx(kendall_tau_b(levels(scores), levels(np.arange(FRAMES)))),)


@pytest.mark.parametrize("frames", [0, FRAMES], ids=["nothing", "everything"])
def test_a_summary_of_nothing_or_everything_has_no_correlation_and_the_prediction_is_to_blame(
    frames: int,
) -> None:
    segments = np.asarray([[0.0, frames / 10]][: 1 if frames else 0]).reshape(-1, 2)
    shown = Summary(video_id="v", segments=segments)
    annotations = told(user_summaries=CHOSEN[None])
    found = scored(protocol_specs.KEYSHOT_MEANUSER, shown, video(), annotations, KENDALL, SPEARMAN)
    assert cause(found["kendall"]) is cause(found["spearman"]) is Cause.PREDICTION


def test_where_every_shot_is_too_long_f1_counts_0_and_correlation_is_undefined() -> None:
    seen = video([[0, 19], [20, 39]])
    assert (
        cause(scored(protocol_specs.KEYSHOT_F1_AVG, RISING, seen, SELECTIONS, F1)["f1"]) is Cause.PREDICTION
    )
    assert F1.no_skill == 0
    mean = told(user_summaries=CHOSEN[None])
    found = scored(protocol_specs.KEYSHOT_MEANUSER, RISING, seen, mean, KENDALL)["kendall"]
    assert cause(found) is Cause.PREDICTION


@pytest.mark.parametrize("spec", [protocol_specs.VIDEOXUM_TOP15, protocol_specs.KEYSHOT_F1_AVG])
def test_how_much_a_model_selected_by_itself_stands_beside_its_f1(spec: ProtocolSpec) -> None:
    annotations = told(user_summaries=SELECTIONS.user_summaries, grid="picks")
    seen = video([[0, 3], [4, 35], [36, 39]])
    rows = []
    for end in (1.0, 3.0):
        shown = Summary(video_id="v", segments=np.asarray([[0.0, end]]))
        found = scored(spec, shown, seen, annotations, F1)["f1"]
        assert found.beside == {"selected frames in percent": pytest.approx(10 * end / 0.4)}
        rows.append({"fold": "f", "id": f"v{end}"} | found.to_json())
    assert summarise_scores(spec, F1, ["f"], rows, "")[0].note == "selected frames in percent: 50.00"
    # Scores are selected from by the budget of the protocol, which every model shares.
    assert scored(spec, RISING, seen, annotations, F1)["f1"].beside == {}


def test_digits_without_a_stamp_have_no_correlation() -> None:
    silent = digit_importance(np.zeros((1, 12)), [11], range(10))
    mean = told(user_summaries=CHOSEN[None])
    shown = Summary(video_id="v", importance=silent[:FRAMES])
    assert (
        cause(scored(protocol_specs.GTSCORE_2FPS, shown, video(), mean, KENDALL)["kendall"])
        is Cause.PREDICTION
    )


@pytest.mark.parametrize("dataset", ["summe", "tvsum"])
def test_the_per_user_protocol_is_reported_for_both_sets_whatever_their_own_is(dataset: str) -> None:
    assert {"peruser-2fps", "keyshot-meanuser"} <= set(default_plugins().dataset(dataset).default_protocols)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (protocol_specs.HUMAN_PAIRWISE, "segment numbers, whose size means nothing"),
        (protocol_specs.KEYSHOT_MEANUSER, "no row of this protocol"),
        (protocol_specs.PERUSER_2FPS, "VASNet and MSVA rows from papers of other protocols"),
        (protocol_specs.GTSCORE_2FPS, "ratio 1.36"),
        (protocol_specs.GTSCORE_2FPS, "inferred"),
        (protocol_specs.VIDEOXUM_MEANUSER, "is probably swapped"),
        (protocol_specs.VIDEOXUM_RELEASED, "cannot be proved; look at both"),
        (protocol_specs.VIDEOXUM_TOP15, "look at its share of selected frames beside its F1"),
        (protocol_specs.MRHISUM, "the columns of a published row can come from three models"),
    ],
)
def test_a_protocol_says_which_published_numbers_are_not_what_they_seem(
    spec: ProtocolSpec, words: str
) -> None:
    assert any(words in line for line in spec.disagreements)
