"""`vsumbench info` of a dataset: its split sets counted, also where there are no data, and its editions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsumbench.cli import main


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root in which there is nothing."""
    monkeypatch.setenv("VSUMBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    return tmp_path


def info(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["info", *arguments])
    out, err = capsys.readouterr()
    assert not stopped.value.code, err
    return out


def row(out: str, first: str) -> list[str]:
    """The cells of the last row that begins with a word."""
    return next(line.split() for line in reversed(out.splitlines()) if line.split()[:1] == [first])


def test_a_line_a_split_set_says_how_many_videos_are_ever_tested(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("vsumbench_datasets")
    out = info(capsys, "tvsum")
    redraw = row(out, "canonical-redraw")
    assert redraw[:6] == ["canonical-redraw", "5", "40", "10", "34", "of"] and redraw[6] == "50"
    assert redraw[7] == "721274d7e330"
    assert row(out, "all")[:5] == ["all", "1", "50", "50", "of"]
    assert row(out, "annotations")[2] == "importance" and "files in the data root" in out


def test_json_holds_the_counts_and_the_whole_digest(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("vsumbench_datasets")
    facts = json.loads(info(capsys, "summe", "--json"))
    splits = {split["id"]: split for split in facts["coverage"]}
    redraw = splits["canonical-redraw"]
    assert (redraw["folds"], redraw["train"], redraw["test"]) == (5, [20, 20], [5, 5])
    assert (redraw["tested"], redraw["official"], redraw["ever_tested"]) == (18, 18, "18 of 25")
    declared = {split["id"]: split["digest"] for split in facts["split_sets"]}
    assert redraw["digest"] == declared["canonical-redraw"]
    assert [edition["id"] for edition in facts["editions"]][-2:] == ["annotations", "planted"]


def test_folds_that_stand_in_the_data_are_not_counted_without_them(
    capsys: pytest.CaptureFixture[str], bare: Path
) -> None:
    pytest.importorskip("vsumbench_datasets")
    out = info(capsys, "videoxum")
    assert row(out, "official")[:5] == ["official", "4000", "from", "the", "data"]
    assert "Not counted: " in out and "test_videoxum.json is not there" in out
    assert not (bare / "data").exists() and not (bare / "planted").exists()


def test_a_dataset_in_memory_is_counted_too(capsys: pytest.CaptureFixture[str]) -> None:
    out = info(capsys, "toy")
    assert row(out, "folds")[:6] == ["folds", "3", "8", "4", "12", "of"]
    assert row(out, "planted")[-3:] == ["held", "in", "memory"]


def test_a_reader_that_cannot_be_imported_costs_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "from vsumbench.contracts import DatasetSpec, EditionSpec, Provides, SplitSetSpec, Task\n"
        "SPEC = DatasetSpec(\n"
        "    id='mine', title='Mine', tasks=(Task.V2V,), default_protocols=(),\n"
        "    editions=(EditionSpec(id='full', provides=Provides(), tasks=(Task.V2V,)),),\n"
        "    split_sets=(SplitSetSpec(id='one', title='one fold', official_videos=7),),\n"
        "    implementation='not_there_at_all:open')\n"
    )
    out = info(capsys, f"{tmp_path / 'mine.py'}:SPEC", "--kind", "dataset")
    assert "Not counted: " in out and "not_there_at_all" in out
