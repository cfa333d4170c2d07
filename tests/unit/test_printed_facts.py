"""Facts as `info` prints them: folded on a terminal, a line each elsewhere."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from vsumbench.cli._tables import print_facts

FACTS = (("weights", "one two three four five six seven eight"), ("", "nine ten eleven twelve"), ("none", ""))


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_facts(FACTS)
    return capsys.readouterr().out.splitlines()


def test_a_terminal_gets_lines_folded_under_where_their_values_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((40, 24)))
    assert printed(capsys) == [
        "weights  one two three four five six",
        "         seven eight",
        "         nine ten eleven twelve",
    ]


def test_elsewhere_a_fact_is_a_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys) == [
        "weights  one two three four five six seven eight",
        "         nine ten eleven twelve",
    ]
