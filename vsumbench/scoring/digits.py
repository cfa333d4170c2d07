"""Importance from the digits a language model writes (protocols.md c; appendix A of paper 002).

The model names moments by two digits, 00 to 99, of a video resampled to 100 frames. How sure it was of each
digit makes an importance for every stamp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

STAMPS = 100
Reading = Literal["digit-grid", "digit-grid-renorm", "digit-emitted"]


@dataclass(frozen=True)
class Emissions:
    """The M stamps a model wrote, in order, with what it gave every digit in their place.

    Attributes:
        timestamps: (M,) stamps, 0 to 99.
        positions: (M,) index of the token that is the tens digit.
        tens, ones: (M, 10) logarithms of the probabilities of the ten digits, among all tokens.
    """

    timestamps: NDArray[np.int64]
    positions: NDArray[np.int64]
    tens: NDArray[np.float64]
    ones: NDArray[np.float64]

    @property
    def confidence(self) -> NDArray[np.float64]:
        """(M,) in [0, 1]: the probability of each stamp that was written, tens times ones."""
        rows = np.arange(len(self.timestamps))
        logs = self.tens[rows, self.timestamps // 10] + self.ones[rows, self.timestamps % 10]
        sure: NDArray[np.float64] = np.exp(logs)
        return sure

    @property
    def mean_confidence(self) -> float:
        """The mean of `confidence`; 0 if no stamp was written."""
        return float(self.confidence.mean()) if len(self.timestamps) else 0.0

    def importance(self, reading: Reading = "digit-grid") -> NDArray[np.float64]:
        """The importance of every stamp, (100,) in [0, 1]; zeros if none was written.

        Args:
            reading: `digit-grid`, the mean over the stamps written of p(tens) p(ones), for each of the 100;
                `digit-grid-renorm`, the same with the ten digits' probabilities made to sum to 1;
                `digit-emitted`, of a stamp that was written its own probability (the highest, if it was
                written more than once), 0 elsewhere.

        Raises:
            ValueError: no such reading.
        """
        if reading == "digit-emitted":
            emitted = np.zeros(STAMPS)
            np.maximum.at(emitted, self.timestamps, self.confidence)
            return emitted
        if reading not in ("digit-grid", "digit-grid-renorm"):
            raise ValueError(f"{reading!r} is no reading of digits")
        tens, ones = self.tens, self.ones
        if reading == "digit-grid-renorm":
            tens, ones = _log_softmax(tens), _log_softmax(ones)
        grid: NDArray[np.float64] = np.exp(tens).T @ np.exp(ones)
        return grid.reshape(STAMPS) / max(len(self.timestamps), 1)


def read_emissions(
    logits: ArrayLike, tokens: ArrayLike, digit_token_ids: Sequence[int], frames: int = STAMPS
) -> Emissions:
    """The stamps in a generated answer: runs of exactly two digits.

    Single digits and numbers of three digits and more are no stamps, nor is one beyond the frames.

    Args:
        logits: (L, V) raw logits, before any temperature; row i is what token i was chosen from.
        tokens: (L,) generated tokens.
        digit_token_ids: the tokens of 0 to 9, in this order.
        frames: how many frames the model was shown; stamps from there on are dropped.

    Raises:
        ValueError: shapes that do not belong together, digits that are not ten different tokens of the
            vocabulary, or a row of logits a stamp is read from that holds NaN or +infinity.
    """
    rows, written = np.asarray(logits), np.asarray(tokens)
    digits = np.asarray(digit_token_ids)
    if rows.ndim != 2 or written.shape != rows.shape[:1]:
        raise ValueError(f"logits {rows.shape} and tokens {written.shape} are not (L, V) and (L,)")
    if digits.shape != (10,) or len(set(digits.tolist())) < 10:
        raise ValueError(f"digit tokens are {digits.tolist()}, expected ten different ones")
    if digits.min() < 0 or digits.max() >= rows.shape[1]:
        raise ValueError(f"a digit token lies outside the vocabulary of {rows.shape[1]}")
    named = written[:, None] == digits
    is_digit = np.concatenate(([False], named.any(axis=1), [False]))
    edges = np.flatnonzero(is_digit[1:] != is_digit[:-1]).reshape(-1, 2)
    positions = edges[edges[:, 1] - edges[:, 0] == 2, 0]
    value = named.argmax(axis=1) if len(named) else np.zeros(0, dtype=np.int64)
    stamps = 10 * value[positions] + value[positions + 1]
    shown = stamps < frames
    stamps, positions = stamps[shown].astype(np.int64), positions[shown].astype(np.int64)
    return Emissions(
        stamps, positions, _digit_logs(rows, positions, digits), _digit_logs(rows, positions + 1, digits)
    )


def digit_importance(
    logits: ArrayLike,
    tokens: ArrayLike,
    digit_token_ids: Sequence[int],
    reading: Reading = "digit-grid",
) -> NDArray[np.float64]:
    """The importance (100,) of every stamp: `read_emissions`, then `Emissions.importance`."""
    return read_emissions(logits, tokens, digit_token_ids).importance(reading)


def stamp_seconds(timestamps: ArrayLike, duration: float) -> NDArray[np.float64]:
    """The time of each stamp (M,) in a video of `duration` seconds: the middle of its hundredth."""
    seconds: NDArray[np.float64] = (np.asarray(timestamps, dtype=np.float64) + 0.5) * duration / STAMPS
    return seconds


def stamp_frames(timestamps: ArrayLike, frames: int) -> NDArray[np.int64]:
    """The frame of each stamp (M,) in a video of T frames: floor(k T / 100)."""
    numbers: NDArray[np.int64] = np.asarray(timestamps, dtype=np.int64) * frames // STAMPS
    return numbers


def hold_stamps(importance: ArrayLike, frames: int) -> NDArray[np.float64]:
    """Importance of the stamps (100,) at each of T frames, (T,).

    A stamp's value begins at its frame and holds until the next stamp's. With fewer than 100 frames several
    stamps fall on one; the last of them is heard.

    Raises:
        ValueError: other than 100 values.
    """
    values = np.asarray(importance, dtype=np.float64)
    if values.shape != (STAMPS,):
        raise ValueError(f"importance has shape {values.shape}, expected ({STAMPS},)")
    starts = stamp_frames(np.arange(STAMPS), frames)
    return np.repeat(values, np.diff(np.append(starts, frames)))


def _digit_logs(
    logits: NDArray[np.generic], steps: NDArray[np.int64], digits: NDArray[np.int64]
) -> NDArray[np.float64]:
    return _log_softmax(logits[steps].astype(np.float64))[:, digits]


def _log_softmax(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M, K) logarithms; a row of -infinity alone stays as it is (nothing is possible there)."""
    if np.isnan(rows).any() or np.isposinf(rows).any():
        raise ValueError("logits hold NaN or +infinity")
    highest = rows.max(axis=1, keepdims=True, initial=-np.inf)
    shifted = rows - np.where(np.isneginf(highest), 0.0, highest)
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    logs: NDArray[np.float64] = shifted - np.where(np.isneginf(total), 0.0, total)
    return logs
