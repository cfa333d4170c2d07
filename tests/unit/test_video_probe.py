"""What probing says of a file, and what it refuses."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from moving_clips import aspect_clip, clip, moving, remuxed

from vsumbench.data.video import encode, open_video, probe, stream_frames
from vsumbench.errors import DataDamagedError, DataMissingError, UnavailableError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.mark.parametrize(
    ("name", "codec", "found"),
    [
        ("plain.mp4", "libx264", "h264"),
        ("plain.mkv", "libx264", "h264"),
        ("plain.mov", "mpeg4", "mpeg4"),
        ("plain.avi", "mpeg4", "mpeg4"),
        ("reordered.avi", "libx264", "h264"),
        ("plain.webm", "libvpx-vp9", "vp9"),
        ("vp8.webm", "libvpx", "vp8"),
        ("plain.ts", "libx264", "h264"),
        ("hevc.mp4", "libx265", "hevc"),
        ("lossless.mkv", "ffv1", "ffv1"),
    ],
)
def test_every_container_and_codec_is_described_alike(
    folder: Path, name: str, codec: str, found: str
) -> None:
    info = probe(clip(folder / name, 30, codec=codec, gop=10))
    assert (info.width, info.height, info.rotation, info.n_frames) == (96, 64, 0, 30)
    assert (info.codec, info.has_audio, info.variable, info.problem) == (found, False, False, "")
    assert info.fps == pytest.approx(25) and info.duration == pytest.approx(1.2, abs=0.002)
    assert info.times.dtype == np.float64 and np.allclose(info.times, np.arange(30) / 25, atol=0.0011)
    assert info.times[0] == 0 and info.keyframes[0] == 0 and len(info.keyframes) >= 3


def test_sound_is_seen_and_changes_nothing_else(folder: Path) -> None:
    for suffix in ("mp4", "mkv", "webm"):
        codec = "libvpx" if suffix == "webm" else "libx264"
        mute, loud = (
            probe(clip(folder / f"{name}.{suffix}", 30, codec=codec, tone=tone))
            for name, tone in (("mute", None), ("loud", 440.0))
        )
        assert (mute.has_audio, loud.has_audio) == (False, True)
        assert (mute.times == loud.times).all() and mute.duration == loud.duration


def test_a_variable_rate_keeps_each_time_stamp(folder: Path) -> None:
    times = [0.0, 0.1, 0.15, 0.9, 1.0, 1.7, 3.2]
    for name in ("vfr.mp4", "vfr.mkv"):
        video = open_video(clip(folder / name, len(times), fps=10, times=times))
        info = probe(folder / name)
        assert info.variable and np.allclose(info.times, times, atol=0.001)
        assert info.duration == pytest.approx(3.3, abs=0.05)
        assert info.fps == pytest.approx(7 / info.duration)
        assert video.picks.tolist() == [0, 3, 4, 5, 6] and video.times is not None
        assert np.array_equal(video.pick_times, info.times[video.picks])
        assert [frame.time for frame in stream_frames(folder / name)] == info.times.tolist()


@pytest.mark.parametrize("shift", [7.25, -0.4])
def test_times_count_from_the_first_frame_wherever_the_container_begins(folder: Path, shift: float) -> None:
    # Negative stamps can only be kept by Matroska and MPEG-TS; both ways the frames are the same.
    source = clip(folder / "origin.mkv", 30, gop=10)
    moved = remuxed(source, folder / f"moved{shift}.mkv", shift)
    info, origin = probe(moved), probe(source)
    assert np.allclose(info.times, origin.times, atol=0.0011) and info.n_frames == 30
    if shift > 0:
        assert info.start == pytest.approx(shift, abs=0.002)
    one, other = (list(stream_frames(path, [0, 17, 29])) for path in (source, moved))
    assert all((a.pixels == b.pixels).all() for a, b in zip(one, other, strict=True))


def test_the_first_video_stream_counts_and_a_cover_is_none(folder: Path) -> None:
    import av

    small = folder / "cover.png"
    with av.open(str(small), "w", format="image2", options={"update": "1"}) as writer:
        stream = writer.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb24"
        picture = av.VideoFrame.from_ndarray(next(moving(1, 32, 32)), format="rgb24")
        writer.mux(stream.encode(picture))
        writer.mux(stream.encode(None))
    for name, cover_first in (("covered.mp4", False), ("two.mkv", None)):
        target = folder / name
        sources = [clip(folder / "a.mp4", 20), clip(folder / "b.mp4", 20, size=(48, 32))]
        if cover_first is not None:
            sources = [small, sources[0]]
        readers = [av.open(str(source)) for source in sources]
        with av.open(str(target), "w") as writer:
            streams = [writer.add_stream_from_template(reader.streams.video[0]) for reader in readers]
            if cover_first is not None:
                from av.stream import Disposition

                streams[0].disposition = Disposition.attached_pic
            for reader, stream in zip(readers, streams, strict=True):
                for packet in reader.demux(video=0):
                    if packet.size:
                        packet.stream = stream
                        writer.mux(packet)
        for reader in readers:
            reader.close()
        info = probe(target)
        assert (info.width, info.height, info.n_frames) == (96, 64, 20), name
        assert len(list(stream_frames(target))) == 20


def test_names_may_hold_blanks_quotes_and_any_letters(folder: Path) -> None:
    place = folder / "Ünï cödé 影片 %03d" / "a:b 'c' \"d\" [1].mp4"
    place.parent.mkdir()
    video = open_video(clip(place, 10))
    assert video.id == "a:b 'c' \"d\" [1]" and video.n_frames == 10 and video.frames is not None
    assert len(list(video.frames())) == 1


def test_a_relative_path_that_looks_like_an_address_is_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip(folder / "http:clip.mp4", 5)
    monkeypatch.chdir(folder)
    assert probe(Path("http:clip.mp4")).n_frames == 5


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("This is no video.\n" * 50)


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(20_000))


def _playlist(path: Path) -> None:
    clip(path.with_name("target.mp4"), 5)
    path.write_text(f"ffconcat version 1.0\nfile '{path.with_name('target.mp4')}'\n")


def _hls(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://localhost:9/a.ts\n")


def _audio_only(path: Path) -> None:
    source = clip(path.with_name("sound.mp4"), 20, tone=440.0)
    remuxed(source, path, drop_video=True)


def _picture(path: Path) -> None:
    from PIL import Image

    Image.fromarray(next(moving(1))).save(path, format="JPEG")


def _subtitles(path: Path) -> None:
    path.write_text("1\n00:00:00,000 --> 00:00:01,000\nWords.\n")


def _header_only(path: Path) -> None:
    path.write_bytes(clip(path.with_name("whole.mp4"), 20).read_bytes()[:40])


def _no_codec(path: Path) -> None:
    whole = clip(path.with_name("known.mp4"), 5).read_bytes()
    path.write_bytes(whole.replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC"))


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_empty, "found an empty file"),
        (_text, "something FFmpeg cannot open"),
        (_noise, "something FFmpeg cannot open"),
        (_playlist, "something FFmpeg cannot open"),
        (_hls, "something FFmpeg cannot open"),
        (_audio_only, "expected a video stream, found only audio"),
        (_picture, "found a picture"),
        (_subtitles, "expected a video stream, found only subtitle"),
        (_header_only, "no stream at all"),
        (_no_codec, "codec this build of FFmpeg cannot read"),
    ],
)
@pytest.mark.parametrize("read", [probe, open_video, lambda path: list(stream_frames(path))])
def test_what_is_no_video_is_refused_by_name(tmp_path: Path, write, message: str, read) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "it is.mp4"
    write(path)
    with pytest.raises(DataDamagedError, match=message) as caught:
        read(path)
    assert str(path) in caught.value.message and caught.value.hint


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="does not exist"):
        probe(tmp_path / "gone.mp4")
    with pytest.raises(DataMissingError, match="is a folder"):
        probe(tmp_path)
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(DataMissingError, match="no regular file"):
        probe(tmp_path / "pipe.mp4")
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "nowhere.mp4")
    with pytest.raises(DataMissingError, match="does not exist"):
        probe(tmp_path / "dangling.mp4")


def test_a_name_too_long_for_a_file_is_refused() -> None:
    with pytest.raises(DataMissingError, match="too long"):
        probe(Path("n" * 300))


@pytest.mark.parametrize(("rotation", "shown"), [(0, Fraction(4, 3)), (90, Fraction(3, 4))])
def test_pixels_that_are_not_square_are_described_as_shown(
    folder: Path, rotation: int, shown: Fraction
) -> None:
    path = aspect_clip(folder / f"aspect{rotation}.mp4", Fraction(4, 3), rotation)
    assert probe(path).pixel_aspect == shown
    assert probe(clip(folder / "square.mp4", 5)).pixel_aspect == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = clip(tmp_path / "locked.mp4", 5)
    path.chmod(0)
    with pytest.raises(DataMissingError, match="cannot be read: Permission denied"):
        probe(path)


def test_a_raw_stream_has_no_times_and_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "raw.h264"
    encode(path, moving(10), 25)
    with pytest.raises(DataDamagedError, match="no time stamps"):
        probe(path)


def test_without_pyav_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 5)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UnavailableError, match="PyAV") as caught:
        probe(path)
    assert "pip install 'vsumbench[video]'" in caught.value.hint


def test_importing_the_package_does_not_import_pyav() -> None:
    import subprocess

    code = "import sys, vsumbench.data.video; sys.exit('av' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
