"""Our client of the packaged Stanford PTB tokenizer: the tokens of the COCO caption evaluation.

Bracket tokens such as `-lrb-` survive, because the removal list is upper case and the output is lower case.
That is how every published number was made, so it stays (dependencies.md section 6, pitfall 5).
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from vsumbench.errors import RunFailedError

from .java import TIMEOUT, java_command, packaged_jar, start, stop, timeout_seconds
from .texts import one_line

_REMOVED = frozenset(
    ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]
)
_TEXTS_A_SECOND = 200
"""A pace even a slow machine keeps (4,000 texts take one second here); long corpora get longer to finish."""


def tokenize(texts: Sequence[str]) -> list[str]:
    """Lower-cased PTB tokens of each text, joined by single spaces, listed punctuation removed.

    An empty text stays an empty text in its place. All texts go through one Java process.

    Raises:
        UnavailableError: no Java, or the jar is missing.
        RunFailedError: Java hangs, dies, or gives back another number of lines than it was given.
    """
    if not texts:
        return []
    jar = packaged_jar("pycocoevalcap.tokenizer.ptbtokenizer", "stanford-corenlp-3.4.1.jar")
    # Without performance counters Java leaves no file behind either, however it ends.
    options = ("-XX:-UsePerfData", "-Dfile.encoding=UTF-8", "-cp", str(jar))
    program = ("edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase")
    given = "".join(f"{one_line(text)}\n" for text in texts).encode("utf-8")
    lines = _run([java_command(), *options, *program], given, len(texts))
    return [" ".join(word for word in line.rstrip().split(" ") if word not in _REMOVED) for line in lines]


def tokenize_once(texts: Sequence[str]) -> list[str]:
    """`tokenize`, with equal texts sent once."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    tokens = tokenize(list(places))
    return [tokens[places[text]] for text in texts]


def _run(command: list[str], given: bytes, count: int) -> list[str]:
    limit = timeout_seconds() + count / _TEXTS_A_SECOND
    # Files rather than pipes: nothing can fill up, and a child of Java that outlives it cannot hold us.
    # They have no name, so nothing stays, even if this process is killed.
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        stdin.write(given)
        stdin.seek(0)
        process = start(
            command,
            stdin=stdin.fileno(),
            stdout=out.fileno(),
            stderr=err.fileno(),
            cwd=Path(tempfile.gettempdir()),
        )
        try:
            status = process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            raise RunFailedError(
                f"the PTB tokenizer ({command[0]}) gave no answer in {limit:g} s for {count} texts and was "
                "ended.",
                f"Check that this Java works, or set {TIMEOUT} to more seconds.",
            ) from None
        finally:
            stop(process)
        # Java moved the position that both processes share.
        out.seek(0)
        err.seek(0)
        answer, complaint = out.read(), err.read()
    said = complaint.decode("utf-8", "replace").strip().splitlines()
    if status != 0:
        last = f": {said[-1]}" if said else "."
        raise RunFailedError(
            f"the PTB tokenizer ({command[0]}) ended with status {status}{last}",
            "Check that this Java works: java -version",
        )
    # Not splitlines(): a token may hold characters Python takes for the end of a line.
    lines = answer.decode("utf-8").split("\n")
    if lines.pop() != "" or len(lines) != count:
        raise RunFailedError(
            f"the PTB tokenizer gave back {len(lines)} lines for {count} texts, so they cannot be told "
            "apart.",
            "Look for control characters in the texts.",
        )
    return lines
