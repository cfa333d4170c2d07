"""Dense captioning: predicted captions meet the captions of the same time (protocols.md section g)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import Annotations, Cause, SpanItem, Summary, TextItem, Undefined, Value, Video
from vsumbench.errors import OptionValueError, PredictionError
from vsumbench.scoring.spans import detection, matches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIMESTAMPS = "timestamps"
"""The array of a summary, (K, 2) seconds, that holds the spans as they were predicted where a segment cannot:
past the end of the video, or of no length. Without it the segments are the spans."""

_SHORTEST, _LONGEST = 10, 20
_CAUSES = {"zero": Cause.PREDICTION, "left out": Cause.REFERENCE}


@dataclass(frozen=True)
class _Captions:
    """Predicted captions of one video: spans (P, 2) in seconds, and what each says."""

    spans: NDArray[np.float64]
    texts: tuple[str, ...]


class Dense:
    """The protocol `dense-2019`.

    Parameters: `thresholds` (tIoU), `max_proposals` a video, and `without_predictions`: what a video without
    one is worth, `zero` (the original) or `left out`.
    """

    def corpora(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> Sequence[Sequence[TextItem] | Undefined] | Undefined:
        """One corpus a threshold: an item for every pair of captions that overlap by at least as much.

        Raises:
            PredictionError: a summary without segments or text.
            OptionValueError: a parameter that cannot be.
        """
        found = self._compared(summary, annotations, parameters)
        if isinstance(found, Undefined):
            return found
        captions, files = found
        return [_items(video.id, captions, files, threshold) for threshold in parameters["thresholds"]]

    def spans(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> SpanItem | Undefined:
        """The predicted spans and those of each reference file.

        Raises:
            PredictionError, OptionValueError: as `corpora`.
        """
        found = self._compared(summary, annotations, parameters)
        if isinstance(found, Undefined):
            return found
        captions, files = found
        return SpanItem(
            predicted=captions.spans,
            references=tuple(file.spans for file in files),
            thresholds=tuple(parameters["thresholds"]),
        )

    def _compared(
        self, summary: Summary, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> tuple[_Captions, tuple[_Captions, ...]] | Undefined:
        without = parameters["without_predictions"]
        if without not in _CAUSES:
            raise OptionValueError(
                f"without_predictions is {without!r}; it is {' or '.join(map(repr, _CAUSES))}."
            )
        files = _references(annotations)
        if not files:
            return Undefined(f"video {annotations.video_id!r} has no timed captions", Cause.REFERENCE)
        captions = _predicted(summary, parameters["max_proposals"])
        if not captions.texts:
            return Undefined(
                f"video {summary.video_id!r} has no predicted caption (counted as {without})",
                _CAUSES[without],
            )
        return captions, files


DENSE = Dense()


def precision(item: SpanItem) -> Sequence[Value]:
    """Share of predicted spans that overlap a true one by more than each threshold, in percent.

    Undefined by the reference where no set of true spans holds any; sets that hold none are left out.
    """
    return _detected(item, 0)


def recall(item: SpanItem) -> Sequence[Value]:
    """Share of true spans that a predicted one overlaps by more than each threshold, in percent."""
    return _detected(item, 1)


def negative(video_id: str, number: int, threshold: float) -> str:
    """The text a prediction without a pair is compared with: 10 to 20 lower-case letters.

    The number of letters and each letter are the digits of a sha256 over video, number of the prediction and
    tIoU, so they depend on no order and no state.
    """
    digest = hashlib.sha256(f"dense-2019\x1f{video_id}\x1f{number}\x1f{threshold:g}".encode()).digest()
    rest, extra = divmod(int.from_bytes(digest), _LONGEST - _SHORTEST + 1)
    letters = []
    for _ in range(_SHORTEST + extra):
        rest, letter = divmod(rest, 26)
        letters.append(chr(ord("a") + letter))
    return "".join(letters)


def ascii_only(text: str) -> str:
    """The text with each character outside ASCII replaced by a space."""
    return "".join(character if character.isascii() else " " for character in text)


def _items(
    video_id: str, captions: _Captions, files: Sequence[_Captions], threshold: float
) -> list[TextItem]:
    pairs: dict[int, list[tuple[str, str]]] = {}
    for k, file in enumerate(files):
        for number, caption in matches(captions.spans, file.spans, threshold):
            pairs.setdefault(number, []).append((f"{k}.{caption}", file.texts[caption]))
    return [
        TextItem(f"{video_id}@{threshold:g}/{number}/{reference}", text, (meant,))
        for number, text in enumerate(captions.texts)
        for reference, meant in pairs.get(number, [("random", negative(video_id, number, threshold))])
    ]


def _predicted(summary: Summary, most: int) -> _Captions:
    """The first `most` segments of a summary, and the characters that tell of each."""
    missing = [name for name in ("segments", "text") if getattr(summary, name) is None]
    if missing:
        raise PredictionError(
            f"the prediction for video {summary.video_id!r} has no {' and no '.join(missing)}; dense "
            "captioning compares segments, and the text that links say tells of them.",
            'Write {"id": …, "segments": [[start, end], …], "text": …, "links": [[from, to, segment], …]}.',
        )
    assert summary.segments is not None and summary.text is not None
    spans = summary.arrays.get(TIMESTAMPS, summary.segments)
    if spans.shape != summary.segments.shape:
        raise PredictionError(
            f"the prediction for video {summary.video_id!r} has {TIMESTAMPS} of shape {spans.shape} for "
            f"{len(summary.segments)} segments."
        )
    parts: list[list[str]] = [[] for _ in spans]
    for link in sorted(summary.links, key=lambda link: link.char_start):
        parts[link.segment].append(summary.text[link.char_start : link.char_end])
    texts = (ascii_only(" ".join(part)) for part in parts[:most])
    return _Captions(spans[:most].astype("float64"), tuple(texts))


def _references(annotations: Annotations) -> tuple[_Captions, ...]:
    """The captions of each reference file that has some of this video."""
    import numpy as np

    return tuple(
        _Captions(
            np.array([(caption.start, caption.end) for caption in captions], dtype=np.float64),
            tuple(ascii_only(caption.text) for caption in captions),
        )
        for captions in annotations.captions
        if captions
    )


def _detected(item: SpanItem, which: int) -> Sequence[Value]:
    references = [spans for spans in item.references if len(spans)]
    if not references:
        return [Undefined("no true span to compare with", Cause.REFERENCE)] * len(item.thresholds)
    return [100.0 * float(share) for share in detection(item.predicted, references, item.thresholds)[which]]
