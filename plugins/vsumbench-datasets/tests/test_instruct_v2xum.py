"""Instruct-V2Xum: small files in the published layout, whole and damaged, and the planted edition."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vsumbench_datasets.instruct_v2xum.reader import open_instruct_v2xum
from vsumbench_datasets.instruct_v2xum.references import Told, split_answer, with_references

from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError, UnknownSettingError

NAMES = {"train": "v2xum_train.json", "validation": "v2xum_val.json", "test": "v2xum_test.json"}

Files = dict[str, list[dict[str, Any]]]
Write = Callable[..., Path]


def record(video_id: str, steps: int = 12) -> dict[str, Any]:
    """A record as published: tokens stand for seconds, each before a sentence of the answer."""
    return {
        "id": video_id,
        "meta": {
            "duration": float(steps),
            "sampled_frames": steps,
            "token": {"<f0>": 0.0, "<f1>": 5.0, "<f2>": 6.0},
        },
        "conversations": [
            {"from": "human", "value": "<video>\nTell and show what matters."},
            {"from": "gpt", "value": "\n[<f0>]A man opens a [red] door.\n[<f1>][<f2>]He leaves.\n"},
        ],
        "vsum_onehot": [int(step in (0, 5, 6)) for step in range(steps)],
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the three files, after `change(files)`; returns the folder."""

    def build(change: Callable[[Files], Any] = lambda files: None, place: str = "") -> Path:
        files: Files = {part: [record(f"{part[:5]}-vid{n:02d}") for n in range(2)] for part in NAMES}
        change(files)
        (tmp_path / place).mkdir(exist_ok=True)
        for part, records in files.items():
            (tmp_path / place / NAMES[part]).write_text(json.dumps(records), encoding="utf-8")
        return tmp_path

    return build


VIDEO, OTHER = "test-vid00", "test-vid01"


@pytest.mark.parametrize("place", ["", "data"])
def test_a_video_is_read_as_it_is_stored(write: Write, place: str) -> None:
    instruct = open_instruct_v2xum(write(place=place), "annotations")
    assert instruct.video_ids()[:3] == ("train-vid00", "train-vid01", "valid-vid00")
    video, told = instruct.video(VIDEO), instruct.annotations(VIDEO)
    assert (video.duration, video.fps, video.n_frames, video.steps) == (12.0, 1.0, 12, 12)
    assert told.grid == "picks" and told.importance is not None and told.user_summaries is not None
    assert told.importance.shape == told.user_summaries.shape == (1, 12)
    assert np.flatnonzero(told.user_summaries[0]).tolist() == [0, 5, 6]
    (fold,) = instruct.folds("official")
    assert fold.train == ("train-vid00", "train-vid01") and fold.test == (VIDEO, OTHER)
    assert fold.validation == ("valid-vid00", "valid-vid01") and instruct.remarks() == ()


def test_the_text_can_be_had_with_and_without_its_references(write: Write) -> None:
    instruct = open_instruct_v2xum(write(), "annotations")
    told = instruct.annotations(VIDEO)
    assert told.texts == ("A man opens a [red] door. He leaves.",)
    assert instruct.referring_texts(VIDEO) == ("[0.0]A man opens a [red] door. [5.0][6.0]He leaves.",)
    first, second = told.captions[0]
    assert (first.start, first.end, first.text) == (0.0, 1.0, "A man opens a [red] door.")
    assert (second.start, second.end, second.text) == (5.0, 7.0, "He leaves.")


def test_seconds_in_brackets_are_references_where_no_tokens_are_defined(write: Write) -> None:
    def change(files: Files) -> None:
        one = files["test"][0]
        del one["meta"]["token"]
        one["conversations"][1]["value"] = "[0.0]A man opens a door. [5.0, 6]He leaves in 2020."

    instruct = open_instruct_v2xum(write(change), "annotations")
    assert instruct.referring_texts(VIDEO) == ("[0.0]A man opens a door. [5.0][6.0]He leaves in 2020.",)


def test_what_follows_from_other_fields_may_be_left_out(write: Write) -> None:
    def change(files: Files) -> None:
        for one in files["test"]:
            del one["meta"]["sampled_frames"], one["vsum_onehot"]
            one["meta"]["duration"] = 11.4

    instruct = open_instruct_v2xum(write(change), "annotations")
    rows = instruct.annotations(VIDEO).user_summaries
    assert rows is not None and rows.shape == (1, 12) and np.flatnonzero(rows[0]).tolist() == [0, 5, 6]


def test_a_video_may_have_a_record_for_each_instruction_and_its_text_counts_once(write: Write) -> None:
    def change(files: Files) -> None:
        frames, words = (copy.deepcopy(files["test"][0]) for _ in range(2))
        frames["conversations"][0]["value"] = "<video>\nShow what matters."
        frames["conversations"][1]["value"] = "[<f0>] [<f1>] [<f2>]"
        words["conversations"][0]["value"] = "<video>\nTell what matters."
        files["test"] += [frames, words]

    instruct = open_instruct_v2xum(write(change), "annotations")
    assert len(instruct.video_ids()) == 6
    assert instruct.annotations(VIDEO).texts == ("A man opens a [red] door. He leaves.",)


def test_several_questions_of_one_conversation_are_read_too(write: Write) -> None:
    def change(files: Files) -> None:
        files["test"][0]["conversations"] += [
            {"from": "human", "value": "Shorter?"},
            {"from": "gpt", "value": "[<f1>]He leaves."},
        ]

    told = open_instruct_v2xum(write(change), "annotations").annotations(VIDEO)
    assert told.texts == ("A man opens a [red] door. He leaves.", "He leaves.") and len(told.captions) == 2


def test_references_to_frames_that_are_not_selected_are_told_of(write: Write) -> None:
    instruct = open_instruct_v2xum(
        write(lambda files: files["test"][0]["vsum_onehot"].__setitem__(6, 0)), "annotations"
    )
    (line,) = instruct.remarks()
    assert line.startswith("texts of 1 of 6 videos refer to frames that vsum_onehot does not select")
    assert VIDEO in line
    rows = instruct.annotations(VIDEO).user_summaries
    assert rows is not None and np.flatnonzero(rows[0]).tolist() == [0, 5]


def _edit(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Files], Any]:
    return lambda files: edit(files["test"][0])


def _set(key: str, value: Any) -> Callable[[Files], Any]:
    return _edit(lambda one: one.__setitem__(key, value))


def _meta(**values: Any) -> Callable[[Files], Any]:
    return _edit(lambda one: one["meta"].update(values))


def _turn(number: int, **values: Any) -> Callable[[Files], Any]:
    return _edit(lambda one: one["conversations"][number].update(values))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_edit(lambda one: one.pop("meta")), "meta: expected an object with a duration, found NoneType"),
        (_meta(duration=None), "meta.duration: expected a positive number of seconds, found None"),
        (_meta(duration="12"), "meta.duration: expected a positive number of seconds, found '12'"),
        (_meta(duration=-1), "meta.duration: expected a positive number"),
        (_meta(duration=80.0), "meta.sampled_frames: expected about 80, one a second, found 12"),
        (_meta(sampled_frames=True), "meta.sampled_frames: expected a whole number above 0, found True"),
        (_meta(sampled_frames=12.0), "meta.sampled_frames: expected a whole number above 0, found 12.0"),
        (_meta(sampled_frames=13), "vsum_onehot: expected 13 values, as meta.sampled_frames says, found 12"),
        (_meta(token=[1]), "meta.token: expected an object, reference → seconds"),
        (_meta(token={"f0": 1.0}), "meta.token: expected references like <f0>, found 'f0'"),
        (_meta(token={"<f0>": 12.0}), r"meta.token, <f0>: expected seconds within \[0, 12\), found 12.0"),
        (_meta(token={"<f0>": -1}), r"meta.token, <f0>: expected seconds within"),
        (_meta(token={"<f0>": "0"}), r"meta.token, <f0>: expected seconds within"),
        (
            _meta(token={"<f0>": 0.0}),
            r"conversations\[1\]: expected references that meta.token defines, .*<f1>",
        ),
        (_set("vsum_onehot", "0101"), "vsum_onehot: expected a list of 0 and 1, one a sampled frame"),
        (_set("vsum_onehot", []), "vsum_onehot: expected a list of 0 and 1"),
        (_set("vsum_onehot", [[0] * 12, [1] * 12]), "vsum_onehot: expected one row, found 2 rows"),
        (_set("vsum_onehot", [2] + [0] * 11), "vsum_onehot: expected values 0 and 1"),
        (_set("vsum_onehot", [0] * 12), "vsum_onehot: expected a selected frame, found none"),
        (_set("conversations", []), "conversations: expected questions and answers in turn, found 0 of them"),
        (_edit(lambda one: one["conversations"].pop()), "conversations: expected questions and answers in t"),
        (_set("conversations", {"from": "gpt"}), "conversations: expected questions and answers in turn"),
        (_turn(1, **{"from": "human"}), r"conversations\[1\].from: expected 'gpt', found 'human'"),
        (_turn(1, value="  "), r"conversations\[1\].value: expected a text"),
        (_turn(1, value=["He leaves."]), r"conversations\[1\].value: expected a text"),
        (_turn(1, value="[<f0>][<f1>]"), "conversations: expected an answer with words, found references al"),
        (
            lambda files: files["test"].append(
                record(VIDEO, 13)
                | {"conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "A"}]}
            ),
            "records: expected the same length and frames in each, found others",
        ),
    ],
)
def test_a_record_of_another_layout_is_refused_with_video_and_field(
    write: Write, change: Callable[[Files], Any], message: str
) -> None:
    instruct = open_instruct_v2xum(write(change), "annotations")
    with pytest.raises(DataDamagedError, match=message) as caught:
        instruct.annotations(VIDEO)
    assert f"'{VIDEO}'" in caught.value.message and "v2xum_test.json" in caught.value.message
    assert instruct.annotations(OTHER).annotators == 1


def test_seconds_past_the_end_are_refused(write: Write) -> None:
    def change(files: Files) -> None:
        del files["test"][0]["meta"]["token"]
        files["test"][0]["conversations"][1]["value"] = "[0.0]A man. [12.0]A dog."

    with pytest.raises(
        DataDamagedError, match=r"conversations\[1\]: expected references below 12 s, .*\[12\]"
    ):
        open_instruct_v2xum(write(change), "annotations").video(VIDEO)


def test_a_record_that_stands_twice_is_refused(write: Write) -> None:
    instruct = open_instruct_v2xum(
        write(lambda files: files["test"].append(copy.deepcopy(files["test"][0]))), "annotations"
    )
    with pytest.raises(DuplicateIdError, match="'test-vid00' stands twice with the same instruction"):
        instruct.video(VIDEO)


def test_a_video_of_two_parts_is_refused(write: Write) -> None:
    instruct = open_instruct_v2xum(write(lambda files: files["train"].append(record(VIDEO))), "annotations")
    with pytest.raises(DuplicateIdError, match=r"'test-vid00' stands in v2xum_train\.json and in v2xum_test"):
        instruct.video_ids()
    assert instruct.status().problems and not instruct.status().present


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"id": "abc", "me', "line 1, column"),
        (b"", "line 1, column 1: expected JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "expected JSON"),
        (b"\xff\xfe\x00", "expected UTF-8 text"),
        (b"{}", "expected a list of records, found dict"),
        (b"[]", "expected a list of records, found an empty list"),
        (b'[{"video_id": "abc"}]', "record 0: expected an object with an id"),
        (b'[{"id": ""}]', "record 0: expected an object with an id"),
        (b"[3]", "record 0: expected an object with an id"),
        ('[{"id": "vidéo"}]'.encode(), "record 0: expected an object with an id of visible ASCII"),
        (
            b'[{"id": "../abc"}]',
            "record 0: expected an object with an id of visible ASCII characters, no slash",
        ),
        (b'[{"id": "abc", "meta": {"duration": NaN}}]', "NaN"),
        (b'[{"id": "abc", "id": "abd"}]', "the key 'id' twice"),
        (b"[" * 100_000, "expected JSON"),
    ],
)
def test_a_file_that_is_no_list_of_records_is_refused_by_name(
    write: Write, content: bytes, message: str
) -> None:
    folder = write()
    (folder / NAMES["validation"]).write_bytes(content)
    with pytest.raises(DataDamagedError, match=message) as caught:
        open_instruct_v2xum(folder, "annotations").video_ids()
    assert NAMES["validation"] in caught.value.message


def test_a_file_says_its_part_in_its_name_and_two_of_one_part_are_refused(write: Write) -> None:
    folder = write()
    # Of no part, and of two: neither is a file of the split.
    (folder / "captions.json").write_text("[]")
    (folder / "train_val_videoxum.json").write_text("[]")
    assert len(open_instruct_v2xum(folder, "annotations").video_ids()) == 6
    (folder / "Test-2.json").write_text("[]")
    instruct = open_instruct_v2xum(folder, "annotations")
    with pytest.raises(DataDamagedError, match="both are the test part by their names"):
        instruct.video_ids()
    assert instruct.status().problems


def test_a_missing_file_is_listed_and_without_the_test_file_there_are_no_folds(write: Write) -> None:
    folder = write()
    (folder / NAMES["validation"]).unlink()
    instruct = open_instruct_v2xum(folder, "annotations")
    assert instruct.status().missing == ("*val*.json",) and len(instruct.status().present) == 4
    assert instruct.folds("official")[0].validation == ()
    (folder / NAMES["test"]).unlink()
    with pytest.raises(DataMissingError, match="no JSON file with 'test' in its name"):
        open_instruct_v2xum(folder, "annotations").folds("official")
    with pytest.raises(UnknownSettingError, match="split set 'all' is not known"):
        open_instruct_v2xum(folder, "annotations").folds("all")
    with pytest.raises(UnknownSettingError, match="test-vid00"):
        open_instruct_v2xum(folder, "annotations").video(VIDEO)


_WORDS = st.from_regex(r"[A-Z][a-z]{0,6}( [a-z]{1,6}){0,4}\.", fullmatch=True)
_SECONDS = st.lists(st.integers(0, 900), min_size=1, max_size=4, unique=True).map(
    lambda seconds: tuple(float(second) for second in sorted(seconds))
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.builds(Told, _WORDS, _SECONDS), min_size=1, max_size=6))
def test_a_text_written_with_its_references_is_split_into_the_same(told: list[Told]) -> None:
    assert split_answer(with_references(told), {}) == told
