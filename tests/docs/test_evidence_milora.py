"""The tables of `milora`: missing ones and those of other code are named, and the page is their lines."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

from vsumbench.plugins import default_plugins

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

milora_evidence = pytest.importorskip("milora_evidence")
NOW = {name: {"method": "1", "shared": "2", "core": "3"} for name in milora_evidence.METHODS}


def test_tables_of_other_code_are_reported() -> None:
    """A table takes minutes to measure anew, so other code is a warning here; `--check` ends with 1."""
    figures = milora_evidence.read_figures(milora_evidence.FIGURES)
    now = milora_evidence.digests(default_plugins())
    assert now.keys() == {"milora", "video-llama"} and all(len(one) == 3 for one in now.values())
    for line in milora_evidence.stale(figures, now):
        warnings.warn(line, UserWarning, stacklevel=1)
    if figures:
        page = milora_evidence.PAGE.read_text(encoding="utf-8")
        written = page.partition(milora_evidence.START)[2].partition(milora_evidence.END)[0].strip()
        assert written == milora_evidence.page_lines(figures)


def test_a_table_is_stale_where_it_is_missing_or_a_part_of_its_code_changed() -> None:
    figures = {bench.dataset: {"code": NOW, "lines": ["| a |"]} for bench in milora_evidence.BENCHES}
    assert milora_evidence.stale(figures, NOW) == []
    changed = NOW | {"milora": NOW["milora"] | {"core": "0"}}
    lines = milora_evidence.stale(figures, changed)
    assert len(lines) == 2 and all("milora (core) changed since" in line for line in lines)
    del figures["activitynet-captions"]
    (line,) = milora_evidence.stale(figures, NOW)
    assert "no table yet" in line and "--dataset activitynet-captions" in line


def test_the_page_has_a_part_for_each_table_there_is() -> None:
    figures = {"activitynet-captions": {"code": NOW, "lines": ["| a |", "| b |"]}}
    assert milora_evidence.page_lines(figures) == "## Planted ActivityNet Captions\n\n| a |\n| b |"
