"""The folder data set: what belongs to a video, what its annotation file says, and ways to get it wrong."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vsumbench_datasets.folder.reader import open_folder
from vsumbench_datasets.folder.spec import FOLDER

from vsumbench.data import verify_edition
from vsumbench.data.video import encode
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    DuplicateIdError,
    UnknownSettingError,
    VsumbenchError,
)
from vsumbench.testing import conformance

FPS, FRAMES = 10, 40
STEPS = 8
"""Four seconds."""

test_conformance = conformance("dataset", "folder")


@pytest.fixture(scope="session")
def clip_bytes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The content of one small clip in the container of this ending."""
    folder = tmp_path_factory.mktemp("clip")
    codecs = {".webm": "libvpx", ".avi": "mpeg4"}

    def content(suffix: str) -> bytes:
        path = folder / f"clip{suffix}"
        if not path.exists():
            frames = (np.full((32, 48, 3), 5 * at, np.uint8) for at in range(FRAMES))
            encode(path, frames, FPS, codec=codecs.get(suffix, "libx264"))
        return path.read_bytes()

    return content


@pytest.fixture
def write(tmp_path: Path, clip_bytes: Callable[[str], bytes]) -> Callable[..., Path]:
    """Writes files into the folder: clips by their names."""
    folder = tmp_path / "folder"
    folder.mkdir()

    def build(*clips: str) -> Path:
        for name in clips:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(clip_bytes(path.suffix.lower()))
        return folder

    return build


def told(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def rated(annotators: int = 2) -> dict[str, Any]:
    values = [[(at + person) % 5 + 1 for at in range(STEPS)] for person in range(annotators)]
    return {"importance": {"on": "steps", "values": values}}


def test_ids_are_paths_without_suffix_at_any_depth_and_in_any_letters(write: Callable[..., Path]) -> None:
    folder = write(
        "b.mp4", "a.MKV", "deep/er/Ünï 影.webm", "deep/c.mov", "d.avi", ".hidden.mp4", ".git/e.mp4"
    )
    (folder / "notes.txt").write_text("nothing")
    videos = open_folder(folder, "videos")
    assert videos.video_ids() == ("a", "b", "d", "deep/c", "deep/er/Ünï 影")
    assert videos.status().present == videos.video_ids() and videos.status().complete
    for name in videos.video_ids():
        video = videos.video(name)
        assert (video.id, video.n_frames, video.steps, video.duration) == (name, FRAMES, STEPS, 4.0)
        assert video.picks.tolist() == list(range(0, FRAMES, 5)) and video.change_points is None
        assert video.frames is not None and len(list(video.frames())) == STEPS
        assert videos.annotations(name).importance is None


def test_a_name_in_decomposed_letters_is_the_same_id(write: Callable[..., Path]) -> None:
    folder = write("u\u0308ber.mp4")
    assert open_folder(folder, "videos").video_ids() == ("über",)


def test_the_edition_full_has_the_rated_videos_and_says_which_are_not(write: Callable[..., Path]) -> None:
    folder = write("a.mp4", "b.mp4", "c.mp4", "d.mp4")
    assert open_folder(folder, "full").status().present == ()
    assert open_folder(folder, "full").status().missing == ()
    told(folder, "a.json", rated())
    told(folder, "b.json", {"summaries": [[[0, 1]]]})
    told(folder, "c.json", {"texts": ["A grey picture grows brighter."]})
    full, texts = open_folder(folder, "full").status(), open_folder(folder, "texts").status()
    assert (full.present, full.missing) == (("a", "b"), ("c", "d"))
    assert (texts.present, texts.missing) == (("c",), ("a", "b", "d"))
    assert open_folder(folder, "videos").status().present == ("a", "b", "c", "d")
    with pytest.raises(UnknownSettingError, match="'d'"):
        open_folder(folder, "full").video("d")


def test_importance_on_steps_stays_on_steps(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    told(folder, "a.json", {**rated(3), "summaries": [[[0.5, 1.5]], [], [[0, 4]]]})
    found = open_folder(folder, "full").annotations("a")
    assert found.grid == "picks" and found.importance is not None and found.user_summaries is not None
    assert found.importance.tolist() == rated(3)["importance"]["values"]
    assert found.user_summaries.astype(int).tolist() == [[0, 1, 1, 0, 0, 0, 0, 0], [0] * 8, [1] * 8]


def test_segments_are_half_open_and_stand_on_frames(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    told(
        folder,
        "a.json",
        {"importance": {"on": "segments", "values": [[[2.0, 3.0, 4], [0.0, 2.0, 1.5]], [[3.0, 4.6, 2]]]}},
    )
    found = open_folder(folder, "full").annotations("a")
    assert found.grid == "frames" and found.importance is not None and found.user_summaries is None
    assert found.importance[0].tolist() == [1.5] * 20 + [4.0] * 10 + [0.0] * 10
    assert found.importance[1].tolist() == [0.0] * 30 + [2.0] * 10


def test_values_of_frames_are_taken_as_they_are(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    told(folder, "a.json", {"importance": {"on": "frames", "values": [list(range(FRAMES))]}})
    found = open_folder(folder, "full").annotations("a")
    assert found.importance is not None and found.importance[0].tolist() == list(range(FRAMES))


def test_summaries_alone_are_importance_too(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    told(folder, "a.json", {"summaries": [[[1.0, 2.0]], [[0.0, 0.1], [3.9, 4.0]]]})
    found = open_folder(folder, "full").annotations("a")
    assert found.importance is not None and found.user_summaries is not None
    assert np.flatnonzero(found.user_summaries[1]).tolist() == [0, 39]
    assert (found.importance == found.user_summaries).all()


def test_texts_and_captions_are_references_and_captions_alone_make_a_text(write: Callable[..., Path]) -> None:
    folder = write("a.mp4", "b.mp4")
    captions = [[[2, 4, "It is bright."], [0, 2.5, "It is dark."]]]
    told(folder, "a.json", {"captions": captions})
    told(folder, "b.json", {"texts": ["One.", "Two."], "captions": captions})
    folder_texts = open_folder(folder, "texts")
    one, two = folder_texts.annotations("a"), folder_texts.annotations("b")
    assert one.texts == ("It is dark. It is bright.",) and two.texts == ("One.", "Two.")
    assert [(cue.start, cue.end, cue.text) for cue in one.captions[0]] == [
        (0.0, 2.5, "It is dark."),
        (2.0, 4.0, "It is bright."),
    ]


def test_shots_come_from_cuts_or_from_change_points(write: Callable[..., Path]) -> None:
    folder = write("a.mp4", "b.mp4", "c.mp4")
    told(folder, "a.json", {"cuts": [1.0, 2.55]})
    told(folder, "b.json", {"change_points": [[0, 9], [10, 39]]})
    told(folder, "c.json", {"cuts": []})
    shots = [open_folder(folder, "videos").video(name).change_points for name in "abc"]
    assert [None if shot is None else shot.tolist() for shot in shots] == [
        [[0, 9], [10, 25], [26, 39]],
        [[0, 9], [10, 39]],
        [[0, 39]],
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_of_segments_is_read_with_or_without_scores_and_annotators(
    write: Callable[..., Path], newline: str
) -> None:
    folder = write("a.mp4", "b.mp4")
    scores = ["annotator,start,end,score", "ann,0,2,3", "bob,1,4,5", "ann,2,4,1", ""]
    (folder / "a.csv").write_bytes(("\ufeff" + newline.join(scores)).encode())
    told(folder, "b.csv", newline.join(["Start, End", "0.5, 1.0", "3, 4"]))
    full = open_folder(folder, "full")
    one, two = full.annotations("a").importance, full.annotations("b").user_summaries
    assert one is not None and two is not None
    assert one[0].tolist() == [3.0] * 20 + [1.0] * 20 and one[1].tolist() == [0.0] * 10 + [5.0] * 30
    assert np.flatnonzero(two[0]).tolist() == [5, 6, 7, 8, 9, *range(30, 40)]


SRT = (
    "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i> there.\r\n\r\n"
    "2\r\n00:00:02,000 --> 00:00:03,000\r\nYes.\r\n"
)
VTT = (
    "WEBVTT\n\nNOTE a remark\n\nintro\n00:01.000 --> 00:02.500 align:start\n<v Ann>Hello</v> there.\n\n"
    "00:02.000 --> 00:03.000\nYes.\n"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.srt", SRT), ("a.vtt", VTT), ("a.en.srt", SRT), ("a.de-CH.vtt", VTT)],
)
def test_subtitles_beside_a_video_are_its_text(write: Callable[..., Path], name: str, content: str) -> None:
    folder = write("a.mp4", "a.part.mp4")
    (folder / name).write_text(content, encoding="utf-8", newline="")
    videos = open_folder(folder, "videos")
    assert [(cue.start, cue.end, cue.text) for cue in videos.video("a").text] == [
        (1.0, 2.5, "Hello there."),
        (2.0, 3.0, "Yes."),
    ]
    assert videos.video("a.part").text == ()


def test_subtitles_of_a_longer_name_are_not_those_of_the_shorter(write: Callable[..., Path]) -> None:
    folder = write("talk.mp4", "talk.part.mp4")
    (folder / "talk.part.srt").write_text(SRT, encoding="utf-8", newline="")
    videos = open_folder(folder, "videos")
    assert videos.video("talk").text == () and len(videos.video("talk.part").text) == 2


def test_an_exact_name_goes_before_a_language(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    (folder / "a.en.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nEnglish.\n")
    (folder / "a.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nExact.\n")
    assert [cue.text for cue in open_folder(folder, "videos").video("a").text] == ["Exact."]


def test_a_damaged_cue_is_refused_with_its_line(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    (folder / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nFine.\n\n2\n00:00:0x --> soon\nNot.\n")
    with pytest.raises(DataDamagedError, match=r"a\.srt, line 5"):
        open_folder(folder, "videos").video("a")


OK = rated()
SCORE = {"on": "segments", "values": [[[0, 1, 1]]]}
BROKEN: list[tuple[Any, str]] = [
    ("{", "line 1, column 2: expected JSON"),
    ("[]", "expected an object, found list"),
    ('{"texts": ["a"], "texts": ["b"]}', "the key 'texts' twice"),
    ({"importances": []}, "'importances': expected one of the keys importance, summaries"),
    ({"importance": [1, 2]}, 'importance: expected an object with "on" and "values", found list'),
    ({"importance": {"on": "steps"}}, "found keys"),
    ({"importance": {"on": "seconds", "values": [[1]]}}, "steps or frames or segments, found 'seconds'"),
    ({"importance": {"on": "steps", "values": []}}, "rows, one an annotator, found an empty list"),
    (
        {"importance": {"on": "steps", "values": [[1, "x"]]}},
        r"\[0\]\[1\]: expected a number, found 'x'",
    ),
    (
        {"importance": {"on": "steps", "values": [[1, True]]}},
        r"\[0\]\[1\]: expected a number, found True",
    ),
    ('{"importance": {"on": "steps", "values": [[1, NaN]]}}', "NaN, which JSON does not have"),
    ('{"importance": {"on": "steps", "values": [[1, 1e999]]}}', "expected a number, found inf"),
    ({"importance": {"on": "segments", "values": [[[0, 1]]]}}, r"\[start, end, score\] in numbers"),
    (
        {"importance": {"on": "segments", "values": [[[1, 1, 3]]]}},
        "0 <= start < end .* found 1 to 1",
    ),
    ({"importance": {"on": "segments", "values": [[[0, 2, 3], [1, 3, 1]]]}}, "segments that do not overlap"),
    ({"summaries": [[[-1, 2]]]}, "0 <= start < end in seconds, found -1 to 2"),
    ({"summaries": [[[0, 1, 5]]]}, r"\[start, end\] in numbers"),
    (
        {"importance": SCORE, "summaries": [[], []]},
        "expected 1 annotators, .* found 2",
    ),
    ({"texts": ["fine", " "]}, r"texts\[1\]: expected a text"),
    ({"texts": "one"}, "texts: expected a list of texts, found str"),
    ({"captions": [[[0, 1]]]}, r"\[start, end, text\]"),
    ({"captions": [[[2, 1, "x"]]]}, "0 <= start < end"),
    ({"captions": [[[0, 1, ""]]]}, "a text at its end"),
    ({"texts": ["a"], "captions": [[[0, 1, "a"]], [[0, 1, "b"]]]}, "at most 1 lists, one a text, found 2"),
    ({"cuts": [2, 1]}, "increasing seconds"),
    ({"cuts": [1], "change_points": [[0, 39]]}, "either cuts or change_points"),
    ({"change_points": [[0, 1.5]]}, r"change_points\[0\]: expected \[first, last\] as frames"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_an_annotation_file_that_breaks_the_schema_is_a_problem_of_its_video_alone(
    write: Callable[..., Path], content: Any, message: str
) -> None:
    folder = write("a.mp4", "b.mp4")
    told(folder, "a.json", content)
    told(folder, "b.json", OK)
    for edition in ("full", "videos"):
        status = open_folder(folder, edition).status()
        assert status.present == ("b",) and len(status.problems) == 1
        assert re.search(message, status.problems[0]) and str(folder / "a.json") in status.problems[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"importance": {"on": "steps", "values": [[1] * 7]}},
            "expected 8 numbers, one a step, found 7",
        ),
        (
            {"importance": {"on": "frames", "values": [[1] * 41]}},
            "40 numbers, one a frame, found 41",
        ),
        (
            {"importance": {"on": "segments", "values": [[[0, 9, 1]]]}},
            r"within 4\.00 s, found one to 9 s",
        ),
        ({"summaries": [[[0, 1]], [[5.5, 6]]]}, r"summaries\[1\]: expected segments within 4.00 s"),
    ],
)
def test_annotations_that_do_not_fit_the_video_are_refused(
    write: Callable[..., Path], content: Any, message: str
) -> None:
    folder = write("a.mp4")
    told(folder, "a.json", content)
    with pytest.raises(DataDamagedError, match=message):
        open_folder(folder, "full").annotations("a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"cuts": [1, 4.0]}, "cuts: expected seconds before the end at 4.00, found 4"),
        ({"change_points": [[0, 9], [11, 39]]}, "contiguous shots"),
        ({"change_points": [[0, 9], [10, 40]]}, "shots from 0 to 39"),
    ],
)
def test_shots_that_do_not_fit_the_video_are_refused(
    write: Callable[..., Path], content: Any, message: str
) -> None:
    folder = write("a.mp4")
    told(folder, "a.json", content)
    with pytest.raises(DataDamagedError, match=message):
        open_folder(folder, "videos").video("a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: expected columns start, end"),
        ("begin,end\n0,1\n", "line 1: expected columns start, end"),
        ("start,start,end\n0,0,1\n", "line 1: expected columns"),
        ("start,end\n", "expected a row for each segment, found none"),
        ("start,end\n0\n", "line 2: expected 2 cells, found 1"),
        ("start,end\n0,soon\n", "line 2, end: expected a number, found 'soon'"),
        ("start,end,score\n0,1,nan\n", "line 2, score: expected a number"),
        ("start,end\n3,1\n", "0 <= start < end"),
        ("annotator,start,end\nann,0,2\nann,1,3\n", "annotator 'ann': expected segments that do not overlap"),
        ("start;end\n0;1\n", "line 1: expected columns"),
    ],
)
def test_a_table_that_breaks_the_schema_is_a_problem(
    write: Callable[..., Path], content: str, message: str
) -> None:
    folder = write("a.mp4")
    told(folder, "a.csv", content)
    (problem,) = open_folder(folder, "full").status().problems
    assert re.search(message, problem) and str(folder / "a.csv") in problem


def test_a_table_in_other_bytes_than_utf8_is_a_problem(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    (folder / "a.csv").write_bytes(b"start,end\n0,1\xff\n")
    assert "byte 13: expected UTF-8 text" in open_folder(folder, "full").status().problems[0]


def _twice(folder: Path) -> None:
    (folder / "a.mkv").write_bytes((folder / "a.mp4").read_bytes())


def _twice_by_letters(folder: Path) -> None:
    (folder / "é.mp4").write_bytes((folder / "a.mp4").read_bytes())
    (folder / "e\u0301.mp4").write_bytes((folder / "a.mp4").read_bytes())


def _two_annotations(folder: Path) -> None:
    told(folder, "a.json", OK)
    told(folder, "a.csv", "start,end\n0,1\n")


def _link_out(folder: Path) -> None:
    (folder.parent / "elsewhere.mp4").write_bytes((folder / "a.mp4").read_bytes())
    (folder / "b.mp4").symlink_to(folder.parent / "elsewhere.mp4")


def _link_out_annotation(folder: Path) -> None:
    (folder.parent / "secret.json").write_text("{}")
    (folder / "a.json").symlink_to("../secret.json")


def _link_folder(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)


def _odd_bytes(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe.mp4")).write_bytes(b"x")


@pytest.mark.parametrize(
    ("damage", "kind", "message"),
    [
        (_twice, DuplicateIdError, r"'a' stands twice: 'a\.mkv' and 'a\.mp4'"),
        (_twice_by_letters, DuplicateIdError, "'é' stands twice"),
        (_two_annotations, DuplicateIdError, r"two annotation files: 'a\.json' and 'a\.csv'"),
        (_link_out, DataDamagedError, r"b\.mp4: .* a link that leads out of it"),
        (_link_out_annotation, DataDamagedError, r"a\.json: .* a link that leads out of it"),
        (_link_folder, DataDamagedError, "loop: .* a link to a folder"),
        (_odd_bytes, DataDamagedError, "names that are Unicode"),
    ],
)
def test_a_folder_that_cannot_be_trusted_is_refused(
    write: Callable[..., Path], damage: Callable[[Path], None], kind: type[VsumbenchError], message: str
) -> None:
    folder = write("a.mp4")
    damage(folder)
    opened = open_folder(folder, "videos")
    with pytest.raises(kind, match=message):
        opened.video_ids()
    status = opened.status()
    assert not status.present and len(status.problems) == 1


def test_a_link_within_the_folder_is_a_video_like_others(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    (folder / "b.mp4").symlink_to("a.mp4")
    assert open_folder(folder, "videos").video("b").n_frames == FRAMES


def test_broken_videos_are_refused_by_name_and_empty_ones_seen_at_once(
    write: Callable[..., Path],
) -> None:
    folder = write("a.mp4", "b.mkv")
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("no video")
    (folder / "b.mkv").write_bytes((folder / "b.mkv").read_bytes()[:-700])
    videos = open_folder(folder, "videos")
    assert videos.video_ids() == ("a", "b", "text")
    assert videos.status().problems == (f"{folder / 'empty.mp4'}: expected a video, found an empty file",)
    with pytest.raises(DataDamagedError, match=r"text\.mp4"):
        videos.video("text")
    with pytest.raises(DataDamagedError, match=r"b\.mkv: it ends at .* s of 4.00 s"):
        videos.video("b")


def test_all_tests_everything_and_five_fold_tests_each_video_once(write: Callable[..., Path]) -> None:
    folder = write(*(f"clip{at}.mp4" for at in range(12)))
    videos = open_folder(folder, "videos")
    (fold,) = videos.folds("all")
    assert fold.test == videos.video_ids() and not fold.train
    folds = videos.folds("five-fold")
    assert sorted(name for fold in folds for name in fold.test) == sorted(videos.video_ids())
    assert [len(fold.test) for fold in folds] == [3, 3, 2, 2, 2]
    assert all(set(fold.train) | set(fold.test) == set(videos.video_ids()) for fold in folds)
    with pytest.raises(UnknownSettingError, match="canonical"):
        videos.folds("canonical")


def test_a_small_folder_has_as_many_folds_as_videos(write: Callable[..., Path]) -> None:
    assert [len(fold.test) for fold in open_folder(write("a.mp4", "b.mp4"), "videos").folds("five-fold")] == [
        1,
        1,
    ]


def test_own_folds_are_read_and_what_they_name_in_vain_is_missing(write: Callable[..., Path]) -> None:
    folder = write("a.mp4", "b.mp4", "c.mp4")
    told(
        folder,
        "splits.json",
        [{"train": ["a"], "validation": ["b"], "test": ["c", "gone"]}, {"name": "rest", "test": ["a"]}],
    )
    videos = open_folder(folder, "videos")
    one, two = videos.folds("own")
    assert (one.name, one.train, one.validation, one.test) == ("split0", ("a",), ("b",), ("c", "gone"))
    assert (two.name, two.train, two.test) == ("rest", (), ("a",))
    assert videos.status().missing == ("gone",) and not videos.status().complete
    found = verify_edition(FOLDER, FOLDER.editions[2], folder, videos)
    assert any("gone" in line for line in found.problems)


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        ({}, DataDamagedError, "a list of folds"),
        ([], DataDamagedError, "a list of folds"),
        ([{"train": ["a"]}], DataDamagedError, "something to test"),
        ([{"test": ["a"], "tests": []}], DataDamagedError, "fold 0"),
        ([{"test": [1]}], DataDamagedError, "fold 0, test: expected a list of ids"),
        ([{"test": ["a"], "train": ["a"]}], DataDamagedError, "no video in both train and test"),
        ([{"test": ["a"], "validation": ["a"]}], DataDamagedError, "no video in both validation and test"),
        ([{"test": ["a", "a"]}], DuplicateIdError, "'a' stands twice"),
        ([{"test": ["a"], "name": 3}], DataDamagedError, "fold 0, name"),
    ],
)
def test_a_list_of_folds_that_cannot_be_is_refused(
    write: Callable[..., Path], content: Any, kind: type[VsumbenchError], message: str
) -> None:
    folder = write("a.mp4")
    told(folder, "splits.json", content)
    with pytest.raises(kind, match=message):
        open_folder(folder, "videos").folds("own")
    assert open_folder(folder, "videos").status().problems


def test_without_a_list_own_says_what_to_write(write: Callable[..., Path]) -> None:
    with pytest.raises(DataMissingError, match=r"splits\.json is not there") as caught:
        open_folder(write("a.mp4"), "videos").folds("own")
    assert "five-fold" in caught.value.hint


def test_the_fingerprint_follows_every_file_that_is_read_and_no_other(write: Callable[..., Path]) -> None:
    folder = write("a.mp4")
    before = open_folder(folder, "videos").fingerprint()
    (folder / "notes.txt").write_text("nothing")
    assert open_folder(folder, "videos").fingerprint() == before
    seen = {before}
    for name, content in (("a.json", json.dumps(OK)), ("a.srt", SRT), ("splits.json", '[{"test": ["a"]}]')):
        told(folder, name, content)
        seen.add(open_folder(folder, "videos").fingerprint())
    os.utime(folder / "a.mp4", ns=(1, 1))
    assert open_folder(folder, "videos").fingerprint() in seen and len(seen) == 4


def test_an_empty_or_absent_folder_has_no_videos(tmp_path: Path) -> None:
    assert open_folder(tmp_path / "gone", "videos").video_ids() == ()
    assert not open_folder(tmp_path, "full").status().complete
