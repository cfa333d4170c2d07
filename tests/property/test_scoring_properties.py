"""What must hold of the array functions for every input."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from vsumbench.contracts import ReferenceSet, Undefined
from vsumbench.defaults.metrics import f1, kendall, spearman
from vsumbench.scoring.overlap import f1_scores
from vsumbench.scoring.rank import kendall_tau_b, levels, spearman_rho
from vsumbench.scoring.shots import budget_frames, hold, keyshot_summary, knapsack, shot_values, top_share

FINITE = st.floats(-1e6, 1e6, allow_nan=False, width=32)
ELEMENTS = st.one_of(FINITE, st.sampled_from([0.0, 0.5, 1.0]), st.integers(1, 5).map(float))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two vectors of one length, with many ties or none."""
    size = draw(st.integers(2, 60))
    one = hnp.arrays(
        np.float64, size, elements=draw(st.sampled_from([FINITE, ELEMENTS, st.integers(0, 2).map(float)]))
    )
    return draw(one), draw(one)


@st.composite
def shots(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Contiguous shots, both ends inclusive, and the number of frames."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=9))
    ends = np.cumsum(lengths)
    return np.stack([ends - lengths, ends - 1], axis=1), int(ends[-1])


@given(pairs())
def test_rank_correlations_are_those_of_scipy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    tau, rho = kendall_tau_b(levels(a), levels(b)), spearman_rho(levels(a), levels(b))
    if len(set(a)) < 2 or len(set(b)) < 2:
        assert np.isnan(tau) and np.isnan(rho)
    else:
        assert tau == pytest.approx(stats.kendalltau(a, b).statistic, abs=1e-12)
        assert rho == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
        assert -1 <= tau <= 1 and -1 <= rho <= 1


@given(pairs(), st.randoms())
def test_rank_correlations_are_symmetric_and_blind_to_order_and_to_monotone_maps(
    pair: tuple[np.ndarray, np.ndarray], random: object
) -> None:
    a, b = pair
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    shuffled = list(range(len(a)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for statistic in (kendall_tau_b, spearman_rho):
        value = statistic(levels(a), levels(b))
        assert statistic(levels(b), levels(a)) == pytest.approx(value, abs=1e-12)
        assert statistic(levels(a[shuffled]), levels(b[shuffled])) == pytest.approx(value, abs=1e-12)
        assert statistic(levels(stats.rankdata(a) ** 3), levels(2 * b)) == pytest.approx(value, abs=1e-12)
        assert statistic(levels(-a), levels(b)) == pytest.approx(-value, abs=1e-12)
        assert statistic(levels(a), levels(a)) == pytest.approx(1.0, abs=1e-12)


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=ELEMENTS))
def test_levels_are_the_dense_ranks_of_scipy(values: np.ndarray) -> None:
    found = levels(values)
    assert found.codes.tolist() == (stats.rankdata(values, method="dense") - 1).tolist()
    assert found.counts.tolist() == np.unique(values, return_counts=True)[1].tolist()


@given(hnp.arrays(np.bool_, st.integers(1, 40)))
def test_for_two_selections_tau_and_rho_are_the_phi_coefficient(chosen: np.ndarray) -> None:
    other = np.roll(chosen, 1)
    assume(0 < chosen.sum() < len(chosen))
    phi = np.corrcoef(chosen, other)[0, 1]
    assert kendall_tau_b(levels(chosen), levels(other)) == pytest.approx(phi, abs=1e-12)
    assert spearman_rho(levels(chosen), levels(other)) == pytest.approx(phi, abs=1e-12)


@given(st.data())
def test_hold_is_the_score_of_the_last_pick_at_or_before_each_frame(data: st.DataObject) -> None:
    frames = data.draw(st.integers(1, 60))
    picks = np.asarray(sorted(data.draw(st.sets(st.integers(0, frames - 1), min_size=1, max_size=10))))
    missing = data.draw(st.integers(0, 1))
    count = len(picks) - missing
    scores = data.draw(hnp.arrays(np.float64, count, elements=FINITE))
    held = hold(scores, picks, frames)
    for frame in range(frames):
        before = int((picks <= frame).sum()) - 1
        assert held[frame] == (scores[before] if 0 <= before < count else 0.0)


@given(shots(), st.data())
def test_shot_values_are_the_plain_means(made: tuple[np.ndarray, int], data: st.DataObject) -> None:
    change_points, frames = made
    scores = data.draw(hnp.arrays(np.float64, frames, elements=st.floats(-10, 10, width=32)))
    expected = [scores[start : end + 1].mean() for start, end in change_points]
    np.testing.assert_allclose(shot_values(scores, change_points), expected, atol=1e-9)


@given(st.data())
def test_knapsack_is_the_best_of_all_selections(data: st.DataObject) -> None:
    items = data.draw(st.integers(1, 9))
    # Multiples of 1/64 add exactly, so that ties are ties.
    values = data.draw(hnp.arrays(np.int64, items, elements=st.integers(-64, 256))) / 64
    weights = data.draw(hnp.arrays(np.int64, items, elements=st.integers(1, 12)))
    capacity = data.draw(st.integers(0, 40))
    chosen = knapsack(values, weights, capacity)
    allowed = [
        np.asarray(one)
        for one in product([False, True], repeat=items)
        if (weights * np.asarray(one)).sum() <= capacity
    ]
    best = max(float(values[one].sum()) for one in allowed)
    assert weights[chosen].sum() <= capacity and values[chosen].sum() == best
    assert (values[chosen] > 0).all()
    # Among the best, the one that leaves the later items out.
    optimal = [tuple(one[::-1]) for one in allowed if float(values[one].sum()) == best]
    assert tuple(chosen[::-1]) == min(optimal)


@given(shots(), st.data())
def test_a_keyshot_summary_is_whole_shots_within_the_budget_and_blind_to_scale(
    made: tuple[np.ndarray, int], data: st.DataObject
) -> None:
    change_points, frames = made
    scores = data.draw(hnp.arrays(np.int64, frames, elements=st.integers(0, 64))) / 64
    chosen = keyshot_summary(scores, change_points, frames)
    assert chosen.sum() <= budget_frames(frames)
    for start, end in change_points:
        assert chosen[start : end + 1].all() or not chosen[start : end + 1].any()
    np.testing.assert_array_equal(keyshot_summary(4 * scores, change_points, frames), chosen)


@given(hnp.arrays(np.float64, st.integers(1, 120), elements=ELEMENTS))
def test_top_share_is_everything_at_or_above_the_k_plus_first(scores: np.ndarray) -> None:
    k = int(0.15 * len(scores))
    threshold = sorted(scores, reverse=True)[k]
    chosen = top_share(scores)
    np.testing.assert_array_equal(chosen, scores >= threshold)
    assert chosen.sum() >= k + 1


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
    both_empty = np.asarray([not row.any() for row in rows])
    found = f1(chosen, ReferenceSet(rows))
    assert [isinstance(value, Undefined) for value in found] == (both_empty | (not chosen.any())).tolist()


@given(pairs())
def test_a_metric_gives_one_value_a_reference_and_never_nan(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    references = ReferenceSet(np.stack([b, a, np.zeros_like(a)]))
    for metric in (kendall, spearman):
        found = metric(a, references)
        assert len(found) == 3
        assert isinstance(found[2], Undefined)
        assert all(isinstance(value, Undefined) or -1 <= value <= 1 for value in found)
        assert found == metric(a, references), "what is kept for a reference set must not change the values"
