"""Line breaks, and the corpus as every metric here sees it: items with a usable reference, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vsumbench.contracts import Cause, CorpusScore, TextItem, Undefined, Value
from vsumbench.errors import PredictionError, UnknownMetricError

# What Python or the Java tools take for the end of a line. U+0085 is not among them: the tokenizer reads it
# as an ellipsis, as older Windows encodings do.
_BREAKS = re.compile("[\r\n\x0b\x0c\u2028\u2029]+")

Row = tuple[float, ...]


def one_line(text: str) -> str:
    """The text with every run of line breaks replaced by one space; nothing else changes."""
    return _BREAKS.sub(" ", text)


def check_metrics(asked: Sequence[str], known: Sequence[str]) -> None:
    """Refuse metric ids this implementation does not compute.

    Raises:
        UnknownMetricError: one of them is not in `known`.
    """
    for metric in asked:
        if metric not in known:
            raise UnknownMetricError.about("metric", metric, known, where="vsumbench list metrics")


@dataclass(frozen=True)
class Corpus:
    """Items that have at least one usable reference, and who was left out.

    Attributes:
        items: all items, in the order given.
        kept: indices of the items that take part.
        hypotheses: (K,) of those, in the metric's own form.
        references: (K,) tuples, none empty, without unusable references.
        where: what a reference was empty of, for messages.
    """

    items: Sequence[TextItem]
    kept: tuple[int, ...]
    hypotheses: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    where: str = ""

    def __bool__(self) -> bool:
        return bool(self.kept)

    def score(
        self,
        value: Value,
        values: Sequence[float] = (),
        rows: Sequence[Row] = (),
        *notes: str,
    ) -> CorpusScore:
        """A score of all items from what was computed on the kept ones.

        An item without a usable reference is undefined by the reference and has a row of zeros, which adds
        nothing to a sum. An item with an empty hypothesis is undefined by the prediction; its row stays, so
        the corpus value counts it as without skill.
        """
        position = {index: k for k, index in enumerate(self.kept)}
        width = len(rows[0]) if rows else 0
        items: list[Value] = []
        for index, item in enumerate(self.items):
            if index not in position:
                items.append(
                    Undefined(f"item {item.id!r} has an empty reference{self.where}", Cause.REFERENCE)
                )
            elif not item.hypothesis.strip():
                items.append(Undefined(f"item {item.id!r} has an empty hypothesis", Cause.PREDICTION))
            elif values:
                items.append(values[position[index]])
        out = len(self.items) - len(self.kept)
        left = (f"{out} of {len(self.items)} items left out: empty reference{self.where}",) if out else ()
        return CorpusScore(
            value=value,
            items=tuple(items) if values else (),
            statistics=tuple(
                rows[position[i]] if i in position else (0.0,) * width for i in range(len(self.items))
            )
            if rows
            else (),
            note="; ".join(note for note in (*notes, *left) if note),
        )

    def undefined(self) -> CorpusScore:
        """The score of a corpus in which nothing can be compared."""
        reason = (
            f"no item has a reference that is not empty{self.where}" if self.items else "there are no items"
        )
        return CorpusScore(value=Undefined(reason, Cause.REFERENCE))


def read(items: Sequence[TextItem]) -> Corpus:
    """The corpus with blank references taken out.

    Raises:
        PredictionError: a text that is no Unicode text (a lone surrogate), which no tool could be given.
    """
    for item in items:
        for text, what in ((item.hypothesis, "hypothesis"), *((r, "reference") for r in item.references)):
            try:
                text.encode("utf-8")
            except UnicodeEncodeError as error:
                raise PredictionError(
                    f"the {what} of item {item.id!r} holds half of a surrogate pair at character "
                    f"{error.start}.",
                    "Decode the text it came from as UTF-8, or replace that character.",
                ) from None
    texts = [(item.hypothesis, item.references) for item in items]
    return keep(items, texts, lambda text: not text.strip())


def keep(
    items: Sequence[TextItem],
    texts: Sequence[tuple[str, Sequence[str]]],
    empty: Callable[[str], bool],
    where: str = "",
) -> Corpus:
    """The corpus of `texts` (each item's hypothesis and references) without references that are `empty`."""
    usable = [tuple(reference for reference in references if not empty(reference)) for _, references in texts]
    kept = tuple(index for index, references in enumerate(usable) if references)
    return Corpus(
        items=items,
        kept=kept,
        hypotheses=tuple(texts[index][0] for index in kept),
        references=tuple(usable[index] for index in kept),
        where=where,
    )


def mean_rows(values: Sequence[float]) -> list[Row]:
    """Sufficient statistics of a mean: the value and a count of one."""
    return [(value, 1.0) for value in values]
