"""Reference texts from annotations, hypotheses from summaries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from vsumbench.contracts import Annotations, Cause, Summary, Undefined, Video
from vsumbench.errors import OptionValueError, PredictionError

from .texts import one_line

_REPLACED = re.compile(r'[.!"()*#:;~]')
_RUN = re.compile(r"\s{2,}")


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _prediction(summary: Summary) -> str:
    if summary.text is None:
        raise PredictionError(
            f"prediction for video {summary.video_id!r} holds no text, which a text protocol needs.",
            "Score it under a protocol of the task it was made for, or let the model write a text.",
        )
    return one_line(unicodedata.normalize("NFC", summary.text))


def _defined(texts: tuple[str, ...], annotations: Annotations) -> tuple[str, ...] | Undefined:
    kept = tuple(text for text in texts if text.strip())
    if kept:
        return kept
    what = "no text reference" if not texts else "an empty text reference"
    return Undefined(f"video {annotations.video_id!r} has {what}", Cause.REFERENCE)


class Paragraph:
    """The released VideoXum construction (protocols.md section b, "Text reference").

    `Annotations.texts` already holds the sentences joined with the empty string, so a missing space between
    two sentences fuses two words unless punctuation stands between them; that is part of the published
    protocol.
    """

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> tuple[str, ...] | Undefined:
        """The normalised texts, cut to `parameters["max_words"]` words where that is not 0.

        Returns:
            The non-empty references; `Undefined` by the reference where there is none.

        Raises:
            OptionValueError: max_words is not a whole number >= 0.
        """
        limit = parameters.get("max_words", 0)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
            raise OptionValueError(f"max_words is {limit!r}; it is a whole number, 0 for no limit.")
        texts = (self.normalise(text) for text in annotations.texts)
        return _defined(tuple(" ".join(t.split(" ")[:limit]) if limit else t for t in texts), annotations)

    def prediction(self, summary: Summary, parameters: Mapping[str, Any]) -> str:
        """The text as written, in NFC and on one line; may be empty.

        Raises:
            PredictionError: the summary holds no text at all.
        """
        return _prediction(summary)

    def normalise(self, text: str) -> str:
        """Lower-case, listed punctuation to spaces, runs of white space to one space, ends stripped.

        A single tab or line break inside stays, as in the released code; every tokeniser here takes it for a
        space.
        """
        spaced = _REPLACED.sub(" ", unicodedata.normalize("NFC", text).lower())
        return _RUN.sub(" ", spaced).rstrip("\n").strip(" ")


class ParagraphJoined:
    """Sentences stripped and joined by one space; case and punctuation stay (protocols.md section h)."""

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> tuple[str, ...] | Undefined:
        """One text a reference: of its sentences where `Annotations.captions` has them, else of its text.

        Returns:
            The non-empty references; `Undefined` by the reference where there is none.
        """
        captions = annotations.captions
        texts = []
        for i in range(max(len(annotations.texts), len(captions))):
            if i < len(captions) and captions[i]:
                texts.append(self.normalise(" ".join(sentence.text for sentence in captions[i])))
            elif i < len(annotations.texts):
                texts.append(self.normalise(annotations.texts[i]))
        return _defined(tuple(texts), annotations)

    def prediction(self, summary: Summary, parameters: Mapping[str, Any]) -> str:
        """The text as written, in NFC and on one line; may be empty.

        Raises:
            PredictionError: the summary holds no text at all.
        """
        return _prediction(summary)

    def normalise(self, text: str) -> str:
        """NFC with white space collapsed and stripped."""
        return _collapse(unicodedata.normalize("NFC", text))


PARAGRAPH = Paragraph()
PARAGRAPH_JOINED = ParagraphJoined()
