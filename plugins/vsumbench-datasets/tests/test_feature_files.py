"""Loaders of given I3D and VGGish files: rows to picks by time, and files that are not as they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extraction_helpers import all_rows, context
from numpy.typing import NDArray
from vsumbench_datasets.extractors.given import (
    build_i3d,
    build_vggish,
    find_i3d,
    find_vggish,
    nearest_rows,
)

from vsumbench.contracts import Video
from vsumbench.data.features import FeatureCache
from vsumbench.errors import DataDamagedError, DataMissingError, UnavailableError, UsageError
from vsumbench.plugins import default_plugins
from vsumbench.running.extracting import extracted, extraction_context, prepare_extractor


def video(video_id: str = "jump", duration: float = 35.155, fps: float = 30.0, every: int = 15) -> Video:
    """Without frames: two steps a second of a video of this length."""
    frames = int(duration * fps)
    return Video(
        id=video_id,
        duration=duration,
        fps=fps,
        n_frames=frames,
        picks=np.arange(0, frames, every, dtype=np.int64),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Row k of `rgb` is all k, of `flow` all k + 0.5, of `vggish` all k + 0.25."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name, rows, width, more in (
        ("rgb", 14, 1024, 0.0),
        ("flow", 14, 1024, 0.5),
        ("vggish", 36, 128, 0.25),
    ):
        values = np.repeat(np.arange(rows, dtype=np.float32)[:, None] + np.float32(more), width, axis=1)
        np.save(folder / f"jump_{name}.npy", values)
    return folder


def test_a_time_gets_the_row_whose_centre_is_nearest() -> None:
    # Four rows over 8 s have their centres at 1, 3, 5 and 7 s.
    times = np.array([0.0, 0.9, 1.9, 2.1, 3.0, 4.1, 6.9, 7.9, 8.0])
    assert nearest_rows(times, 8.0, 4).tolist() == [0, 0, 0, 1, 1, 2, 3, 3, 3]
    by_distance = np.abs(times[:, None] - (np.arange(4) + 0.5) * 2).argmin(axis=1)
    assert nearest_rows(times, 8.0, 4).tolist() == by_distance.tolist()


def test_half_way_between_two_centres_the_earlier_row_is_taken() -> None:
    assert nearest_rows(np.array([2.0, 4.0, 6.0]), 8.0, 4).tolist() == [0, 1, 2]


def test_a_single_row_serves_every_time_and_times_past_the_end_get_the_last() -> None:
    assert nearest_rows(np.array([0.0, 3.0, 99.0]), 8.0, 1).tolist() == [0, 0, 0]
    assert nearest_rows(np.array([-1.0, 99.0]), 8.0, 4).tolist() == [0, 3]


def test_where_there_are_as_many_rows_as_seconds_second_k_gets_row_k() -> None:
    assert nearest_rows(np.arange(6) + 0.5, 6.0, 6).tolist() == list(range(6))


def test_both_streams_stand_side_by_side_rgb_first(folder: Path) -> None:
    of = video()
    rows = all_rows(build_i3d(context(), str(folder)), of)
    assert rows.shape == (of.steps, 2048) and rows.dtype == np.float32
    expected = np.abs(of.pick_times[:, None] - (np.arange(14) + 0.5) * 35.155 / 14).argmin(axis=1)
    np.testing.assert_array_equal(rows[:, 0], expected)
    np.testing.assert_array_equal(rows[:, 1024], expected + 0.5)


@pytest.mark.parametrize(("stream", "more"), [("rgb", 0.0), ("flow", 0.5)])
def test_one_stream_can_be_read_alone(folder: Path, stream: str, more: float) -> None:
    of = video()
    rows = all_rows(build_i3d(context(), f"{folder},{stream}"), of)
    assert rows.shape == (of.steps, 1024) and rows[0, 0] == more


def test_sound_follows_the_same_rule(folder: Path) -> None:
    of = video()
    rows = all_rows(build_vggish(context(), str(folder)), of)
    expected = np.abs(of.pick_times[:, None] - (np.arange(36) + 0.5) * 35.155 / 36).argmin(axis=1)
    np.testing.assert_array_equal(rows, np.repeat(expected[:, None] + 0.25, 128, axis=1).astype(np.float32))


def test_times_of_a_variable_frame_rate_are_used_as_they_are(folder: Path) -> None:
    of = replace(video(), times=np.linspace(30.0, 35.0, video().steps))
    rows = all_rows(build_i3d(context(), f"{folder},rgb"), of)
    assert set(rows[:, 0].astype(int)) == {11, 12, 13}


def test_names_and_sizes_are_known_beforehand_and_frames_are_not_needed(folder: Path, tmp_path: Path) -> None:
    plugins = default_plugins()
    for name, feature, width in (
        (f"i3d[{folder}]", "i3d", 2048),
        (f"i3d[{folder},rgb]", "i3d-rgb", 1024),
        (f"i3d[{folder},flow]", "i3d-flow", 1024),
        (f"vggish[{folder}]", "vggish", 128),
    ):
        spec = plugins.extractor(name)
        extraction = prepare_extractor(plugins, spec, extraction_context(plugins, "cpu"))
        assert (extraction.output.name, extraction.output.shape) == (feature, (width,))
        cache = FeatureCache(tmp_path / "cache")
        assert extracted(video(), extraction, cache).read().shape == (video().steps, width)
        assert cache.files() == []


def test_the_identity_follows_the_files_of_that_kind_alone(folder: Path) -> None:
    before = find_i3d(f"{folder},rgb").sha256()
    np.save(folder / "jump_flow.npy", np.zeros((14, 1024), np.float32))
    (folder / "notes.txt").write_text("x")
    assert find_i3d(f"{folder},rgb").sha256() == before
    assert find_i3d(str(folder)).sha256() != before != find_vggish(str(folder)).sha256()
    np.save(folder / "more_rgb.npy", np.zeros((3, 1024), np.float32))
    assert find_i3d(f"{folder},rgb").sha256() != before


def save(array: Any) -> Callable[[Path], None]:
    return lambda path: np.save(path, array, allow_pickle=True)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def text(path: Path) -> None:
    path.write_text("0 1 2")


def archive(path: Path) -> None:
    with path.open("wb") as stream:
        np.savez(stream, a=np.zeros(3))


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (cut, "an npy file"),
        (text, "an npy file"),
        (archive, "an archive of several"),
        (lambda path: path.write_bytes(b""), "an npy file"),
        (save(np.array([{}], dtype=object)), "an npy file"),
        (save(np.zeros((14, 1024))), "expected dtype float32, found dtype float64"),
        (save(np.zeros((14, 512), np.float32)), "expected shape (*, 1024), found shape (14, 512)"),
        (save(np.zeros((0, 1024), np.float32)), "found shape (0, 1024)"),
        (save(np.zeros(1024, np.float32)), "found shape (1024,)"),
        (save(np.full((14, 1024), np.nan, np.float32)), "expected finite numbers"),
        (save(np.zeros((13, 1024), np.float32)), "13 in jump_rgb.npy, 14 in jump_flow.npy"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    folder: Path, damage: Callable[[Path], None], expected: str
) -> None:
    damage(folder / "jump_rgb.npy")
    with pytest.raises(DataDamagedError) as raised:
        all_rows(build_i3d(context(), str(folder)), video())
    assert expected in raised.value.message and str(folder) in raised.value.message


@pytest.mark.parametrize("video_id", ["walk", "../given/jump"])
def test_a_video_without_files_is_named(folder: Path, video_id: str) -> None:
    with pytest.raises(DataMissingError, match="the features of video"):
        all_rows(build_vggish(context(), str(folder)), video(video_id))


def test_a_folder_or_stream_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(UnavailableError, match="'/nowhere' is not there"):
        find_vggish("/nowhere")
    with pytest.raises(UsageError, match="'depth' is no stream"):
        find_i3d(f"{folder},depth")


def test_real_files_are_read(shared_data: Path) -> None:
    folder = shared_data / "features_sample"
    if not folder.is_dir():
        pytest.skip("no sample of feature files here")
    of = video("women_long_jump")
    rgb, flow, sound = (np.load(folder / f"women_long_jump_{name}.npy") for name in ("rgb", "flow", "vggish"))
    assert rgb.shape == flow.shape == (14, 1024) and sound.shape == (36, 128)
    both: NDArray[np.float32] = all_rows(build_i3d(context(), str(folder)), of)
    assert both.shape == (of.steps, 2048)
    np.testing.assert_array_equal(both[0], np.concatenate((rgb[0], flow[0])))
    np.testing.assert_array_equal(both[-1], np.concatenate((rgb[-1], flow[-1])))
    np.testing.assert_array_equal(all_rows(build_vggish(context(), str(folder)), of)[-1], sound[-1])
