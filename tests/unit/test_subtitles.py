"""Subtitle files: read as timed text, written as SubRip."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsumbench.contracts import TimedText
from vsumbench.data.subtitles import read_subtitles, sidecar, write_srt
from vsumbench.errors import DataDamagedError, DataMissingError

SRT = """1
00:00:01,500 --> 00:00:02,000
<i>Hello</i> there,
you &amp; me

2
00:01:00,000 --> 01:00:00,250 X1:10 X2:20
{\\an8}Again
"""
VTT = """WEBVTT - made by hand

NOTE
this is no cue

STYLE
::cue { color: red }

intro
00:01.500 --> 00:02.000 align:start
<v Ann>Hello <c.loud>there</c> <00:01.800>friend

01:00.000 --> 01:00:00.250
Again
"""


def test_subrip_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(SRT)
    assert read_subtitles(tmp_path / "a.srt") == (
        TimedText(start=1.5, end=2.0, text="Hello there,\nyou & me"),
        TimedText(start=60.0, end=3600.25, text="Again"),
    )


def test_webvtt_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(VTT)
    assert read_subtitles(tmp_path / "a.vtt") == (
        TimedText(start=1.5, end=2.0, text="Hello there friend"),
        TimedText(start=60.0, end=3600.25, text="Again"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_do_not_matter(encoding: str, newline: str, tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nCafé\n".replace("\n", newline)
    (tmp_path / "a.srt").write_bytes(text.encode(encoding))
    assert read_subtitles(tmp_path / "a.srt") == (TimedText(start=1.0, end=2.0, text="Café"),)


def test_cues_come_in_order_and_those_without_words_are_left_out(tmp_path: Path) -> None:
    cues = (("0:05,000 --> 0:06,000", "b"), ("0:01,000 --> 0:02,000", "a"), ("0:08,0 --> 0:09,0", "<i></i>"))
    (tmp_path / "a.srt").write_text("\n\n".join(f"{timing}\n{words}" for timing, words in cues))
    assert [cue.text for cue in read_subtitles(tmp_path / "a.srt")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "no cue"),
        ("WEBVTT\n", "no cue"),
        ("just a letter\nof two lines\n", "line 1: expected a cue"),
        ("1\n00:00:02,000 --> 00:00:01,000\nx\n", "line 2: the cue ends at 1 s, before it starts at 2 s"),
        ("1\n00:00:01,000 --> 00:00:02,000\nx\n\nlost words\n", "line 5: expected a cue"),
    ],
)
def test_what_is_no_subtitle_file_is_refused(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(text)
    with pytest.raises(DataDamagedError, match=found):
        read_subtitles(tmp_path / "a.srt")


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError):
        read_subtitles(tmp_path / "none.srt")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    cues = (
        TimedText(start=0.0, end=1.2345, text="two\nlines"),
        TimedText(start=3661.5, end=3662.0, text="an hour later"),
    )
    write_srt(tmp_path / "a.srt", cues)
    assert (tmp_path / "a.srt").read_text().splitlines()[1] == "00:00:00,000 --> 00:00:01,234"
    assert read_subtitles(tmp_path / "a.srt") == (TimedText(start=0.0, end=1.234, text="two\nlines"), cues[1])


def test_the_sidecar_has_the_name_of_the_video(tmp_path: Path) -> None:
    video = tmp_path / "talk.mp4"
    assert sidecar(video) is None
    for name in ("talk.en.srt", "talks.srt", "talk.vtt", "talk.srt"):
        (tmp_path / name).write_text(SRT)
        expected = {"talk.en.srt": "talk.en.srt", "talks.srt": "talk.en.srt"}.get(name, name)
        assert sidecar(video) == tmp_path / expected


def test_subtitles_of_another_video_are_not_taken(tmp_path: Path) -> None:
    for name in ("talk.part.srt", "talk.part.en.srt", "talk.notes.en.srt"):
        (tmp_path / name).write_text(SRT)
    (tmp_path / "talk.part.mkv").touch()
    assert sidecar(tmp_path / "talk.mp4") is None
    assert sidecar(tmp_path / "talk.part.mkv") == tmp_path / "talk.part.srt"


def test_the_real_subtitles_are_read(shared: Path) -> None:
    folder = shared / "data" / "videos" / "popeye"
    if not folder.is_dir():
        pytest.skip("no real videos")
    assert {path.name[7:9]: len(read_subtitles(path)) for path in folder.glob("*.srt")} == {
        "p2": 16, "p3": 15, "p4": 11,
    }  # fmt: skip
