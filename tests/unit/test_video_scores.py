"""Scores by video in a run folder: which files hold them, what is believed, and what is no table."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import pytest

from vsumbench.records.video_scores import Unsealed, read_table, sealed_text, table_paths


def test_a_metric_is_looked_for_in_its_own_file_and_then_in_that_of_the_metric_it_aggregates() -> None:
    names = ("f1", "nist", "nist[nltk]", "clipscore[a[b]]")
    files = {f"scores/p/{name}.csv": "0" for name in names}
    assert list(table_paths("p", "f1[max]", files)) == ["scores/p/f1.csv"]
    assert list(table_paths("p", "nist[nltk]", files)) == ["scores/p/nist[nltk].csv", "scores/p/nist.csv"]
    assert list(table_paths("p", "f1", files)) == ["scores/p/f1.csv"]
    assert list(table_paths("p", "bleu4", files)) == []


def test_a_file_is_read_if_it_is_the_sealed_one_and_else_says_why_not(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("fold,id,f1\n", encoding="utf-8")
    files = {"a.csv": hashlib.sha256(b"fold,id,f1\n").hexdigest(), "b.csv": "0"}
    assert sealed_text(tmp_path, "a.csv", files) == "fold,id,f1\n"
    assert sealed_text(tmp_path, "a.csv", {"a.csv": "0"}) == Unsealed("was changed after the run was sealed")
    assert sealed_text(tmp_path, "a.csv", {}) == Unsealed("was changed after the run was sealed")
    gone = sealed_text(tmp_path, "b.csv", files)
    assert isinstance(gone, Unsealed) and gone.why.startswith("cannot be read (")


def test_a_table_has_pairs_and_columns_with_nan_for_an_empty_cell() -> None:
    table = read_table('fold,id,f1,f1[max]\na,"x,1",0.5,\nb,"x,1",0.25,1\n')
    assert table.pairs == (("a", "x,1"), ("b", "x,1")) and table.metrics == ("f1", "f1[max]")
    assert table.column("f1") == (0.5, 0.25)
    first, second = table.column("f1[max]")
    assert math.isnan(first) and second == 1.0


@pytest.mark.parametrize(
    "text", ["", "id,fold,f1\n", "fold,id,f1\na,x\n", "fold,id,f1\na,x,1,2\n", "fold,id,f1\na,x,1\na,x,2\n"]
)
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_table(text)


@pytest.mark.parametrize("cell", ["much", "nan", "inf"])
def test_a_cell_that_is_no_finite_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError):
        read_table(f"fold,id,f1\na,x,{cell}\n").column("f1")
