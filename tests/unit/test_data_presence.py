"""What is said of data that are partly there: by split set, by id, and by digests that were trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import (
    Annotations,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    Fold,
    Provides,
    Source,
    SplitSetSpec,
    Task,
    Video,
)
from vsumbench.data import DataRoot, folds_digest, verify_edition
from vsumbench.data.coverage import missing_ids, split_coverage
from vsumbench.data.presence import edition_presence
from vsumbench.data.sources.importing import import_data
from vsumbench.data.sources.record import SOURCE_RECORD
from vsumbench.errors import DataMissingError

IDS = tuple("abcdef")
FOLDS = {
    "two": (Fold("0", ("a", "b", "c", "d"), ("e",)), Fold("1", ("a", "b", "d"), ("e", "f"), ("c",))),
    "more": (Fold("0", ("a", "b", "other/x", "other/y"), ("f",)),),
}


class Letters:
    """A dataset of files `<id>.txt`; a video of two frames each."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder

    def status(self) -> EditionStatus:
        there = tuple(video for video in IDS if (self.folder / f"{video}.txt").is_file())
        return EditionStatus(present=there, missing=tuple(f"{v}.txt" for v in IDS if v not in there))

    def fingerprint(self) -> str:
        return "0" * 64

    def video_ids(self) -> tuple[str, ...]:
        return self.status().present

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        if split_set == "data":
            raise DataMissingError("the file that lists them is not there")
        return FOLDS[split_set]

    def video(self, video_id: str) -> Video:
        return Video(id=video_id, duration=1.0, fps=2.0, n_frames=2, picks=np.arange(2))

    def annotations(self, video_id: str) -> Annotations:
        return Annotations(video_id=video_id, importance=np.zeros((3, 2)), grid="picks")


class WithOthers(Letters):
    """One that also has some videos of another dataset to train on."""

    def training_ids(self) -> tuple[str, ...]:
        return ("other/x",)

    def training_fingerprint(self) -> str:
        return "1" * 64


FULL = EditionSpec(id="full", provides=Provides(importance=True), tasks=(Task.V2V,))
SPEC = DatasetSpec(
    id="letters",
    title="Letters",
    tasks=(Task.V2V,),
    editions=(FULL,),
    split_sets=(
        SplitSetSpec(id="two", title="two folds", digest=folds_digest(FOLDS["two"]), official_videos=2),
        SplitSetSpec(id="more", title="with others"),
    ),
    default_protocols=(),
    implementation="letters:open",
    sources=tuple(Source(path=f"{video}.txt", origin="https://example.org/") for video in IDS),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


def put(folder: Path, ids: str) -> None:
    for video in ids:
        (folder / f"{video}.txt").write_text(video)


def presence(folder: Path, spec: DatasetSpec = SPEC, kind: type[Letters] = Letters) -> Any:
    root = DataRoot(folder.parent, True, "--data-root")
    return edition_presence(spec, FULL, root, lambda dotted: kind)


def test_a_split_set_is_counted_without_any_data(folder: Path) -> None:
    two, more = split_coverage(SPEC, Letters(folder, "full"), ())
    assert (two.folds, two.train, two.validation, two.test) == (2, (3, 4), (0, 1), (1, 2))
    assert (two.tested, two.trained) == (("e", "f"), ("a", "b", "c", "d"))
    assert two.share == "0/2 (0 %)" and two.training_share == "0/4" and more.official == 1


def test_missing_test_and_training_videos_are_told_apart(folder: Path) -> None:
    put(folder, "abe")
    found = presence(folder)
    two, more = found.splits
    assert (two.missing_test, two.missing_train) == (("f",), ("c", "d"))
    assert two.share == "1/2 (50 %)" and two.training_share == "2/4"
    assert two.gap() == (
        "split set two: 1 of 2 test videos are not here (f) and 2 of 4 training videos are not here (c, d)"
    )
    assert more.gap() == "split set more: 1 of 1 test videos are not here (f)"
    assert found.coverage == "1/2 (50 %)" and found.state == "partial"


def test_ids_that_are_missing_are_the_datasets_own(folder: Path) -> None:
    put(folder, "abe")
    assert presence(folder).missing_ids == ("f", "c", "d")


def test_videos_of_other_datasets_are_told_of_apart(folder: Path) -> None:
    put(folder, "abcdef")
    more = presence(folder).splits[1]
    assert more.gap() == "" and "2 of 4 training videos are not here (other/x, other/y)" in more.gap(True)
    with_some = presence(folder, kind=WithOthers).splits[1]
    assert with_some.missing_train == ("other/y",) and missing_ids([with_some]) == ()


def test_json_holds_every_id(folder: Path) -> None:
    put(folder, "abe")
    shown = json.loads(json.dumps(presence(folder).to_dict(), default=str))
    assert shown["present_ids"] == ["a", "b", "e"] and shown["missing_ids"] == ["f", "c", "d"]
    assert shown["splits"][0]["missing_train"] == ["c", "d"] and shown["splits"][0]["tested"] == 2


def test_folds_that_stand_in_data_that_are_not_there_are_a_line(folder: Path) -> None:
    put(folder, "a")
    spec = replace(SPEC, split_sets=(SplitSetSpec(id="data", title="from data", official_videos=9),))
    found = presence(folder, spec)
    assert found.state == "partial" and found.coverage == "0/9 (0 %)"
    assert found.lines()[0] == "split set data: the file that lists them is not there"


def verify(folder: Path, spec: DatasetSpec = SPEC, kind: type[Letters] = Letters) -> Any:
    return verify_edition(spec, FULL, folder, kind(folder, "full"))


def test_verify_says_which_training_videos_are_missing(folder: Path) -> None:
    put(folder, "abef")
    problems = verify(folder).problems
    assert "split set two: 2 of 4 training videos are not here (c, d)" in problems


def test_videos_of_others_are_a_note_and_no_problem(folder: Path) -> None:
    put(folder, "abcdef")
    checked = verify(folder)
    assert checked.problems == () and "other/x, other/y" in checked.notes[0]
    assert "(other/y)" in verify(folder, kind=WithOthers).notes[0]


def test_a_digest_that_was_trusted_is_held_to(folder: Path, tmp_path: Path) -> None:
    put(folder, "abcde")
    (tmp_path / "f.txt").write_text("f")
    import_data(SPEC, folder, tmp_path / "f.txt")
    assert verify(folder).checksums == 1 and verify(folder).problems == ()
    (folder / "f.txt").write_text("changed")
    (problem,) = verify(folder).problems
    assert problem.startswith(f"{folder / 'f.txt'}: sha256 is ") and "; it was " in problem


def test_files_of_a_pattern_are_held_to_their_digests_one_by_one(folder: Path, tmp_path: Path) -> None:
    got = tmp_path / "letters-got"
    got.mkdir()
    put(got, "abcdef")
    spec = replace(SPEC, sources=(Source(path="*.txt", origin="https://example.org/"),))
    import_data(spec, folder, got)
    assert verify(folder, spec).checksums == 6
    (folder / "c.txt").write_text("changed")
    assert len(verify(folder, spec).problems) == 1 and verify(folder, spec).checksums == 5


def test_a_record_that_is_damaged_is_one_problem(folder: Path) -> None:
    put(folder, "abcdef")
    (folder / SOURCE_RECORD).write_text("{")
    (problem,) = verify(folder).problems
    assert SOURCE_RECORD in problem


def test_a_source_of_another_edition_is_not_held_to_this_one(folder: Path) -> None:
    put(folder, "abcdef")
    wrong = Source(path="a.txt", origin="https://example.org/", sha256="0" * 64, editions=("other",))
    assert verify(folder, replace(SPEC, sources=(wrong,))).problems == ()
    assert len(verify(folder, replace(SPEC, sources=(replace(wrong, editions=()),))).problems) == 1
