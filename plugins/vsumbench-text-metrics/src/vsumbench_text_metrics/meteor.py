"""METEOR 1.5 of a corpus, through our client of the packaged jar.

A corpus is never split over processes. The process is kept for a short while, since METEOR reads its
paraphrase table for seconds each time it starts, and a run with repetitions scores many corpora one after the
other. METEOR keeps nothing from one corpus to the next. After any failure the process is ended, not kept.
"""

from __future__ import annotations

import atexit
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .meteor_process import MeteorProcess, meteor_command
from .texts import Row

IDLE_SECONDS = 20.0
"""How long a process is kept for the next corpus; it holds about 1 GB."""

STATISTICS = 23
"""Numbers in a line of statistics: 4 lengths, 4 for each of 4 matchers, chunks, 2 counts of matched words."""

# Only characters that end a line, separate fields of the protocol, or separate words are touched. A no-break
# space stays: the PTB tokenizer writes it inside a token ("1 1/2"), and the reference client sends it as it
# is.
_FIELD = "|||"
_SPACE = re.compile("[ \t\r\n\x0b\x0c\x1c-\x1f\u2028\u2029]+")


@dataclass(frozen=True)
class MeteorResult:
    """METEOR of a corpus, 0..1.

    Attributes:
        corpus: from the statistics of all items together; not the mean of `items`.
        items: (K,) score of each item against its best reference.
        statistics: (K, 23) the line of numbers each score was computed from.
    """

    corpus: float
    items: tuple[float, ...]
    statistics: tuple[Row, ...]


def meteor(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> MeteorResult:
    """METEOR 1.5, English, `-norm`, of K >= 1 tokenised hypotheses with one or more references each.

    Raises:
        UnavailableError: no Java, or the jar is missing.
        RunFailedError: METEOR hangs, dies, or answers something that is no statistics.
    """
    return meteor_of_corpora([(hypotheses, references)])[0]


def meteor_of_corpora(
    corpora: Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]],
) -> list[MeteorResult]:
    """METEOR of each corpus, from one process. Equal items, of whatever corpus, are compared once.

    Args:
        corpora: hypotheses and references of each, at least one item a corpus.

    Raises:
        UnavailableError: no Java, or the jar is missing.
        RunFailedError: METEOR hangs, dies, or answers something that is no statistics.
    """
    asked = [
        [
            f" {_FIELD} ".join(("SCORE", *map(clean, texts), clean(hypothesis)))
            for hypothesis, texts in zip(hypotheses, references, strict=True)
        ]
        for hypotheses, references in corpora
    ]
    questions = list(dict.fromkeys(question for corpus in asked for question in corpus))
    with _borrowed(len(questions)) as process:
        for question in questions:
            process.send(question)
        lines = {
            question: process.receive(f"the statistics of item {i}")
            for i, question in enumerate(questions, 1)
        }
        rows = {question: process.numbers(line, STATISTICS) for question, line in lines.items()}
        # The lines go back as they came: METEOR aggregates exactly what it printed.
        for corpus in asked:
            process.send(f" {_FIELD} ".join(("EVAL", *(lines[question] for question in corpus))))
        found = []
        for corpus in asked:
            items = [process.numbers(process.receive("an item's score"), 1)[0] for _ in corpus]
            whole = process.numbers(process.receive("the corpus score"), 1)[0]
            found.append(MeteorResult(whole, tuple(items), tuple(rows[question] for question in corpus)))
    return found


def clean(text: str) -> str:
    """The text on one line, single-spaced, without the field separator of the protocol."""
    return _SPACE.sub(" ", text.replace(_FIELD, " ")).strip(" ")


class _Keeper:
    """At most one idle process, ended when nobody asks for it in time, and when Python ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: MeteorProcess | None = None
        self._timer: threading.Timer | None = None

    def take(self, command: tuple[str, ...]) -> MeteorProcess:
        """The idle process, if it is of this command and alive, else a new one."""
        idle = self._remove()
        if idle is not None:
            if idle.command == command and idle.alive:
                return idle
            idle.close()
        return MeteorProcess(command)

    def keep(self, process: MeteorProcess) -> None:
        """Keep a process for the next corpus."""
        with self._lock:
            if self._idle is None:
                self._idle = process
                self._timer = threading.Timer(IDLE_SECONDS, self.close)
                self._timer.daemon = True
                self._timer.start()
                return
        process.close()

    def close(self) -> None:
        """End the idle process, if there is one."""
        idle = self._remove()
        if idle is not None:
            idle.close()

    def _remove(self) -> MeteorProcess | None:
        with self._lock:
            idle, self._idle = self._idle, None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        return idle


_KEEPER = _Keeper()
atexit.register(_KEEPER.close)


def release() -> None:
    """End the process that is kept for the next corpus, if there is one."""
    _KEEPER.close()


@contextmanager
def _borrowed(count: int) -> Iterator[MeteorProcess]:
    """A process for one corpus of `count` items, kept only if nothing went wrong."""
    process = _KEEPER.take(meteor_command())
    try:
        process.begin(count)
        yield process
    except BaseException:
        process.close()
        raise
    _KEEPER.keep(process)
