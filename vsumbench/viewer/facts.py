"""What the page says of each run in words: scores, text with its links, what it does not give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsumbench.contracts import Link, Needs, Summary
from vsumbench.errors import UnknownNameError
from vsumbench.plugins import Plugins
from vsumbench.running.matching import protocol_named

from .drawing import look
from .opened import ViewedRun
from .sentences import Piece, pieces
from .stored import StoredScore, scores_of


@dataclass(frozen=True)
class RunFacts:
    """A run as its article shows it.

    Attributes:
        absent: what its summary of this video does not hold: `importance`, `segments`, `text`.
        text_scores: those of protocols that compare texts.
    """

    number: int
    name: str
    look: str
    run: str
    command: str
    options: tuple[tuple[str, str], ...]
    reference_row: bool
    fold: str
    count: int
    annotator: int | None
    scores: tuple[StoredScore, ...]
    text_scores: tuple[StoredScore, ...]
    absent: tuple[str, ...]
    pieces: tuple[Piece, ...]
    linked: bool


def run_facts(run: ViewedRun, video: str, number: int, plugins: Plugins) -> RunFacts:
    """The facts of a run and its summary of a video.

    Raises:
        RecordError: a file of scores that cannot be read.
    """
    record, shown, scores = run.old.record, run.shown[video], scores_of(run, video)
    summary = shown.summary
    texts = {one for one in {score.protocol for score in scores} if _compares_texts(one, plugins)}
    return RunFacts(
        number=number,
        name=run.name,
        look=look(f"run{number}"),
        run=record.run,
        command=record.command,
        options=tuple(sorted((name, str(value)) for name, value in record.model.options.items())),
        reference_row=record.model.reference_row,
        fold=shown.fold,
        count=shown.count,
        annotator=summary.annotator,
        scores=scores,
        text_scores=tuple(one for one in scores if one.protocol in texts),
        absent=absent(summary),
        pieces=() if summary.text is None else pieces(summary.text, summary.links),
        linked=bool(summary.links),
    )


def absent(summary: Summary) -> tuple[str, ...]:
    """What a summary does not hold."""
    there = {"importance": summary.importance, "segments": summary.segments, "text": summary.text}
    return tuple(name for name, value in there.items() if value is None)


def told_by(links: Sequence[Link], text: str) -> Mapping[int, str]:
    """Segment number → the words that tell of it, in the order of the text."""
    found: dict[int, list[str]] = {}
    for link in sorted(links, key=lambda one: one.char_start):
        found.setdefault(link.segment, []).append(text[link.char_start : link.char_end].strip())
    return {number: " ".join(words) for number, words in found.items()}


def links_of(runs: Sequence[ViewedRun], video: str) -> dict[str, str]:
    """`run0-3` → the words that tell of segment 3 of the first run."""
    found: dict[str, str] = {}
    for number, run in enumerate(runs):
        summary = run.shown[video].summary
        for segment, words in told_by(summary.links, summary.text or "").items():
            found[f"run{number}-{segment}"] = words
    return found


def _compares_texts(name: str, plugins: Plugins) -> bool:
    try:
        return protocol_named(plugins, name).serves(Needs.TEXT)
    except UnknownNameError:
        return False
