"""The paired bootstrap: what holds for any two vectors, and that its intervals hold what they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from vsumbench.scoring.bootstrap import paired_interval

VALUES = st.floats(-100, 100, allow_nan=False)


def vectors(size: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return hnp.arrays(np.float64, size, elements=VALUES | st.just(float("nan")))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    size = draw(st.integers(1, 30))
    a, b = draw(vectors(size)), draw(vectors(size))
    a[0], b[0] = draw(VALUES), draw(VALUES)
    return a, b


@given(pairs(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_sides_swap_seeds_repeat_and_undefined_items_play_no_part(
    pair: tuple[NDArray[np.float64], NDArray[np.float64]], seed: int
) -> None:
    a, b = pair

    def interval(first: NDArray[np.float64], second: NDArray[np.float64]) -> object:
        return paired_interval(first, second, draws=200, generator=np.random.default_rng(seed))

    found = paired_interval(a, b, draws=200, generator=np.random.default_rng(seed))
    assert interval(a, b) == found, "the same seed gives the same interval"
    known = ~np.isnan(a) & ~np.isnan(b)
    assert (found.items, found.left_out) == (known.sum(), (~known).sum())
    differences = a[known] - b[known]
    assert found.difference == pytest.approx(differences.mean(), abs=1e-9)
    assert differences.min() - 1e-9 <= found.low <= found.high <= differences.max() + 1e-9
    swapped = paired_interval(b, a, draws=200, generator=np.random.default_rng(seed))
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low), abs=1e-9)
    alone = paired_interval(a[known], b[known], draws=200, generator=np.random.default_rng(seed))
    assert (alone.low, alone.high) == (found.low, found.high)


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=VALUES), VALUES)
@settings(max_examples=40, deadline=None)
def test_a_constant_difference_has_no_width(values: NDArray[np.float64], shift: float) -> None:
    found = paired_interval(values + shift, values, draws=50, generator=np.random.default_rng(0))
    assert found.low == pytest.approx(shift, abs=1e-9) == found.high
    # What both share cancels: only the difference counts, however much the items differ.
    assert found.excludes_zero or abs(shift) < 1e-9


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    generator, held = np.random.default_rng(1), 0
    for _ in range(200):
        shared = 5 * generator.standard_normal(80)
        a, b = shared + 0.3 + generator.standard_normal(80), shared + generator.standard_normal(80)
        found = paired_interval(a, b, draws=400, generator=generator)
        held += found.low <= 0.3 <= found.high
    assert 175 <= held <= 200


def test_many_items_are_drawn_in_parts_and_the_result_is_that_of_the_level() -> None:
    values = np.random.default_rng(0).standard_normal(30_000)
    wide, narrow = (
        paired_interval(
            values, np.zeros_like(values), draws=300, level=level, generator=np.random.default_rng(2)
        )
        for level in (0.99, 0.5)
    )
    assert wide.low < narrow.low < narrow.difference < narrow.high < wide.high
    assert wide.high - wide.low == pytest.approx(2 * 2.576 / np.sqrt(30_000), rel=0.25)


@pytest.mark.parametrize(
    ("a", "b", "more", "said"),
    [
        ([1.0], [1.0, 2.0], {}, "one length"),
        ([[1.0]], [[1.0]], {}, "one length"),
        ([np.inf], [1.0], {}, "infinite"),
        ([np.nan], [1.0], {}, "no item"),
        ([], [], {}, "no item"),
        ([1.0], [1.0], {"draws": 0}, "draws is 0"),
        ([1.0], [1.0], {"level": 1.0}, "level 1.0"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    a: list[float], b: list[float], more: dict[str, float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        paired_interval(a, b, generator=np.random.default_rng(0), **more)  # type: ignore[arg-type]
