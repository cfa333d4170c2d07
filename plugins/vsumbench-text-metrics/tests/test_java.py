"""Java that is missing, hangs, or dies: one clear error each, and nothing left running."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from vsumbench_text_metrics import coco, java, meteor, ptb

from vsumbench.contracts import TextItem
from vsumbench.errors import OptionValueError, RunFailedError, UnavailableError

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")
ITEMS = [TextItem(str(i), "a man walks", ("a man walks a dog",)) for i in range(5)]
FakeJava = Callable[[str], Path]


@pytest.fixture
def fake_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeJava:
    """Puts a shell script named java first on PATH; it writes its process id to the file that is returned."""

    meteor.release()

    def make(script: str) -> Path:
        pids = tmp_path / "pids"
        program = tmp_path / "bin" / "java"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho $$ >> '{pids}'\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv(java.JAVA, raising=False)
        return pids

    return make


def nothing_left(pids: Path) -> bool:
    """Neither a running nor a zombie process of those ids, and none of the client's threads."""
    for pid in map(int, pids.read_text().split()):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        return False
    return not any(thread.name.startswith("meteor-") for thread in threading.enumerate())


def run_meteor() -> None:
    meteor.meteor([i.hypothesis for i in ITEMS], [i.references for i in ITEMS])


def test_without_java_every_column_that_needs_it_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(java.JAVA, raising=False)
    for metric in coco.METRICS:
        with pytest.raises(UnavailableError, match=r"^Java runtime not found") as caught:
            coco.score([metric], ITEMS)
        assert "openjdk-17-jre-headless or default-jre-headless" in caught.value.hint
    with pytest.raises(UnavailableError, match=r"^Java runtime not found"):
        java.probe()


def test_a_java_named_by_the_environment_is_used_before_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(java.JAVA, str(tmp_path / "absent"))
    with pytest.raises(UnavailableError, match=r"VSUMBENCH_JAVA is '.*absent', which is no executable"):
        java.java_command()
    program = tmp_path / "my-java"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv(java.JAVA, str(program))
    assert java.java_command() == str(program)


@needs_java
def test_the_probe_names_the_version() -> None:
    found = java.probe()
    assert found.path == java.java_command()
    assert found.version[0].isdigit()


def test_the_probe_refuses_a_program_that_is_no_java(fake_java: FakeJava) -> None:
    pids = fake_java("echo 'unable to locate a Java Runtime'; exit 1")
    with pytest.raises(UnavailableError, match="is not a working Java: unable to locate a Java Runtime"):
        java.probe()
    assert nothing_left(pids)


def test_a_file_that_cannot_be_executed_is_unavailable(fake_java: FakeJava, tmp_path: Path) -> None:
    fake_java("")
    (tmp_path / "bin" / "java").write_bytes(b"\x00\x01 no program")
    with pytest.raises(UnavailableError, match="cannot be started"):
        run_meteor()


HANGS = {
    "silent": "exec sleep 600",
    # The child holds the pipes open after its parent is gone.
    "with a child": "sleep 600 &\nwait",
}


@pytest.mark.parametrize("script", HANGS.values(), ids=list(HANGS))
def test_a_hanging_java_is_ended_after_the_time_limit(
    script: str, fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = fake_java(script)
    monkeypatch.setenv(java.TIMEOUT, "0.3")
    with pytest.raises(RunFailedError, match=r"PTB tokenizer .* gave no answer in 0.35 s for 10 texts"):
        coco.score(["bleu4"], ITEMS)
    with pytest.raises(RunFailedError, match=r"METEOR .* gave no answer in 0.3 s, waiting for the"):
        run_meteor()
    with pytest.raises(UnavailableError, match=r"did not answer in 0.3 s"):
        java.probe()
    assert nothing_left(pids)


def test_a_meteor_that_reads_nothing_does_not_block_on_a_full_pipe(
    fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = fake_java("exec sleep 600")
    monkeypatch.setenv(java.TIMEOUT, "0.3")
    with pytest.raises(RunFailedError, match="gave no answer"):
        meteor.meteor(["word " * 100_000] * 3, [["word"]] * 3)
    assert nothing_left(pids)


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


def test_a_tokenizer_that_dies_midway_gives_its_status_and_last_words(fake_java: FakeJava) -> None:
    pids = fake_java("echo 'a man walks'; echo 'Killed by somebody' >&2; exit 3")
    with pytest.raises(RunFailedError, match="ended with status 3: Killed by somebody"):
        ptb.tokenize(["a man walks", "b"])
    assert nothing_left(pids)


def test_a_tokenizer_that_loses_a_line_is_refused(fake_java: FakeJava) -> None:
    pids = fake_java("echo 'a man walks'")
    with pytest.raises(RunFailedError, match="gave back 1 lines for 2 texts"):
        ptb.tokenize(["a man walks", "b"])
    assert nothing_left(pids)


@needs_java
def test_the_tokenizer_leaves_no_file_behind_and_needs_no_writable_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    jar = java.packaged_jar("pycocoevalcap.tokenizer.ptbtokenizer", "stanford-corenlp-3.4.1.jar")
    before = sorted(jar.parent.iterdir())
    assert ptb.tokenize(["A dog."]) == ["a dog"]
    assert sorted(jar.parent.iterdir()) == before
    assert list(tmp_path.iterdir()) == []


def test_a_missing_jar_is_unavailable_with_the_way_to_get_it() -> None:
    for module in ("pycocoevalcap.tokenizer.ptbtokenizer", "no_such_package.module"):
        with pytest.raises(
            UnavailableError, match=r"absent\.jar, which pycocoevalcap ships, is not installed"
        ):
            java.packaged_jar(module, "absent.jar")


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_time_limit_that_is_no_number_of_seconds_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(java.TIMEOUT, text)
    with pytest.raises(OptionValueError, match="VSUMBENCH_JAVA_TIMEOUT is"):
        java.timeout_seconds()


def test_a_heap_limit_that_is_no_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(java.MEMORY, "lots")
    with pytest.raises(OptionValueError, match="VSUMBENCH_JAVA_MEMORY is 'lots'"):
        java.heap()
    monkeypatch.setenv(java.MEMORY, "1500M")
    assert java.heap() == "1500M"


def meteor_threads() -> set[int | None]:
    return {thread.ident for thread in threading.enumerate() if thread.name.startswith("meteor-")}


@needs_java
def test_two_corpora_share_one_process_and_neither_changes_the_other() -> None:
    meteor.release()
    first = meteor.meteor(["a man walks"], [["a man walks a dog"]])
    threads = meteor_threads()
    meteor.meteor(["two cats sleep", "a bird"], [["three cats sleep"], ["a bird sings"]])
    again = meteor.meteor(["a man walks"], [["a man walks a dog"]])
    assert first == again
    assert threads == meteor_threads() and len(threads) == 3
    meteor.release()
    assert not meteor_threads()


@needs_java
def test_an_idle_process_is_ended_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    meteor.release()
    monkeypatch.setattr(meteor, "IDLE_SECONDS", 0.05)
    meteor.meteor(["a man walks"], [["a man walks a dog"]])
    for thread in threading.enumerate():
        if thread.name.startswith("meteor-"):
            thread.join(timeout=30)
    assert not meteor_threads()


@needs_java
def test_a_process_that_died_while_idle_is_replaced() -> None:
    meteor.release()
    before = meteor.meteor(["a man walks"], [["a man walks a dog"]])
    idle = meteor._KEEPER._idle
    assert idle is not None
    java.stop(idle._process)
    assert meteor.meteor(["a man walks"], [["a man walks a dog"]]) == before
    meteor.release()
