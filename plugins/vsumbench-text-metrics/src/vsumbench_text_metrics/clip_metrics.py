"""F_CLIP, Cross-F_CLIP and VT-CLIPScore of one video (protocols.md b and c)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import (
    Cause,
    CrossItem,
    CrossScore,
    Encoder,
    Seeds,
    Undefined,
    Value,
)
from vsumbench.errors import MismatchError
from vsumbench.scoring.clip_sets import cross_f_clip, f_clip
from vsumbench.scoring.videoxum import vt_clip_score

from .clip_names import Asked
from .clip_specs import CROSS_F_CLIP, F_CLIP, VT_CLIPSCORE
from .clip_vectors import frame_vectors

DRAWS = 10
"""Random summaries whose mean stands beside a value."""

EMPTY_PREDICTION = Undefined("empty summary", Cause.PREDICTION)
EMPTY_REFERENCE = Undefined("empty reference", Cause.REFERENCE)
EMPTY_TEXT = Undefined("empty text", Cause.PREDICTION)
NO_TEXT = Undefined("the model writes no text", Cause.UNAVAILABLE)
NO_REFERENCE_TEXT = Undefined("no reference text", Cause.REFERENCE)
NO_IMPORTANCE = Undefined("the model gives segments without importance", Cause.UNAVAILABLE)
NO_DIRECTION = Undefined("the frames or the text have a vector of zeros", Cause.PREDICTION)

Frames = NDArray[np.bool_]


@runtime_checkable
class CutsTexts(Protocol):
    """An encoder that reads a limited number of tokens, and says how many texts it would cut."""

    def truncated(self, texts: Sequence[str]) -> int:
        """How many of these texts are longer than it reads."""
        ...


def score(metrics: Sequence[str], item: CrossItem, encoder: Encoder) -> Mapping[str, CrossScore]:
    """Values of one video. F_CLIP and Cross-F_CLIP are fractions, VT-CLIPScore is a cosine x100.

    F_CLIP and Cross-F_CLIP have a value a reference row (one with `union`). Beside them stands `random`: the
    mean over these rows and ten drawn summaries of as many frames. Beside those that read texts stands
    `truncated texts a video`, where the encoder counts them.

    Raises:
        UnknownMetricError: another metric, or an option it does not have.
        MismatchError: neither frames nor a stored feature; or vectors that do not belong together.
    """
    scores = {}
    for name in metrics:
        asked = Asked.parse(name)
        seen = _Seen(item, encoder, asked)
        try:
            scores[name] = _SCORERS[asked.spec.id](seen)
        except ValueError as error:
            raise MismatchError(
                f"metric {name!r}, video {item.video.id!r}: {error}.",
                "Stored features and the encoder in the brackets must be of one model.",
            ) from None
    return scores


class _Seen:
    """One item through one encoder; vectors are made when they are first looked at."""

    def __init__(self, item: CrossItem, encoder: Encoder, asked: Asked) -> None:
        self.item = item
        self.encoder = encoder
        self.asked = asked
        self.predicted = item.predicted_frames
        self.references: Frames = item.reference_frames
        if "union" in asked.options and len(self.references):
            self.references = np.asarray(self.references.any(axis=0)).reshape(1, -1)

    @cached_property
    def frames(self) -> NDArray[np.float32]:
        """(T, dim)."""
        return frame_vectors(self.item.video, self.encoder, self.asked.encoder)

    def texts(self, texts: Sequence[str], joined: bool) -> tuple[str, ...]:
        """Those that say something, one by one or joined by a space."""
        said = tuple(text for text in texts if text.strip())
        return (" ".join(said),) if joined and said else said

    def cut(self, *texts: str) -> dict[str, float]:
        """How many of these texts the encoder cuts, to stand beside the value."""
        if not isinstance(self.encoder, CutsTexts):
            return {}
        return {"truncated texts a video": float(self.encoder.truncated(texts))}


def _f_clip(seen: _Seen) -> CrossScore:
    return _with_random(seen, lambda reference, shown: f_clip(seen.frames[reference], seen.frames[shown]).f)


def _cross_f_clip(seen: _Seen) -> CrossScore:
    paragraph = "paragraph" in seen.asked.options
    written = seen.texts(seen.item.predicted_texts, paragraph)
    expected = seen.texts(seen.item.reference_texts, paragraph)
    missing = _missing_text(seen.item, expected, written)
    if missing is not None:
        return CrossScore((missing,) * max(1, len(seen.references)), seen.cut(*expected, *written))
    of_references, of_prediction = seen.encoder.pooled_text(expected), seen.encoder.pooled_text(written)

    def value(reference: Frames, shown: Frames) -> float:
        return cross_f_clip(seen.frames[reference], seen.frames[shown], of_references, of_prediction)

    found = _with_random(seen, value)
    return CrossScore(found.values, {**found.beside, **seen.cut(*expected, *written)})


def _missing_text(item: CrossItem, expected: Sequence[str], written: Sequence[str]) -> Undefined | None:
    if not expected:
        return NO_REFERENCE_TEXT
    if not item.predicted_texts:
        return NO_TEXT
    return None if written else EMPTY_TEXT


def _vt_clipscore(seen: _Seen) -> CrossScore:
    text = seen.texts(seen.item.predicted_texts, joined=True)
    if not seen.item.predicted_texts:
        return CrossScore((NO_TEXT,), seen.cut())
    if seen.item.importance is None:
        return CrossScore((NO_IMPORTANCE,), seen.cut(*text))
    if not text:
        return CrossScore((EMPTY_TEXT,), seen.cut())
    found = 100 * vt_clip_score(seen.frames, seen.item.importance, seen.encoder.pooled_text(text)[0])
    return CrossScore((NO_DIRECTION if math.isnan(found) else found,), seen.cut(*text))


_SCORERS: Mapping[str, Callable[[_Seen], CrossScore]] = {
    VT_CLIPSCORE.id: _vt_clipscore,
    F_CLIP.id: _f_clip,
    CROSS_F_CLIP.id: _cross_f_clip,
}


def _with_random(seen: _Seen, value: Callable[[Frames, Frames], float]) -> CrossScore:
    """A value for each reference row, and the mean of what random summaries of the same size get."""
    filled = [row for row in seen.references if row.any()]
    values: list[Value] = []
    for row in seen.references:
        if not row.any():
            values.append(EMPTY_REFERENCE)
        elif not seen.predicted.any():
            values.append(EMPTY_PREDICTION)
        else:
            values.append(value(row, seen.predicted))
    if not values:
        return CrossScore((EMPTY_REFERENCE,))
    if not filled or not seen.predicted.any():
        return CrossScore(tuple(values))
    drawn = _random_summaries(seen.predicted, seen.item.seed)
    by_chance = [value(row, shown) for shown in drawn for row in filled]
    return CrossScore(tuple(values), {"random": math.fsum(by_chance) / len(by_chance)})


def _random_summaries(predicted: Frames, seed: int) -> list[Frames]:
    """Ten selections (T,) of as many steps as `predicted` has; the same for the same seed, T and number."""
    size, steps = int(predicted.sum()), len(predicted)
    drawn = []
    for number in range(DRAWS):
        draw = Seeds(seed).child("random summary", number).generator()
        shown: Frames = np.zeros(steps, dtype=np.bool_)
        shown[draw.choice(steps, size, replace=False)] = True
        drawn.append(shown)
    return drawn
