"""TVSum's reader on a tiny file in the real layout, whole and damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vsumbench_datasets.tvsum.reader import open_tvsum
from vsumbench_datasets.tvsum.spec import TVSUM

from vsumbench.data import folds_digest
from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError

Write = Callable[..., Path]


def test_a_video_is_read_as_it_is_stored(write_tvsum: Write) -> None:
    tvsum = open_tvsum(write_tvsum(), "annotations")
    video, told = tvsum.video("video_3"), tvsum.annotations("video_3")
    assert (video.n_frames, video.duration, video.fps) == (42, 4.0, 10.5)
    assert video.picks.tolist() == [0, 15, 30]
    assert told.importance is not None and told.importance.shape == (20, 42)
    assert told.user_summaries is None and told.annotators == 20
    assert tvsum.name("video_3") == "youtube0002" and len(tvsum.video_ids()) == 50


def test_videos_stand_in_the_order_of_their_numbers_and_not_of_letters(write_tvsum: Write) -> None:
    tvsum = open_tvsum(write_tvsum(), "annotations")
    assert tvsum.video_ids() == tuple(f"video_{number}" for number in range(1, 51))
    assert tvsum.folds("all")[0].test == tvsum.video_ids()


def _at(key: str, index: int, value: Any) -> Callable[[str, int, Any], Any]:
    def change(found: str, where: int, array: Any) -> Any:
        if (found, where) != (key, index):
            return array
        return value(array) if callable(value) else value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_at("user_anno", 4, lambda a: a[:19]), r"user_anno\[4\] \(video_5\): expected shape \(20, 44\)"),
        (_at("user_anno", 4, lambda a: a.T), r"user_anno\[4\] \(video_5\): expected shape \(20, 44\)"),
        (_at("user_anno", 4, lambda a: a[:, :-1]), r"user_anno\[4\] \(video_5\): expected shape"),
        (_at("user_anno", 4, lambda a: a - 1), r"expected values of at least 1"),
        (_at("user_anno", 4, lambda a: a * 2), r"expected values of at most 5"),
        (_at("user_anno", 4, lambda a: np.where(a == 5, np.nan, a)), "expected finite numbers"),
        (_at("user_anno", 4, lambda a: a * 0 + 4), "ratings whose mean is gt_score"),
        (_at("gt_score", 4, lambda a: a[:, 1:]), r"gt_score\[4\] \(video_5\): expected shape \(1, 44\)"),
        (_at("nframes", 4, lambda a: a + 0.5), r"nframes\[4\]: expected a positive whole number"),
        (_at("length", 4, lambda a: a * 0), r"length\[4\]: expected a positive number"),
        (lambda key, index, array: None if key == "user_anno" else array, "user_anno: expected a cell array"),
    ],
)
def test_a_file_of_another_layout_is_refused_with_file_and_key(
    write_tvsum: Write, change: Callable[[str, int, Any], Any], message: str
) -> None:
    tvsum = open_tvsum(write_tvsum(change), "annotations")
    with pytest.raises(DataDamagedError, match=message) as caught:
        tvsum.annotations("video_5")
    assert "ydata-tvsum50.mat" in caught.value.message


def test_another_number_of_videos_is_refused(write_tvsum: Write) -> None:
    with pytest.raises(DataDamagedError, match=r"expected shape \(50, 1\), found shape \(49, 1\)"):
        open_tvsum(write_tvsum(videos=49), "annotations").video_ids()


def test_a_name_that_stands_twice_is_refused(write_tvsum: Write) -> None:
    twice = np.array([[ord(c)] for c in "youtube0001"], dtype=np.uint16)
    with pytest.raises(DuplicateIdError, match="youtube0001"):
        open_tvsum(write_tvsum(_at("video", 7, twice)), "annotations").video_ids()


def test_text_empty_and_truncated_files_are_refused_by_name(write_tvsum: Write) -> None:
    folder = write_tvsum()
    path = folder / "ydata-tvsum50.mat"
    whole = path.read_bytes()
    for content in (b"not found", whole[:600], whole[: len(whole) // 2], whole[:-100]):
        path.write_bytes(content)
        with pytest.raises(
            DataDamagedError, match=r"ydata-tvsum50\.mat: expected a MATLAB v7\.3 \(HDF5\) file"
        ):
            open_tvsum(folder, "annotations").annotations("video_1")
    path.write_bytes(b"")
    assert open_tvsum(folder, "annotations").status().problems
    path.unlink()
    assert open_tvsum(folder, "annotations").status().missing == ("ydata-tvsum50.mat",)
    with pytest.raises(DataMissingError):
        open_tvsum(folder, "annotations").video_ids()


def test_folds_have_the_declared_digests(tmp_path: Path) -> None:
    tvsum = open_tvsum(tmp_path, "annotations")
    for split in TVSUM.split_sets:
        folds = tvsum.folds(split.id)
        assert folds_digest(folds) == split.digest
        assert len({video for fold in folds for video in fold.test}) == split.official_videos
    assert sorted(v for fold in tvsum.folds("canonical-nonoverlap") for v in fold.test) == sorted(tvsum.ids)
