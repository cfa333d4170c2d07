"""Training on the other three sets: where their files are found, and what is refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import eccv16_files as tiny
import numpy as np
import pytest
from vsumbench_datasets.eccv16.joined import Joined
from vsumbench_datasets.summe.reader import open_summe
from vsumbench_datasets.summe.spec import SUMME

from vsumbench.contracts import Fold, TrainsOnMore
from vsumbench.errors import DataMissingError, UnknownSettingError
from vsumbench.testing import dataset_checks
from vsumbench.testing.checks import Failed
from vsumbench.testing.dataset_subject import OpenEdition
from vsumbench.testing.reach import path_to_annotations


def test_other_sets_train_from_sibling_folders_and_from_the_own_one_first(
    keyed_originals: Path, tmp_path: Path
) -> None:
    dataset = tiny.summe(keyed_originals)
    assert isinstance(dataset, TrainsOnMore)
    ids = dataset.training_ids()
    assert len(ids) == 139 and {"tvsum/video_50", "ovp/video_7", "youtube-39/video_50"} <= set(ids)
    video, told = dataset.video("ovp/video_7"), dataset.annotations("ovp/video_7")
    assert video.id == told.video_id == "ovp/video_7" and video.n_frames == 87
    assert video.features["googlenet-pool5"].read().shape == (6, 1024)
    assert told.importance is None and told.gtscore is not None and told.gtsummary is not None
    # The published archive has all four files; one in the dataset's own folder comes first.
    alone = tmp_path / "elsewhere" / "summe"
    shutil.copytree(keyed_originals / "summe", alone)
    assert open_summe(alone, "full").training_ids() == ()
    changed = tiny.write_ovp(alone / "datasets")
    tiny.change_array(changed, "video_7/gtscore", lambda v: v + np.float32(1))
    one = tiny.summe(alone.parent)
    assert one.training_ids() == tuple(f"ovp/video_{n}" for n in range(1, 51))
    later = one.annotations("ovp/video_7").gtscore
    assert later is not None and later == pytest.approx(told.gtscore + 1)
    with pytest.raises(DataMissingError, match=r"'tvsum/video_1' is trained on, and eccv16_dataset_tvsum"):
        one.video("tvsum/video_1")


def test_unknown_training_videos_are_named(keyed_originals: Path) -> None:
    for video_id in ("ovp/video_51", "youtube-39/video_22", "summe/video_1", "nothing/video_1"):
        with pytest.raises(UnknownSettingError, match=video_id):
            tiny.summe(keyed_originals).video(video_id)


def test_the_training_fingerprint_follows_the_content_of_the_other_sets(keyed_root: Path) -> None:
    shutil.rmtree(keyed_root / "tvsum")
    shutil.rmtree(keyed_root / "youtube_39")
    first, own = tiny.summe(keyed_root).training_fingerprint(), tiny.summe(keyed_root).fingerprint()
    tiny.change_array(keyed_root / "OVP" / tiny.OVP, "video_7/gtscore", lambda v: v + np.float32(1))
    assert (
        tiny.summe(keyed_root).training_fingerprint() != first and tiny.summe(keyed_root).fingerprint() == own
    )


def test_nothing_a_video_refers_to_leads_to_annotations(keyed_originals: Path) -> None:
    for dataset in (tiny.summe(keyed_originals), tiny.tvsum(keyed_originals)):
        for video_id in ("video_3", "ovp/video_3", "youtube-39/video_12"):
            dataset.annotations(video_id)
            video = dataset.video(video_id)
            video.features["googlenet-pool5"].read()
            assert path_to_annotations({"video": video}) is None


def test_changing_what_was_read_does_not_change_what_is_read_next(keyed_originals: Path) -> None:
    dataset = tiny.summe(keyed_originals)
    video = dataset.video("video_3")
    video.picks[:] = 0
    assert video.change_points is not None
    video.change_points[:] = 0
    again = dataset.video("video_3")
    assert again.picks[1] == 15 and again.change_points is not None and again.change_points[1, 0] == 30


class _Extra:
    """A dataset whose first augmented fold trains on, or tests, one more video."""

    def __init__(self, dataset: Joined, train: str = "", test: str = "") -> None:
        self._dataset, self._train, self._test = dataset, train, test

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dataset, name)

    def training_ids(self) -> tuple[str, ...]:
        return self._dataset.training_ids()

    def training_fingerprint(self) -> str:
        return self._dataset.training_fingerprint()

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        first, *rest = self._dataset.folds(split_set)
        if split_set == "augment":
            train = (*first.train, *([self._train] if self._train else []))
            first = replace(first, train=train, test=(*first.test, *([self._test] if self._test else [])))
        return (first, *rest)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ("ovp/video_51", "", "no video 'ovp/video_51'"),
        ("summe/video_1", "", "no video 'summe/video_1'"),
        ("video_26", "", "no video 'video_26'"),
        ("", "mr-hisum/video_1", "no video 'mr-hisum/video_1'"),
    ],
)
def test_the_conformance_suite_finds_training_videos_that_do_not_exist(
    keyed_originals: Path, train: str, test: str, message: str
) -> None:
    edition = SUMME.edition("full")
    assert edition is not None
    dataset: Any = _Extra(tiny.summe(keyed_originals), train, test)
    subject: Any = SimpleNamespace(
        spec=SUMME, editions=[OpenEdition(edition, keyed_originals / "summe", dataset, ("video_1",))]
    )
    with pytest.raises(Failed, match=message):
        dataset_checks.folds(subject)


def test_the_conformance_suite_lets_training_videos_be_absent(keyed_root: Path) -> None:
    for folder in ("tvsum", "OVP", "youtube_39"):
        shutil.rmtree(keyed_root / folder)
    edition = SUMME.edition("full")
    assert edition is not None
    subject: Any = SimpleNamespace(
        spec=SUMME,
        editions=[OpenEdition(edition, keyed_root / "summe", tiny.summe(keyed_root), ("video_1",))],
    )
    dataset_checks.folds(subject)
