"""The toy dataset keeps the contract and carries its signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vsumbench.contracts import Dataset, Provides
from vsumbench.data import (
    DataRoot,
    check_change_points,
    check_picks,
    folds_digest,
    resolve_edition,
    verify_edition,
)
from vsumbench.defaults.toy import Toy, open_toy
from vsumbench.defaults.toy_spec import TOY, TOY_8
from vsumbench.errors import UnknownSettingError

FINGERPRINT = "fbc3601d27dafca4bfe6187768a941690e5503f39185fa4a47d3bd8a6106c92d"


@pytest.fixture(scope="module")
def toy() -> Toy:
    return open_toy(Path("nowhere"), "planted")


def test_it_resolves_without_a_data_root_and_verifies(tmp_path: Path) -> None:
    found = resolve_edition(
        TOY, DataRoot(tmp_path / "none", True, "--data-root"), load=lambda dotted: open_toy
    )
    assert isinstance(found.dataset, Dataset) and found.notices == () and found.status.complete
    checked = verify_edition(TOY, found.edition, found.folder, found.dataset)
    assert checked.problems == () and checked.statistics["annotations"] == 72


def test_its_content_is_fixed(toy: Toy) -> None:
    assert toy.fingerprint() == FINGERPRINT


def test_every_video_has_what_the_edition_declares(toy: Toy) -> None:
    provides = TOY.editions[0].provides
    assert provides == Provides(
        features=(TOY_8,),
        change_points=True,
        importance=True,
        user_summaries=True,
        text_references=True,
        timed_captions=True,
    )
    for video_id in toy.video_ids():
        video, told = toy.video(video_id), toy.annotations(video_id)
        assert video.change_points is not None and told.importance is not None
        assert told.user_summaries is not None
        check_picks(video.picks, video.n_frames, "toy")
        check_change_points(video.change_points, video.n_frames, "toy")
        feature = video.features["toy-8"]
        assert feature.read().shape == (feature.steps, 8) == (video.steps, 8)
        assert feature.read().dtype == np.float32
        assert told.importance.shape == told.user_summaries.shape == (6, video.n_frames)
        assert set(np.unique(told.importance)) <= {1.0, 2.0, 3.0, 4.0, 5.0}
        assert (told.user_summaries.sum(axis=1) <= 3 * video.n_frames // 20).all()
        assert told.user_summaries.any(axis=1).all()
        assert len(told.texts) == 2 == len(told.captions)
        for text, captions in zip(told.texts, told.captions, strict=True):
            assert text == " ".join(caption.text for caption in captions)
            assert captions[-1].end == video.duration


def test_folds_partition_the_videos_and_have_the_declared_digests(toy: Toy) -> None:
    assert sorted(video for fold in toy.folds("folds") for video in fold.test) == sorted(toy.video_ids())
    for split in TOY.split_sets:
        assert folds_digest(toy.folds(split.id)) == split.digest
    with pytest.raises(UnknownSettingError):
        toy.folds("fold")
    with pytest.raises(UnknownSettingError):
        toy.video("toy_99")


def test_a_line_through_the_features_of_two_folds_finds_the_importance_of_the_third(toy: Toy) -> None:
    def table(videos: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        features = [toy.video(video).features["toy-8"].read() for video in videos]
        ratings = []
        for video in videos:
            rows = toy.annotations(video).importance
            assert rows is not None
            ratings.append(rows[:, toy.video(video).picks].mean(axis=0))
        stacked = np.concatenate(features)
        return np.column_stack([stacked, np.ones(len(stacked))]), np.concatenate(ratings)

    for fold in toy.folds("folds"):
        rows, target = table(fold.train)
        weights, *_ = np.linalg.lstsq(rows, target, rcond=None)
        unseen, truth = table(fold.test)
        assert np.corrcoef(unseen @ weights, truth)[0, 1] > 0.4
