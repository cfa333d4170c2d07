"""Real files: the facts that are known of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from moving_clips import plain

from vsumbench.data.subtitles import read_subtitles
from vsumbench.data.video import open_video, probe, stream_frames

POPEYE = {
    "Title T00-1.mkv": (1074, "popeye p3.eng.srt"),
    "Title T01-2.mkv": (1074, "popeye p2.eng.srt"),
    "Title T02-3.mkv": (1072, "popeye p4.eng.srt"),
}


@pytest.mark.parametrize("name", POPEYE)
def test_the_popeye_clips_are_a_minute_of_24_frames_a_second(shared: Path, name: str) -> None:
    height, subtitles = POPEYE[name]
    folder = shared / "data" / "videos" / "popeye"
    video, info = open_video(folder / name), probe(folder / name)
    assert (info.width, info.height, info.rotation, info.codec) == (1440, height, 0, "hevc")
    assert (info.fps, info.n_frames, info.duration, info.variable) == (24, 1440, 60, False)
    assert not info.has_audio and info.problem == ""
    assert video.picks.tolist() == list(range(0, 1440, 12))
    cues = read_subtitles(folder / subtitles)
    assert cues and all(0 <= cue.start < cue.end and cue.text for cue in cues)


def test_big_buck_bunny_is_132_frames_with_sound(shared: Path) -> None:
    path = shared / "data" / "videos" / "bigbuckbunny.mp4"
    info = probe(path)
    assert (info.width, info.height, info.codec, info.fps) == (1280, 720, "h264", 25)
    assert (info.n_frames, info.duration, info.has_audio, info.variable) == (132, 5.28, True, False)


@pytest.mark.slow
def test_frames_of_big_buck_bunny_are_those_of_a_plain_pyav_loop(shared: Path) -> None:
    path = shared / "data" / "videos" / "bigbuckbunny.mp4"
    frames, expected = list(stream_frames(path)), plain(path)
    assert len(frames) == len(expected) == 132
    assert all((frame.pixels == pixels).all() for frame, pixels in zip(frames, expected, strict=True))


@pytest.mark.slow
def test_a_real_clip_jumps_to_the_same_frames(shared: Path) -> None:
    path = shared / "data" / "videos" / "popeye" / "Title T01-2.mkv"
    picks = [240, 245, 661, 995]
    one, two = (list(stream_frames(path, picks, method=method)) for method in ("auto", "sequential"))
    assert [frame.index for frame in one] == [frame.index for frame in two] == picks
    assert all((a.pixels == b.pixels).all() for a, b in zip(one, two, strict=True))
