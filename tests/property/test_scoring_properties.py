"""What must hold of the array functions for every input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from vsumbench.contracts import ReferenceSet, Undefined
from vsumbench.defaults.metrics import kendall, spearman
from vsumbench.scoring.rank import RankedRows, kendall_tau_b, levels, spearman_rho
from vsumbench.scoring.shots import top_share

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


@given(st.data())
def test_many_rows_at_once_get_what_each_gets_alone(data: st.DataObject) -> None:
    size, count = data.draw(st.integers(2, 40)), data.draw(st.integers(1, 5))
    coding = data.draw(
        st.sampled_from([ELEMENTS, FINITE, st.integers(1, 5).map(float), st.sampled_from([0.0, np.nan, 2.5])])
    )
    rows = data.draw(hnp.arrays(np.float64, (count, size), elements=coding))
    runs = data.draw(hnp.arrays(np.float64, size, elements=data.draw(st.sampled_from([FINITE, ELEMENTS]))))
    predicted = levels(np.repeat(runs, 3)[:size])
    ranked = RankedRows(rows)
    alone = [levels(row) for row in rows]
    assert ranked.constant.tolist() == [row.constant for row in alone]
    assert ranked.ordered.tolist() == [row.ordered for row in alone]
    taus = [kendall_tau_b(predicted, row) for row in alone]
    rhos = [spearman_rho(predicted, row) for row in alone]
    np.testing.assert_allclose(ranked.kendall(predicted), taus, atol=1e-12)
    np.testing.assert_allclose(ranked.spearman(predicted), rhos, atol=1e-12)
    np.testing.assert_array_equal(ranked.kendall(predicted), RankedRows(rows).kendall(predicted))


def test_rows_of_more_levels_than_a_table_holds_are_compared_one_by_one() -> None:
    draw = np.random.default_rng(0)
    rows, scores = draw.random((2, 1500)), draw.random(1500)
    ranked, predicted = RankedRows(rows), levels(scores)
    assert ranked.kendall(predicted) == pytest.approx(
        [stats.kendalltau(scores, row).statistic for row in rows]
    )
    assert ranked.spearman(predicted) == pytest.approx(
        [stats.spearmanr(scores, row).statistic for row in rows]
    )
    with pytest.raises(ValueError, match="1500"):
        ranked.kendall(levels(scores[:-1]))


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


@given(hnp.arrays(np.float64, st.integers(1, 120), elements=ELEMENTS))
def test_top_share_is_everything_at_or_above_the_k_plus_first(scores: np.ndarray) -> None:
    k = int(0.15 * len(scores))
    threshold = sorted(scores, reverse=True)[k]
    chosen = top_share(scores)
    np.testing.assert_array_equal(chosen, scores >= threshold)
    assert chosen.sum() >= k + 1


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
