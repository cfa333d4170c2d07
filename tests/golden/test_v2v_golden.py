"""Golden vectors of the video-to-video families: what public reference functions gave on generated inputs.

Covered here are the conventions that protocols of this project follow. The other columns of the files
(thousandths knapsacks, epsilon F1, released VideoXum shapes, …) belong to protocols that reproduce a paper.
"""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import shared_folder

from vsumbench.contracts import Annotations, Cause, ReferenceSet, Summary, Undefined, Video
from vsumbench.defaults import metrics
from vsumbench.defaults.protocol_specs import (
    HUMAN_PAIRWISE,
    KEYSHOT_MEANUSER,
    PERUSER_2FPS,
    PERUSER_FULL,
    VIDEOXUM_MEANUSER,
    VIDEOXUM_TOP15,
)
from vsumbench.defaults.protocols import CHAIN
from vsumbench.running.scorer import ItemScore, aggregate_annotators
from vsumbench.scoring.rank import kendall_tau_b, levels, spearman_rho
from vsumbench.scoring.shots import hold, keyshot_summary, knapsack, top_share


def _folder() -> Path | None:
    named = os.environ.get("VSUMBENCH_GOLDEN")
    shared = shared_folder()
    folder = Path(named) if named else (shared / "golden" if shared else None)
    return folder if folder is not None and folder.is_dir() else None


FOLDER = _folder()


def cases(family: str, prefix: str = "", column: str = "") -> Any:
    """One named test a case; one skipped test where there are no golden vectors."""
    if FOLDER is None:
        reason = "no golden vectors here; set VSUMBENCH_GOLDEN or VSUMBENCH_SHARED"
        return pytest.mark.parametrize(
            "case", [pytest.param(None, id="absent", marks=pytest.mark.skip(reason))]
        )
    found = json.loads((FOLDER / f"{family}.json").read_text(encoding="utf-8"))["cases"]
    chosen = [
        case for case in found if case["id"].startswith(prefix) and (not column or column in case["expected"])
    ]
    assert chosen, f"{family}.json has no case {prefix}*"
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


@cache
def arrays(name: str) -> Any:
    assert FOLDER is not None
    return np.load(FOLDER / name, allow_pickle=False)


def array(family: str, key: str) -> Any:
    """`c03.features`, or `summary.npz:c03.user_summary`."""
    file, colon, rest = key.partition(":")
    return arrays(file)[rest] if colon else arrays(f"{family}.npz")[key]


def selection(found: dict[str, Any]) -> Any:
    chosen = np.zeros(found["length"], dtype=np.bool_)
    for first, last in found["segments"]:
        chosen[first : last + 1] = True
    return chosen


def number(value: Any) -> float:
    return math.nan if value == "NaN" else float(value)


@cases("upsample")
def test_hold_gives_the_frames_of_the_reference(case: dict[str, Any]) -> None:
    given = case["input"]
    held = hold(np.asarray(given["scores"]), np.asarray(given["picks"]), given["n_frames"])
    for style, expected in case["expected"].items():
        if isinstance(expected, dict):
            # The stricter reference refuses a missing score; rule 1, which is followed here, tolerates one.
            assert style == "dsnet_style" and expected == {"raises": "AssertionError"}
            continue
        np.testing.assert_allclose(held, expected, atol=1e-7, rtol=0)


@cases("knapsack")
def test_knapsack_chooses_the_items_of_the_table_reference(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    values, weights = np.asarray(given["values"], dtype=np.float64), np.asarray(given["weights"])
    chosen = knapsack(values, weights, given["capacity"])
    assert np.flatnonzero(chosen).tolist() == sorted(expected["dp_exclude_later_on_tie"])
    assert values[chosen].sum() == pytest.approx(expected["optimum"], abs=1e-9)
    assert weights[chosen].sum() <= given["capacity"]


@cases("summary")
def test_keyshot_summary_selects_the_shots_of_the_reference(case: dict[str, Any]) -> None:
    given = case["input"]
    frames = hold(np.asarray(given["scores"]), np.asarray(given["picks"]), given["n_frames"])
    chosen = keyshot_summary(frames, np.asarray(given["change_points"]), given["n_frames"])
    np.testing.assert_array_equal(chosen, selection(case["expected"]["csta"]))


@cases("f1")
def test_f1_is_that_of_the_exact_reference_but_for_what_is_undefined(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    rows = array("f1", given["user_summary"]).astype(np.bool_)
    if given["zero_user_0"]:
        rows[0] = False
    machine = selection({"segments": given["machine_segments"], "length": given["machine_length"]})
    # The length rule of the reference: cut or padded with zeros to the users' length.
    fitted = np.zeros(rows.shape[1], dtype=np.bool_)
    fitted[: len(machine)] = machine[: len(fitted)]
    values = metrics.f1(fitted, ReferenceSet(rows))
    for value, row, reference in zip(values, rows, expected["dsnet_per_user"], strict=True):
        if not row.any():
            assert isinstance(value, Undefined) and value.cause is Cause.REFERENCE
        elif not fitted.any():
            assert isinstance(value, Undefined) and value.cause is Cause.PREDICTION and reference == 0
        else:
            assert value == pytest.approx(100 * reference, abs=1e-5)


def _video(given: dict[str, Any]) -> tuple[Video, Annotations]:
    ratings = array("rankcorr", given["user_scores_full"]).astype(np.float64)
    frames = given["n_frames"]
    video = Video(
        id="v",
        duration=frames / 30,
        fps=30.0,
        n_frames=frames,
        picks=np.asarray(given["picks"]),
        change_points=np.asarray([[0, frames - 1]]),
    )
    chosen = array("rankcorr", given["user_summary"]).astype(np.bool_)
    return video, Annotations(video_id="v", importance=ratings, user_summaries=chosen)


def _correlations(summary: Summary, video: Video, annotations: Annotations, spec: Any) -> tuple[Any, Any]:
    references = CHAIN.references(video, annotations, spec.parameters)
    assert isinstance(references, ReferenceSet)
    prediction = CHAIN.prediction(summary, video, spec.parameters)
    assert not isinstance(prediction, Undefined)
    return metrics.kendall(prediction, references), metrics.spearman(prediction, references)


def _near(values: Any, expected: list[Any]) -> None:
    """Per annotator; NaN of the reference is an undefined comparison here."""
    assert len(values) == len(expected)
    for value, reference in zip(values, map(number, expected), strict=True):
        if math.isnan(reference):
            assert isinstance(value, Undefined)
        else:
            assert value == pytest.approx(reference, abs=1e-9)


def _mean(values: Any) -> Any:
    """The mean, or the first undefined value: references let one NaN spoil it."""
    return next((value for value in values if isinstance(value, Undefined)), None) or float(np.mean(values))


@cases("rankcorr", "rc")
def test_rank_correlations_are_those_of_each_protocols_reference(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    video, annotations = _video(given)
    scored = Summary(video_id="v", importance=np.asarray(given["scores_2fps"]))
    taus, rhos = _correlations(scored, video, annotations, PERUSER_2FPS)
    _near(taus, expected["per_user_2fps_tau"])
    _near(rhos, expected["per_user_2fps_rho"])
    _near([_mean(rhos), _mean(taus)], expected["csta_tvsum_rho_tau"])
    taus, rhos = _correlations(scored, video, annotations, PERUSER_FULL)
    _near([_mean(taus), _mean(rhos)], expected["sspvs_full_rate_tau_rho"])


@cases("rankcorr", "rc")
def test_a_keyshot_summary_correlates_with_the_mean_user_as_in_the_references(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    video, annotations = _video(given)
    segments = np.asarray(given["machine_summary_segments"], dtype=np.float64) + np.asarray([0, 1])
    summary = Summary(video_id="v", segments=segments / video.fps)
    taus, rhos = _correlations(summary, video, annotations, KEYSHOT_MEANUSER)
    _near([*rhos, *taus], expected["csta_summe_rho_tau"])
    _near([*rhos, *taus], expected["msva_rho_tau"])
    _near([*taus, *rhos], expected["mrhisum_tau_rho"])


@cases("rankcorr", "rc", "revs_human_leave_one_out_tau_rho")
def test_annotators_correlate_with_each_other_as_in_the_reference(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    video, annotations = _video(given)
    assert annotations.importance is not None
    taus, rhos = [], []
    for annotator, row in enumerate(annotations.importance):
        summary = Summary(video_id="v", importance=row, times="frames", annotator=annotator)
        found = _correlations(summary, video, annotations.without(annotator), HUMAN_PAIRWISE)
        taus.append(_mean(found[0]))
        rhos.append(_mean(found[1]))
    _near([np.mean(taus), np.mean(rhos)], expected["revs_human_leave_one_out_tau_rho"])


@cases("rankcorr", "edge")
def test_edge_cases_of_rank_correlation(case: dict[str, Any]) -> None:
    given = [np.asarray(values, dtype=np.float64) for values in list(case["input"].values())[:2]]
    first, second = levels(given[0]), levels(given[1])
    expected = case["expected"]
    for found, reference in (
        (kendall_tau_b(first, second), expected["kendalltau"]),
        (spearman_rho(first, second), expected["spearmanr"]),
    ):
        assert found == pytest.approx(number(reference), abs=1e-9, nan_ok=True)
    both = metrics.kendall(given[0], ReferenceSet(given[1][None]))
    assert isinstance(both[0], Undefined) == math.isnan(number(expected["kendalltau"]))


@cases("videoxum_v2v")
def test_videoxum_scores_are_those_of_the_reference_as_intended(case: dict[str, Any]) -> None:
    expected = case["expected"]
    logits = array("videoxum_v2v", case["input"]["logits"]).astype(np.float64).reshape(-1)
    chosen = array("videoxum_v2v", case["input"]["vsum_onehot"]).astype(np.bool_)
    steps = len(logits)
    assert np.flatnonzero(top_share(logits)).tolist() == expected["selection"]["selected_vector"]
    video = Video(id="v", duration=float(steps), fps=1.0, n_frames=steps, picks=np.arange(steps))
    annotations = Annotations(video_id="v", user_summaries=chosen, grid="picks")
    summary = Summary(video_id="v", importance=logits)
    references = CHAIN.references(video, annotations, VIDEOXUM_TOP15.parameters)
    prediction = CHAIN.prediction(summary, video, VIDEOXUM_TOP15.parameters)
    assert isinstance(references, ReferenceSet) and not isinstance(prediction, Undefined)
    score = ItemScore(tuple(metrics.f1(prediction, references)))
    vector = expected["vector_shape"]
    for how in ("mean", "max"):
        value = aggregate_annotators(score, VIDEOXUM_TOP15, how, 0.0).value
        assert value == pytest.approx(100 * vector["f1"][how], abs=1e-4)
    taus, rhos = _correlations(summary, video, annotations, VIDEOXUM_MEANUSER)
    _near([*taus, *rhos], [vector["kendall"], vector["spearman"]])
