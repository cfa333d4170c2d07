"""Fetching a dataset: what is asked of whom, what is placed, what is trusted, what is said of the rest."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer, cut, serving, status

from vsumbench.contracts import DatasetSpec, EditionSpec, Provides, Source, Task
from vsumbench.data import DataRoot
from vsumbench.data.obtaining import by_hand, how_to_get
from vsumbench.data.sources.downloading import Patience
from vsumbench.data.sources.fetch_steps import Fetched
from vsumbench.data.sources.fetching import chosen_sources, fetch_data
from vsumbench.data.sources.placing import LOCK, STAGING
from vsumbench.data.sources.record import SOURCE_RECORD, read_record
from vsumbench.errors import BusyError, DataDamagedError, DiskFullError, UsageError

TRAIN, TEST, TRUTH = b'{"train": 1}', b'{"test": 2}', b"truth" * 100
HAND = "https://drive.google.com/file/d/x/view"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


@pytest.fixture(scope="module")
def running() -> Iterator[FileServer]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: FileServer, monkeypatch: pytest.MonkeyPatch) -> FileServer:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.reset()
    running.files |= {
        "/train.json": TRAIN,
        "/test.json": TEST,
        "/truth.zip": packed({"v1/GT/a.mat": TRUTH, "v1/GT/b.mat": b"b", "v1/readme": b"?"}),
    }
    return running


@pytest.fixture
def spec(server: FileServer) -> DatasetSpec:
    editions = tuple(
        EditionSpec(id=name, provides=Provides(), tasks=(Task.V2V,)) for name in ("full", "annotations")
    )
    return DatasetSpec(
        id="shelf",
        title="Shelf",
        tasks=(Task.V2V,),
        editions=editions,
        split_sets=(),
        default_protocols=(),
        implementation="shelf:open",
        licence="CC BY 4.0",
        sources=(
            Source(path="train.json", origin=server.url("/train.json"), sha256=sha(TRAIN)),
            Source(path="test.json", origin=server.url("/test.json"), editions=("full",)),
            Source(path="GT/a.mat", origin=server.url("/truth.zip"), sha256=sha(TRUTH), licence="research"),
            Source(path="GT/b.mat", origin=server.url("/truth.zip"), licence="research"),
            Source(path="features.h5", origin=HAND, manual=True),
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "shelf"


def fetch(spec: DatasetSpec, folder: Path, only: Sequence[str] = (), **more: Any) -> Fetched:
    patience = Patience(timeout=5, sleep=lambda seconds: None)
    asked = more.pop("accept", lambda licences, files: None)
    return fetch_data(spec, folder, chosen_sources(spec, None, only), asked, patience=patience, **more)


def placed(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (LOCK, SOURCE_RECORD)
    }


WHOLE = {"train.json": TRAIN, "test.json": TEST, "GT/a.mat": TRUTH, "GT/b.mat": b"b"}


def test_what_a_program_can_get_is_placed_and_the_rest_is_told(spec: DatasetSpec, folder: Path) -> None:
    report = fetch(spec, folder)
    assert placed(folder) == WHOLE and report.errors == []
    assert report.of("fetched") == list(WHOLE) and report.of("by hand") == ["features.h5"]
    assert not (folder / STAGING).exists()


def test_an_archive_is_fetched_once_for_all_its_files_and_not_kept(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    fetch(spec, folder)
    assert [path for path, _ in server.requests].count("/truth.zip") == 1
    record = read_record(folder).files["GT/b.mat"]
    assert (record.sha256, record.url, record.member) == (sha(b"b"), server.url("/truth.zip"), "v1/GT/b.mat")


def test_what_is_there_is_not_asked_for_again(spec: DatasetSpec, folder: Path, server: FileServer) -> None:
    fetch(spec, folder)
    server.requests.clear()
    report = fetch(spec, folder)
    assert server.requests == [] and report.of("there") == list(WHOLE)


def test_licences_are_accepted_once_for_each_text(spec: DatasetSpec, folder: Path) -> None:
    asked: list[tuple[Sequence[str], int]] = []
    fetch(spec, folder, ["train.json"], accept=lambda *found: asked.append(found))
    fetch(spec, folder, accept=lambda *found: asked.append(found))
    fetch(spec, folder, accept=lambda *found: asked.append(found))
    assert asked == [(["CC BY 4.0"], 1), (["research"], 3)]
    assert list(read_record(folder).accepted) == ["CC BY 4.0", "research"]


def test_a_licence_that_is_not_accepted_fetches_nothing(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    def refuse(licences: Sequence[str], files: int) -> None:
        raise UsageError("no")

    with pytest.raises(UsageError):
        fetch(spec, folder, accept=refuse)
    assert server.requests == [] and placed(folder) == {}


def test_a_file_of_the_wrong_checksum_is_never_placed_and_the_others_are(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    server.files["/train.json"] = b"tampered"
    report = fetch(spec, folder)
    assert "train.json" not in placed(folder) and report.of("failed") == ["train.json"]
    assert isinstance(report.errors[0], DataDamagedError) and sha(TRAIN) in report.errors[0].message
    assert report.of("fetched") == ["test.json", "GT/a.mat", "GT/b.mat"]


def test_a_member_of_the_wrong_checksum_is_never_placed(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    server.files["/truth.zip"] = packed({"GT/a.mat": b"tampered", "GT/b.mat": b"b"})
    report = fetch(spec, folder)
    assert "GT/a.mat" not in placed(folder) and report.of("failed") == ["GT/a.mat"]
    assert "GT/b.mat" in placed(folder) and len(report.errors) == 1


def test_an_archive_that_lacks_a_file_says_which(spec: DatasetSpec, folder: Path, server: FileServer) -> None:
    server.files["/truth.zip"] = packed({"GT/a.mat": TRUTH})
    report = fetch(spec, folder)
    assert report.of("failed") == ["GT/b.mat"] and "does not hold GT/b.mat" in report.errors[0].message


def test_a_dangerous_archive_gives_nothing_and_is_removed(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    server.files["/truth.zip"] = packed({"GT/a.mat": TRUTH, "GT/b.mat": b"b", "../evil": b"x"})
    report = fetch(spec, folder)
    assert set(placed(folder)) == {"train.json", "test.json"} and report.of("failed") == [
        "GT/a.mat",
        "GT/b.mat",
    ]
    assert report.errors[0].message.startswith(server.url("/truth.zip"))
    assert not (folder / STAGING).exists()


def test_the_first_digest_is_trusted_and_a_changed_file_is_refused_until_force(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    fetch(spec, folder, ["test.json"])
    (folder / "test.json").unlink()
    server.files["/test.json"] = b"another"
    report = fetch(spec, folder, ["test.json"])
    assert f"it was {sha(TEST)}" in report.errors[0].message and placed(folder) == {}
    assert "--force" in report.errors[0].hint
    assert fetch(spec, folder, ["test.json"], force=True).of("fetched") == ["test.json"]
    assert read_record(folder).files["test.json"].sha256 == sha(b"another")


def test_a_file_that_was_changed_here_is_a_problem_and_force_mends_it(
    spec: DatasetSpec, folder: Path
) -> None:
    fetch(spec, folder)
    for name in ("train.json", "test.json", "GT/b.mat"):
        (folder / name).write_bytes(b"changed here")
    report = fetch(spec, folder)
    assert report.of("failed") == ["train.json", "test.json", "GT/b.mat"]
    assert placed(folder)["train.json"] == b"changed here"
    assert fetch(spec, folder, force=True).of("failed") == [] and placed(folder) == WHOLE


def test_a_file_put_there_by_hand_is_trusted_from_then_on(spec: DatasetSpec, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "features.h5").write_bytes(b"by hand")
    assert "features.h5" in fetch(spec, folder).of("there")
    assert read_record(folder).files["features.h5"].url == "found in place"
    (folder / "features.h5").write_bytes(b"changed")
    assert fetch(spec, folder).of("failed") == ["features.h5"]


def test_one_missing_file_does_not_stop_the_others(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    del server.files["/train.json"]
    report = fetch(spec, folder)
    assert report.of("failed") == ["train.json"] and report.of("fetched") == list(WHOLE)[1:]


def test_a_full_disk_stops_it_and_nothing_half_is_in_place(
    spec: DatasetSpec, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 20})())
    with pytest.raises(DiskFullError):
        fetch(spec, folder)
    in_place = {name for name in placed(folder) if not name.startswith(STAGING)}
    assert in_place == {"train.json", "test.json"}


def test_an_interrupted_archive_goes_on_where_it_stopped(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    server.faults["/truth.zip"] = [cut(300), *[status(503)] * 5]
    assert fetch(spec, folder).of("failed") == ["GT/a.mat", "GT/b.mat"]
    assert (folder / STAGING).is_dir()
    server.faults.clear()
    assert fetch(spec, folder).of("fetched") == ["GT/a.mat", "GT/b.mat"]
    assert server.requests[-1] == ("/truth.zip", "bytes=300-") and not (folder / STAGING).exists()


def test_what_the_publisher_states_of_an_archive_is_checked(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    body = server.files["/truth.zip"]
    stated = replace(spec.sources[3], size=len(body), md5=hashlib.md5(body).hexdigest())
    assert fetch(replace(spec, sources=(stated,)), folder).errors == []
    (folder / "GT" / "b.mat").unlink()
    wrong = replace(stated, md5="0" * 32)
    assert "its publisher states 000" in fetch(replace(spec, sources=(wrong,)), folder).errors[0].message


def test_a_member_with_another_name_is_put_where_the_reader_looks(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    origin = server.url("/truth.zip")
    sources = (
        Source(path="truth/first.mat", origin=origin, member="v1/GT/a.mat"),
        Source(path="more/*.mat", origin=origin, member="GT/*.mat"),
    )
    fetch(replace(spec, sources=sources), folder)
    assert placed(folder) == {"truth/first.mat": TRUTH, "more/b.mat": b"b"}


def test_a_pattern_takes_all_that_fit_out_of_an_archive(
    spec: DatasetSpec, folder: Path, server: FileServer
) -> None:
    sources = (Source(path="GT/*.mat", origin=server.url("/truth.zip")),)
    report = fetch(replace(spec, sources=sources), folder)
    assert placed(folder) == {"GT/a.mat": TRUTH, "GT/b.mat": b"b"} and report.of("fetched") == ["GT/*.mat"]
    assert fetch(replace(spec, sources=sources), folder).of("there") == ["GT/*.mat"]


def test_two_processes_do_not_fetch_into_one_folder(spec: DatasetSpec, folder: Path) -> None:
    from filelock import FileLock

    folder.mkdir(parents=True)
    with FileLock(folder / LOCK), pytest.raises(BusyError):
        fetch(spec, folder)


def test_an_edition_and_names_choose_what_is_fetched(spec: DatasetSpec) -> None:
    paths = [source.path for source in chosen_sources(spec, "annotations", ())]
    assert "test.json" not in paths and "train.json" in paths
    assert [source.path for source in chosen_sources(spec, None, ["GT/*", "test.json"])] == [
        "test.json",
        "GT/a.mat",
        "GT/b.mat",
    ]


def test_instructions_name_the_files_the_place_and_the_next_command(
    spec: DatasetSpec, tmp_path: Path
) -> None:
    root = DataRoot(tmp_path / "my data", True, "--data-root")
    lines = by_hand(spec, spec.sources[-1:], root)
    assert lines == [
        f"get by hand: features.h5 from {HAND}",
        f"then: vsumbench data import shelf --from WHAT_YOU_GOT --data-root '{root.path}'",
    ]
    assert "`vsumbench data fetch shelf`" in how_to_get(spec, tmp_path)
    assert "data import shelf --from FILE" in how_to_get(replace(spec, sources=spec.sources[-1:]), tmp_path)
