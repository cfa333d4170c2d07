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

    An empty text stays an empty text in its place. All texts go through one Java process, by files in a
    temporary directory.

    Raises:
        UnavailableError: no Java, or the jar is missing.
        RunFailedError: Java hangs, dies, or gives back another number of lines than it was given.
    """
    if not texts:
        return []
    jar = packaged_jar("pycocoevalcap.tokenizer.ptbtokenizer", "stanford-corenlp-3.4.1.jar")
    java = java_command()
    with tempfile.TemporaryDirectory(prefix="vsumbench-ptb-") as folder:
        given = Path(folder, "texts")
        given.write_bytes("".join(f"{one_line(text)}\n" for text in texts).encode("utf-8"))
        command = [java, "-Dfile.encoding=UTF-8", "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer"]
        lines = _run([*command, "-preserveLines", "-lowerCase", str(given)], Path(folder), len(texts))
    return [" ".join(word for word in line.rstrip().split(" ") if word not in _REMOVED) for line in lines]


def _run(command: list[str], folder: Path, count: int) -> list[str]:
    limit = timeout_seconds() + count / _TEXTS_A_SECOND
    out, err = folder / "out", folder / "err"
    # Files rather than pipes: nothing can fill up, and a child of Java that outlives it cannot hold us.
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = start(command, stdout=stdout.fileno(), stderr=stderr.fileno(), cwd=folder)
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
    said = err.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if status != 0:
        last = f": {said[-1]}" if said else "."
        raise RunFailedError(
            f"the PTB tokenizer ({command[0]}) ended with status {status}{last}",
            "Check that this Java works: java -version",
        )
    # Not splitlines(): a token may hold characters Python takes for the end of a line.
    lines = out.read_bytes().decode("utf-8").split("\n")
    if lines.pop() != "" or len(lines) != count:
        raise RunFailedError(
            f"the PTB tokenizer gave back {len(lines)} lines for {count} texts, so they cannot be told "
            "apart.",
            "Look for control characters in the texts.",
        )
    return lines
