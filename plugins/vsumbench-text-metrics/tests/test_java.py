"""Java that is missing, hangs, or dies: one clear error each, and nothing left running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_programs import ITEMS, FakeJava, nothing_left, run_meteor
from vsumbench_text_metrics import coco, java, ptb

from vsumbench.errors import OptionValueError, RunFailedError, UnavailableError

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")


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


def test_the_tokenizer_leaves_no_file_behind_when_python_is_killed(
    fake_java: FakeJava, tmp_path: Path
) -> None:
    pids = fake_java("exec sleep 600")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = "from vsumbench_text_metrics import ptb; ptb.tokenize(['a man walks'] * 1000)"
    process = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(scratch)})
    try:
        until = time.monotonic() + 60
        while not (pids.is_file() and pids.read_text().strip()) and time.monotonic() < until:
            time.sleep(0.05)
        process.kill()
        process.wait()
        assert list(scratch.iterdir()) == []
    finally:
        process.kill()
        for pid in pids.read_text().split():
            os.kill(int(pid), signal.SIGKILL)


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
