"""Chooses the frames and texts of one video that are compared through CLIP (protocols.md b and c)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Cause, CrossItem, Seeds, Summary, Undefined, Video
from vsumbench.data.grids import rows_on, scores_on, selection_on, selects_itself
from vsumbench.errors import MismatchError, PredictionError
from vsumbench.scoring.shots import top_share
from vsumbench.scoring.videoxum import clip_count

from .sentences import stop_and_space
from .texts import one_line


class Selected:
    """`clip-selected`: the best frames and the predicted text; both must be there."""

    def item(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> CrossItem | Undefined:
        """The max(1, int(0.15 T)) steps of highest importance, and the text as one paragraph.

        Raises:
            MismatchError: the summary has no importance.
            PredictionError: it has no text.
        """
        if summary.importance is None:
            raise MismatchError(
                f"the prediction for video {summary.video_id!r} has no importance, by which frames are "
                "chosen here.",
                "Use `--protocol clip-sets` for a model that selects segments.",
            )
        if summary.text is None:
            raise PredictionError(
                f"prediction for video {summary.video_id!r} holds no text, which its frames meet.",
                "Score it under a protocol of the task it was made for, or let the model write a text.",
            )
        scores = scores_on(summary, video, "picks")
        predicted: NDArray[np.bool_] = np.zeros(video.steps, dtype=np.bool_)
        predicted[np.argsort(-scores, kind="stable")[: clip_count(video.steps)]] = True
        return CrossItem(
            video=video,
            importance=scores,
            predicted_frames=predicted,
            reference_frames=_reference_frames(video, annotations),
            predicted_texts=(one_line(_nfc(summary.text)),),
            reference_texts=tuple(one_line(_nfc(text)) for text in annotations.texts if text.strip()),
            seed=_seed(video),
        )


class Sets:
    """`clip-sets`: frames and sentences of the prediction with those of the references."""

    def item(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> CrossItem | Undefined:
        """The frames the summary shows and its sentences, and those of the references.

        `predicted_texts` is empty where the summary has no text at all; a blank text gives one blank
        sentence, which is the model's doing.

        Returns:
            `Undefined` by the reference where no annotator is left.

        Raises:
            MismatchError: the edition has no user summaries, or the summary neither segments nor importance.
        """
        if annotations.user_summaries is None:
            raise MismatchError(
                f"video {video.id!r} has no user summaries in this edition, which the protocol compares "
                "with.",
                "Use `--protocol clip-selected`, which needs no reference, or another edition.",
            )
        references = _reference_frames(video, annotations)
        if not len(references):
            return Undefined("no annotator left to compare with", Cause.REFERENCE)
        scores = None if summary.importance is None else scores_on(summary, video, "picks")
        written: tuple[str, ...] = ()
        if summary.text is not None:
            written = stop_and_space(_nfc(summary.text)) or ("",)
        return CrossItem(
            video=video,
            importance=scores,
            predicted_frames=_shown(summary, scores, video),
            reference_frames=references,
            predicted_texts=written,
            reference_texts=_reference_sentences(annotations),
            seed=_seed(video),
        )


SELECTED = Selected()
SETS = Sets()


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _seed(video: Video) -> int:
    """The same for every prediction of a video, so that all meet the same random summaries."""
    return Seeds(0).child("cross", video.id).integer()


def _reference_sentences(annotations: Annotations) -> tuple[str, ...]:
    """Sentences of all references: as annotated where they are, else each text divided.

    VideoXum's texts are its sentences joined with nothing between, which cannot be divided again.
    """
    sentences: list[str] = []
    for index in range(max(len(annotations.texts), len(annotations.captions))):
        captions = annotations.captions[index] if index < len(annotations.captions) else ()
        if captions:
            sentences += (" ".join(_nfc(caption.text).split()) for caption in captions)
        elif index < len(annotations.texts):
            sentences += stop_and_space(_nfc(annotations.texts[index]))
    return tuple(sentence for sentence in sentences if sentence)


def _reference_frames(video: Video, annotations: Annotations) -> NDArray[np.bool_]:
    """(U, T) steps each annotator selected; (0, T) where there are no user summaries."""
    rows = annotations.user_summaries
    if rows is None:
        return np.zeros((0, video.steps), dtype=np.bool_)
    return rows_on(rows, annotations, video, "picks").astype(np.bool_, copy=False)


def _shown(summary: Summary, scores: NDArray[np.float64] | None, video: Video) -> NDArray[np.bool_]:
    if selects_itself(summary):
        return selection_on(summary, video, "picks")
    if scores is None:
        raise MismatchError(
            f"the prediction for video {summary.video_id!r} has neither importance nor segments.",
            "Use a text protocol for a model that only writes.",
        )
    return top_share(scores)
