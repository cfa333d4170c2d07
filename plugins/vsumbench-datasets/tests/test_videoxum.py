"""VideoXum's reader on small files in the real layout, whole and damaged, and its planted edition."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vsumbench_datasets.videoxum.planted import make, make_xl
from vsumbench_datasets.videoxum.planted import record as planted_record
from vsumbench_datasets.videoxum.reader import open_videoxum
from vsumbench_datasets.videoxum.spec import PARTS, PLANTED_SIZES, VIDEOXUM

from vsumbench.data import make_edition, verify_edition
from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError
from vsumbench.importing import load_implementation
from vsumbench.planted import TARGET, write_script

FINGERPRINT = "e689d571ec6f994c21c4456c6e77f64cac0c7f384be1e87935556a6b68137c0b"
"""Version 1.1 of the planted edition. It must never change: another generator is another version."""


def record(video_id: str, steps: int = 12) -> dict[str, Any]:
    """A record as published: two sentences, ten annotators, the second sentence with a leading blank."""
    onehot = [[int(person <= step < person + 2) for step in range(steps)] for person in range(10)]
    return {
        "video_id": video_id,
        "duration": steps - 0.27,
        "sampled_frames": steps,
        "timestamps": [[0.0, 5.0], [4.5, steps - 0.27]],
        "tsum": ["A man opens a door.", " He leaves!"],
        "vsum": [[[1, 3]] * 10, [[6, 8]] * 10],
        "vsum_onehot": onehot,
    }


Files = dict[str, list[dict[str, Any]]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the three files, after `change(files)`; returns the folder."""

    def build(change: Callable[[Files], Any] = lambda files: None) -> Path:
        files: Files = {part: [record(f"v_{part}_{n}") for n in range(2)] for part in PARTS}
        change(files)
        for part, records in files.items():
            (tmp_path / PARTS[part]).write_text(json.dumps(records), encoding="utf-8")
        return tmp_path

    return build


def test_a_video_is_read_as_it_is_stored(write: Callable[..., Path]) -> None:
    videoxum = open_videoxum(write(), "annotations")
    assert videoxum.video_ids()[:3] == ("v_train_0", "v_train_1", "v_validation_0")
    video, told = videoxum.video("v_test_1"), videoxum.annotations("v_test_1")
    assert (video.n_frames, video.fps, video.duration, video.steps) == (12, 1.0, 11.73, 12)
    assert told.grid == "picks" and told.importance is not None and told.user_summaries is not None
    assert told.importance.shape == told.user_summaries.shape == (10, 12)
    assert (told.importance == told.user_summaries).all() and told.user_summaries.sum() == 20
    assert told.texts == ("A man opens a door. He leaves!",)
    assert told.captions[0][1].start == 4.5 and told.captions[0][1].text == " He leaves!"
    (fold,) = videoxum.folds("official")
    assert fold.train == ("v_train_0", "v_train_1") and fold.test == ("v_test_0", "v_test_1")
    assert fold.validation == ("v_validation_0", "v_validation_1")


def test_the_published_parts_are_14001_videos_and_fewer_do_not_verify(write: Callable[..., Path]) -> None:
    # 8,000, 2,001 and 4,000: a paper rounds the second to 2,000.
    folder, edition = write(), VIDEOXUM.edition("annotations")
    assert edition is not None
    found = verify_edition(VIDEOXUM, edition, folder, open_videoxum(folder, "annotations"))
    assert any("14001" in line.replace(",", "") and "6" in line for line in found.problems), found.problems


def test_the_tree_of_the_authors_code_is_read_too(write: Callable[..., Path]) -> None:
    folder = write()
    flat = open_videoxum(folder, "annotations").annotations("v_test_0").texts
    (folder / "ActivityNet" / "anno").mkdir(parents=True)
    for name in PARTS.values():
        (folder / name).rename(folder / "ActivityNet" / "anno" / name)
    assert open_videoxum(folder, "annotations").annotations("v_test_0").texts == flat


def _set(key: str, value: Any) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files["test"][0][key] = value

    return change


def _edit(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        edit(files["test"][0])

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("sampled_frames", 13), r"vsum_onehot\[0\]: expected rows of 13 values, .* found 12 values"),
        (
            _edit(lambda r: r["vsum_onehot"][3].pop()),
            r"vsum_onehot\[3\]: expected rows of 12 .* found 11 values",
        ),
        (
            _edit(lambda r: r["vsum_onehot"].pop()),
            "vsum_onehot: expected 10 rows, one an annotator, found 9 rows",
        ),
        (_edit(lambda r: r["vsum_onehot"][0].__setitem__(0, 2)), "vsum_onehot: expected values 0 and 1"),
        (_edit(lambda r: r["vsum_onehot"][0].__setitem__(0, "x")), "vsum_onehot: expected values 0 and 1"),
        (_set("vsum_onehot", None), "vsum_onehot: expected 10 rows"),
        (_set("duration", "long"), "duration: expected a positive number of seconds, found 'long'"),
        (_set("duration", 0), "duration: expected a positive number"),
        (_set("sampled_frames", 0), "sampled_frames: expected a whole number above 0"),
        (_set("sampled_frames", True), "sampled_frames: expected a whole number above 0"),
        (_set("tsum", []), "tsum: expected a list of sentences"),
        (_set("tsum", ["Fine.", "  "]), r"tsum\[1\]: expected a sentence"),
        (
            _edit(lambda r: r["timestamps"].pop()),
            "timestamps: expected 2 segments, one a sentence, found 1 of them",
        ),
        (_edit(lambda r: r["vsum"].pop()), "vsum: expected 2 segments, one a sentence"),
        (_edit(lambda r: r.pop("vsum")), "vsum: expected 2 segments"),
        (_set("timestamps", [[0, 5], [4, 99]]), r"timestamps\[1\]: expected a segment within \[0, 11.73\] s"),
        (_set("timestamps", [[5, 0], [4, 9]]), r"timestamps\[0\]: expected a segment within"),
        (_set("timestamps", [[-1, 3], [4, 9]]), r"timestamps\[0\]: expected a segment within"),
        (_set("timestamps", [[1], [4, 9]]), r"timestamps\[0\]: expected a start and an end"),
        (_set("vsum", [[[1, 3]] * 10, [[6, 8]] * 9]), r"vsum\[1\]: expected 10 spans, found 9 of them"),
        (_set("vsum", [[[1, 3]] * 10, [[6, 80]] * 10]), r"vsum\[1\]\[0\]: expected a segment within"),
    ],
)
def test_a_record_of_another_layout_is_refused_with_video_and_field(
    write: Callable[..., Path], change: Callable[[Files], None], message: str
) -> None:
    videoxum = open_videoxum(write(change), "annotations")
    with pytest.raises(DataDamagedError, match=message) as caught:
        videoxum.annotations("v_test_0")
    assert "'v_test_0'" in caught.value.message and "test_videoxum.json" in caught.value.message
    assert videoxum.annotations("v_test_1").annotators == 10


def test_two_published_segments_whose_ends_precede_their_starts_are_turned_round(
    write: Callable[..., Path],
) -> None:
    def change(files: Files) -> None:
        files["train"][0] |= {"video_id": "v_0bosp4-pyTM", "timestamps": [[5.0, 0.5], [4.5, 9.0]]}

    told = open_videoxum(write(change), "annotations").annotations("v_0bosp4-pyTM")
    assert (told.captions[0][0].start, told.captions[0][0].end) == (0.5, 5.0)


@pytest.mark.parametrize("other", ["test", "train"])
def test_an_id_that_stands_twice_is_refused(write: Callable[..., Path], other: str) -> None:
    def change(files: Files) -> None:
        files[other].append(copy.deepcopy(files["test"][0]))

    videoxum = open_videoxum(write(change), "annotations")
    with pytest.raises(DuplicateIdError, match=r"'v_test_0' stands twice: in .*test_videoxum\.json"):
        videoxum.video_ids()
    assert videoxum.status().problems and not videoxum.status().present


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"video_id": "v_1", "dur', "line 1, column"),
        (b"", "line 1, column 1: expected JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "expected JSON"),
        (b"\xff\xfe\x00", "expected UTF-8 text"),
        (b"{}", "expected a list of records, found dict"),
        (b"[]", "expected a list of records, found an empty list"),
        (b'[{"id": "v_1"}]', "record 0: expected an object with a video_id"),
        (b"[3]", "record 0: expected an object with a video_id"),
        (b'[{"video_id": "v_1", "duration": NaN}]', "NaN"),
        (b"[" * 100_000, "expected JSON"),
    ],
)
def test_a_file_that_is_no_list_of_records_is_refused_by_name(
    write: Callable[..., Path], content: bytes, message: str
) -> None:
    folder = write()
    (folder / "val_videoxum.json").write_bytes(content)
    with pytest.raises(DataDamagedError, match=message) as caught:
        open_videoxum(folder, "annotations").video_ids()
    assert "val_videoxum.json" in caught.value.message


def test_a_missing_file_is_listed_and_without_the_test_file_there_are_no_folds(
    write: Callable[..., Path],
) -> None:
    folder = write()
    (folder / "train_videoxum.json").unlink()
    videoxum = open_videoxum(folder, "annotations")
    assert videoxum.status().missing == ("train_videoxum.json",)
    assert videoxum.folds("official")[0].train == ()
    (folder / "test_videoxum.json").unlink()
    with pytest.raises(DataMissingError, match=r"test_videoxum\.json is not there"):
        open_videoxum(folder, "annotations").folds("official")


@pytest.fixture(scope="module")
def planted() -> Path:
    """The whole edition, made once a session; not to be changed."""
    edition = VIDEOXUM.edition("planted")
    assert edition is not None
    return make_edition(
        VIDEOXUM, edition, lambda dotted: load_implementation(dotted, what="the test", extras=())
    )[0]


@pytest.fixture
def make_few(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """Makes seven videos of the edition in a folder, and returns it."""
    monkeypatch.setitem(PLANTED_SIZES, "planted", {"train": 4, "validation": 1, "test": 2})

    def build(folder: Path) -> Path:
        folder.mkdir()
        make(folder)
        return folder

    return build


def test_the_planted_edition_is_read_by_the_same_reader_and_is_version_1_1(planted: Path) -> None:
    videoxum = open_videoxum(planted, "planted")
    edition = VIDEOXUM.edition("planted")
    assert edition is not None and edition.version == "1.1"
    (fold,) = videoxum.folds("official")
    assert [len(part) for part in (fold.train, fold.validation, fold.test)] == list(
        PLANTED_SIZES["planted"].values()
    )
    video = videoxum.video(fold.test[0])
    assert video.features["planted-20"].read().shape == (video.steps, 20)
    found = verify_edition(VIDEOXUM, edition, planted, videoxum)
    assert found.problems == () and found.fingerprint == FINGERPRINT


def test_two_makes_write_the_same_bytes(make_few: Callable[[Path], Path], tmp_path: Path) -> None:
    one, other = make_few(tmp_path / "one"), make_few(tmp_path / "other")
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(names) == 3 + 7
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_planted_frames_are_drawn_one_a_second_alone_or_in_a_stream(planted: Path) -> None:
    video = open_videoxum(planted, "planted").video("v_planted00007")
    assert video.frames is not None
    whole = list(video.frames())
    assert [frame.index for frame in whole] == list(range(video.steps)) == [int(f.time) for f in whole]
    some = list(video.sampled_frames([2, video.steps - 1]))
    assert [frame.index for frame in some] == [2, video.steps - 1]
    assert np.array_equal(some[0].pixels, whole[2].pixels) and whole[0].pixels.shape == (64, 64, 3)


def test_the_large_planted_edition_has_other_videos_of_the_same_mix() -> None:
    sizes, large = (sum(PLANTED_SIZES[name].values()) for name in ("planted", "planted-xl"))
    assert large == 8 * sizes
    edition = VIDEOXUM.edition("planted-xl")
    assert edition is not None and edition.maker.endswith(make_xl.__name__)
    one, other = (planted_record(write_script(TARGET, f"v_{name}00000")) for name in ("planted", "plantedxl"))
    assert one["tsum"] != other["tsum"]


def test_planted_annotators_agree_far_better_than_chance_and_less_than_wholly(planted: Path) -> None:
    videoxum = open_videoxum(planted, "planted")
    scores = []
    for video_id in videoxum.folds("official")[0].test:
        rows = videoxum.annotations(video_id).user_summaries
        assert rows is not None
        overlap = (rows[:, None] & rows[None]).sum(-1)
        sizes = rows.sum(-1)
        f1 = 2 * overlap / (sizes[:, None] + sizes[None])
        scores.append(f1[~np.eye(10, dtype=bool)].mean())
        assert 0.1 < rows.mean() <= 0.25
    assert 0.4 < np.mean(scores) < 0.65


@pytest.mark.parametrize("damage", ["cut", "text", "shape", "nan", "key", "gone"])
def test_a_damaged_feature_file_is_refused_by_name(
    make_few: Callable[[Path], Path], tmp_path: Path, damage: str
) -> None:
    folder = make_few(tmp_path / "few")
    path = folder / "ActivityNet" / "feat" / "planted-20" / "v_planted00000.npz"
    whole = np.load(path)["features"]
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:500])
    elif damage == "text":
        path.write_text("not found")
    elif damage == "shape":
        np.savez(path, features=whole[:-1])
    elif damage == "nan":
        np.savez(path, features=np.where(whole == whole[0, 0], np.nan, whole))
    elif damage == "key":
        np.savez(path, other=whole)
    else:
        path.unlink()
    feature = open_videoxum(folder, "planted").video("v_planted00000").features["planted-20"]
    with pytest.raises((DataDamagedError, DataMissingError), match=r"v_planted00000\.npz"):
        feature.read()
