"""Result files of texts and captions, and what every format does with a file: read it or refuse it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from result_files import FPS, STEPS, known, read, refused, written

from vsumbench.errors import DataDamagedError, DataMissingError, UsageError
from vsumbench.importers import files
from vsumbench.importers.formats import FORMATS, WITHOUT_FILE, format_named, read_results
from vsumbench.importers.v2xum import parts_of
from vsumbench.running.caption_references import read_captions


def numbered(*texts: str) -> list[dict[str, Any]]:
    return [{"image_id": number, "caption": text} for number, text in enumerate(texts)]


def test_videoxum_numbers_videos_by_their_duration(tmp_path: Path) -> None:
    tested = known(("a", "b", "c"), durations=(30.0, 10.0, 20.0))
    lines = read(written(tmp_path, numbered("shortest", "middle", "longest")), "videoxum", tested)
    assert {line.id: line.text for line in lines} == {"b": "shortest", "c": "middle", "a": "longest"}


def test_videoxum_ids_may_stand_for_themselves(tmp_path: Path) -> None:
    file = written(tmp_path, [{"image_id": "video_2", "caption": "x"}])
    assert [(line.id, line.text) for line in read(file, "videoxum")] == [("video_2", "x")]


def test_videoxum_videos_of_one_duration_are_told_apart_by_the_references_beside(tmp_path: Path) -> None:
    tested = known(
        ("a", "b", "c"), durations=(10.0, 10.0, 5.0), texts=("A dog (brown) runs.", "A cat sleeps.", "")
    )
    file = written(tmp_path, numbered("none", "cat", "dog"), "test.json")
    refused(file, "videoxum", "2 videos that share theirs", "gt_test.json", of=tested)
    said = numbered("c", "a cat sleeps", "a dog brown runs")
    written(tmp_path, {"annotations": said, "images": []}, "gt_test.json")
    found = {line.id: line.text for line in read(file, "videoxum", tested)}
    assert found == {"c": "none", "b": "cat", "a": "dog"}
    written(tmp_path, {"annotations": numbered("c", "a cat sleeps", "a cat sleeps")}, "gt_test.json")
    with pytest.raises(DataDamagedError, match=r"gt_test.json.*one video twice"):
        read(file, "videoxum", tested)
    written(tmp_path, {"annotations": numbered("c", "a cat sleeps", "else")}, "gt_test.json")
    with pytest.raises(DataDamagedError, match=r"image_id 2: expected the reference text.*that of none"):
        read(file, "videoxum", tested)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, ("a list of objects", "found object")),
        ([], ("a list of objects",)),
        ([1], ("[0]", "found number")),
        ([{"caption": "x"}], ("[0].image_id", "None")),
        ([{"image_id": True, "caption": "x"}], ("[0].image_id", "True")),
        ([{"image_id": "video_1"}], ("[0].caption", "nothing")),
        ([{"image_id": "video_1", "caption": 1}], ("[0].caption", "number")),
        (numbered("x"), ("each number from 0 to 1 once", "1 numbers from 0 to 0")),
        ([*numbered("x"), *numbered("y")], ("each number from 0 to 1 once",)),
    ],
)
def test_videoxum_of_another_layout_is_refused(tmp_path: Path, content: Any, words: Sequence[str]) -> None:
    refused(written(tmp_path, content), "videoxum", *words)


ANSWERS = {
    "A man runs [03, 04, 05]. He stops [07, 12].": [("A man runs.", [3, 4, 5]), ("He stops.", [7, 12])],
    "[00]A man runs. [04][05]He stops.": [("A man runs.", [0]), ("He stops.", [4, 5])],
    "A man runs [03] [04], then stops [09].": [("A man runs,", [3, 4]), ("then stops.", [9])],
    "[02] [05] [05] [99]": [("", [2, 5, 99])],
    "02 05 99": [("", [2, 5, 99])],
    "A man runs.": [("A man runs.", [])],
    "In 12 seconds he makes 30 steps.": [("In 12 seconds he makes 30 steps.", [])],
    "A man runs [4.0].": [("A man runs.", [4])],
    "A man [123] runs [ab].": [("A man [123] runs [ab].", [])],
    "": [("", [])],
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_stamps_of_an_answer_belong_to_its_sentences(answer: str) -> None:
    assert parts_of(answer) == ANSWERS[answer]


def test_an_answer_gives_text_segments_and_links(tmp_path: Path) -> None:
    tested = known(("a",), durations=(200.0,))
    content = {"a": "A man runs [03, 04, 09]. Caf\u0065\u0301 [98, 99]."}
    (line,) = read(written(tmp_path, content), "v2xum", tested)
    summary = line.summary()
    assert summary.text == "A man runs. Caf\u00e9."
    assert line.segments == [(6, 10), (18, 20), (196, 200)]
    said = [(summary.text[link.char_start : link.char_end], link.segment) for link in summary.links]
    assert said == [("A man runs.", 0), ("A man runs.", 1), ("Caf\u00e9.", 2)]


def test_an_answer_that_is_no_text_is_refused(tmp_path: Path) -> None:
    refused(written(tmp_path, {"video_1": ["x"]}), "v2xum", "the answer as a text", "list")


@pytest.mark.parametrize("wrapped", [True, False])
def test_dense_captions_are_linked_segments_in_the_order_of_the_file(tmp_path: Path, wrapped: bool) -> None:
    captions = [
        {"sentence": "He stops.", "timestamp": [1.0, 2]},
        {"sentence": "", "timestamp": [0, 1]},
        {"sentence": "Caf\u0065\u0301", "timestamp": [0.5, 1.5], "proposal_score": 0.1},
    ]
    content: dict[str, Any] = {"video_1": captions, "video_2": []}
    if wrapped:
        content = {"version": "VERSION 1.0", "results": content, "external_data": {}}
    first, second = read(written(tmp_path, content), "densevid")
    summary = first.summary()
    assert first.segments == [(1, 2), (0, 1), (0.5, 1.5)] and not first.arrays
    assert summary.text == "He stops.  Caf\u00e9"
    said = [(summary.text[link.char_start : link.char_end], link.segment) for link in summary.links]
    assert said == [("He stops.", 0), ("Caf\u00e9", 2)]
    assert (second.segments, second.text, second.links) == ([], "", [])


def test_spans_that_can_be_no_segment_are_kept_beside_the_nearest_one(tmp_path: Path) -> None:
    spans = [[1.0, 9.0], [2.0, 1.0], [0.5, 0.5], [7.0, 8.0], [-1.0, 1.0]]
    content = {"video_1": [{"sentence": "x", "timestamp": span} for span in spans]}
    (line,) = read(written(tmp_path, content), "densevid")
    frame = 1 / FPS
    assert line.segments == [(1, 2), (1, 2), (0.5, 0.5 + frame), (2, 2 + frame), (0, 1)]
    assert line.summary().arrays["timestamps"].tolist() == spans


@pytest.mark.parametrize(
    ("captions", "words"),
    [
        ({}, ("results.video_1", "a list of captions")),
        (["x"], ("results.video_1[0]", "found text")),
        ([{"timestamp": [0, 1]}], ("results.video_1[0].sentence", "nothing")),
        ([{"sentence": "x"}], ("results.video_1[0].timestamp", "null")),
        ([{"sentence": "x", "timestamp": [0]}], ("expected 2 values", "found 1")),
        ([{"sentence": "x", "timestamp": [0, None]}], ("results.video_1[0].timestamp[1]", "None")),
    ],
)
def test_dense_captions_of_another_layout_are_refused(
    tmp_path: Path, captions: Any, words: Sequence[str]
) -> None:
    refused(written(tmp_path, {"results": {"video_1": captions}}), "densevid", *words)


def test_captions_of_several_files_are_the_references_of_a_video(tmp_path: Path) -> None:
    first = written(
        tmp_path,
        {
            "v_a": {"duration": 9.5, "timestamps": [[0, 4], [6, 5]], "sentences": ["One.", " Two."]},
            "v_b": {"duration": 3, "timestamps": [[0, 1]], "sentences": ["B."]},
        },
        "val_1.json",
    )
    second = written(
        tmp_path, {"v_a": {"duration": 9.5, "timestamps": [[1, 2]], "sentences": ["Three."]}}, "val_2.json"
    )
    found = read_captions([first, second])
    assert found.video_ids() == ("v_a", "v_b")
    video, annotations = found.video("v_a"), found.annotations("v_a")
    assert (video.duration, video.fps, video.n_frames) == (9.5, 1.0, 10)
    assert [[(c.start, c.end, c.text) for c in file] for file in annotations.captions] == [
        [(0, 4, "One."), (6, 5, " Two.")],
        [(1, 2, "Three.")],
    ]
    assert annotations.texts == ("One. Two.", "Three.")
    assert len(found.annotations("v_b").captions) == 1


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ([], ("v", "list")),
        ({"duration": 3, "timestamps": []}, ("['duration', 'timestamps']",)),
        ({"duration": 0, "timestamps": [[0, 1]], "sentences": ["x"]}, ("v.duration", "0")),
        ({"duration": 3, "timestamps": [], "sentences": []}, ("not empty",)),
        ({"duration": 3, "timestamps": [[0, 1]], "sentences": []}, ("a sentence for each of 1",)),
        ({"duration": 3, "timestamps": [[0]], "sentences": ["x"]}, ("v.timestamps[0]",)),
        ({"duration": 3, "timestamps": [[0, True]], "sentences": ["x"]}, ("v.timestamps[0]",)),
        ({"duration": 3, "timestamps": [[0, 1]], "sentences": [1]}, ("v.sentences[0]",)),
    ],
)
def test_reference_captions_of_another_layout_are_refused(
    tmp_path: Path, entry: Any, words: Sequence[str]
) -> None:
    with pytest.raises(DataDamagedError) as found:
        read_captions([written(tmp_path, {"v": entry})])
    for word in words:
        assert word in str(found.value)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_reader_and_refuses_a_pickle_and_a_missing_file(tmp_path: Path, name: str) -> None:
    assert callable(FORMATS[name].load())
    with pytest.raises(DataMissingError):
        read_results([tmp_path / "nothing.json"], name, known())
    file = tmp_path / "results.json"
    file.write_bytes(pickle.dumps({"video_1": [0.5] * STEPS}))
    with pytest.raises(DataDamagedError, match="a pickle or an archive"):
        read_results([file], name, known())
    renamed = written(tmp_path, {"video_1": [0.5] * STEPS}, "results.pth")
    with pytest.raises(DataDamagedError, match="a pickle or an archive"):
        read_results([renamed], name, known())


def test_a_file_of_impossible_size_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    refused(written(tmp_path, {"video_1": [0.5] * STEPS}), "pgl-sum", "at most 10 bytes")


@pytest.mark.parametrize("name", WITHOUT_FILE)
def test_a_code_base_that_writes_no_file_says_what_to_do(name: str) -> None:
    with pytest.raises(UsageError, match="writes no result file; dump its"):
        format_named(name)


def test_a_format_nobody_knows_is_refused_with_a_guess_and_the_list() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'pgl-sum'.*densevid"):
        format_named("pglsum")
