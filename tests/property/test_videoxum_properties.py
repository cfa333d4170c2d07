"""VideoXum's released selection, the sigmoid of its released code, and VT-CLIPScore."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsumbench.scoring.shots import top_share
from vsumbench.scoring.videoxum import clip_count, released_saliency, released_selection, vt_clip_score

SALIENCY = st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=80).map(np.asarray)


@given(SALIENCY)
def test_the_released_selection_hangs_on_one_frame_which_it_always_selects(logits: np.ndarray) -> None:
    selected = released_selection(logits)
    decides = len(logits) - 1 - int(0.15 * len(logits))
    assert selected[decides]
    assert selected.tolist() == [value >= logits[decides] for value in logits]


@given(SALIENCY)
def test_on_rising_scores_the_released_selection_is_the_one_that_was_meant(logits: np.ndarray) -> None:
    rising = np.sort(logits)
    np.testing.assert_array_equal(released_selection(rising), top_share(rising))


def test_how_much_the_released_code_selects_is_arbitrary() -> None:
    falling = np.arange(100.0)[::-1]
    assert released_selection(falling).sum() == 85 and top_share(falling).sum() == 16
    peak = np.zeros(100)
    peak[84] = 1.0
    assert released_selection(peak).sum() == 1 and top_share(peak).sum() == 100


@given(SALIENCY)
def test_the_released_sigmoid_keeps_the_order_but_may_tie_it(logits: np.ndarray) -> None:
    saliency = released_saliency(logits)
    assert saliency.dtype == np.float32 and (saliency >= 0).all() and (saliency <= 1).all()
    assert (np.diff(saliency[np.argsort(logits)]) >= 0).all()


def test_the_released_sigmoid_ties_what_lies_beyond_17() -> None:
    assert released_saliency([18.0, 30.0, 200.0]).tolist() == [1.0, 1.0, 1.0]
    assert released_saliency([-200.0, 0.0]).tolist() == [0.0, 0.5]


@given(SALIENCY, st.integers(0, 2**32 - 1))
def test_vt_clip_score_is_the_cosine_of_the_mean_of_the_best_frames(logits: np.ndarray, seed: int) -> None:
    draw = np.random.default_rng(seed)
    vectors, text = draw.normal(size=(len(logits), 6)), draw.normal(size=6)
    order = sorted(range(len(logits)), key=lambda step: (-logits[step], step))
    mean = np.mean([vectors[step] for step in order[: clip_count(len(logits))]], axis=0)
    cosine = mean @ text / np.linalg.norm(mean) / np.linalg.norm(text)
    found = vt_clip_score(vectors, logits, text)
    assert found == pytest.approx(cosine, abs=1e-12) and -1 <= found <= 1
    # Frames are averaged as stored, so their lengths matter; that of the text does not.
    assert vt_clip_score(vectors, logits, 9 * text) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(("steps", "count"), [(1, 1), (6, 1), (7, 1), (13, 1), (14, 2), (20, 3), (200, 30)])
def test_at_least_one_frame_is_looked_at(steps: int, count: int) -> None:
    assert clip_count(steps) == count


def test_of_equal_saliencies_the_earlier_frames_are_looked_at() -> None:
    vectors = np.eye(20)
    assert vt_clip_score(vectors, np.zeros(20), vectors[:3].sum(axis=0)) == pytest.approx(1.0)


def test_a_zero_vector_has_no_vt_clip_score() -> None:
    assert math.isnan(vt_clip_score(np.eye(3), [1.0, 0.0, 0.0], np.zeros(3)))
    assert math.isnan(vt_clip_score(np.zeros((3, 3)), [1.0, 0.0, 0.0], np.ones(3)))


@pytest.mark.parametrize(
    ("vectors", "saliency", "text", "message"),
    [
        (np.ones((3, 2)), [1.0, 2.0], np.ones(2), "are not"),
        (np.ones((2, 2)), [1.0, 2.0], np.ones(3), "are not"),
        (np.ones((0, 2)), [], np.ones(2), "at least 1"),
        (np.ones((2, 2)), [1.0, np.nan], np.ones(2), "NaN"),
        (np.full((2, 2), np.inf), [1.0, 2.0], np.ones(2), "infinity"),
    ],
    ids=["frames", "dimensions", "empty", "nan", "infinite"],
)
def test_what_does_not_belong_together_is_refused(
    vectors: object, saliency: object, text: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        vt_clip_score(vectors, saliency, text)  # type: ignore[arg-type]


def test_a_video_without_a_step_has_no_released_selection() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        released_selection([])
