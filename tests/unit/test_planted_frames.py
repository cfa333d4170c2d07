"""Frames of planted videos: fixed for ever in look version 1, drawn on demand, and telling what happens."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from vsumbench.data import sha256_arrays
from vsumbench.planted import MIXES, PRETRAINING, TARGET, Scene, VideoScript, write_script
from vsumbench.planted.lexicon import BACKGROUNDS, COLOURS, COUNTS, EVENTS, MOTIONS, SHAPES
from vsumbench.planted.look import LOOKS
from vsumbench.planted.motion import Course, courses
from vsumbench.planted.noise import noise
from vsumbench.planted.render import render

LOOK_1 = "1ba9c3d2fda2a202079aca037235e4cad0cc64b1449fce0fdfab511804da7459"


def frames(script: VideoScript, seconds: list[int], size: int = 64) -> NDArray[np.uint8]:
    return np.stack(list(render(script, seconds, size)))


def scripted(**changes: object) -> VideoScript:
    """A video of one scene: a red square that stands still in a city."""
    facts: dict[str, object] = {
        "start": 0,
        "end": 24,
        "shape": "square",
        "colour": "red",
        "count": 1,
        "motion": "still",
        "background": "city",
        "event": None,
        "highlight_start": 20,
        "highlight_end": 24,
    }
    scene = Scene(**(facts | changes))  # type: ignore[arg-type]
    return VideoScript(id="v_drawn", mix="pretraining", seconds=24, scenes=(scene,))


def test_look_version_1_is_what_it_always_was() -> None:
    drawn = {}
    for mix in MIXES.values():
        for number in range(4):
            script = write_script(mix, f"v_frozen{number}")
            drawn[f"{mix.name}{number}"] = frames(script, list(range(0, script.seconds, 3)))
    assert sha256_arrays(drawn) == LOOK_1


def test_frames_of_some_seconds_are_those_of_the_whole_video() -> None:
    script = write_script(TARGET, "v_test0001")
    whole = frames(script, list(range(script.seconds)))
    some = [script.seconds - 1, 0, script.seconds // 2]
    assert np.array_equal(frames(script, some), whole[some])
    assert whole.shape == (script.seconds, 64, 64, 3) and whole.dtype == np.uint8


@pytest.mark.parametrize("size", [64, 80, 96])
def test_frames_of_other_sizes_show_the_same(size: int) -> None:
    script = write_script(PRETRAINING, "v_test0002")
    drawn = frames(script, [0], size)[0]
    assert drawn.shape == (size, size, 3)
    small = frames(script, [0])[0]
    assert abs(float(drawn.mean()) - float(small.mean())) < 6


@pytest.mark.parametrize(
    ("attribute", "values"),
    [
        ("shape", tuple(SHAPES)),
        ("colour", tuple(COLOURS)),
        ("count", tuple(COUNTS)),
        ("background", tuple(BACKGROUNDS)),
    ],
)
def test_every_value_of_an_attribute_looks_different_in_one_frame(
    attribute: str, values: tuple[object, ...]
) -> None:
    drawn = {value: frames(scripted(**{attribute: value}), [3])[0].astype(int) for value in values}
    for one, other in combinations(values, 2):
        changed = np.abs(drawn[one] - drawn[other]).max(axis=2) > 25
        assert changed.sum() >= 20, f"{one} and {other}"


def test_every_event_shows_during_the_highlight_and_only_then() -> None:
    plain = frames(scripted(), [3])[0].astype(int)
    shown = {}
    for event in EVENTS:
        script = scripted(event=event, highlight_start=10, highlight_end=14)
        before, during = frames(script, [3, 12]).astype(int)
        assert np.array_equal(before, plain)
        shown[event] = during
        assert (np.abs(during - frames(scripted(), [12])[0]).max(axis=2) > 25).sum() >= 100, event
    for one, other in combinations(EVENTS, 2):
        assert (np.abs(shown[one] - shown[other]).max(axis=2) > 25).sum() >= 100


def test_every_motion_is_told_by_where_the_objects_are() -> None:
    def track(motion: str) -> list[tuple[float, float, float]]:
        [course] = courses(scripted(motion=motion, highlight_start=22))
        groups = [course.group(second) for second in range(24)]
        return [(*group.centres[0], group.radius) for group in groups]

    tracks = {motion: np.asarray(track(motion)) for motion in MOTIONS}
    x, y, radius = 0, 1, 2
    assert np.all(np.diff(tracks["right"][:, x]) > 0) and np.all(np.diff(tracks["left"][:, x]) < 0)
    assert np.all(np.diff(tracks["down"][:, y]) > 0) and np.all(np.diff(tracks["up"][:, y]) < 0)
    assert np.all(np.diff(tracks["grow"][:, radius]) > 0) and np.all(np.diff(tracks["shrink"][:, radius]) < 0)
    assert np.ptp(tracks["still"], axis=0).max() == 0
    turns = np.sign(np.diff(tracks["zigzag"][:, y]))
    assert (np.diff(turns[turns != 0]) != 0).sum() >= 4
    assert np.ptp(tracks["around"][:, x]) > 0.2 and np.ptp(tracks["around"][:, y]) > 0.2


def test_objects_stay_in_the_frame_but_for_a_little() -> None:
    for mix in (PRETRAINING, TARGET):
        for number in range(60):
            script = write_script(mix, f"v_in{number}")
            for course in courses(script):
                for second in range(course.scene.start, course.scene.end):
                    group = course.group(second)
                    for place in (value for centre in group.centres for value in centre):
                        assert abs(place) < 0.5, (script.id, course.scene.motion)


def test_a_moving_object_leaves_a_trail_and_a_still_one_does_not() -> None:
    def touched(motion: str) -> int:
        with_it = frames(scripted(motion=motion), [12])[0].astype(int)
        without = frames(scripted(motion=motion, shape="bar"), [12])[0].astype(int)
        return int((np.abs(with_it - without).max(axis=2) > 12).sum())

    assert touched("right") > 1.15 * touched("still")


def test_the_two_corpora_look_different_and_share_no_frequency_order() -> None:
    assert LOOKS["pretraining"] != LOOKS["target"]

    def colours(mix_name: str) -> NDArray[np.float64]:
        script = write_script(MIXES[mix_name], "v_same")
        return frames(script, [0])[0].reshape(-1, 3).mean(axis=0)

    assert np.abs(colours("pretraining") - colours("target")).max() > 3
    differing = [a for a in ("shape", "colour", "motion") if PRETRAINING.order(a) != TARGET.order(a)]
    assert len(differing) == 3


def test_noise_is_of_mean_0_and_variance_1_and_of_its_seed_alone() -> None:
    drawn = noise(2**63 + 11, (64, 64, 3))
    assert abs(float(drawn.mean())) < 0.03 and abs(float(drawn.var()) - 1) < 0.05
    assert float(np.abs(drawn).max()) <= 4.95
    assert np.array_equal(drawn, noise(2**63 + 11, (64, 64, 3)))
    assert not np.array_equal(drawn, noise(2**63 + 12, (64, 64, 3)))
    neighbours = np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 0.03


def test_an_unknown_shape_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=re.escape("no such shape: 'blob'")):
        frames(scripted(shape="blob"), [0])


def test_a_course_is_of_its_scene() -> None:
    script = write_script(TARGET, "v_test0003")
    found = courses(script)
    assert all(isinstance(course, Course) for course in found)
    assert tuple(course.scene for course in found) == script.scenes
