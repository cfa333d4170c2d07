"""The store: an index over sealed records that can be deleted, and reported numbers."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from vsumbench.contracts import LeaderboardSpec
from vsumbench.errors import DataMissingError, PluginError
from vsumbench.records.record import RECORD_FILE
from vsumbench.store.records import Store
from vsumbench.store.reported import load_reported, same_measurement
from vsumbench.store.schema import INDEX_FILE
from vsumbench.testing.sealed import make_record, make_score, seal

HEADER = "table,row,model,variant,dataset,task,metric,value,scale,protocol,quoted_from,same_as,note"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    tau = make_score("peruser-2fps", "kendall", 0.2)
    seal(folder, make_record("alpha", "tvsum", [tau], preset="paper"), "a")
    seal(folder, make_record("alpha", "summe", [make_score("keyshot-meanuser", "spearman", 0.3)]), "b")
    seal(folder, make_record("beta", "tvsum", [tau], edition="planted", preset="tiny"), "c")
    (folder / "unfinished").mkdir()
    (folder / "a file.txt").write_text("not a run")
    return folder


def folders(store: Store, **names: str) -> list[str]:
    return [one.folder for one in store.query(**names)]  # type: ignore[arg-type]


def test_records_are_found_by_every_name(runs: Path) -> None:
    with Store(runs) as store:
        assert folders(store) == ["a", "b", "c"]
        assert folders(store, model="alpha") == ["a", "b"]
        assert folders(store, dataset="tvsum") == ["a", "c"]
        assert folders(store, dataset="tvsum", edition="planted") == ["c"]
        assert folders(store, protocol="keyshot-meanuser") == ["b"]
        assert folders(store, metric="kendall", preset="paper") == ["a"]
        assert folders(store, protocol="peruser-2fps", metric="spearman") == []
        assert len(store) == 3


def test_a_query_returns_whole_records(runs: Path) -> None:
    with Store(runs) as store:
        (found,) = store.query(model="beta")
    assert found.record.scores[0].value == 0.2
    assert found.record.dataset.edition == "planted"


def test_a_second_look_reads_no_record_again(runs: Path) -> None:
    with Store(runs) as store:
        assert store.refresh() == 0
    with Store(runs) as store:
        assert store.refresh() == 0
        assert folders(store) == ["a", "b", "c"]


def test_a_changed_record_is_read_again_and_a_deleted_one_forgotten(runs: Path) -> None:
    with Store(runs) as store:
        changed = make_record("gamma", "tvsum", [make_score("peruser-2fps", "kendall", 0.5)])
        (runs / "a" / RECORD_FILE).write_text(changed.to_json(), encoding="utf-8")
        (runs / "b" / RECORD_FILE).unlink()
        assert store.refresh() == 1
        assert folders(store) == ["a", "c"]
        assert folders(store, model="gamma") == ["a"]
        assert folders(store, model="alpha") == []


def test_a_deleted_index_is_rebuilt_with_the_same_answers(runs: Path) -> None:
    with Store(runs) as store:
        before = store.query()
    (runs / INDEX_FILE).unlink()
    with Store(runs) as store:
        assert store.query() == before
    assert (runs / INDEX_FILE).is_file()


@pytest.mark.parametrize("content", [b"this is no database", b"", b"SQLite format 3\x00 and then nothing"])
def test_a_damaged_index_is_made_again(runs: Path, content: bytes) -> None:
    (runs / INDEX_FILE).write_bytes(content)
    with Store(runs) as store:
        assert folders(store) == ["a", "b", "c"]


def test_an_index_of_another_version_is_made_again(runs: Path) -> None:
    Store(runs).close()
    connection = sqlite3.connect(runs / INDEX_FILE)
    connection.execute("DROP TABLE scores")
    connection.execute("PRAGMA user_version = 999")
    connection.commit()
    connection.close()
    with Store(runs) as store:
        assert folders(store, metric="kendall") == ["a", "c"]


def test_an_index_held_by_another_process_is_left_alone(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(runs).close()
    holder = sqlite3.connect(runs / INDEX_FILE)
    holder.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout=5.0: connect(path, timeout=0.01))
    with Store(runs) as store:
        assert not store.on_disk
        assert folders(store) == ["a", "b", "c"]
    holder.rollback()
    holder.close()
    assert (runs / INDEX_FILE).is_file()


def test_a_broken_record_gives_one_line_every_time_and_stops_nothing(runs: Path) -> None:
    (runs / "c" / RECORD_FILE).write_text('{"schema": 1, "run": ', encoding="utf-8")
    newer = runs / "b" / RECORD_FILE
    newer.write_text(
        newer.read_text(encoding="utf-8").replace('"schema": 1', '"schema": 99'), encoding="utf-8"
    )
    for _ in range(2):
        with Store(runs) as store:
            assert folders(store) == ["a"]
            assert len(store.warnings) == 2
            assert all("\n" not in line for line in store.warnings)
            assert "'b'" in store.warnings[0] and "99" in store.warnings[0]
            assert "'c'" in store.warnings[1]


def test_a_record_mended_to_the_same_size_is_seen(runs: Path) -> None:
    path = runs / "a" / RECORD_FILE
    Store(runs).close()
    path.write_text(path.read_text(encoding="utf-8").replace('"alpha"', '"omega"'), encoding="utf-8")
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    with Store(runs) as store:
        assert folders(store, model="omega") == ["a"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="not a folder of runs"):
        Store(tmp_path / "nowhere")


def leaderboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lines: str) -> LeaderboardSpec:
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "reported.csv").write_text(f"{HEADER}\n{lines}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop(name, None)
    return LeaderboardSpec(id=name, title=name, package=name)


def test_reported_numbers_keep_their_text_and_know_their_twins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = leaderboard(tmp_path, monkeypatch, "paper_one", "1,Base,m,,d,v2v,f1,21.70,percent,unknown,,,\n")
    two = leaderboard(
        tmp_path,
        monkeypatch,
        "paper_two",
        "2,Copy,m,,d,v2v,f1,21.70,percent,unknown,,paper_one:1:Base:d:f1,odd\n",
    )
    numbers = load_reported([one, two])
    assert numbers[0].value == "21.70"
    assert numbers[1].note == "odd"
    assert [n.paper for n in same_measurement(numbers)[numbers[0].key]] == ["paper_one", "paper_two"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1,Base,m,,d,v2v,f1,about 21,percent,unknown,,,\n", r"line 2: value 'about 21' is not a number"),
        ("1,Base,m,,d,v2v,f1,nan,percent,unknown,,,\n", r"value 'nan' is not a number"),
        ("1,Base,m,,d,v2v,f1,21.7,parts,unknown,,,\n", r"scale 'parts' is not known"),
        ("1,Base,m,,d,v2v,f1,21.7,percent,,,,\n", r"protocol is empty"),
        ("1,Base,m,,d,v2v,f1\n", r"has 7 fields"),
        ("1,B,m,,d,v2v,f1,1,percent,none,,,\n" * 2, r"stands twice"),
        ("1,B,m,,d,v2v,f1,1,percent,none,,broken:1:C:d:f1,\n", r"which is no cell"),
    ],
)
def test_a_bad_line_of_reported_numbers_is_refused_by_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, message: str
) -> None:
    spec = leaderboard(tmp_path, monkeypatch, "broken", lines)
    with pytest.raises(PluginError, match=message):
        load_reported([spec])
