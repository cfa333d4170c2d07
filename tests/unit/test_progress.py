"""What a command says on standard error while it works."""

from __future__ import annotations

import pytest

from vsumbench.cli import _progress
from vsumbench.cli._progress import TerminalReporter


def test_a_notice_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalReporter(quiet=True) as reporter:
        reporter.notice("planted data")
        reporter.notice("planted data")
        reporter.notice("another")
    assert capsys.readouterr().err.splitlines() == ["vsumbench: planted data", "vsumbench: another"]


def test_away_from_a_terminal_progress_is_a_plain_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 1.0, 11.0, 12.0])
    monkeypatch.setattr(_progress.time, "monotonic", lambda: next(seconds))
    with TerminalReporter() as reporter:
        for done in range(1, 5):
            reporter.advance("train", done, 4, loss=0.5)
    assert capsys.readouterr().err.splitlines() == ["vsumbench: train: 3/4 loss 0.5"]


def test_quiet_shows_no_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "_EVERY_SECONDS", -1.0)
    with TerminalReporter(quiet=True) as reporter:
        reporter.advance("train", 1, 2)
    assert capsys.readouterr().err == ""
