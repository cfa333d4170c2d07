"""Frames by streaming: the right ones, the same ones whichever way, from files that are always closed."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moving_clips import TUNED, clip, likeness, moving, plain

from vsumbench.contracts import Frame, TimedText
from vsumbench.data.digests import sha256_file
from vsumbench.data.video import Sampling, open_video, probe, stream_frames
from vsumbench.data.video.decoding import plan
from vsumbench.errors import MismatchError, OptionValueError

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "h264.mp4": ("libx264", {}),
    "h264.mkv": ("libx264", {}),
    "h264-open-gop.mp4": ("libx264", {"options": TUNED["open-gop"]}),
    "hevc.mp4": ("libx265", {}),
    "hevc-open-gop.mkv": ("libx265", {"options": TUNED["hevc-open-gop"]}),
    "mpeg4-b-frames.mkv": ("mpeg4", {}),
    "mpeg4.avi": ("mpeg4", {}),
    "h264.avi": ("libx264", {}),
    "h264.ts": ("libx264", {}),
    "vp8-hidden-frames.webm": ("libvpx", {"options": TUNED["alt-ref"]}),
    "vp9.webm": ("libvpx-vp9", {"options": TUNED["alt-ref"]}),
    "mpeg2-b-frames.mkv": ("mpeg2video", {"options": {"bf": "2", "b": "2M"}}),
    "ffv1-rgb.mkv": ("ffv1", {"pixel_format": "bgr0"}),
    "mjpeg.mov": ("mjpeg", {"pixel_format": "yuvj420p"}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest, folder: Path) -> Path:
    codec, settings = FORMS[request.param]
    return clip(folder / request.param, 90, codec=codec, gop=20, **settings)


LIKE = 16
"""Decibels: colour is stored at half the size, which the texture of the clips shows."""


def same(one: list[Frame], other: list[Frame]) -> bool:
    return len(one) == len(other) and all(
        a.index == b.index and a.time == b.time and np.array_equal(a.pixels, b.pixels)
        for a, b in zip(one, other, strict=True)
    )


def test_all_frames_are_those_of_a_plain_pyav_loop_in_order(form: Path) -> None:
    frames = list(stream_frames(form))
    assert [frame.index for frame in frames] == list(range(90))
    expected = plain(form)
    assert len(expected) == 90
    assert all(np.array_equal(frame.pixels, pixels) for frame, pixels in zip(frames, expected, strict=True))
    drawn = list(moving(90))
    assert min(likeness(frame.pixels, drawn[frame.index]) for frame in frames[::9]) > LIKE


@pytest.mark.parametrize("picks", [range(0, 90, 45), range(19, 90, 20), (89,), range(70, 90), (5, 6, 61)])
def test_jumps_give_the_frames_that_decoding_from_the_start_gives(form: Path, picks: Any) -> None:
    info, wanted = probe(form), list(picks)
    sequential = list(stream_frames(form, wanted, info=info, method="sequential"))
    assert [frame.index for frame in sequential] == wanted
    assert same(list(stream_frames(form, wanted, info=info)), sequential)


def test_a_jump_is_made_where_key_frames_are_near_and_only_there(folder: Path) -> None:
    dense = probe(clip(folder / "dense.mp4", 90, gop=15, options={"x264-params": "scenecut=0:threads=1"}))
    assert dense.keyframes.tolist() == dense.packets.entries.tolist() == [0, 15, 30, 45, 60, 75]
    parts = plan(dense, np.array([0, 31, 32, 77]))
    assert [(entry, part.tolist()) for entry, part in parts] == [(None, [0]), (2, [31, 32]), (5, [77])]
    sparse = probe(clip(folder / "sparse.mp4", 90, gop=250, options={"x264-params": "scenecut=0:threads=1"}))
    assert [entry for entry, _ in plan(sparse, np.arange(0, 90, 30))] == [None]
    every = plan(dense, np.arange(90))
    assert [entry for entry, _ in every] == [None]


def test_a_container_that_leads_elsewhere_costs_time_and_no_frame(folder: Path) -> None:
    from dataclasses import replace

    path = clip(folder / "misled.mp4", 90, gop=15, options={"x264-params": "scenecut=0:threads=1"})
    info = probe(path)
    wanted = [0, 35, 80]
    right = list(stream_frames(path, wanted, info=info, method="sequential"))
    for ticks in (
        info.packets.entry_ticks[::-1],
        info.packets.entry_ticks * 0,
        info.packets.entry_ticks + 10**6,
    ):
        misled = replace(info, packets=replace(info.packets, entry_ticks=ticks))
        assert same(list(stream_frames(path, wanted, info=misled)), right)


def test_a_recovery_point_of_an_open_gop_is_no_entry(folder: Path) -> None:
    info = probe(clip(folder / "open.mp4", 90, gop=20, options=TUNED["open-gop"]))
    assert len(info.keyframes) >= 4 and info.packets.entries.tolist() == [0]


def test_threads_change_no_pixel(folder: Path) -> None:
    path = clip(folder / "threads.mp4", 60)
    assert same(list(stream_frames(path, threads=3)), list(stream_frames(path)))


@pytest.mark.parametrize(("rotation", "turns"), [(90, -1), (180, 2), (270, 1)])
def test_frames_are_turned_as_they_are_shown(folder: Path, rotation: int, turns: int) -> None:
    for suffix in ("mp4", "mkv"):
        path = clip(folder / f"turned{rotation}.{suffix}", 20, rotation=rotation)
        info, frame = probe(path), next(stream_frames(path))
        size = (96, 64) if rotation == 180 else (64, 96)
        assert (info.rotation, info.width, info.height) == (rotation, *size)
        assert frame.pixels.shape == (*size[::-1], 3) and frame.pixels.flags.c_contiguous
        assert likeness(np.rot90(next(moving(1)), turns), frame.pixels) > LIKE


def test_a_mirrored_picture_is_mirrored_back(folder: Path) -> None:
    import av

    path = folder / "mirrored.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(-90, hflip=True)
        for number, pixels in enumerate(moving(5)):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    info, frame = probe(path), next(stream_frames(path))
    assert info.mirrored and frame.pixels.shape == (96, 64, 3)
    drawn = next(moving(1))
    # Mirrored after the turn, as the encoder was told.
    assert likeness(np.rot90(drawn, -1)[:, ::-1], frame.pixels) > LIKE


@pytest.mark.parametrize(
    ("size", "codec", "pixel_format", "suffix"),
    [
        ((99, 57), "libx264", "yuv444p", "mp4"),
        ((99, 57), "ffv1", "yuv420p", "mkv"),
        ((2, 2), "libx264", "yuv420p", "mp4"),
        ((1, 1), "ffv1", "bgr0", "mkv"),
        ((16, 400), "libx264", "yuv420p", "mp4"),
        ((96, 64), "libx264", "gray", "mp4"),
        ((96, 64), "libx264", "yuv420p10le", "mkv"),
        ((96, 64), "libx264", "yuv422p", "mkv"),
        ((96, 64), "ffv1", "gray16le", "mkv"),
        ((96, 64), "ffv1", "bgra", "mkv"),
        ((96, 64), "png", "rgb24", "mov"),
        ((96, 64), "rawvideo", "rgb24", "nut"),
    ],
)
def test_odd_sizes_and_pixel_formats_give_rgb_of_the_shown_size(
    folder: Path, size: tuple[int, int], codec: str, pixel_format: str, suffix: str
) -> None:
    path = folder / f"{codec}-{pixel_format}-{size[0]}x{size[1]}.{suffix}"
    clip(path, 6, codec=codec, pixel_format=pixel_format, size=size)
    info, frames = probe(path), list(stream_frames(path))
    assert (info.width, info.height, len(frames)) == (*size, 6)
    for frame, drawn in zip(frames, moving(6, *size), strict=True):
        assert frame.pixels.shape == (size[1], size[0], 3) and frame.pixels.dtype == np.uint8
        if "gray" in pixel_format:
            assert (np.ptp(frame.pixels, axis=2) == 0).all()
        elif min(size) > 2:
            assert likeness(frame.pixels, drawn) > LIKE


def test_pixels_belong_to_the_reader_alone(folder: Path) -> None:
    path = clip(folder / "raw.nut", 6, codec="rawvideo", pixel_format="rgb24")
    for each in (path, clip(folder / "owned.mkv", 6, codec="ffv1", pixel_format="bgr0")):
        kept: list[Frame] = []
        for frame in stream_frames(each):
            kept.append(frame)
            frame.pixels[:] = 0
        assert not any(frame.pixels.any() for frame in kept)
        assert all(
            np.array_equal(frame.pixels, drawn)
            for frame, drawn in zip(stream_frames(each), moving(6), strict=True)
        )


def test_a_video_gives_the_same_frames_streamed_and_by_steps(folder: Path) -> None:
    path = clip(folder / "video.mp4", 100, gop=10)
    words = (TimedText(start=0, end=1, text="Words."),)
    shots = np.array([[0, 49], [50, 99]])
    video = open_video(path, id="one", sampling=Sampling("fps", 5), change_points=shots, text=words)
    assert (video.id, video.n_frames, video.fps, video.duration, video.steps) == ("one", 100, 25, 4.0, 20)
    assert video.text == words and video.change_points is shots and video.times is None
    assert video.frames is not None and video.source is not None
    whole = list(video.frames())
    assert [frame.index for frame in whole] == video.picks.tolist() == list(range(0, 100, 5))
    assert [frame.time for frame in whole] == pytest.approx(video.pick_times.tolist())
    assert same(list(video.sampled_frames([0, 7, 19])), [whole[0], whole[7], whole[19]])
    assert list(video.sampled_frames([])) == []
    assert video.source() == sha256_file(path)
    assert same(list(video.frames()), whole)


@pytest.mark.parametrize("picks", [[3, 3], [5, 2], [-1, 2], [10], [[1, 2]]])
def test_picks_that_cannot_be_are_refused(folder: Path, picks: Any) -> None:
    path = clip(folder / "ten.mp4", 10)
    with pytest.raises(MismatchError, match=r"ten\.mp4"):
        list(stream_frames(path, picks))


def test_no_picks_are_no_frames(folder: Path) -> None:
    assert list(stream_frames(clip(folder / "none.mp4", 10), [])) == []


def open_files(path: Path) -> int:
    return sum(os.path.realpath(entry) == str(path) for entry in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_files_are_closed_however_reading_ends(folder: Path) -> None:
    path = clip(folder / "closed.mp4", 60, gop=10).resolve()
    info = probe(path)

    def stopped(frames: Iterator[Frame]) -> None:
        for _ in frames:
            raise KeyError("the consumer fails")

    for number in range(50):
        frames = stream_frames(path, [0, 30, 55], info=info, method=("auto", "sequential")[number % 2])  # type: ignore[arg-type]
        if number % 5 == 0:
            list(frames)
        elif number % 5 == 1:
            next(frames)
            assert open_files(path) == 1
            frames.close()  # type: ignore[attr-defined]
        elif number % 5 == 2:
            with pytest.raises(KeyError):
                stopped(frames)
        elif number % 5 == 3:
            next(frames)
            del frames
        else:
            next(iter(open_video(path, info=info).sampled_frames([1])))
        gc.collect(0)
        assert open_files(path) <= (0 if number % 5 != 2 else 1)
    frames = iter(())
    gc.collect()
    assert open_files(path) == 0


def test_memory_holds_a_few_frames_however_many_are_read(folder: Path) -> None:
    import tracemalloc

    path = clip(folder / "long.mp4", 150, size=(320, 240))
    info = probe(path)
    frame = 320 * 240 * 3
    tracemalloc.start()
    try:
        total = sum(int(one.pixels[0, 0, 0]) for one in stream_frames(path, info=info))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total > 0 and peak < 12 * frame


def test_encoding_refuses_what_cannot_be_written(tmp_path: Path) -> None:
    from vsumbench.data.video import encode
    from vsumbench.errors import StorageError, UnavailableError

    with pytest.raises(OptionValueError, match="no frames"):
        encode(tmp_path / "a.mp4", [], 25)
    with pytest.raises(OptionValueError, match=r"frame 1 is uint8 \(8, 8, 3\)"):
        encode(tmp_path / "a.mp4", [np.zeros((16, 16, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)], 25)
    with pytest.raises(OptionValueError, match="do not increase"):
        encode(tmp_path / "a.mp4", moving(2), 25, times=[0.0, 0.0])
    with pytest.raises(OptionValueError, match="refuses"):
        encode(tmp_path / "a.mp4", moving(2, 99, 57), 25)
    with pytest.raises(UnavailableError, match="no encoder 'h999'"):
        encode(tmp_path / "a.mp4", moving(2), 25, codec="h999")
    with pytest.raises(StorageError, match="cannot be written"):
        encode(tmp_path / "gone" / "a.mp4", moving(2), 25)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.avi"])
def test_encoding_twice_writes_the_same_bytes(tmp_path: Path, name: str) -> None:
    codec = {"a.webm": "libvpx-vp9", "a.avi": "mpeg4"}.get(name, "libx264")
    one, two = (
        clip(tmp_path / folder / name, 30, codec=codec, tone=440.0)
        for folder in ("one", "two")
        if (tmp_path / folder).mkdir() is None
    )
    assert one.read_bytes() == two.read_bytes()
