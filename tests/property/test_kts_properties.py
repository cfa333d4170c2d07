"""Kernel temporal segmentation: against every segmentation there is, and what may not change its answer."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vsumbench.scoring import kts_table
from vsumbench.scoring.kts import linear_kernel, segment, segment_fixed, segment_kernel

FloatArray = NDArray[np.float64]


@st.composite
def features(draw: st.DrawFn, most: int = 9, kinds: int = 4) -> FloatArray:
    """A few steps of a few kinds, so that equal steps, and with them ties, are common."""
    steps = draw(st.integers(1, most))
    width = draw(st.integers(1, 4))
    exact = draw(st.booleans())  # small integers: every sum is exact, ties are exact
    values = st.integers(-3, 3).map(float) if exact else st.floats(-3, 3, width=32)
    rows = draw(st.lists(st.lists(values, min_size=width, max_size=width), min_size=kinds, max_size=kinds))
    return np.array([rows[draw(st.integers(0, kinds - 1))] for _ in range(steps)], dtype=np.float64)


def scatter_of(rows: FloatArray) -> float:
    """The squared distances to the mean, summed: what v(i, j) is by definition."""
    return float(np.square(rows - rows.mean(axis=0)).sum())


def segmentations(steps: int, count: int, shortest: int, longest: int) -> Iterator[tuple[int, ...]]:
    """Every choice of `count` change points that keeps the lengths; the first segment below `longest`."""
    for points in itertools.combinations(range(1, steps), count):
        lengths = np.diff((0, *points, steps))
        if lengths.min() >= shortest and lengths.max() <= longest and lengths[0] < longest:
            yield points


def cost(rows: FloatArray, points: tuple[int, ...]) -> float:
    return sum(scatter_of(part) for part in np.split(rows, points))


def cell_by_cell(scatter: FloatArray, count: int, shortest: int, longest: int) -> FloatArray:
    """The table by its definition."""
    steps = len(scatter)
    table = np.full((count + 1, steps + 1), math.inf)
    for end in range(shortest, min(longest, steps + 1)):
        table[0, end] = scatter[0, end - 1]
    for k in range(1, count + 1):
        for end in range((k + 1) * shortest, steps + 1):
            for t in range(max(k * shortest, end - longest), end - shortest + 1):
                table[k, end] = min(table[k, end], table[k - 1, t] + scatter[t, end - 1])
    return table


@given(features(), st.data())
@settings(max_examples=150, deadline=None)
def test_no_segmentation_is_better_and_none_as_good_ends_its_segments_earlier(
    rows: FloatArray, data: st.DataObject
) -> None:
    steps = len(rows)
    count = data.draw(st.integers(0, steps - 1))
    shortest = data.draw(st.integers(1, steps // (count + 1)))
    longest = data.draw(st.integers(max(shortest, -(-steps // (count + 1))), steps + 1))
    costs = {points: cost(rows, points) for points in segmentations(steps, count, shortest, longest)}
    assume(costs)
    best = min(costs.values())
    found = segment_fixed(rows, count, min_length=shortest, max_length=longest)
    points = tuple(found.change_points.tolist())
    assert found.objective == pytest.approx(best, abs=1e-9)
    assert costs[points] == pytest.approx(best, abs=1e-9)
    # Among those as good, the smallest from the last to the first; a near-tie is not held against it.
    clear = all(value < best + 1e-12 or value > best + 1e-9 for value in costs.values())
    if clear and np.array_equal(rows, np.rint(rows)) and _exact(rows):
        equal = [points for points, value in costs.items() if value < best + 1e-12]
        assert points == min(equal, key=lambda points: points[::-1])


def _exact(rows: FloatArray) -> bool:
    """Whether every scatter is a binary fraction of few digits, so that equal costs are equal floats."""
    steps = len(rows)
    return all(
        (rows[i : j + 1].sum(axis=0) ** 2).sum() % (j - i + 1) == 0
        for i in range(steps)
        for j in range(i, steps)
    )


@given(features(), st.floats(0, 4), st.sampled_from([0.25, 1.0, 15.0]), st.data())
@settings(max_examples=150, deadline=None)
def test_the_number_of_change_points_has_the_smallest_cost_there_is(
    rows: FloatArray, penalty: float, rate: float, data: st.DataObject
) -> None:
    steps = len(rows)
    most = data.draw(st.integers(0, steps - 1))
    wide = steps * rate

    def total(m: int) -> float:
        least = min(cost(rows, points) for points in segmentations(steps, m, 1, steps + 1))
        return least / steps + (penalty * m / (2 * wide) * (math.log(wide / m) + 1) if m else 0.0)

    totals = [total(m) for m in range(most + 1)]
    found = segment(rows, penalty=penalty, rate=rate, max_change_points=most)
    m = len(found.change_points)
    assert totals[m] == pytest.approx(min(totals), abs=1e-9)
    assert all(other > totals[m] - 1e-9 for other in totals)
    assert len(found.scores) == m + 1
    assert found.objective == found.scores[m]
    fixed = segment_fixed(rows, m)
    assert np.array_equal(found.change_points, fixed.change_points)
    assert np.array_equal(found.scores, fixed.scores)


@given(features(most=30, kinds=6), st.floats(0.01, 3), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_stopping_early_never_changes_the_answer(rows: FloatArray, penalty: float, panel: int) -> None:
    """With the whole table filled first, and then the choice made, as the definition says."""
    steps = len(rows)
    scatter, _ = kts_table.scatters(linear_kernel(rows))
    scores = cell_by_cell(scatter, steps - 1, 1, 100_000)[:, steps]
    m = np.arange(1, steps)
    costs = scores / steps
    costs[1:] += (penalty * m / (2.0 * steps)) * (np.log(float(steps) / m) + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kts_table, "PANEL", panel)
        found = segment(rows, penalty=penalty)
    assert len(found.change_points) == int(np.argmin(costs))
    assert np.array_equal(found.scores, scores[: len(found.scores)])


def relaxations() -> list[kts_table.Relax]:
    """The ways there are to fill the table: compiled only where numba is installed."""
    if importlib.util.find_spec("numba") is None:
        return [kts_table.relax]
    return [kts_table.relax, importlib.import_module("vsumbench.scoring.kts_compiled").relax]


@given(features(most=24, kinds=24), st.data())
@settings(max_examples=100, deadline=None)
def test_the_table_holds_the_floats_of_the_definition_however_it_is_filled(
    rows: FloatArray, data: st.DataObject
) -> None:
    steps = len(rows)
    shortest = data.draw(st.integers(1, min(3, steps)))
    longest = data.draw(st.integers(shortest, steps + 2))
    count = data.draw(st.integers(0, steps - 1))
    scatter, _ = kts_table.scatters(linear_kernel(rows))
    expected = cell_by_cell(scatter, count, shortest, longest)
    for relax in relaxations():
        rows_of_it = kts_table.table(scatter, count, shortest, longest, choose=lambda *_, way=relax: way)
        assert np.array_equal(np.concatenate(list(rows_of_it)), expected)


@given(features(most=40, kinds=20))
@settings(max_examples=100, deadline=None)
def test_scatters_are_those_of_whole_arrays(rows: FloatArray) -> None:
    kernel = linear_kernel(rows)
    steps = len(rows)
    line = np.concatenate(([0.0], np.cumsum(np.diag(kernel))))
    square = np.zeros((steps + 1, steps + 1))
    square[1:, 1:] = np.cumsum(np.cumsum(kernel, axis=0), axis=1)
    scatter, lowest = kts_table.scatters(kernel.copy())
    for i, j in itertools.combinations_with_replacement(range(steps), 2):
        inside = square[j + 1, j + 1] + square[i, i] - square[j + 1, i] - square[i, j + 1]
        assert scatter[i, j] == line[j + 1] - line[i] - inside / np.float32(j - i + 1)
        assert scatter[i, j] >= lowest
        assert scatter[i, j] == pytest.approx(scatter_of(rows[i : j + 1]), abs=1e-9)


@given(features(), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_neither_a_rotation_nor_a_sign_nor_another_origin_of_the_axes_changes_the_objective(
    rows: FloatArray, seed: int
) -> None:
    width = rows.shape[1]
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((width, width)))[0]
    for count in range(len(rows)):
        plain = segment_fixed(rows, count).objective
        for other in (
            rows @ turn,
            -rows,
            rows[:, ::-1],
            np.concatenate([rows, 0 * rows], axis=1),
            rows + 1.5,
        ):
            assert segment_fixed(other, count).objective == pytest.approx(plain, abs=1e-8)


@given(features(most=20))
@settings(max_examples=60, deadline=None)
def test_a_change_of_sign_changes_no_change_point(rows: FloatArray) -> None:
    assert np.array_equal(segment(rows).change_points, segment(-rows).change_points)


@given(features(most=25))
@settings(max_examples=60, deadline=None)
def test_one_more_change_point_never_costs_more(rows: FloatArray) -> None:
    scores = segment_fixed(rows, len(rows) - 1).scores
    assert (np.diff(scores) <= 1e-9).all()
    assert scores[-1] == pytest.approx(0, abs=1e-9)


@given(features(most=30), st.integers(1, 12), st.integers(1, 5), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_lengths_and_numbers_stay_in_their_bounds(
    rows: FloatArray, max_segments: int, shortest: int, spare: int
) -> None:
    steps = len(rows)
    assume(steps >= shortest)
    longest = shortest + spare
    try:
        found = segment(
            rows, max_segments=max_segments, penalty=0.01, min_length=shortest, max_length=longest
        )
    except ValueError:
        most = min(max_segments, steps // shortest)
        reachable = (
            next(segmentations_of_lengths(steps, m, shortest, longest), None) for m in range(1, most + 1)
        )
        assert steps > most * longest or not any(reachable)
        return
    lengths = np.diff((0, *found.change_points.tolist(), steps))
    assert len(lengths) <= max_segments
    assert lengths.min() >= shortest
    assert lengths.max() <= longest
    assert lengths[0] < longest


def segmentations_of_lengths(steps: int, count: int, shortest: int, longest: int) -> Iterator[bool]:
    """One `True` where `count` segments of these lengths can add up to `steps`."""
    if count * shortest <= steps <= count * longest - 1:
        yield True


@given(features(most=30), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_steps_that_repeat_are_never_cut_apart_where_a_change_is_left(rows: FloatArray, times: int) -> None:
    repeated = np.repeat(rows, times, axis=0)
    changes = np.flatnonzero((np.diff(repeated, axis=0) != 0).any(axis=1)) + 1
    found = segment_fixed(repeated, len(changes))
    assert found.objective == pytest.approx(0, abs=1e-8)
    assert found.scores[-1] == pytest.approx(0, abs=1e-8)


@given(features(most=20))
@settings(max_examples=60, deadline=None)
def test_a_kernel_gives_what_its_features_give(rows: FloatArray) -> None:
    kernel = linear_kernel(rows)
    before = kernel.copy()
    found, expected = segment_kernel(kernel), segment(rows)
    assert np.array_equal(kernel, before)
    assert np.array_equal(found.change_points, expected.change_points)
    assert np.array_equal(found.scores, expected.scores)
