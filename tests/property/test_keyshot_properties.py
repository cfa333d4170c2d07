"""What must hold of upsampling, shot values, knapsacks, keyshot summaries and F1 for every input."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vsumbench.contracts import ReferenceSet, Undefined
from vsumbench.defaults.metrics import f1
from vsumbench.scoring.keyshots import DEFAULT, RULES, keyshot_summary
from vsumbench.scoring.knapsack import knapsack, knapsack_float32, knapsack_thousandths, rank_selection
from vsumbench.scoring.overlap import (
    CONVENTIONS,
    f1_scores,
    overlap_dsnet,
    overlap_mrhisum,
    overlap_pgl,
    overlap_vasnet,
)
from vsumbench.scoring.shots import budget_frames, hold, hold_strict, shot_values, shot_values_as_numpy

FINITE = st.floats(-1e6, 1e6, allow_nan=False, width=32)
SCORES = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]))


@st.composite
def videos(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Frame scores in [0, 1] with many ties or few, and contiguous shots, both ends inclusive."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=9))
    ends = np.cumsum(lengths)
    elements = draw(st.sampled_from([SCORES, st.integers(0, 64).map(lambda number: number / 64)]))
    scores = draw(hnp.arrays(np.float64, int(ends[-1]), elements=elements))
    return scores, np.stack([ends - lengths, ends - 1], axis=1)


@st.composite
def problems(draw: st.DrawFn, low: int = -64, scale: float = 64) -> tuple[np.ndarray, np.ndarray, int]:
    """Values that add exactly, so that ties are ties; weights; a capacity."""
    items = draw(st.integers(1, 9))
    values = draw(hnp.arrays(np.int64, items, elements=st.integers(low, 256))) / scale
    weights = draw(hnp.arrays(np.int64, items, elements=st.integers(1, 12)))
    return values, weights, draw(st.integers(1, 40))


def _allowed(weights: np.ndarray, capacity: int) -> Iterator[np.ndarray]:
    for one in product([False, True], repeat=len(weights)):
        if weights[np.asarray(one)].sum() <= capacity:
            yield np.asarray(one)


@given(st.data())
def test_hold_is_the_score_of_the_last_pick_at_or_before_each_frame(data: st.DataObject) -> None:
    frames = data.draw(st.integers(1, 60))
    picks = np.asarray(sorted(data.draw(st.sets(st.integers(0, frames), min_size=1, max_size=10))))
    count = len(picks) - data.draw(st.integers(0, 1))
    scores = data.draw(hnp.arrays(np.float64, count, elements=FINITE))
    held = hold(scores, picks, frames)
    assert held.shape == (frames,)
    for frame in range(frames):
        before = int((picks <= frame).sum()) - 1
        assert held[frame] == (scores[before] if 0 <= before < count else 0.0)
    if count == len(picks):
        np.testing.assert_array_equal(hold_strict(scores, picks, frames), held)
    else:
        with pytest.raises(ValueError, match="expected one each"):
            hold_strict(scores, picks, frames)


@given(videos())
def test_shot_values_are_the_means_within_rounding_and_ignore_the_order_of_frames(
    video: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, shots = video
    expected = [scores[start : end + 1].mean() for start, end in shots]
    values = shot_values(scores, shots)
    np.testing.assert_allclose(values, expected, rtol=1e-14, atol=1e-14)
    sums = [scores[start : end + 1].sum() for start, end in shots]
    np.testing.assert_allclose(shot_values(scores, shots, "sum"), sums, rtol=1e-14, atol=1e-14)
    turned = scores.copy()
    for start, end in shots:
        turned[start : end + 1] = np.sort(scores[start : end + 1])[::-1]
    np.testing.assert_array_equal(shot_values(turned, shots), values)


@given(videos(), FINITE)
def test_a_shot_of_one_score_is_worth_exactly_that_score(
    video: tuple[np.ndarray, np.ndarray], score: float
) -> None:
    scores, shots = video
    constant = np.full(len(scores), score)
    assert shot_values(constant, shots).tolist() == [score] * len(shots)
    assert shot_values(constant, shots, "mean-next").tolist() == [score] * len(shots)


@given(videos())
def test_shot_values_as_numpy_are_bit_for_bit_those_of_numpy(video: tuple[np.ndarray, np.ndarray]) -> None:
    scores, shots = video
    for kind in (np.dtype(np.float32), np.dtype(np.float64)):
        given_scores: np.ndarray = scores.astype(kind)
        means = shot_values_as_numpy(given_scores, shots)
        assert means.dtype == kind
        assert means.tolist() == [given_scores[a : b + 1].mean() for a, b in shots]
        sums = shot_values_as_numpy(given_scores, shots, "sum")
        assert sums.tolist() == [given_scores[a : b + 1].sum() for a, b in shots]
        following = shot_values_as_numpy(given_scores, shots, "mean-next")
        assert following.tolist() == [given_scores[a : b + 2].mean() for a, b in shots]


@given(videos())
def test_the_mean_with_the_next_frame_is_the_mean_of_the_longer_shot(
    video: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, shots = video
    expected = [scores[start : end + 2].mean() for start, end in shots]
    np.testing.assert_allclose(shot_values(scores, shots, "mean-next"), expected, rtol=1e-14, atol=1e-14)


@given(problems())
def test_knapsack_is_the_best_of_all_selections(problem: tuple[np.ndarray, np.ndarray, int]) -> None:
    values, weights, capacity = problem
    allowed = list(_allowed(weights, capacity))
    best = max(float(values[one].sum()) for one in allowed)
    # Among the best, the one that leaves the later items out.
    optimal = [tuple(one[::-1]) for one in allowed if float(values[one].sum()) == best]
    # Multiples of 1/64 add exactly in float32 too, and as whole numbers.
    for chosen in (
        knapsack(values, weights, capacity),
        knapsack_float32(values, weights, capacity),
        knapsack(np.rint(64 * values).astype(np.int64), weights, capacity),
    ):
        assert weights[chosen].sum() <= capacity and values[chosen].sum() == best
        assert (values[chosen] > 0).all()
        assert tuple(chosen[::-1]) == min(optimal)


@given(problems(low=0, scale=5000))
def test_the_thousandths_knapsack_is_the_best_in_whole_thousandths(
    problem: tuple[np.ndarray, np.ndarray, int],
) -> None:
    values, weights, capacity = problem
    whole = np.trunc(1000 * values)
    chosen = knapsack_thousandths(values, weights, capacity)
    assert weights[chosen].sum() <= capacity
    assert whole[chosen].sum() == max(whole[one].sum() for one in _allowed(weights, capacity))
    if weights.sum() > capacity:
        worthless = np.flatnonzero(chosen & (whole == 0)).tolist()
        assert worthless in ([], [0]), "only the first shot is taken for nothing"


@given(problems(), st.integers(-3, 6))
def test_knapsack_is_blind_to_scale_and_to_shots_it_cannot_use(
    problem: tuple[np.ndarray, np.ndarray, int], power: int
) -> None:
    values, weights, capacity = problem
    chosen = knapsack(values, weights, capacity)
    np.testing.assert_array_equal(knapsack(values * 2.0**power, weights, capacity), chosen)
    more = knapsack(
        np.concatenate([values, [99.0, 0.0, -1.0]]),
        np.concatenate([weights, [capacity + 1, 1, 1]]),
        capacity,
    )
    assert more.tolist() == [*chosen.tolist(), False, False, False]


@given(problems(), st.randoms(use_true_random=False))
def test_the_worth_of_a_knapsack_does_not_depend_on_the_order_of_shots(
    problem: tuple[np.ndarray, np.ndarray, int], random: object
) -> None:
    values, weights, capacity = problem
    order = list(range(len(values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    worth = values[knapsack(values, weights, capacity)].sum()
    shuffled = knapsack(values[order], weights[order], capacity)
    assert values[order][shuffled].sum() == worth


@given(problems())
def test_rank_selection_takes_each_shot_that_fits_below_the_budget_after_better_ones(
    problem: tuple[np.ndarray, np.ndarray, int],
) -> None:
    values, weights, capacity = problem
    chosen = rank_selection(values, weights, capacity)
    for shot, taken in enumerate(chosen):
        better = [
            other
            for other in range(len(values))
            if (values[other], other) > (values[shot], shot) and chosen[other]
        ]
        assert taken == (weights[better].sum() + weights[shot] < capacity)


@given(videos())
def test_a_keyshot_summary_is_whole_shots_within_the_budget_under_every_rule(
    video: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, shots = video
    frames = len(scores)
    for name, rule in RULES.items():
        budget = rule.capacity(frames, frames - 1)
        if name == "vsummrl_dp" and budget == 0:
            continue
        chosen = keyshot_summary(scores, shots, frames, rule)
        assert chosen.shape == (frames,) and chosen.sum() <= budget
        for start, end in shots:
            assert chosen[start : end + 1].all() or not chosen[start : end + 1].any()
            assert end - start + 1 <= budget or not chosen[start]


@given(videos())
def test_the_default_summary_is_the_best_of_all_and_blind_to_scale(
    video: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, shots = video
    frames = len(scores)
    chosen = keyshot_summary(scores, shots, frames)
    lengths, values = shots[:, 1] - shots[:, 0] + 1, shot_values(scores, shots)
    best = max(values[one].sum() for one in _allowed(lengths, budget_frames(frames)))
    assert values[chosen[shots[:, 0]]].sum() == pytest.approx(best, abs=1e-12)
    np.testing.assert_array_equal(keyshot_summary(4 * scores, shots, frames), chosen)
    np.testing.assert_array_equal(keyshot_summary(scores, shots, frames, DEFAULT), chosen)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9), st.floats(0.001, 1))
def test_with_one_score_for_all_the_default_takes_as_many_shots_as_can_fit(
    lengths: list[int], score: float
) -> None:
    ends = np.cumsum(lengths)
    shots, frames = np.stack([ends - lengths, ends - 1], axis=1), int(ends[-1])
    chosen = keyshot_summary(np.full(frames, score), shots, frames)
    shortest = np.cumsum(sorted(lengths))
    assert chosen[shots[:, 0]].sum() == (shortest <= budget_frames(frames)).sum()


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 30))), st.data())
def test_f1_is_the_harmonic_mean_of_precision_and_recall(rows: np.ndarray, data: st.DataObject) -> None:
    chosen = data.draw(hnp.arrays(np.bool_, rows.shape[1]))
    for value, row in zip(f1_scores(chosen, rows), rows, strict=True):
        both = int((chosen & row).sum())
        if both == 0:
            assert value == 0
        else:
            precision, recall = both / chosen.sum(), both / row.sum()
            assert value == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-12)
            assert 0 < value <= 1
    np.testing.assert_array_equal(f1_scores(chosen, rows[::-1]), f1_scores(chosen, rows)[::-1])
    np.testing.assert_array_equal(f1_scores(chosen, rows)[:1], f1_scores(rows[0], chosen[None]))
    both_empty = np.asarray([not row.any() for row in rows])
    found = f1(chosen, ReferenceSet(rows))
    assert [isinstance(value, Undefined) for value in found] == (both_empty | (not chosen.any())).tolist()


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 30))), st.data())
def test_the_conventions_of_f1_agree_where_nothing_is_empty_and_lengths_are_equal(
    rows: np.ndarray, data: st.DataObject
) -> None:
    chosen = data.draw(hnp.arrays(np.bool_, rows.shape[1]))
    exact = f1_scores(chosen, rows)
    for name, convention in CONVENTIONS.items():
        scale = 100 if name in ("pgl", "mrhisum") else 1
        found = convention(chosen, rows)
        for got in (found.f1, found.precision, found.recall):
            assert got.dtype == np.float64 and got.shape == (len(rows),)
            assert ((got >= 0) & (got <= scale + 1e-4) | np.isnan(got)).all()
        filled = rows.any(axis=1) & chosen.any()
        np.testing.assert_allclose(found.f1[filled], scale * exact[filled], rtol=1e-5)
        assert np.isnan(found.f1[~filled]).all() if name == "pgl" else not found.f1[~filled].any()


@given(
    hnp.arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 20))),
    hnp.arrays(np.bool_, st.integers(1, 30)),
)
def test_selections_of_another_length_are_cut_padded_or_refused(rows: np.ndarray, chosen: np.ndarray) -> None:
    frames, length = rows.shape[1], len(chosen)
    assume(frames != length)
    fitted = np.zeros(frames, dtype=np.bool_)
    fitted[:length] = chosen[:frames]
    for convention in (overlap_dsnet, overlap_vasnet):
        np.testing.assert_allclose(convention(chosen, rows).f1, convention(fitted, rows).f1, rtol=1e-6)
    longest = max(frames, length)
    wide = np.zeros((len(rows), longest), dtype=np.bool_)
    wide[:, :frames] = rows
    padded = np.zeros(longest, dtype=np.bool_)
    padded[:length] = chosen
    np.testing.assert_array_equal(overlap_pgl(chosen, rows).f1, overlap_pgl(padded, wide).f1)
    for refusing in (overlap_mrhisum, f1_scores):
        with pytest.raises(ValueError, match="different lengths"):
            refusing(chosen, rows)
