"""Broken files: no frame is left out in silence, nothing hangs, and what is left can be had on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moving_clips import clip

from vsumbench.data.video import Sampling, decodable, open_video, probe, stream_frames
from vsumbench.data.video.extent import is_cut
from vsumbench.errors import DataDamagedError

COUNT = 80


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


FORMS = {
    "h264.mp4": "libx264",
    "h264.mkv": "libx264",
    "mpeg4.avi": "mpeg4",
    "vp9.webm": "libvpx-vp9",
    "ffv1.mkv": "ffv1",
    "hevc.mp4": "libx265",
}


@pytest.fixture(scope="module", params=FORMS)
def whole(request: pytest.FixtureRequest, folder: Path) -> Path:
    return clip(folder / request.param, COUNT, codec=FORMS[request.param], gop=20)


def changed(source: Path, target: Path, change: Callable[[bytearray], bytearray | bytes]) -> Path:
    target.write_bytes(change(bytearray(source.read_bytes())))
    return target


def cut(share: float) -> Callable[[bytearray], bytearray]:
    return lambda content: content[: int(len(content) * share)]


@pytest.mark.parametrize("share", [0.55, 0.8, 0.93])
def test_a_file_that_was_cut_short_is_refused_with_the_second_at_which_it_ends(
    whole: Path, tmp_path: Path, share: float
) -> None:
    path = changed(whole, tmp_path / f"cut{whole.suffix}", cut(share))
    assert is_cut(path) and not is_cut(whole)
    info = probe(path)
    assert 0 < info.n_frames < COUNT and f"it ends at {info.duration:.2f} s of 3.2" in info.problem
    for read in (open_video, lambda file: list(stream_frames(file))):
        with pytest.raises(DataDamagedError, match=rf"cut\{whole.suffix}: it ends at .* missing") as caught:
            read(path)
        assert 'broken="keep"' in caught.value.hint


@pytest.mark.parametrize("share", [0.55, 0.8])
def test_what_was_not_cut_off_can_be_kept(whole: Path, tmp_path: Path, share: float) -> None:
    path = changed(whole, tmp_path / f"cut{whole.suffix}", cut(share))
    video = open_video(path, broken="keep", sampling=Sampling("fps", 5))
    assert video.frames is not None and 0 < video.n_frames < COUNT
    frames = list(video.frames())
    assert [frame.index for frame in frames] == video.picks.tolist() and len(frames) >= 5 * share
    originals = list(stream_frames(whole, video.picks))
    assert all((a.pixels == b.pixels).all() for a, b in zip(frames, originals, strict=True))
    assert [frame.index for frame in video.sampled_frames([1, 3])] == video.picks[[1, 3]].tolist()


def test_a_file_whose_index_alone_was_cut_off_has_all_frames(folder: Path, tmp_path: Path) -> None:
    source = clip(folder / "indexed.mkv", COUNT, codec="ffv1")
    path = changed(source, tmp_path / "short.mkv", lambda content: content[:-20])
    assert is_cut(path) and probe(path).problem == "" and len(list(stream_frames(path))) == COUNT


def test_an_mp4_without_its_index_is_refused(folder: Path, tmp_path: Path) -> None:
    source = clip(folder / "faststart.mp4", COUNT)
    for damage in (cut(0.02), cut(0.1), lambda content: content.replace(b"moov", b"moox")):
        with pytest.raises(DataDamagedError, match="broken"):
            probe(changed(source, tmp_path / "broken.mp4", damage))


def zeros(content: bytearray) -> bytearray:
    middle = len(content) // 2
    content[middle : middle + len(content) // 8] = bytes(len(content) // 8)
    return content


def flipped(content: bytearray) -> bytearray:
    places = np.random.default_rng(1).integers(len(content) // 3, 2 * len(content) // 3, 60)
    for place in places:
        content[place] ^= 0xFF
    return content


@pytest.mark.parametrize("damage", [zeros, flipped])
@pytest.mark.parametrize("name", ["h264.mp4", "hevc.mp4"])
def test_damage_in_the_middle_is_refused_where_it_takes_frames_away(
    folder: Path, tmp_path: Path, name: str, damage: Callable[[bytearray], bytearray]
) -> None:
    source = clip(folder / name, COUNT, codec=FORMS[name], gop=20)
    path = changed(source, tmp_path / name, damage)
    info = probe(path)
    assert info.n_frames == COUNT and info.problem == ""
    with pytest.raises(DataDamagedError, match=r"frame \d+ at .* s of 3.20 s cannot be decoded") as caught:
        list(stream_frames(path))
    assert (
        "decoding ended after" in caught.value.message and "of 80 frames are missing" in caught.value.message
    )
    left = decodable(info)
    assert 20 <= len(left) < COUNT
    video = open_video(path, broken="keep", sampling=Sampling("every", 1))
    assert video.picks.tolist() == left.tolist() and video.frames is not None
    assert [frame.index for frame in video.frames()] == left.tolist()


def test_what_stands_before_the_damage_is_given_and_picks_that_avoid_it_are_fine(
    folder: Path, tmp_path: Path
) -> None:
    path = changed(clip(folder / "h264.mp4", COUNT, gop=20), tmp_path / "middle.mp4", zeros)
    left = decodable(probe(path))
    lost = np.setdiff1d(np.arange(COUNT), left)
    frames = stream_frames(path)
    assert [next(frames).index for _ in range(lost[0])] == list(range(lost[0]))
    with pytest.raises(DataDamagedError, match=f"frame {lost[0]} at"):
        next(frames)
    good = [int(left[0]), int(left[-1])]
    assert [frame.index for frame in stream_frames(path, good)] == good
    kept = [frame.index for frame in stream_frames(path, [good[0], int(lost[0]), good[1]], broken="keep")]
    assert kept == good


@pytest.mark.parametrize("seed", range(6))
def test_random_damage_never_hangs_crashes_or_loses_frames_in_silence(
    whole: Path, tmp_path: Path, seed: int
) -> None:
    dice = np.random.default_rng(seed)

    def damage(content: bytearray) -> bytearray:
        for place in dice.integers(0, len(content), int(dice.integers(1, 40))):
            content[place] = int(dice.integers(0, 256))
        return content[: int(dice.integers(len(content) // 4, len(content) + 1))] if seed % 2 else content

    path = changed(whole, tmp_path / f"random{whole.suffix}", damage)
    try:
        info = probe(path)
        expected = Sampling("fps", 5).picks(info.times, info.duration)
        found = [frame.index for frame in stream_frames(path, expected, info=info)]
        assert found == expected.tolist()
        kept = open_video(path, broken="keep")
        assert kept.frames is not None and len(list(kept.frames())) == kept.steps
    except DataDamagedError as error:
        assert str(path) in error.message


def test_a_video_of_which_nothing_can_be_decoded_is_refused(folder: Path, tmp_path: Path) -> None:
    source = clip(folder / "h264.mkv", COUNT, gop=20)

    def damage(content: bytearray) -> bytearray:
        content[700:] = bytes(len(content) - 700)
        return content

    with pytest.raises(DataDamagedError, match=r"not one frame can be decoded|cannot open"):
        probe(changed(source, tmp_path / "dead.mkv", damage))


def test_a_file_replaced_by_a_shorter_one_is_noticed(folder: Path, tmp_path: Path) -> None:
    info = probe(clip(folder / "long.mp4", COUNT))
    short = replace(info, path=clip(tmp_path / "short.mp4", 20))
    with pytest.raises(DataDamagedError, match=r"frame 20 at 0\.80 s .* 60 of 80 frames are missing"):
        list(stream_frames(short.path, info=short))


def test_other_containers_have_no_end_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_bytes(b"G" + bytes(187))
    assert not is_cut(tmp_path / "a.ts")
    (tmp_path / "b.mp4").write_bytes(b"\x00\x00\x00\x18ftyp" + bytes(16) + b"\x00\x00\x00\x00mdat")
    assert not is_cut(tmp_path / "b.mp4")
    (tmp_path / "c.mp4").write_bytes(
        b"\x00\x00\x00\x08ftyp\x00\x00\x00\x01mdat" + (1 << 40).to_bytes(8, "big")
    )
    assert is_cut(tmp_path / "c.mp4")
    (tmp_path / "d.mkv").write_bytes(b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"data")
    assert not is_cut(tmp_path / "d.mkv")
