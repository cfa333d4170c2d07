"""The parts of the conformance suite: the walk to annotations, files on disk, longer videos, comparisons."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import Annotations, FeatureSpec, Inputs, Summary, Video
from vsumbench.data.checks import check_change_points, check_picks
from vsumbench.defaults.toy import open_toy
from vsumbench.testing import Check, Outcome, check_plugin, conformance
from vsumbench.testing.checks import Skipped, run_check
from vsumbench.testing.comparing import difference, summaries_digest
from vsumbench.testing.generated import longer, longer_annotations, only_declared, with_inputs
from vsumbench.testing.interrupting import StepCounter, Stopped
from vsumbench.testing.reach import path_to_annotations
from vsumbench.testing.saved_files import unsafe_files

TOY = open_toy(Path(), "planted")
TOLD = Annotations(video_id="x")
GLOBAL = {"told": TOLD}


@pytest.fixture
def video() -> Video:
    return TOY.video("toy_01")


# The walk -------------------------------------------------------------------------------------------------


class Holder:
    def __init__(self, held: object) -> None:
        self.held = held

    def method(self) -> None:
        """Bound methods lead to their object."""


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held


def _generator(held: object) -> Any:
    yield 1
    yield held


def _closure(held: object) -> Any:
    return lambda: held


def _default(held: object) -> Any:
    def function(given: object = held) -> object:
        return given

    return function


def _started(held: object) -> Any:
    generator = _generator(held)
    next(generator)
    return generator


@pytest.mark.parametrize(
    "wrap",
    [
        lambda held: held,
        lambda held: [{"a": (held,)}],
        Holder,
        Slotted,
        lambda held: Holder(held).method,
        _closure,
        _default,
        lambda held: partial(print, held),
        _started,
        lambda held: Holder(_closure(Slotted([held]))),
    ],
    ids=[
        "itself",
        "nested",
        "object",
        "slots",
        "method",
        "closure",
        "default",
        "partial",
        "generator",
        "deep",
    ],
)
@pytest.mark.parametrize("target", [TOLD, TOY], ids=["annotations", "reader"])
def test_every_way_to_an_annotation_is_found(wrap: Any, target: object) -> None:
    way = path_to_annotations({"video": wrap(target)})
    assert way is not None and way.startswith("video")


def _reads_a_global() -> object:
    return GLOBAL


def test_what_leads_nowhere_is_passed(video: Video) -> None:
    for harmless in (video, [1, "a", None, np.zeros(3)], _reads_a_global, Annotations, json):
        assert path_to_annotations({"root": harmless}) is None


def test_objects_left_out_are_not_entered() -> None:
    opaque = Holder(TOLD)
    assert path_to_annotations({"root": [opaque]}, without=[opaque]) is None


# Files ----------------------------------------------------------------------------------------------------


def _torch_archive(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))


UNSAFE = {
    "pickle.json": lambda path: path.write_bytes(pickle.dumps({"a": 1})),
    "weights.pkl": lambda path: path.write_bytes(pickle.dumps({"a": 1}, protocol=0)),
    "weights.pt": _torch_archive,
    "renamed.npz": _torch_archive,
    "objects.npy": lambda path: np.save(path, np.array([{}], dtype=object), allow_pickle=True),
    "objects.npz": lambda path: np.savez(path, fine=np.zeros(2), bad=np.array([{}], dtype=object)),
    "broken.json": lambda path: path.write_text("{"),
    "binary.txt": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "short.safetensors": lambda path: path.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}"),
    "text.npz": lambda path: path.write_text("no"),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_a_file_that_is_no_plain_data_is_named(name: str, tmp_path: Path) -> None:
    UNSAFE[name](tmp_path / name)
    (line,) = unsafe_files(tmp_path)
    assert line.startswith(name)


def test_plain_data_are_accepted(tmp_path: Path) -> None:
    header = json.dumps({"__metadata__": {}}).encode()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "weights.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    np.savez(tmp_path / "arrays.npz", a=np.zeros(3), names=np.array(["x", "y"]))
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "state.json").write_text("{}")
    (tmp_path / "log.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    (tmp_path / "vocabulary.txt").write_text("été\n", encoding="utf-8")
    assert list(unsafe_files(tmp_path)) == []


# Generated inputs -----------------------------------------------------------------------------------------


def test_a_longer_video_is_a_valid_video(video: Video) -> None:
    long = longer(video, 3)
    check_picks(long.picks, long.n_frames, "video")
    assert long.change_points is not None
    check_change_points(long.change_points, long.n_frames, "video")
    (feature,) = long.features.values()
    assert long.steps == 3 * video.steps == feature.steps == len(feature.read())
    told = longer_annotations(TOY.annotations(video.id), 3)
    assert told.importance is not None and told.importance.shape[1] == long.n_frames


def test_features_a_dataset_lacks_are_made_and_are_the_same_every_time(video: Video) -> None:
    wanted = FeatureSpec(name="googlenet-pool5", shape=(1024,))
    reads: Counter[tuple[str, str]] = Counter()
    first, again = (with_inputs(video, (wanted,), reads).features["googlenet-pool5"] for _ in range(2))
    assert first.read().shape == (video.steps, 1024)
    assert first.read().dtype == np.float32
    assert np.array_equal(first.read(), again.read())
    assert reads == {(video.id, "googlenet-pool5"): 4}


def test_a_feature_the_dataset_has_is_its_own(video: Video) -> None:
    given = with_inputs(video, (FeatureSpec(name="toy-8", shape=(None,)),), Counter())
    assert np.array_equal(given.features["toy-8"].read(), video.features["toy-8"].read())


def test_frames_and_text_are_made_for_every_pick(video: Video) -> None:
    given = with_inputs(video, (), Counter())
    assert given.frames is not None
    frames = list(given.frames())
    assert [frame.index for frame in frames] == video.picks.tolist()
    assert frames[0].pixels.dtype == np.uint8 and frames[0].pixels.shape[2] == 3
    assert given.text and given.text[-1].end <= video.duration


def test_frames_of_single_steps_are_those_of_the_stream_and_each_reading_is_counted(video: Video) -> None:
    reads: Counter[tuple[str, str]] = Counter()
    given = with_inputs(video, (), reads)
    assert given.frames is not None
    first, *_ = given.frames()
    some = list(given.sampled_frames([0, 2]))
    assert [frame.index for frame in some] == video.picks[[0, 2]].tolist()
    assert np.array_equal(some[0].pixels, first.pixels)
    assert reads[video.id, "frame 0"] == reads[video.id, "frame 2"] == 2 and reads[video.id, "frame 1"] == 1


def test_a_longer_video_has_frames_and_text_for_its_whole_length(video: Video) -> None:
    long = longer(with_inputs(video, (), Counter()), 2)
    assert long.frames is not None
    frames = list(long.frames())
    assert [frame.index for frame in frames] == long.picks.tolist()
    assert np.array_equal(frames[0].pixels, frames[video.steps].pixels)
    assert video.duration < long.text[-1].end <= long.duration


def test_a_stripped_video_has_only_what_is_declared(video: Video) -> None:
    full = with_inputs(video, (), Counter())
    bare = only_declared(full, None)
    assert (dict(bare.features), bare.frames, bare.text, bare.change_points) == ({}, None, (), None)
    assert bare.frames_at is None and full.frames_at is not None
    shots = only_declared(full, Inputs(change_points=True, frames=True))
    assert shots.change_points is not None and shots.frames is not None and not shots.features


# Outcomes -------------------------------------------------------------------------------------------------


def test_the_counter_stops_at_its_step_and_not_before() -> None:
    counter = StepCounter(stop_at=3)
    counter.advance("train", 1, 5)
    counter.advance("train", 2, 5, loss=1.0)
    with pytest.raises(Stopped):
        counter.advance("train", 3, 5)
    assert not issubclass(Stopped, Exception)


def test_every_difference_between_summaries_is_seen() -> None:
    one = Summary(video_id="a", importance=np.array([1.0, 2.0]), text="x", arrays={"p": np.zeros(2)})
    same = replace(one, importance=np.array([1.0, 2.0]))
    assert not difference([one], [same])
    assert summaries_digest([one]) == summaries_digest([same])
    for other in (
        replace(one, importance=np.array([1.0, 2.0 + 1e-12])),
        replace(one, importance=None),
        replace(one, importance=np.array([1.0, 2.0], dtype=np.float32)),
        replace(one, text="y"),
        replace(one, segments=np.zeros((0, 2))),
        replace(one, arrays={"p": np.ones(2)}),
        replace(one, arrays={}),
        replace(one, video_id="b"),
    ):
        assert difference([one], [other])
        assert summaries_digest([one]) != summaries_digest([other])
    assert difference([one], [])


def _raise(error: BaseException) -> None:
    raise error


def test_what_a_check_raises_decides_its_outcome() -> None:
    def outcome(error: BaseException) -> Outcome:
        return run_check(Check("name", "It holds", lambda subject: _raise(error)), None).outcome

    assert outcome(Skipped("not here")) is Outcome.SKIP
    assert outcome(ValueError("no")) is Outcome.FAIL
    assert outcome(AssertionError()) is Outcome.FAIL
    with pytest.raises(Stopped):
        outcome(Stopped("the user"))
    passed = run_check(Check("name", "It holds", lambda subject: "a remark"), None)
    assert (passed.outcome, passed.message) == (Outcome.PASS, "a remark")


def test_the_pytest_suite_has_one_test_a_check_and_fails_with_the_reason() -> None:
    test = conformance("metric", "f1")
    (mark,) = test.pytestmark  # type: ignore[attr-defined]
    names = [check.name for check in mark.args[1]]
    assert names == [result.name for result in check_plugin("metric", "f1")] == list(mark.kwargs["ids"])
    test(mark.args[1][0])
    broken = Check("broken", "nothing is wrong", lambda subject: _raise(ValueError("something")))
    with pytest.raises(pytest.fail.Exception, match="nothing is wrong: raised ValueError: something"):
        test(broken)
