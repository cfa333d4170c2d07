"""Importance from digits: which runs are stamps, sums of the grid, mapping to time; what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsumbench.scoring.digits import (
    STAMPS,
    digit_importance,
    hold_stamps,
    read_emissions,
    stamp_frames,
    stamp_seconds,
)

VOCABULARY = 16
DIGITS = [3, 7, 1, 0, 12, 5, 9, 14, 2, 11]
"""Token of each digit, in no order; the other six tokens are words."""
WORDS = sorted(set(range(VOCABULARY)) - set(DIGITS))

answers = st.text(alphabet="0123456789x", max_size=20)


def spoken(text: str, scale: float = 3.0) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Logits, tokens and digit tokens of an answer; `x` is a word."""
    tokens = np.asarray([WORDS[0] if c == "x" else DIGITS[int(c)] for c in text], dtype=np.int64)
    logits = np.random.default_rng(len(text)).normal(0, scale, (len(text), VOCABULARY))
    return logits, tokens, DIGITS


@given(answers)
def test_stamps_are_the_runs_of_exactly_two_digits(text: str) -> None:
    found = read_emissions(*spoken(text))
    runs = [match for match in re.finditer(r"\d+", text) if len(match.group()) == 2]
    assert found.timestamps.tolist() == [int(match.group()) for match in runs]
    assert found.positions.tolist() == [match.start() for match in runs]


@given(answers)
def test_the_renormalised_grid_sums_to_1_and_the_grid_to_no_more(text: str) -> None:
    answer = spoken(text)
    written = len(read_emissions(*answer).timestamps) > 0
    grid, renormalised = digit_importance(*answer), digit_importance(*answer, "digit-grid-renorm")
    assert renormalised.sum() == pytest.approx(float(written))
    assert (grid >= 0).all() and grid.sum() <= renormalised.sum() + 1e-12
    # Leaving words out takes every digit up.
    assert (grid <= renormalised + 1e-15).all()


@given(answers)
def test_the_grid_is_the_mean_over_stamps_of_two_softmaxes(text: str) -> None:
    logits, tokens, digits = spoken(text)
    found = read_emissions(logits, tokens, digits)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) if len(text) else logits
    grid = np.zeros(STAMPS)
    for position in found.positions:
        tens, ones = chances[position, digits], chances[position + 1, digits]
        grid += [tens[stamp // 10] * ones[stamp % 10] for stamp in range(STAMPS)]
    assert found.importance() == pytest.approx(grid / max(len(found.positions), 1), abs=1e-14)


@given(answers)
def test_what_was_not_written_has_no_emitted_importance(text: str) -> None:
    found = read_emissions(*spoken(text))
    emitted = found.importance("digit-emitted")
    assert set(np.flatnonzero(emitted)) == set(found.timestamps.tolist())
    for stamp in set(found.timestamps.tolist()):
        assert emitted[stamp] == found.confidence[found.timestamps == stamp].max()
    assert found.mean_confidence == pytest.approx(np.mean(found.confidence) if len(found.confidence) else 0)


@given(answers, st.floats(-1e4, 1e4))
def test_a_shift_of_all_logits_changes_nothing(text: str, shift: float) -> None:
    logits, tokens, digits = spoken(text)
    for reading in ("digit-grid", "digit-grid-renorm", "digit-emitted"):
        moved = digit_importance(logits + shift, tokens, digits, reading)
        assert moved == pytest.approx(digit_importance(logits, tokens, digits, reading), abs=1e-9)


def test_scores_divided_by_a_temperature_are_no_logits() -> None:
    """What sampling at 0.05 returns is 20 times as sure: the grid is another, so raw logits are asked for."""
    logits, tokens, digits = spoken("42", scale=0.1)
    logits[0, digits[4]] = logits[1, digits[2]] = 1.0
    raw, sampled = digit_importance(logits, tokens, digits), digit_importance(logits / 0.05, tokens, digits)
    assert raw.argmax() == sampled.argmax() == 42
    assert raw[42] < 0.1 and sampled[42] > 0.99


def test_without_a_stamp_every_reading_is_zero() -> None:
    for text in ("", "x", "1", "123", "1x2"):
        answer = spoken(text)
        for reading in ("digit-grid", "digit-grid-renorm", "digit-emitted"):
            assert not digit_importance(*answer, reading).any()
        assert read_emissions(*answer).mean_confidence == 0.0


def test_stamps_beyond_the_frames_are_dropped() -> None:
    answer = spoken("10x49x50x99")
    assert read_emissions(*answer, frames=50).timestamps.tolist() == [10, 49]
    assert read_emissions(*answer).timestamps.tolist() == [10, 49, 50, 99]


def test_logits_may_forbid_tokens_and_lie_far_apart() -> None:
    logits, tokens, digits = spoken("42")
    logits[:] = -np.inf
    logits[0, digits[4]] = logits[1, digits[2]] = 5000.0
    for reading in ("digit-grid", "digit-grid-renorm", "digit-emitted"):
        found = digit_importance(logits, tokens, digits, reading)
        assert found[42] == 1.0 and found.sum() == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"logits": np.zeros((3, VOCABULARY))}, r"not \(L, V\)"),
        ({"logits": np.full((2, VOCABULARY), np.nan)}, "NaN"),
        ({"digits": DIGITS[:9]}, "ten different"),
        ({"digits": [*DIGITS[:9], DIGITS[0]]}, "ten different"),
        ({"digits": [*DIGITS[:9], VOCABULARY]}, "vocabulary"),
    ],
    ids=["lengths", "nan", "nine", "twice", "outside"],
)
def test_what_is_no_answer_is_refused(change: dict[str, object], message: str) -> None:
    logits, tokens, digits = spoken("42")
    given = {"logits": logits, "tokens": tokens, "digits": digits} | change
    with pytest.raises(ValueError, match=message):
        read_emissions(given["logits"], given["tokens"], given["digits"])  # type: ignore[arg-type]


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="digit-gird"):
        digit_importance(*spoken("42"), "digit-gird")  # type: ignore[arg-type]


def test_a_stamp_is_the_middle_of_its_hundredth() -> None:
    assert stamp_seconds([0, 49, 99], 200.0).tolist() == [1.0, 99.0, 199.0]


@given(st.integers(1, 500))
def test_each_frame_hears_the_last_stamp_that_has_begun(frames: int) -> None:
    held = hold_stamps(np.arange(STAMPS, dtype=np.float64), frames)
    starts = stamp_frames(np.arange(STAMPS), frames)
    expected = [max(stamp for stamp in range(STAMPS) if starts[stamp] <= frame) for frame in range(frames)]
    assert held.tolist() == expected


def test_importance_of_other_than_a_hundred_stamps_is_refused() -> None:
    with pytest.raises(ValueError, match="100"):
        hold_stamps(np.zeros(99), 10)
