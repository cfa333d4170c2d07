"""Overlap of spans: bounds, symmetry, the plain formula, and the side a threshold falls on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsumbench.scoring.spans import detection, matches, overlaps

seconds = st.one_of(st.integers(0, 40).map(float), st.floats(0, 1e4, allow_nan=False))
spans = st.lists(st.tuples(seconds, seconds), max_size=6)
some = st.lists(st.tuples(seconds, seconds), min_size=1, max_size=6)


def plainly(first: tuple[float, float], second: tuple[float, float]) -> float:
    shared = max(0.0, min(first[1], second[1]) - max(first[0], second[0]))
    hull = max(first[1], second[1]) - min(first[0], second[0])
    return shared / (min(hull, second[1] - second[0] + first[1] - first[0]) + 1e-8)


@given(some, some)
def test_an_overlap_is_the_formula_bit_by_bit(predicted: list, reference: list) -> None:
    found = overlaps(predicted, reference)
    assert found.shape == (len(predicted), len(reference))
    assert (found >= 0).all() and (found < 1).all()
    for i, first in enumerate(predicted):
        for j, second in enumerate(reference):
            assert found[i, j] == plainly(first, second)


@given(some, some)
def test_an_overlap_does_not_ask_who_predicts(predicted: list, reference: list) -> None:
    assert np.allclose(overlaps(predicted, reference), overlaps(reference, predicted).T, rtol=1e-12, atol=0)


@given(some, some, st.permutations(range(6)))
def test_detection_does_not_depend_on_the_order_of_spans(
    predicted: list, reference: list, order: list
) -> None:
    mixed = [predicted[i] for i in order if i < len(predicted)]
    for one, other in zip(
        detection(predicted, [reference], (0.3, 0.5)), detection(mixed, [reference], (0.3, 0.5)), strict=True
    ):
        assert (one == other).all()


@given(spans, st.lists(some, min_size=1, max_size=3))
def test_detection_is_a_share_that_falls_with_the_threshold(predicted: list, references: list) -> None:
    for values in detection(predicted, references, (0.1, 0.3, 0.5, 0.7, 0.9)):
        assert ((values >= 0) & (values <= 1)).all() and (np.diff(values) <= 0).all()


@given(some, some)
def test_every_pair_above_a_threshold_is_a_match(predicted: list, reference: list) -> None:
    precision, recall = detection(predicted, [reference], (0.5,))
    pairs = matches(predicted, reference, math.nextafter(0.5, 1))
    assert precision[0] == len({i for i, _ in pairs}) / len(predicted)
    assert recall[0] == len({j for _, j in pairs}) / len(reference)


def test_precision_and_recall_are_each_the_best_over_the_files() -> None:
    precision, recall = detection(
        [(0, 10), (20, 30)], [[(0, 10), (50, 60)], [(0, 10), (20, 30), (70, 80)]], (0.5,)
    )
    assert (precision[0], recall[0]) == (1.0, 2 / 3)
    precision, recall = detection(
        [(0, 10), (20, 30)], [[(0, 10)], [(0, 10), (20, 30), (40, 50), (70, 80)]], (0.5,)
    )
    assert (precision[0], recall[0]) == (1.0, 1.0)


def test_a_threshold_that_is_met_exactly_matches_a_caption_and_finds_no_event() -> None:
    overlap = float(overlaps([(0, 10)], [(0, 5)])[0, 0])
    assert matches([(0, 10)], [(0, 5)], overlap) == [(0, 0)]
    precision, recall = detection([(0, 10)], [[(0, 5)]], (overlap,))
    assert (precision[0], recall[0]) == (0, 0)
    below = math.nextafter(overlap, 0)
    assert detection([(0, 10)], [[(0, 5)]], (below,))[0][0] == 1


@pytest.mark.parametrize("reversed_span", [(30.0, 10.0), (5.0, 5.0)])
def test_a_span_that_does_not_go_forward_overlaps_nothing(reversed_span: tuple[float, float]) -> None:
    others = [(0.0, 100.0), (10.0, 30.0), (5.0, 5.0), (30.0, 10.0)]
    assert not overlaps([reversed_span], others).any()
    assert not overlaps(others, [reversed_span]).any()


def test_without_a_prediction_nothing_is_found() -> None:
    precision, recall = detection([], [[(0, 1)]], (0.3, 0.5))
    assert precision.tolist() == recall.tolist() == [0, 0]
    assert overlaps([], [(0, 1)]).shape == (0, 1) and matches([], [(0, 1)], 0.5) == []


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="no set of reference"):
        detection([(0, 1)], [], (0.5,))
    with pytest.raises(ValueError, match="is empty"):
        detection([(0, 1)], [[]], (0.5,))
    with pytest.raises(ValueError, match="expected \\(K, 2\\)"):
        overlaps([(0, 1, 2)], [(0, 1)])
    with pytest.raises(ValueError, match="not finite"):
        overlaps([(0, math.nan)], [(0, 1)])
