"""The METEOR 1.5 process: started, asked and answered line by line, with a time limit on every answer."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from queue import Empty, SimpleQueue

from vsumbench.errors import RunFailedError

from .java import MEMORY, TIMEOUT, heap, java_command, packaged_jar, start, stop, timeout_seconds
from .texts import Row


def meteor_command() -> tuple[str, ...]:
    """The command of METEOR 1.5, English, `-norm`, answering on its standard output.

    Raises:
        UnavailableError: no Java, or the jar is missing.
    """
    jar = packaged_jar("pycocoevalcap.meteor.meteor", "meteor-1.5.jar")
    options = (f"-Xmx{heap()}", "-Dfile.encoding=UTF-8", "-jar", str(jar))
    return (java_command(), *options, "-", "-", "-stdio", "-l", "en", "-norm")


class MeteorProcess:
    """The process with a thread for each of its pipes, so that none can fill up and block the others."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self.command = command
        self._java = command[0]
        self._limit = timeout_seconds()
        self._count = 0
        pipe = subprocess.PIPE
        self._process = start(list(command), stdin=pipe, stdout=pipe, stderr=pipe)
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        self._questions: SimpleQueue[bytes | None] = SimpleQueue()
        self._said: deque[bytes] = deque(maxlen=20)
        self._threads = [
            threading.Thread(target=work, name=f"meteor-{work.__name__}", daemon=True)
            for work in (self._write, self._read, self._drain)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def begin(self, count: int) -> None:
        """A new corpus of `count` items; the time limit is read again."""
        self._count = count
        self._limit = timeout_seconds()

    def close(self) -> None:
        """End the process and its threads. Safe to call twice."""
        self._questions.put(None)
        stop(self._process)
        for thread in self._threads:
            thread.join(timeout=5)
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def send(self, line: str) -> None:
        """Ask one line."""
        self._questions.put(f"{line}\n".encode())

    def receive(self, what: str) -> str:
        """One line of answer; `what` was asked for.

        Raises:
            RunFailedError: no answer in time, or METEOR has ended.
        """
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
        """A line of exactly `count` numbers.

        Raises:
            RunFailedError: it is something else.
        """
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
