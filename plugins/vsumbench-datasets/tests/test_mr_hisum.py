"""Mr. HiSum: small files in the real layout, whole and damaged; the planted edition and the real split."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from vsumbench_datasets.mr_hisum.reader import open_mr_hisum
from vsumbench_datasets.mr_hisum.spec import H5, METADATA, SPLIT
from vsumbench_datasets.mr_hisum.splits import DIGEST, official_fold

from vsumbench.data import folds_digest
from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError, UnknownSettingError

STEPS = 40
HEADER = "video_id,yt8m_file,random_id,youtube_id,duration,views,labels"

Write = Callable[..., Path]


def group(steps: int = STEPS) -> dict[str, Any]:
    """The datasets of a video as its group holds them: ends of shots are exclusive."""
    starts = np.arange(0, steps, 8)
    return {
        "features": np.linspace(-2, 2, steps * 1024, dtype=np.float32).reshape(steps, 1024),
        "gtscore": np.linspace(0, 1, steps),
        "change_points": np.column_stack((starts, np.append(starts[1:], steps))),
        "gtsummary": (np.arange(steps) >= steps - 8).astype(np.float32),
    }


def rows(ids: dict[str, Any]) -> str:
    """`metadata.csv` of these videos."""
    lines = [
        f'{video},train00{n:02d},abC{n},youtube{n:04d},40,60000,"[8, 11]"' for n, video in enumerate(ids)
    ]
    return "\n".join([HEADER, *lines]) + "\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the h5 and metadata of videos 3, 5 and 12 after `change(groups)`; returns the folder."""

    def build(change: Callable[[dict[str, Any]], Any] = lambda groups: None, place: str = "") -> Path:
        groups: dict[str, Any] = {f"video_{number}": group() for number in (12, 3, 5)}
        change(groups)
        base = tmp_path / place
        base.mkdir(exist_ok=True)
        with h5py.File(base / H5, "w") as file:
            for name, datasets in groups.items():
                if isinstance(datasets, dict):
                    file.create_group(name)
                    for key, values in datasets.items():
                        file.create_dataset(f"{name}/{key}", data=values)
                else:
                    file.create_dataset(name, data=datasets)
        (base / METADATA).write_text(rows(groups), encoding="utf-8")
        return tmp_path

    return build


@pytest.mark.parametrize("place", ["", "dataset"])
def test_a_video_is_read_as_it_is_stored_with_the_ends_of_shots_made_inclusive(
    write: Write, place: str
) -> None:
    hisum = open_mr_hisum(write(place=place), "full")
    assert hisum.video_ids() == ("video_3", "video_5", "video_12")
    video, told = hisum.video("video_12"), hisum.annotations("video_12")
    assert (video.fps, video.n_frames, video.steps, video.duration) == (1.0, STEPS, STEPS, 40.0)
    assert video.change_points is not None
    assert video.change_points.tolist() == [[0, 7], [8, 15], [16, 23], [24, 31], [32, 39]]
    assert video.features["youtube8m-inception"].read().shape == (STEPS, 1024)
    assert told.grid == "picks" and told.importance is not None and told.user_summaries is not None
    assert told.importance.shape == told.user_summaries.shape == (1, STEPS)
    assert told.gtscore is not None and told.gtsummary is not None
    assert (told.importance[0] == told.gtscore).all() and told.gtsummary.dtype == np.bool_
    assert (told.user_summaries[0] == told.gtsummary).all() and told.gtsummary.sum() == 8
    assert hisum.youtube_id("video_12") == "youtube0000"


def test_the_summary_is_read_under_both_of_its_names(write: Write) -> None:
    def change(groups: dict[str, Any]) -> None:
        groups["video_3"]["gt_summary"] = groups["video_3"].pop("gtsummary")

    hisum = open_mr_hisum(write(change), "full")
    for video_id in ("video_3", "video_5"):
        assert hisum.annotations(video_id).gtsummary.sum() == 8  # type: ignore[union-attr]


def test_without_features_the_file_is_the_edition_annotations(write: Write) -> None:
    folder = write(lambda groups: [datasets.pop("features") for datasets in groups.values()])
    full, labels = open_mr_hisum(folder, "full"), open_mr_hisum(folder, "annotations")
    assert not full.status().present and full.status().missing == (f"features in {H5}",)
    assert labels.status().present == ("video_3", "video_5", "video_12")
    video = labels.video("video_5")
    assert not video.features and video.change_points is not None
    assert len(labels.fingerprint()) == 64


def test_a_video_without_features_is_not_in_the_edition_with_features(write: Write) -> None:
    folder = write(lambda groups: groups["video_5"].pop("features"))
    hisum = open_mr_hisum(folder, "full")
    assert hisum.video_ids() == hisum.status().present == ("video_3", "video_12")
    assert "video_5" in hisum.status().missing and len(hisum.status().missing) == 31_890
    with pytest.raises(UnknownSettingError, match="video_5"):
        hisum.video("video_5")


def test_the_length_is_that_of_the_steps_where_there_is_no_metadata(write: Write) -> None:
    folder = write()
    (folder / METADATA).unlink()
    hisum = open_mr_hisum(folder, "full")
    assert hisum.video("video_3").duration == STEPS and hisum.youtube_id("video_3") is None
    assert METADATA in hisum.status().missing


def _set(key: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda groups: groups["video_5"].__setitem__(key, value)


def _drop(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda groups: groups["video_5"].pop(key)


def _shots(edit: Callable[[Any], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda groups: edit(groups["video_5"]["change_points"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop("gtscore"), "video_5/gtscore: expected an array of this name, found only change_points"),
        (_drop("gtsummary"), "video_5/gt_summary: expected an array of this name"),
        (_drop("change_points"), "video_5/change_points: expected an array of this name"),
        (_set("gt_summary", np.zeros(STEPS)), "video_5: expected one summary, found both gt_summary and gts"),
        (_set("gtscore", np.zeros((1, STEPS))), r"video_5/gtscore: expected shape \(\*\)"),
        (_set("gtscore", np.full(STEPS, np.nan)), "video_5/gtscore: expected finite numbers"),
        (_set("gtscore", np.full(STEPS, 1.5)), "video_5/gtscore: expected values of at most 1"),
        (_set("gtscore", np.full(STEPS, -0.1)), "video_5/gtscore: expected values of at least 0"),
        (_set("gtscore", ["high"] * STEPS), "video_5/gtscore: expected numbers, found dtype object"),
        (_set("gtsummary", np.zeros(STEPS - 1)), r"video_5/gtsummary: expected shape \(40\)"),
        (_set("gtsummary", np.full(STEPS, 0.5)), "video_5/gtsummary: expected values 0 and 1"),
        (_set("change_points", np.zeros((0, 2))), r"video_5/change_points: expected shape \(\*, 2\)"),
        (_set("change_points", np.arange(4)), r"video_5/change_points: expected shape \(\*, 2\)"),
        (_set("change_points", np.array([[0, 20.5], [20.5, 40]])), "change_points: expected whole numbers"),
        (_shots(lambda s: s.__setitem__((-1, 1), 39)), "expected ends that are exclusive, the last one 40"),
        (_shots(lambda s: s.__setitem__((-1, 1), 44)), "change_points .*: expected shots from 0 to 39"),
        (_shots(lambda s: s.__setitem__((0, 0), 1)), "change_points .*: expected shots from 0 to 39"),
        (_shots(lambda s: s.__setitem__((2, 0), 18)), "change_points .*: expected contiguous shots"),
        (_shots(lambda s: s.__setitem__((2, 0), 14)), "change_points .*: expected contiguous shots"),
        (_set("features", np.zeros((STEPS - 1, 1024))), r"features: expected shape \(40, 1024\), a row a la"),
        (_set("features", np.zeros((STEPS, 1152))), r"features: expected shape \(40, 1024\), a row a label"),
    ],
)
def test_a_group_of_another_layout_is_refused_with_video_and_dataset(
    write: Write, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    hisum = open_mr_hisum(write(change), "full")
    with pytest.raises(DataDamagedError, match=message) as caught:
        hisum.video("video_5")
    assert "video_5" in caught.value.message and H5 in caught.value.message
    assert hisum.video("video_3").steps == STEPS


def test_features_that_are_no_numbers_are_refused_when_they_are_read(write: Write) -> None:
    values = group()["features"]
    values[7, 3] = np.inf
    hisum = open_mr_hisum(write(_set("features", values)), "full")
    with pytest.raises(DataDamagedError, match=r"video_5/features: expected finite numbers, found inf at"):
        hisum.video("video_5").features["youtube8m-inception"].read()


@pytest.mark.parametrize(
    "name", ["video_0", "video_007", "video_31893", "video_५", "Video_7", "video_7 ", "readme"]
)
def test_a_group_that_is_no_video_of_the_dataset_is_refused(write: Write, name: str) -> None:
    hisum = open_mr_hisum(write(lambda groups: groups.update({name: group()})), "full")
    with pytest.raises(DataDamagedError, match="expected groups video_1 to video_31892"):
        hisum.video_ids()
    assert hisum.status().problems and not hisum.status().present


def test_an_array_in_place_of_a_group_is_refused(write: Write) -> None:
    hisum = open_mr_hisum(write(lambda groups: groups.update(video_7=np.zeros(3))), "annotations")
    with pytest.raises(DataDamagedError, match="video_7: expected a group of this name, found an array"):
        hisum.video("video_7")


@pytest.mark.parametrize("content", [b"", b"not found", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_file_that_is_no_hdf5_is_refused_by_name(write: Write, content: bytes) -> None:
    folder = write()
    (folder / H5).write_bytes(content)
    hisum = open_mr_hisum(folder, "full")
    with pytest.raises(DataDamagedError, match=r"mr_hisum\.h5: expected an HDF5 file"):
        hisum.video_ids()
    assert hisum.status().problems
    (folder / H5).unlink()
    assert hisum.status().missing == (H5,)
    with pytest.raises(DataMissingError, match=r"mr_hisum\.h5 does not exist"):
        open_mr_hisum(folder, "full").fingerprint()


def test_a_truncated_file_is_refused_wherever_it_ends(write: Write) -> None:
    folder = write()
    whole = (folder / H5).read_bytes()
    for share in (0.001, 0.2, 0.5, 0.9, 0.999):
        (folder / H5).write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(DataDamagedError, match=r"mr_hisum\.h5"):
            open_mr_hisum(folder, "full").video("video_12").features["youtube8m-inception"].read()


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", DataDamagedError, "line 1: expected the columns video_id"),
        (b"\xff\xfe\x00", DataDamagedError, "expected CSV in UTF-8"),
        (b"video_id,duration\nvideo_3,40\n", DataDamagedError, "line 1: .* found no yt8m_file, random_id"),
        (f"{HEADER}\nvideo_5,a,b\n".encode(), DataDamagedError, "line 2: expected 7 cells, found 3"),
        (
            f"{HEADER}\nvideo_5,a,b,c,long,9,[]\n".encode(),
            DataDamagedError,
            "line 2, duration: expected a po",
        ),
        (
            f"{HEADER}\nvideo_5,a,b,c,-3,9,[]\n".encode(),
            DataDamagedError,
            "line 2, duration: expected a posi",
        ),
        (
            f"{HEADER}\nvideo_5,a,b,c,nan,9,[]\n".encode(),
            DataDamagedError,
            "line 2, duration: expected a pos",
        ),
        (
            f"{HEADER}\nvideo_5,a,b,c,90,9,[]\n".encode(),
            DataDamagedError,
            "video_5, duration: expected about",
        ),
        (f"{HEADER}\nvideo_3,a,b,c,40,9,[]\n".encode(), DataDamagedError, "expected a row of video_5, found"),
        (
            f"{HEADER}\nvideo_5,a,b,c,40,9,[]\nvideo_5,a,b,c,40,9,[]\n".encode(),
            DuplicateIdError,
            "line 3: video id 'video_5' stands twice",
        ),
    ],
)
def test_metadata_that_do_not_fit_are_refused_by_line(
    write: Write, content: bytes, error: type[Exception], message: str
) -> None:
    folder = write()
    (folder / METADATA).write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        open_mr_hisum(folder, "full").video("video_5")
    assert METADATA in str(caught.value)


def test_metadata_with_the_index_of_a_table_in_front_are_read(write: Write) -> None:
    folder = write()
    lines = (folder / METADATA).read_text(encoding="utf-8").splitlines()
    text = "\n".join(f"{'' if not n else n - 1},{line}" for n, line in enumerate(lines))
    (folder / METADATA).write_text(text, encoding="utf-8")
    assert open_mr_hisum(folder, "full").youtube_id("video_3") == "youtube0001"


def test_the_official_division_needs_no_file_and_one_that_divides_otherwise_is_refused(write: Write) -> None:
    folder = write()
    (fold,) = open_mr_hisum(folder, "full").folds("official")
    assert [len(part) for part in (fold.train, fold.validation, fold.test)] == [27_892, 2_000, 2_000]
    assert folds_digest((fold,)) == DIGEST
    stored = {"train_keys": fold.train, "val_keys": fold.validation, "test_keys": fold.test}
    (folder / SPLIT).write_text(json.dumps(stored), encoding="utf-8")
    assert open_mr_hisum(folder, "full").folds("official") == (fold,)
    stored = {"train_keys": fold.train, "val_keys": fold.test, "test_keys": fold.validation}
    (folder / SPLIT).write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(DataDamagedError, match=r"mr_hisum_split\.json: expected the published division"):
        open_mr_hisum(folder, "full").folds("official")
    with pytest.raises(UnknownSettingError, match="mr-hisum split set 'random' is not known"):
        open_mr_hisum(folder, "full").folds("random")


def test_the_fingerprint_follows_labels_and_features(write: Write) -> None:
    changes = [_set("gtscore", np.full(STEPS, 0.5)), _set("features", np.ones((STEPS, 1024), np.float32))]
    whole = open_mr_hisum(write(), "full").fingerprint()
    assert open_mr_hisum(write(), "full").fingerprint() == whole
    assert len({whole, *(open_mr_hisum(write(change), "full").fingerprint() for change in changes)}) == 3


def test_the_stored_division_is_that_of_the_real_file(shared_data: Path) -> None:
    stored = json.loads((shared_data / "mr_hisum" / SPLIT).read_text(encoding="utf-8"))
    fold = official_fold()
    for part, key in ((fold.train, "train_keys"), (fold.validation, "val_keys"), (fold.test, "test_keys")):
        assert set(part) == set(stored[key]) and len(part) == len(stored[key])
