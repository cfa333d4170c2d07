"""SumMe's reader on tiny files in the real layout, whole and damaged."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from vsumbench_datasets.summe.reader import open_summe
from vsumbench_datasets.summe.spec import SUMME
from vsumbench_datasets.summe.splits import NAMES

from vsumbench.data import folds_digest
from vsumbench.errors import DataDamagedError, DataMissingError, UnknownSettingError, VsumbenchError

Write = Callable[..., Path]
JUMPS = "video_12"


def test_a_video_is_read_as_it_is_stored(write_ground_truth: Write) -> None:
    summe = open_summe(write_ground_truth(), "annotations")
    video, told = summe.video(JUMPS), summe.annotations(JUMPS)
    assert (video.n_frames, video.fps, video.duration) == (60, 25.0, 2.4)
    assert video.picks.tolist() == [0, 15, 30, 45]
    assert video.change_points is None and not video.features
    assert told.importance is not None and told.user_summaries is not None
    assert told.importance.shape == told.user_summaries.shape == (15, 60)
    assert told.importance[2, 2] == 3.0 and told.user_summaries[2].sum() == 8
    assert summe.name(JUMPS) == "Jumps"


def test_what_is_missing_is_listed_and_the_rest_stays_readable(write_ground_truth: Write) -> None:
    summe = open_summe(write_ground_truth(), "annotations")
    status = summe.status()
    assert status.present == summe.video_ids() == (JUMPS,)
    assert len(status.missing) == 24 and status.missing[0] == "video_1 (GT/Air_Force_One.mat)"
    with pytest.raises(DataMissingError, match=r"Air_Force_One\.mat does not exist"):
        summe.video("video_1")


def test_an_empty_file_is_a_problem_and_not_present(write_ground_truth: Write) -> None:
    folder = write_ground_truth()
    (folder / "GT" / "Jumps.mat").write_bytes(b"")
    status = open_summe(folder, "annotations").status()
    assert status.present == () and "Jumps.mat is empty" in status.problems[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user_score": None}, "user_score: expected a variable of this name"),
        ({"gt_score": None}, "gt_score: expected a variable of this name"),
        ({"FPS": None}, "FPS: expected a variable of this name"),
        (
            {"user_score": np.zeros((15, 60), np.uint8)},
            r"user_score: expected shape \(60, \*\), found shape \(15, 60\)",
        ),
        ({"user_score": np.zeros((60, 14), np.uint8)}, r"gt_score: expected the mean over the 14 annotators"),
        ({"user_score": np.zeros((60, 0), np.uint8)}, r"user_score: expected shape \(60, \*\)"),
        ({"user_score": np.full((60, 15), -1.0)}, "user_score: expected values of at least 0"),
        ({"user_score": np.full((60, 15), np.nan)}, "user_score: expected finite numbers"),
        ({"user_score": np.full((60, 15), 0.5)}, "user_score: expected whole numbers"),
        ({"user_score": "words"}, "user_score"),
        ({"gt_score": np.zeros((59, 1))}, r"gt_score: expected shape \(60, 1\)"),
        ({"nFrames": np.uint16(61)}, "user_score"),
        ({"nFrames": np.float64(60.5)}, "nFrames: expected a positive whole number"),
        ({"FPS": np.float64(0)}, "FPS: expected a positive number"),
        ({"FPS": np.array([25.0, 30.0])}, "FPS: expected one number"),
        ({"video_duration": np.float64(np.inf)}, "video_duration: expected finite numbers"),
    ],
)
def test_a_file_of_another_layout_is_refused_with_file_and_key(
    write_ground_truth: Write, changes: dict[str, Any], message: str
) -> None:
    summe = open_summe(write_ground_truth(**changes), "annotations")
    with pytest.raises(DataDamagedError, match=message) as caught:
        summe.annotations(JUMPS)
    assert "Jumps.mat" in caught.value.message


def test_a_text_file_named_mat_is_refused(write_ground_truth: Write) -> None:
    folder = write_ground_truth()
    (folder / "GT" / "Jumps.mat").write_text("<html>404 not found</html>" * 40)
    with pytest.raises(DataDamagedError, match=r"Jumps\.mat: expected a MATLAB v5 file"):
        open_summe(folder, "annotations").video(JUMPS)


def test_a_v73_file_in_place_of_a_v5_file_is_refused(write_ground_truth: Write) -> None:
    folder = write_ground_truth()
    with h5py.File(folder / "GT" / "Jumps.mat", "w", userblock_size=512) as file:
        file["user_score"] = np.zeros((60, 15))
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    with (folder / "GT" / "Jumps.mat").open("r+b") as stream:
        stream.write(header)
    with pytest.raises(DataDamagedError, match=r"a MATLAB v7\.3 \(HDF5\) file"):
        open_summe(folder, "annotations").video(JUMPS)


@pytest.mark.parametrize("compress", [False, True])
def test_a_truncated_file_is_refused_wherever_it_ends(write_ground_truth: Write, compress: bool) -> None:
    folder = write_ground_truth(compress=compress)
    path = folder / "GT" / "Jumps.mat"
    whole = path.read_bytes()
    for length in range(1, len(whole) - 8, max(1, len(whole) // 60)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataDamagedError, match=r"Jumps\.mat"):
            open_summe(folder, "annotations").annotations(JUMPS)


def test_flipped_bytes_never_end_in_anything_but_a_named_error(write_ground_truth: Write) -> None:
    folder = write_ground_truth(compress=True)
    path = folder / "GT" / "Jumps.mat"
    whole = path.read_bytes()
    dice, refused = random.Random(5), 0
    for _ in range(60):
        changed = bytearray(whole)
        changed[dice.randrange(128, len(whole))] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        try:
            open_summe(folder, "annotations").annotations(JUMPS)
        except VsumbenchError as error:
            assert "Jumps.mat" in error.message
            refused += 1
    assert refused > 30


def test_an_order_file_that_disagrees_is_refused(write_ground_truth: Write) -> None:
    folder = write_ground_truth()
    names = list(NAMES)
    names[0], names[1] = names[1], names[0]
    with h5py.File(folder / "SumMe_data.mat", "w") as file:
        column = file.create_dataset("nameVid", (25, 1), dtype=h5py.ref_dtype)
        for index, name in enumerate(names):
            units = np.array([[ord(c)] for c in f"{name}.mat"], dtype=np.uint16)
            column[index, 0] = file.create_dataset(f"#refs#/{index}", data=units).ref
    with pytest.raises(
        DataDamagedError, match=r"nameVid\[0\]: expected 'Air_Force_One', found 'Base jumping'"
    ):
        open_summe(folder, "annotations").video_ids()


def test_folds_are_complete_without_any_file_and_have_the_declared_digests(tmp_path: Path) -> None:
    summe = open_summe(tmp_path, "annotations")
    for split in SUMME.split_sets:
        folds = summe.folds(split.id)
        assert folds_digest(folds) == split.digest
        assert len({video for fold in folds for video in fold.test}) == split.official_videos
        for fold in folds:
            assert not set(fold.train) & set(fold.test)
    assert sorted(v for fold in summe.folds("canonical-nonoverlap") for v in fold.test) == sorted(summe.ids)


def test_unknown_split_sets_and_videos_are_named(tmp_path: Path) -> None:
    summe = open_summe(tmp_path, "annotations")
    with pytest.raises(UnknownSettingError, match="canonical-redraw"):
        summe.folds("canonical-redrawn")
    with pytest.raises(UnknownSettingError, match="video_99"):
        summe.video("video_99")


def test_the_fingerprint_follows_content_and_presence(write_ground_truth: Write) -> None:
    folder = write_ground_truth()
    first = open_summe(folder, "annotations").fingerprint()
    assert open_summe(folder, "annotations").fingerprint() == first
    write_ground_truth("Cooking")
    second = open_summe(folder, "annotations").fingerprint()
    write_ground_truth("Cooking", FPS=np.float64(15.0))
    assert len({first, second, open_summe(folder, "annotations").fingerprint()}) == 3
