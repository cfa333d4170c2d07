"""A METEOR that hangs, dies, or is kept: one clear error each, nothing left running, other columns whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fake_programs import ITEMS, FakeJava, nothing_left, run_meteor
from vsumbench_text_metrics import coco, java, meteor

from vsumbench.contracts import Cause, Undefined
from vsumbench.errors import RunFailedError, UnavailableError

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")


def test_a_meteor_that_reads_nothing_does_not_block_on_a_full_pipe(
    fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = fake_java("exec sleep 600")
    monkeypatch.setenv(java.TIMEOUT, "0.3")
    with pytest.raises(RunFailedError, match="gave no answer"):
        meteor.meteor(["word " * 100_000] * 3, [["word"]] * 3)
    assert nothing_left(pids)


def test_a_meteor_that_complains_at_length_before_it_answers_does_not_block(fake_java: FakeJava) -> None:
    line = " ".join(["1.0"] * meteor.STATISTICS)
    pids = fake_java(
        "head -c 1000000 /dev/zero | tr '\\0' 'x' >&2\n"
        f"while read a; do case $a in SCORE*) echo '{line}';; *) echo 0.5; echo 0.5;; esac; done"
    )
    assert meteor.meteor(["a"], [["b"]]).corpus == 0.5
    meteor.release()
    assert nothing_left(pids)


def test_a_meteor_ends_by_itself_when_python_is_killed(fake_java: FakeJava) -> None:
    # It reads until its input ends, as METEOR does, and nothing else holds that input open.
    pids = fake_java("exec cat > /dev/null")
    program = "from vsumbench_text_metrics import meteor; meteor.meteor(['a'], [['b']])"
    process = subprocess.Popen([sys.executable, "-c", program])
    until = time.monotonic() + 60
    while not (pids.is_file() and pids.read_text().strip()) and time.monotonic() < until:
        time.sleep(0.05)
    process.kill()
    process.wait()
    (pid,) = map(int, pids.read_text().split())
    while Path(f"/proc/{pid}/cmdline").is_file() and time.monotonic() < until:
        if not Path(f"/proc/{pid}/cmdline").read_bytes():
            break  # a zombie that its new parent has not collected
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}/cmdline").is_file()


def test_a_meteor_that_hangs_after_some_answers_says_where(
    fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = " ".join(["1.0"] * meteor.STATISTICS)
    pids = fake_java(f"read a; echo '{line}'; read b; echo '{line}'; exec sleep 600")
    monkeypatch.setenv(java.TIMEOUT, "2")
    with pytest.raises(RunFailedError, match="waiting for the statistics of item 3 of 5 items"):
        run_meteor()
    assert nothing_left(pids)


def test_a_meteor_that_dies_midway_gives_its_status_and_last_words(fake_java: FakeJava) -> None:
    line = " ".join(["1.0"] * meteor.STATISTICS)
    pids = fake_java(f"read a; echo '{line}'; echo 'OutOfMemoryError: Java heap space' >&2; exit 7")
    with pytest.raises(RunFailedError) as caught:
        run_meteor()
    assert "ended with status 7 before it gave the statistics of item 2 of 5 items" in caught.value.message
    assert caught.value.message.endswith(": OutOfMemoryError: Java heap space")
    assert java.MEMORY in caught.value.hint
    assert nothing_left(pids)


def test_a_meteor_that_answers_nonsense_is_refused(fake_java: FakeJava) -> None:
    pids = fake_java("while read a; do echo 'Error: specify SCORE or EVAL'; done")
    with pytest.raises(RunFailedError, match="answered 'Error: specify SCORE or EVAL' where 23 numbers"):
        run_meteor()
    assert nothing_left(pids)


METEOR_DIES = """
for argument; do
  test "$argument" = -stdio && {{ echo 'OutOfMemoryError: Java heap space' >&2; exit 7; }}
done
exec '{java}' "$@"
"""


@needs_java
def test_a_meteor_that_dies_leaves_the_other_columns_their_values(fake_java: FakeJava) -> None:
    others = [metric for metric in coco.METRICS if metric != "meteor"]
    expected = coco.score(others, ITEMS)
    pids = fake_java(METEOR_DIES.format(java=java.java_command()))
    found = coco.score(coco.METRICS, ITEMS)
    assert {metric: found[metric] for metric in others} == expected
    value = found["meteor"].value
    assert isinstance(value, Undefined) and value.cause is Cause.UNAVAILABLE
    assert value.reason.startswith("unavailable: METEOR") and "Java heap space" in value.reason
    assert (found["meteor"].items, found["meteor"].statistics) == ((), ())
    assert nothing_left(pids)


@needs_java
def test_a_meteor_that_dies_is_an_error_where_nothing_else_was_asked_for(fake_java: FakeJava) -> None:
    pids = fake_java(METEOR_DIES.format(java=java.java_command()))
    with pytest.raises(RunFailedError, match="Java heap space"):
        coco.score(["meteor"], ITEMS)
    assert nothing_left(pids)


@needs_java
def test_a_missing_meteor_jar_leaves_the_other_columns_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> tuple[str, ...]:
        java.packaged_jar("pycocoevalcap.meteor.meteor", "absent.jar")
        return ()

    monkeypatch.setattr(meteor, "meteor_command", absent)
    found = coco.score(["bleu1", "meteor"], ITEMS)
    assert isinstance(found["bleu1"].value, float)
    value = found["meteor"].value
    assert isinstance(value, Undefined) and "absent.jar" in value.reason
    with pytest.raises(UnavailableError, match=r"absent\.jar"):
        coco.score(["meteor"], ITEMS)


def meteor_threads() -> set[int | None]:
    return {thread.ident for thread in threading.enumerate() if thread.name.startswith("meteor-")}


@needs_java
def test_two_corpora_share_one_process_and_neither_changes_the_other() -> None:
    first = meteor.meteor(["a man walks"], [["a man walks a dog"]])
    threads = meteor_threads()
    meteor.meteor(["two cats sleep", "a bird"], [["three cats sleep"], ["a bird sings"]])
    again = meteor.meteor(["a man walks"], [["a man walks a dog"]])
    assert first == again
    assert threads == meteor_threads() and len(threads) == 3
    meteor.release()
    assert not meteor_threads()


@pytest.mark.slow
@needs_java
def test_an_idle_process_is_ended_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    meteor.release()
    monkeypatch.setattr(meteor, "IDLE_SECONDS", 0.05)
    meteor.meteor(["a man walks"], [["a man walks a dog"]])
    for thread in threading.enumerate():
        if thread.name.startswith("meteor-"):
            thread.join(timeout=30)
    assert not meteor_threads()


@pytest.mark.slow
@needs_java
def test_a_process_that_died_while_idle_is_replaced() -> None:
    meteor.release()
    before = meteor.meteor(["a man walks"], [["a man walks a dog"]])
    idle = meteor._KEEPER._idle
    assert idle is not None
    java.stop(idle._process)
    assert meteor.meteor(["a man walks"], [["a man walks a dog"]]) == before
    meteor.release()
