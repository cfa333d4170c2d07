"""Which edition a command gets, and that generated ones are written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vsumbench.contracts import (
    Annotations,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    Fold,
    Provides,
    Source,
    Task,
    Video,
)
from vsumbench.data import DataRoot, ResolvedEdition, make_edition, resolve_edition
from vsumbench.data.making import MANIFEST, check_manifest, make_folder
from vsumbench.data.obtaining import fetch_command
from vsumbench.data.presence import edition_presence
from vsumbench.data.verification import _check_statistics
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    PluginError,
    StorageError,
    UnknownSettingError,
)

VIDEOS = ("a", "b", "c")


class Files:
    """A dataset of three files `<edition>/<id>.txt`; a planted one lies flat."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder if edition.startswith("planted") else folder / edition

    def status(self) -> EditionStatus:
        paths = {video: self.folder / f"{video}.txt" for video in VIDEOS}
        there = {video: path for video, path in paths.items() if path.is_file()}
        return EditionStatus(
            present=tuple(video for video, path in there.items() if path.read_text()),
            missing=tuple(video for video in VIDEOS if video not in there),
            problems=tuple(f"{path} is empty" for path in there.values() if not path.read_text()),
        )

    def fingerprint(self) -> str:
        return "0" * 64

    def video_ids(self) -> tuple[str, ...]:
        return self.status().present

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        return (Fold("all", (), VIDEOS),)

    def video(self, video_id: str) -> Video:
        raise NotImplementedError

    def annotations(self, video_id: str) -> Annotations:
        raise NotImplementedError


def write(folder: Path, progress: Any = None) -> None:
    for done, video in enumerate(VIDEOS, start=1):
        (folder / f"{video}.txt").write_text("planted")
        if progress is not None:
            progress(done, len(VIDEOS))


def edition(name: str, maker: str = "") -> EditionSpec:
    return EditionSpec(id=name, provides=Provides(), tasks=(Task.V2V,), maker=maker, version="3")


SPEC = DatasetSpec(
    id="three-files",
    title="Three Files",
    tasks=(Task.V2V,),
    editions=(edition("full"), edition("annotations"), edition("planted", "test:write")),
    split_sets=(),
    default_protocols=(),
    implementation="test:open",
    sources=(Source(path="full/a.txt", origin="https://example.org/three"),),
)
UNPLANTED = replace(SPEC, editions=SPEC.editions[:2])


def load(dotted: str) -> Any:
    return {"test:open": Files, "test:write": write}[dotted]


@pytest.fixture(autouse=True)
def planted_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    return tmp_path / "planted"


def resolve(
    root: Path, asked: str = "auto", explicit: bool = False, spec: DatasetSpec = SPEC
) -> ResolvedEdition:
    return resolve_edition(
        spec, DataRoot(root, explicit, "--data-root" if explicit else "default"), asked, load=load
    )


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write_files(name: str, videos: tuple[str, ...] = VIDEOS, content: str = "x") -> Path:
        folder = tmp_path / "root" / "three_files" / name
        folder.mkdir(parents=True)
        for video in videos:
            (folder / f"{video}.txt").write_text(content)
        return tmp_path / "root"

    return write_files


def test_auto_takes_the_first_real_edition_that_is_there(put: Callable[..., Path]) -> None:
    root = put("annotations")
    assert resolve(root).edition.id == "annotations"
    put("full")
    found = resolve(root)
    assert (found.edition.id, found.folder.name, found.notices) == ("full", "three_files", ())


def test_a_part_of_an_edition_is_taken_and_said(put: Callable[..., Path]) -> None:
    found = resolve(put("full", ("a", "c")))
    assert found.status.present == ("a", "c")
    assert "2 videos are there; missing or unreadable: b" in found.notices[0]


def test_on_a_bare_machine_auto_makes_the_planted_edition_and_says_so_aloud(
    tmp_path: Path, planted_root: Path
) -> None:
    found = resolve(tmp_path / "nowhere")
    assert found.edition.id == "planted" and found.folder == planted_root / "three-files" / "v3"
    assert len(found.notices) == 1 and found.notices[0].startswith("PLANTED DATA")
    assert "vsumbench data status three-files" in found.notices[0] and "\n" not in found.notices[0]
    assert found.status.complete


def test_the_planted_edition_asked_for_by_name_needs_no_notice(put: Callable[..., Path]) -> None:
    assert resolve(put("full"), "planted", explicit=True).notices == ()


def test_auto_refuses_to_fall_back_where_a_root_was_named(tmp_path: Path, planted_root: Path) -> None:
    with pytest.raises(DataMissingError) as caught:
        resolve(tmp_path / "named", explicit=True)
    assert str(tmp_path / "named" / "three-files") in caught.value.message
    assert "https://example.org/three" in caught.value.hint and "--edition planted" in caught.value.hint
    assert not planted_root.exists()


def test_auto_refuses_to_fall_back_where_other_files_of_the_dataset_are(put: Callable[..., Path]) -> None:
    root = put("other")
    with pytest.raises(DataMissingError, match="it has other files only"):
        resolve(root)


def test_auto_without_a_planted_edition_refuses_and_says_where_to_get_the_data(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError) as caught:
        resolve(tmp_path, spec=UNPLANTED)
    assert "--edition planted" not in caught.value.hint
    assert "vsumbench data status three-files" in caught.value.hint


def test_an_edition_asked_for_must_be_there(put: Callable[..., Path]) -> None:
    root = put("annotations")
    with pytest.raises(DataMissingError, match="edition 'full' was looked for"):
        resolve(root, "full")


def test_an_edition_the_dataset_does_not_have_is_named_with_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError, match="It has full, annotations, planted"):
        resolve(tmp_path, "ful")


def test_files_that_are_there_and_wrong_are_damaged_not_missing(put: Callable[..., Path]) -> None:
    with pytest.raises(DataDamagedError, match=r"a\.txt is empty \(2 more problems\)"):
        resolve(put("full", content=""))


def test_auto_passes_over_no_edition_whose_files_are_there_and_wrong(put: Callable[..., Path]) -> None:
    put("full", content="")
    root = put("annotations")
    with pytest.raises(DataDamagedError, match=r"a\.txt is empty") as caught:
        resolve(root, explicit=True)
    assert "(full)" in caught.value.message and "Or use `--edition annotations`" in caught.value.hint
    assert f"--data-root {root}" in caught.value.hint
    assert resolve(root, "annotations").status.complete


def test_a_dataset_that_is_planted_only_needs_no_root_and_no_notice(tmp_path: Path) -> None:
    spec = replace(SPEC, editions=SPEC.editions[2:])
    assert resolve(tmp_path, explicit=True, spec=spec).notices == ()


def test_a_second_generated_edition_has_a_folder_of_its_own_and_is_never_taken_by_auto(
    tmp_path: Path, planted_root: Path
) -> None:
    spec = replace(SPEC, editions=(edition("planted-xl", "test:write"), *SPEC.editions))
    found = resolve(tmp_path / "nowhere", "planted-xl", spec=spec)
    assert found.folder == planted_root / "three-files" / "planted-xl" / "v3" and found.notices == ()
    assert resolve(tmp_path / "nowhere", spec=spec).edition.id == "planted"
    assert resolve(tmp_path / "named", "planted-xl", explicit=True, spec=spec).status.complete
    only = replace(spec, editions=spec.editions[:1])
    assert resolve(tmp_path / "named", explicit=True, spec=only).edition.id == "planted-xl"
    states = {
        one.id: edition_presence(spec, one, DataRoot(tmp_path, False, "default"), load).state
        for one in spec.editions
    }
    assert states == {
        "planted-xl": "complete", "full": "missing", "annotations": "missing", "planted": "complete"
    }  # fmt: skip


def test_statistics_are_expected_of_the_edition_their_key_names(tmp_path: Path) -> None:
    expected = {"videos": 7, "planted:videos": 8, "planted-xl:videos": 9}
    spec = replace(SPEC, editions=(*SPEC.editions, edition("planted-xl", "test:write")), expected=expected)
    wanted = {}
    for one in spec.editions:
        problems: list[str] = []
        _check_statistics(spec, one, {"videos": 3}, problems)
        wanted[one.id] = problems
    assert wanted == {
        name: [f"videos: expected {count}, found 3"]
        for name, count in (("full", 7), ("annotations", 7), ("planted", 8), ("planted-xl", 9))
    }


@pytest.mark.parametrize(
    ("name", "maker", "generated"),
    [("full", "", False), ("planted", "", True), ("planted-xl", "", True), ("tiny", "a:b", True)],
)
def test_an_edition_is_generated_by_its_name_or_by_its_maker(name: str, maker: str, generated: bool) -> None:
    assert edition(name, maker).generated is generated


def test_the_command_that_fetches_published_files_is_named_where_one_exists(tmp_path: Path) -> None:
    hub = "https://huggingface.co/datasets/me/my-data"
    assert fetch_command(hub, "put here", ["a.json"]) == (
        "hf download me/my-data a.json --repo-type dataset --local-dir 'put here'"
    )
    assert fetch_command("https://huggingface.co/me/tower", "here") == "hf download me/tower --local-dir here"
    for page in ("", "https://example.org/x", "https://huggingface.co/me", f"{hub}/tree/main"):
        assert fetch_command(page, "here") == ""
    spec = replace(SPEC, sources=(Source(path="full/a.txt", origin=hub),), editions=SPEC.editions[1:])
    where = tmp_path / "three-files"
    for asked in ("full", "annotations"):
        with pytest.raises((UnknownSettingError, DataMissingError)) as caught:
            resolve(tmp_path, asked, spec=spec)
        assert f"`hf download me/my-data full/a.txt --repo-type dataset --local-dir {where}`" in str(
            caught.value
        )


def test_an_implementation_that_is_no_dataset_is_a_plugin_error(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="returned dict"):
        resolve_edition(SPEC, DataRoot(tmp_path, False, "default"), load=lambda dotted: lambda *_: {})


def test_making_twice_makes_once_and_force_makes_again(planted_root: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder, made = make_edition(SPEC, SPEC.editions[2], load, lambda done, total: seen.append((done, total)))
    assert made and seen[-1] == (3, 3) and check_manifest(folder) == []
    assert make_edition(SPEC, SPEC.editions[2], load) == (folder, False)
    (folder / "a.txt").write_text("changed")
    (folder / "extra.txt").write_text("")
    (folder / "b.txt").unlink()
    assert check_manifest(folder) == ["a.txt: was changed", "b.txt: is missing", "extra.txt: was added"]
    with pytest.raises(DataDamagedError, match="is not whole: b is missing") as caught:
        resolve(planted_root, "planted")
    assert "--force" in caught.value.hint
    assert make_edition(SPEC, SPEC.editions[2], load, force=True) == (folder, True)
    assert check_manifest(folder) == []


def test_a_maker_that_stops_midway_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    def broken(folder: Path, progress: Any) -> None:
        (folder / "a.txt").write_text("half")
        raise ZeroDivisionError("midway")

    with pytest.raises(PluginError, match="ZeroDivisionError: midway"):
        make_folder(tmp_path / "out" / "v1", broken, "the test")
    assert not (tmp_path / "out" / "v1").exists()
    assert make_folder(tmp_path / "out" / "v1", write, "the test")
    assert (tmp_path / "out" / "v1" / MANIFEST).is_file()
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["v1"]


def test_a_make_interrupted_by_a_kill_is_done_again(tmp_path: Path) -> None:
    left = tmp_path / ".v1.making"
    left.mkdir()
    (left / "stale.txt").write_text("from a killed process")
    (tmp_path / "v1").mkdir()
    assert make_folder(tmp_path / "v1", write, "the test")
    assert not (tmp_path / "v1" / "stale.txt").exists() and not left.exists()


def test_a_maker_that_writes_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="wrote no files"):
        make_folder(tmp_path / "v1", lambda folder, progress: None, "the test")


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        make_folder(tmp_path / "file" / "v1", write, "the test")
