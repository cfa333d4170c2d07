"""Golden vectors of upsampling, knapsack, keyshot summaries and F1: what the public reference functions gave.

Every column of a case is compared with the function or rule that reproduces it. Where the reference gives a
number for input that this project refuses (protocols.md a.1, a.2, a.4), the refusal is what is tested.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import Cause, ReferenceSet, Undefined
from vsumbench.defaults import metrics
from vsumbench.scoring.keyshots import RULES, KeyshotRule, keyshot_summary
from vsumbench.scoring.knapsack import knapsack, knapsack_float32, knapsack_thousandths, rank_selection
from vsumbench.scoring.overlap import CONVENTIONS
from vsumbench.scoring.shots import hold, hold_strict
from vsumbench.testing.golden import array, cases, family, is_nan, number, raises, selection

UPSAMPLING = {"csta_style": hold, "dsnet_style": hold_strict}


def _refused(function: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        function()


@cases("upsample")
def test_scores_are_held_as_by_the_reference(case: dict[str, Any]) -> None:
    given, tolerance = case["input"], family("upsample")["tolerance"]["abs"]
    scores, picks, frames = (
        array("upsample", given["scores"]),
        array("upsample", given["picks"]),
        given["n_frames"],
    )
    ordered = len(picks) and picks[0] >= 0 and picks[-1] <= frames and (np.diff(picks) > 0).all()
    lawful = ordered and len(scores) in (len(picks), len(picks) - 1)
    for style, expected in case["expected"].items():
        if raises(expected) or not lawful:
            _refused(lambda style=style: UPSAMPLING[style](scores, picks, frames))  # type: ignore[misc]
            continue
        held = UPSAMPLING[style](scores, picks, frames).astype(np.float32)
        reference = [number(value) for value in expected]
        np.testing.assert_allclose(held, reference, atol=tolerance, rtol=0, err_msg=style)


@cases("knapsack")
def test_knapsacks_choose_as_the_reference_solvers(case: dict[str, Any]) -> None:
    given = case["input"]
    values, capacity = array("knapsack", given["values"]), given["capacity"]
    weights = array("knapsack", given["weights"]).astype(np.int64)
    solvers = {
        "dp_exclude_later_on_tie": knapsack,
        "revs": knapsack,
        "dp_float32_table": knapsack_float32,
        "ortools_int1000": knapsack_thousandths,
    }
    lawful = np.isfinite(values).all() and (weights > 0).all() and capacity >= 0
    for column, expected in case["expected"].items():
        if column == "optimum":
            if lawful and not raises(expected):
                best = values[knapsack(values, weights, capacity)].sum()
                assert best == pytest.approx(number(expected), abs=1e-9)
            continue
        solve = solvers[column]
        counted = values
        if column == "ortools_int1000" and lawful:
            counted = np.trunc(1000 * values)
        # For negative values the solver of the reference chooses what means nothing.
        meaningless = column == "ortools_int1000" and lawful and (counted < 0).any()
        if raises(expected) or not lawful or meaningless:
            _refused(lambda solve=solve: solve(values, weights, capacity))  # type: ignore[misc]
            continue
        chosen = solve(values, weights, capacity)
        reference = np.zeros(len(values), dtype=np.bool_)
        reference[expected] = True
        if column in ("dp_exclude_later_on_tie", "revs"):
            assert np.flatnonzero(chosen).tolist() == sorted(expected), column
        # Which of several equal selections these two take is not specified; what it is worth is.
        elif column == "dp_float32_table":
            assert counted[chosen].sum() == pytest.approx(counted[reference].sum(), rel=1e-6), column
        else:
            assert counted[chosen].sum() == counted[reference].sum(), column
            assert weights[chosen].sum() == weights[reference].sum(), column
        assert weights[chosen].sum() <= capacity, column


def _same_summary(
    held: np.ndarray, shots: np.ndarray, frames: int, rule: KeyshotRule, reference: np.ndarray
) -> bool:
    """Whether the rule gives the summary, in one of the ways the reference leaves open."""
    found = [keyshot_summary(held, shots, frames, rule)]
    if rule.arithmetic == "given":
        # Held scores are float32 in the references; this one computes in the type it is given.
        found.append(keyshot_summary(held.astype(np.float32), shots, frames, rule))
    if rule.select is rank_selection and len(reference) == shots[-1, 1] + 1:
        # Their sort is unstable, so equal shots are tried in any order. If some order gives the selection, so
        # does the one that tries the selected shots first.
        values, lengths = rule.values(held, shots), shots[:, 1] - shots[:, 0] + 1
        order = np.lexsort((~reference[shots[:, 0]], -values))
        chosen = rank_selection(values, lengths, rule.capacity(frames, int(shots[-1, 1])), order)
        found.append(np.repeat(chosen, lengths))
    return any(np.array_equal(one, reference) for one in found)


@cases("summary")
def test_keyshot_summaries_are_those_of_each_reference(case: dict[str, Any]) -> None:
    given = case["input"]
    scores, picks = array("summary", given["scores"]), array("summary", given["picks"]).astype(np.int64)
    shots, frames = array("summary", given["change_points"]).astype(np.int64), given["n_frames"]
    for column, expected in case["expected"].items():
        rule = RULES[column]
        upsample = hold_strict if column in ("dsnet", "a2summ_round") else hold
        partial = rule.whole and shots[-1, 1] != frames - 1
        if raises(expected) or partial or not np.isfinite(scores).all():
            _refused(lambda r=rule, u=upsample: keyshot_summary(u(scores, picks, frames), shots, frames, r))  # type: ignore[misc]
            continue
        held = upsample(scores, picks, frames)
        values = rule.values(held, shots)
        if rule.select is knapsack_thousandths:
            values = np.trunc(1000 * values)
            if (values < 0).any():
                # What the solver of the reference chooses then means nothing.
                _refused(lambda r=rule, h=held: keyshot_summary(h, shots, frames, r))  # type: ignore[misc]
                continue
        reference = selection(expected)
        if _same_summary(held, shots, frames, rule, reference):
            continue
        assert column != "csta" and not column.startswith("revs"), f"{column} is exact"
        # A tie: the selected length and value of the reference.
        found = keyshot_summary(held, shots, frames, rule)
        worth = [values[one[shots[:, 0]]].sum() for one in (found, reference)]
        assert found.sum() == reference.sum() and worth[0] == pytest.approx(worth[1], rel=1e-6), column


def _selections(given: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    rows = array("f1", given["user_summary"]).astype(np.bool_)
    if given.get("zero_user_0"):
        rows[0] = False
    machine = selection({"segments": given["machine_segments"], "length": given["machine_length"]})
    return machine, rows


def _same(found: float, expected: Any, tolerance: float) -> bool:
    return bool(np.isnan(found)) if is_nan(expected) else bool(abs(found - number(expected)) <= tolerance)


@cases("f1")
def test_f1_is_that_of_each_reference(case: dict[str, Any]) -> None:
    machine, rows = _selections(case["input"])
    tolerance = family("f1")["tolerance"]["abs"]
    for column, expected in case["expected"].items():
        convention, how, *_ = column.split("_")
        if raises(expected):
            _refused(lambda convention=convention: CONVENTIONS[convention](machine, rows))  # type: ignore[misc]
            continue
        overlap = CONVENTIONS[convention](machine, rows)
        if column.endswith("_per_user"):
            found, wanted = tuple(overlap.f1.tolist()), expected
        else:
            found = {"max": overlap.best, "avg": overlap.mean}[how]()
            found, wanted = (found, expected) if column.endswith("_f_p_r") else (found[:1], [expected])
        assert len(found) == len(wanted), column
        for value, reference in zip(found, wanted, strict=True):
            assert _same(value, reference, tolerance), f"{column}: {value}, expected {reference}"


@cases("f1", lambda case: "dsnet_per_user" in case["expected"])
def test_the_f1_of_the_harness_is_the_exact_one_but_for_what_is_undefined(case: dict[str, Any]) -> None:
    machine, rows = _selections(case["input"])
    # The length rule of the reference: cut or padded with zeros to the users' length.
    fitted = np.zeros(rows.shape[1], dtype=np.bool_)
    fitted[: len(machine)] = machine[: len(fitted)]
    values = metrics.f1(fitted, ReferenceSet(rows))
    for value, row, reference in zip(values, rows, case["expected"]["dsnet_per_user"], strict=True):
        if not row.any():
            assert isinstance(value, Undefined) and value.cause is Cause.REFERENCE
        elif not fitted.any():
            assert isinstance(value, Undefined) and value.cause is Cause.PREDICTION and reference == 0
        else:
            assert value == pytest.approx(100 * reference, abs=1e-5)
