"""Which frames are described, which captions are kept, and what groups they form."""

from __future__ import annotations

import numpy as np
import pytest
from vsumbench_milora.captioning.captions import Caption, clusters, distinct, jaccard, words_of
from vsumbench_milora.captioning.options import CaptionOptions
from vsumbench_milora.captioning.sampling import caption_steps, spread


def told(*texts: str) -> list[Caption]:
    return [Caption(float(time), text) for time, text in enumerate(texts)]


def test_a_frame_a_second_is_the_first_step_at_or_after_each_second() -> None:
    assert caption_steps(np.arange(0, 3.1, 0.5), 1.0, 32) == (0, 2, 4, 6)
    assert caption_steps(np.array([0.0, 0.7, 1.4, 2.1, 2.8]), 1.0, 32) == (0, 2, 3)
    assert caption_steps(np.arange(5.0), 0.5, 32) == (0, 2, 4)
    assert caption_steps(np.arange(4.0) + 10, 1.0, 32) == (0, 1, 2, 3), "a clip that begins later"


def test_steps_farther_apart_than_asked_for_are_all_taken_once() -> None:
    assert caption_steps(np.array([0.0, 5.0, 10.0]), 1.0, 32) == (0, 1, 2)
    assert caption_steps(np.array([3.0]), 1.0, 32) == (0,)
    assert caption_steps(np.array([]), 1.0, 32) == ()


def test_a_long_video_is_thinned_evenly_from_beginning_to_end() -> None:
    steps = caption_steps(np.arange(960) / 30.0 * 10, 1.0, 32)
    assert len(steps) == 32
    gaps = np.diff((0, *steps, 959))
    assert gaps[1:-1].max() - gaps[1:-1].min() <= 1 and abs(gaps[0] - gaps[-1]) <= 2
    assert spread(range(10), 3) == (1, 5, 8)
    assert spread(range(3), 3) == (0, 1, 2)


def test_an_hour_at_an_odd_rate_is_sampled_without_drift() -> None:
    times = np.arange(int(3600 * 29.97)) / 29.97
    steps = np.array(caption_steps(times, 1.0, 10_000))
    assert len(steps) == 3600
    late = times[steps] - np.arange(3600)
    assert (late > -1e-5).all() and (late < 1 / 29.97).all()


def test_words_have_no_case_and_no_punctuation() -> None:
    assert words_of("A red ball; a RED ball.") == {"a", "red", "ball"}
    assert jaccard(words_of("a b c d"), words_of("c d e")) == 2 / 5
    assert jaccard(words_of(""), words_of("...")) == 1.0


def test_near_duplicates_of_any_earlier_caption_are_left_out_and_counted() -> None:
    captions = told("A red ball rolls.", "A cat.", "a red ball, rolls", "", "...", "A cat sleeps here.")
    kept = distinct(captions, 0.8)
    assert [(one.time, one.text, one.frames) for one in kept] == [
        (0.0, "A red ball rolls.", 2),
        (1.0, "A cat.", 1),
        (5.0, "A cat sleeps here.", 1),
    ]


def test_an_overlap_of_exactly_the_threshold_is_kept() -> None:
    captions = told("a b c d", "a b c d e")  # 4 of 5 words in common.
    assert len(distinct(captions, 0.8)) == 2
    assert len(distinct(captions, 0.79)) == 1
    assert len(distinct(told("a", "a"), 1.0)) == 2


def test_groups_form_around_their_first_captions() -> None:
    groups = clusters(told("red ball rolls", "blue cube falls", "red ball falls", "blue cube rolls"), 0.5)
    assert [[one.time for one in group] for group in groups] == [[0.0, 2.0], [1.0, 3.0]]
    assert len(clusters(told("red ball rolls", "red ball falls"), 0.51)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"max_frames": 0}, "max_frames is 0"),
        ({"caption_tokens": 0}, "caption_tokens is 0"),
        ({"frames_per_second": 0.0}, "frames_per_second is 0.0"),
        ({"frames_per_second": float("inf")}, "frames_per_second is inf"),
        ({"duplicate_above": 1.1}, "duplicate_above is 1.1"),
    ],
)
def test_senseless_options_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CaptionOptions(**changes)  # type: ignore[arg-type]
