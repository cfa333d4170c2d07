"""Frame vectors: read where they are stored, else made once a video and encoder."""

from __future__ import annotations

import gc
from functools import partial
from typing import Any

import numpy as np
import pytest
from seen_through import Table, draw, item, video
from vsumbench_text_metrics import clip_vectors
from vsumbench_text_metrics.clip_metrics import score
from vsumbench_text_metrics.clip_vectors import FRAMES_AT_ONCE, frame_vectors

from vsumbench.contracts import Feature, FeatureSpec
from vsumbench.errors import DataDamagedError, MismatchError

NAME = "clip[me/clip]"
VECTORS = np.random.default_rng(0).standard_normal((100, 4)).astype(np.float32)


def feature(rows: Any, extractor: str | None, name: str = "clip") -> Feature:
    rows = np.asarray(rows, dtype=np.float32)
    spec = FeatureSpec(name=name, shape=rows.shape[1:], extractor=extractor)
    return Feature(spec=spec, steps=len(rows), read=lambda: rows)


def test_frames_are_encoded_in_order_and_in_batches() -> None:
    encoder = Table(VECTORS)
    found = frame_vectors(video(100), encoder, NAME)
    np.testing.assert_array_equal(found, VECTORS)
    assert max(encoder.batches) == FRAMES_AT_ONCE and sum(encoder.batches) == 100


def test_a_stream_serves_where_single_frames_cannot_be_had() -> None:
    found = frame_vectors(video(5, frames_at=None), Table(VECTORS), NAME)
    np.testing.assert_array_equal(found, VECTORS[:5])


def test_a_video_is_encoded_once_for_all_metrics_and_predictions() -> None:
    encoder = Table(VECTORS)
    for predicted in ([1], [2, 3]):
        score(["f-clip[m]", "f-clip[m,union]"], item(40, predicted, [0, 4]), encoder)
    assert sum(encoder.batches) == 40


def test_each_encoder_has_its_own_vectors() -> None:
    one, other = Table(VECTORS), Table(-VECTORS)
    np.testing.assert_array_equal(frame_vectors(video(9), one, NAME), -frame_vectors(video(9), other, NAME))


def test_two_videos_of_one_id_are_not_confused() -> None:
    # Trap: SumMe and TVSum both have a `video_1`.
    encoder = Table(VECTORS)
    assert len(frame_vectors(video(9, "video_1"), encoder, NAME)) == 9
    assert len(frame_vectors(video(7, "video_1"), encoder, NAME)) == 7
    later = video(7, "video_1", n_frames=14, picks=np.arange(0, 14, 2), frames_at=partial(_doubled, draw))
    np.testing.assert_array_equal(frame_vectors(later, encoder, NAME), VECTORS[0:14:2])


def _doubled(drawn: Any, steps: Any) -> Any:
    return drawn([2 * step for step in steps])


def test_what_is_kept_is_bounded_and_the_least_used_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_vectors, "KEPT_BYTES", 2 * VECTORS[:10].nbytes)
    encoder = Table(VECTORS)
    for name in ("a", "b", "a", "c", "a"):
        frame_vectors(video(10, name), encoder, NAME)
    assert sum(encoder.batches) == 30
    frame_vectors(video(10, "b"), encoder, NAME)
    assert sum(encoder.batches) == 40


def test_nothing_is_kept_longer_than_its_encoder() -> None:
    encoder = Table(VECTORS)
    frame_vectors(video(10), encoder, NAME)
    before = len(clip_vectors._kept)
    del encoder
    gc.collect()
    assert len(clip_vectors._kept) == before - 1


def test_an_encoder_that_cannot_be_a_key_works_too() -> None:
    class ByValue(Table):
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return isinstance(other, ByValue)

    np.testing.assert_array_equal(frame_vectors(video(9), ByValue(VECTORS), NAME), VECTORS[:9])


def test_a_stored_feature_of_this_encoder_is_read_instead_of_frames() -> None:
    stored = {"clip": feature(-VECTORS[:9], NAME)}
    encoder = Table(VECTORS)
    found = frame_vectors(video(9, features=stored, frames=None, frames_at=None), encoder, NAME)
    np.testing.assert_array_equal(found, -VECTORS[:9])
    assert encoder.batches == []


@pytest.mark.parametrize("extractor", ["clip[me/other]", "clip", None])
def test_a_stored_feature_of_anything_else_is_not_taken(extractor: str | None) -> None:
    stored = {"clip": feature(-VECTORS[:9], extractor)}
    found = frame_vectors(video(9, features=stored), Table(VECTORS), NAME)
    np.testing.assert_array_equal(found, VECTORS[:9])


def test_the_metric_looks_for_the_feature_by_the_name_of_its_encoder() -> None:
    stored = {"clip": feature(VECTORS[:9], "clip[/models/clip-l]")}
    what = item(9, [0], [0], video=video(9, features=stored, frames=None, frames_at=None))
    found = score(["f-clip[/models/clip-l,union]"], what, Table(VECTORS))
    assert found["f-clip[/models/clip-l,union]"].values[0] == pytest.approx(1.0)
    with pytest.raises(MismatchError, match=r"no stored feature of 'clip\[me/clip\]'"):
        score(["f-clip[me/clip]"], what, Table(VECTORS))


def test_a_stored_feature_of_another_length_is_refused_and_never_cut() -> None:
    stored = {"clip": feature(VECTORS[:8], NAME)}
    with pytest.raises(MismatchError, match=r"has 8 steps .* each of its 9 steps"):
        frame_vectors(video(9, features=stored), Table(VECTORS), NAME)


def test_a_stored_feature_of_tokens_is_refused() -> None:
    stored = {"clip": feature(np.zeros((9, 2, 4)), NAME)}
    with pytest.raises(MismatchError, match=r"\(2, 4\)"):
        frame_vectors(video(9, features=stored), Table(VECTORS), NAME)


def test_an_edition_without_frames_says_what_would_do() -> None:
    with pytest.raises(MismatchError, match="has no frames here") as caught:
        frame_vectors(video(9, frames=None, frames_at=None), Table(VECTORS), NAME)
    assert "edition" in caught.value.hint


def test_frames_that_end_too_early_are_damaged_data() -> None:
    short = video(9, frames=partial(draw, range(6)), frames_at=None)
    with pytest.raises(DataDamagedError, match="6 frames were decoded for 9 steps"):
        frame_vectors(short, Table(VECTORS), NAME)
