"""Our client of the packaged METEOR 1.5 jar: one Java process a corpus, a time limit on every answer."""

from __future__ import annotations

import re
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from vsumbench.errors import RunFailedError

from .java import MEMORY, TIMEOUT, heap, java_command, packaged_jar, start, stop, timeout_seconds
from .texts import Row

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
    with _Meteor(len(hypotheses)) as process:
        for hypothesis, texts in zip(hypotheses, references, strict=True):
            process.send(f" {_FIELD} ".join(("SCORE", *map(clean, texts), clean(hypothesis))))
        lines = [process.receive(f"the statistics of item {i + 1}") for i in range(len(hypotheses))]
        rows = tuple(process.numbers(line, STATISTICS) for line in lines)
        # The lines go back as they came: METEOR aggregates exactly what it printed.
        process.send(f" {_FIELD} ".join(("EVAL", *lines)))
        items = [process.numbers(process.receive("an item's score"), 1)[0] for _ in lines]
        corpus = process.numbers(process.receive("the corpus score"), 1)[0]
    return MeteorResult(corpus, tuple(items), rows)


def clean(text: str) -> str:
    """The text on one line, single-spaced, without the field separator of the protocol."""
    return _SPACE.sub(" ", text.replace(_FIELD, " ")).strip(" ")


class _Meteor:
    """The process with a thread for each of its pipes, so that none can fill up and block the others."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._limit = timeout_seconds()
        jar = packaged_jar("pycocoevalcap.meteor.meteor", "meteor-1.5.jar")
        self._java = java_command()
        options = [f"-Xmx{heap()}", "-Dfile.encoding=UTF-8", "-jar", str(jar)]
        pipe = subprocess.PIPE
        self._process = start(
            [self._java, *options, "-", "-", "-stdio", "-l", "en", "-norm"],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        self._questions: SimpleQueue[bytes | None] = SimpleQueue()
        self._said: deque[bytes] = deque(maxlen=20)
        self._threads = [
            threading.Thread(target=work, name=f"meteor-{work.__name__}", daemon=True)
            for work in (self._write, self._read, self._drain)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._questions.put(None)
        stop(self._process)
        for thread in self._threads:
            thread.join(timeout=5)
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def send(self, line: str) -> None:
        self._questions.put(f"{line}\n".encode())

    def receive(self, what: str) -> str:
        try:
            line = self._answers.get(timeout=self._limit)
        except Empty:
            raise RunFailedError(
                f"METEOR ({self._java}) gave no answer in {self._limit:g} s, waiting for {what} of "
                f"{self._count} items, and was ended.",
                f"Check that this Java works and 2 GB of memory are free, or set {TIMEOUT} to more seconds.",
            ) from None
        if line is None:
            # Its output has ended; what it said on the way out may still be on the way here.
            stop(self._process)
            self._threads[2].join(timeout=5)
            said = [text for text in (s.decode("utf-8", "replace").strip() for s in self._said) if text]
            last = f": {said[-1]}" if said else "."
            raise RunFailedError(
                f"METEOR ({self._java}) ended with status {self._process.returncode} before it gave {what} "
                f"of {self._count} items{last}",
                f"It needs 2 GB of memory; {MEMORY} sets its heap limit.",
            )
        return line.decode("utf-8", "replace").strip()

    def numbers(self, line: str, count: int) -> Row:
        try:
            values = tuple(float(word) for word in line.split())
        except ValueError:
            values = ()
        if len(values) != count:
            raise RunFailedError(
                f"METEOR ({self._java}) answered {line[:80]!r} where {count} numbers were due.",
                "Check that this Java works: java -version",
            )
        return values

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            # Closing flushes, so it can meet the broken pipe as well.
            with pipe:
                while (line := self._questions.get()) is not None:
                    pipe.write(line)
                    if self._questions.empty():
                        pipe.flush()
        except BrokenPipeError:
            # It died or was ended: the reader sees the end of its output and reports that, with its last
            # words.
            return

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _drain(self) -> None:
        assert self._process.stderr is not None
        self._said.extend(self._process.stderr)
