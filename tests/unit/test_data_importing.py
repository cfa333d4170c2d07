"""Files that somebody downloaded by hand: found, checked, put where the reader looks."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from vsumbench.contracts import DatasetSpec, EditionSpec, Provides, Source, Task
from vsumbench.data import DataRoot
from vsumbench.data.sources.archive_checks import Limits
from vsumbench.data.sources.importing import Taken, import_data, refuse_problems
from vsumbench.data.sources.placing import LOCK, STAGING
from vsumbench.data.sources.record import SOURCE_RECORD, read_record
from vsumbench.errors import BusyError, DataDamagedError, DataMissingError, MismatchError, StorageError


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


TRAIN, TRUTH = b'{"train": 1}', b"ground truth"
ORIGIN = "https://example.org/"
SPEC = DatasetSpec(
    id="shelf",
    title="Shelf",
    tasks=(Task.V2V,),
    editions=(EditionSpec(id="full", provides=Provides(), tasks=(Task.V2V,)),),
    split_sets=(),
    default_protocols=(),
    implementation="shelf:open",
    sources=(
        Source(path="train.json", origin=ORIGIN),
        Source(path="GT/Café one.mat", origin=ORIGIN, sha256=sha(TRUTH)),
        Source(path="feat/blip/*.npz", origin=ORIGIN),
        Source(path="feat/clip/*.npz", origin=ORIGIN),
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "shelf"


@pytest.fixture
def got(tmp_path: Path) -> Path:
    """A folder as somebody has it: the files deep inside, among others."""
    return write(
        tmp_path / "Downloads",
        {
            "shelf-v1/train.json": TRAIN,
            "shelf-v1/GT/Cafe\u0301 one.mat": TRUTH,
            "shelf-v1/feat/blip/a.npz": b"A",
            "shelf-v1/feat/blip/b.npz": b"B",
            "shelf-v1/feat/clip/a.npz": b"C",
            "shelf-v1/readme.txt": b"hello",
            "__MACOSX/train.json": b"junk",
            ".train.json": b"junk",
        },
    )


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def placed(folder: Path) -> dict[str, bytes]:
    """Name → content of what lies in the dataset's folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (LOCK, SOURCE_RECORD)
    }


WHOLE = {
    "train.json": TRAIN,
    "GT/Café one.mat": TRUTH,
    "feat/blip/a.npz": b"A",
    "feat/blip/b.npz": b"B",
    "feat/clip/a.npz": b"C",
}


def take(got: Path, folder: Path, spec: DatasetSpec = SPEC, **more: bool) -> Taken:
    return import_data(spec, folder, got, **more)


def test_the_listed_files_are_found_wherever_they_lie(got: Path, folder: Path) -> None:
    taken = take(got, folder)
    assert placed(folder) == WHOLE and sorted(taken.placed) == sorted(WHOLE)
    assert taken.ignored == [".train.json", "__MACOSX/train.json", "shelf-v1/readme.txt"]
    assert taken.missing == taken.problems == [] and not (folder / STAGING).exists()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_gives_the_same_as_the_folder(kind: str, got: Path, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / f"got.{kind}"
    files = [file for file in sorted(got.rglob("*")) if file.is_file()]
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, file.relative_to(got))
    else:
        with tarfile.open(path, "w:gz") as archive:
            for file in files:
                archive.add(file, file.relative_to(got))
    taken = take(path, folder)
    assert placed(folder) == WHOLE and taken.missing == [] and not (folder / STAGING).exists()
    assert sorted(take(path, folder).already) == sorted(WHOLE)


def test_a_single_file_is_taken_and_the_rest_is_still_missing(got: Path, folder: Path) -> None:
    taken = take(got / "shelf-v1" / "train.json", folder)
    assert placed(folder) == {"train.json": TRAIN}
    assert taken.missing == ["GT/Café one.mat", "feat/blip/*.npz", "feat/clip/*.npz"]


def test_a_folder_that_is_a_part_of_the_tree_is_understood(got: Path, folder: Path) -> None:
    take(got / "shelf-v1" / "GT", folder)
    take(got / "shelf-v1" / "feat" / "blip", folder)
    assert set(placed(folder)) == {"GT/Café one.mat", "feat/blip/a.npz", "feat/blip/b.npz"}


def test_a_checksum_finds_a_file_that_was_renamed(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"one (1).mat": TRUTH, "two.mat": b"other"})
    assert take(got, folder).placed == ["GT/Café one.mat"] and placed(folder) == {"GT/Café one.mat": TRUTH}


def test_of_several_files_of_one_name_the_checksum_decides(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"a/GT/Café one.mat": b"wrong", "b/GT/Café one.mat": TRUTH})
    assert take(got, folder).problems == [] and placed(folder) == {"GT/Café one.mat": TRUTH}


def test_several_files_of_one_name_are_a_problem_unless_they_are_the_same(
    folder: Path, tmp_path: Path
) -> None:
    got = write(tmp_path / "got", {"a/train.json": b"1", "b/train.json": b"2"})
    taken = take(got, folder)
    assert placed(folder) == {} and "2 different files have its name" in taken.problems[0]
    with pytest.raises(DataDamagedError, match="2 different files"):
        refuse_problems(SPEC, taken.problems, DataRoot(tmp_path, True, "--data-root"))
    (got / "b" / "train.json").write_bytes(b"1")
    assert take(got, folder).placed == ["train.json"]


def test_a_file_with_another_checksum_is_not_taken_and_the_others_are(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"train.json": TRAIN, "GT/Café one.mat": b"tampered"})
    taken = take(got, folder)
    assert taken.placed == ["train.json"] and placed(folder) == {"train.json": TRAIN}
    assert "its sha256 is not that of GT/Café one.mat" in taken.problems[0]


def test_what_is_there_is_not_replaced_without_force(got: Path, folder: Path) -> None:
    write(folder, {"train.json": b"mine"})
    assert "not replaced without --force" in take(got, folder).problems[0]
    assert (folder / "train.json").read_bytes() == b"mine"
    assert take(got, folder, force=True).placed == ["train.json"]
    assert placed(folder) == WHOLE


def test_the_first_digest_is_trusted_and_another_one_is_not(got: Path, folder: Path) -> None:
    take(got, folder)
    first = read_record(folder).files["train.json"]
    assert (first.sha256, first.size, first.url) == (sha(TRAIN), 12, "imported from Downloads")
    (folder / "train.json").unlink()
    (got / "shelf-v1" / "train.json").write_bytes(b"changed")
    taken = take(got, folder)
    assert f"it was {sha(TRAIN)} on {first.date}" in taken.problems[0]
    assert not (folder / "train.json").exists()
    take(got, folder, force=True)
    assert read_record(folder).files["train.json"].sha256 == sha(b"changed")


def test_force_does_not_overrule_a_stated_checksum(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"GT/Café one.mat": b"tampered"})
    assert take(got, folder, force=True).problems and placed(folder) == {}


def test_links_are_one_file_on_disk_and_copies_are_two(got: Path, folder: Path) -> None:
    take(got, folder, link=True)
    original = got / "shelf-v1" / "train.json"
    assert original.samefile(folder / "train.json") and placed(folder) == WHOLE
    original.unlink()
    assert (folder / "train.json").read_bytes() == TRAIN


def test_files_of_an_archive_cannot_be_linked(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("train.json", TRAIN)
    with pytest.raises(MismatchError, match="cannot be linked"):
        take(tmp_path / "a.zip", folder, link=True)


def test_a_link_across_disks_is_refused_with_the_way_on(
    got: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def across(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", across)
    with pytest.raises(StorageError, match="another disk") as caught:
        take(got, folder, link=True)
    assert "without --link" in caught.value.hint and placed(folder) == {}


def test_a_file_that_may_belong_to_two_places_is_not_guessed(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"features/a.npz": b"A"})
    assert "may belong to feat/blip/*.npz, feat/clip/*.npz" in take(got, folder).problems[0]
    assert placed(folder) == {}


def test_two_files_for_one_place_of_a_pattern_are_both_left(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"x/blip/a.npz": b"1", "y/blip/a.npz": b"2", "y/blip/b.npz": b"3"})
    spec = replace(SPEC, sources=(Source(path="blip/*.npz", origin=ORIGIN),))
    taken = take(got, folder, spec)
    assert placed(folder) == {"blip/b.npz": b"3"} and "would both lie there" in taken.problems[0]


def test_a_bracket_in_a_path_is_a_bracket(folder: Path, tmp_path: Path) -> None:
    spec = replace(SPEC, sources=(Source(path="v[1]/*.mp4", origin=ORIGIN),))
    got = write(tmp_path / "got", {"v[1]/a [x].mp4": b"1", "v1/b.mp4": b"2"})
    take(got, folder, spec)
    assert placed(folder) == {"v[1]/a [x].mp4": b"1"}
    assert take(got, folder, spec).missing == []


def test_nothing_of_the_dataset_is_an_error_that_says_what_there_is(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"holiday.jpg": b"1", "inner.zip": b"2"})
    with pytest.raises(DataMissingError, match=r"holds none .*train\.json.* it holds holiday\.jpg") as caught:
        take(got, folder)
    assert "inner.zip is an archive and was not opened" in caught.value.message
    with pytest.raises(DataMissingError, match="does not exist"):
        take(tmp_path / "nowhere", folder)


def test_a_dataset_that_lists_no_files_says_so(got: Path, folder: Path) -> None:
    with pytest.raises(MismatchError, match="does not list its files"):
        take(got, folder, replace(SPEC, sources=()))


def test_a_link_that_leads_out_of_the_folder_is_left_out(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", {"train.json": b"secret"})
    got = write(tmp_path / "got", {"GT/Café one.mat": TRUTH})
    (got / "train.json").symlink_to(secret / "train.json")
    (got / "inside.json").symlink_to(got / "GT")
    taken = take(got, folder)
    assert placed(folder) == {"GT/Café one.mat": TRUTH}
    assert len(taken.notes) == 1 and "leads out of the folder" in taken.notes[0]


def test_a_name_that_is_no_text_is_left_out(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"GT/Café one.mat": TRUTH})
    odd = os.fsdecode(b"feat\xff.npz")
    (got / odd).write_bytes(b"x")
    taken = take(got, folder)
    assert placed(folder) == {"GT/Café one.mat": TRUTH} and "no text" in taken.notes[0]


@pytest.mark.parametrize("path", ["../evil.json", "/etc/evil.json", "a/../../evil.json", ".fetching/x.json"])
def test_a_spec_cannot_place_files_outside_its_folder(path: str, folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"evil.json": b"1", "x.json": b"1"})
    spec = replace(SPEC, sources=(Source(path=path, origin=ORIGIN),))
    with pytest.raises(MismatchError, match="no place for a file"):
        take(got, folder, spec)
    assert sorted(p.name for p in tmp_path.rglob("*.json")) == ["evil.json", "x.json"]


def test_a_damaged_archive_places_nothing(folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, data in {"train.json": TRAIN, "feat/blip/a.npz": os.urandom(9000)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    os.truncate(tmp_path / "a.tar", 6000)
    with pytest.raises(DataDamagedError, match="truncated or damaged"):
        take(tmp_path / "a.tar", folder)
    assert placed(folder) == {} and not (folder / STAGING).exists()


def test_the_limits_of_archives_are_the_callers(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("train.json", TRAIN)
    with pytest.raises(DataDamagedError, match="--max-unpacked"):
        import_data(SPEC, folder, tmp_path / "a.zip", limits=Limits.up_to(4))


def test_a_rar_is_to_be_unpacked_first(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, {"a.rar": b"Rar!"})
    with pytest.raises(MismatchError, match="not read here"):
        take(tmp_path / "a.rar", folder)


def test_a_dataset_whose_file_is_an_archive_takes_it_as_it_is(folder: Path, tmp_path: Path) -> None:
    spec = replace(SPEC, sources=(Source(path="videos.zip", origin=ORIGIN),))
    write(tmp_path, {"videos.zip": b"whatever it holds"})
    assert take(tmp_path / "videos.zip", folder, spec).placed == ["videos.zip"]


def test_two_imports_at_once_do_not_meet(got: Path, folder: Path) -> None:
    from filelock import FileLock

    folder.mkdir(parents=True)
    with FileLock(folder / LOCK), pytest.raises(BusyError, match="another process"):
        take(got, folder)
    assert take(got, folder).missing == []


def test_a_record_that_is_none_is_named(got: Path, folder: Path) -> None:
    for text in ("{", "[]", '{"files": {"a": {"sha256": "x"}}, "accepted": {}}', '{"files": {}}'):
        write(folder, {SOURCE_RECORD: text.encode()})
        with pytest.raises(DataDamagedError, match=r"vsumbench-sources\.json"):
            take(got, folder)


def test_progress_is_told_in_mebibytes(folder: Path, tmp_path: Path) -> None:
    got = write(tmp_path / "got", {"train.json": bytes(3 << 20)})
    told: list[tuple[int, int]] = []
    import_data(SPEC, folder, got, progress=lambda done, total, **_: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
