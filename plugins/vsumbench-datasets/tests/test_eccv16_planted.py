"""Planted SumMe, TVSum, OVP and YouTube: frozen, in the published layout, and with a signal to be found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import eccv16_files as tiny
import h5py
import numpy as np
import pytest
import scipy.io
from numpy.typing import NDArray
from scipy.stats import kendalltau
from vsumbench_datasets.eccv16 import planted
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.planted import annotators, group_arrays, planted_shots, planted_video
from vsumbench_datasets.ovp.spec import OVP
from vsumbench_datasets.summe.planted import segment_codes, write_truth
from vsumbench_datasets.summe.spec import SUMME
from vsumbench_datasets.tvsum.planted import rating_arrays, write_ratings
from vsumbench_datasets.tvsum.spec import TVSUM
from vsumbench_datasets.youtube39.spec import YOUTUBE_39

from vsumbench.contracts import Annotations, Dataset, TrainsOnMore, Video
from vsumbench.data import make_edition, open_edition, sha256_arrays, sha256_file, verify_edition
from vsumbench.importing import load_implementation
from vsumbench.planted import TARGET, simulate, wide_features, write_script
from vsumbench.scoring.keyshots import keyshot_summary
from vsumbench.scoring.shots import hold
from vsumbench.testing import conformance
from vsumbench.testing.reach import path_to_annotations

SPECS = {spec.id: spec for spec in (SUMME, TVSUM, OVP, YOUTUBE_39)}

PINNED = {
    ("summe", 0): "1d58c5f7021096c0e2b743ba1785e58fd82218cff3e8c940c94dfc4a29eea075",
    ("summe", 6): "9213ca59699ff4020b4cb947cb8226a3cf0d0546f1abf3ec373ae31860f8fae4",
    ("tvsum", 0): "c3137d68528d5e0a31f4c1bdd69edaf497af791cd9a989b6be0b070fb9693085",
    ("tvsum", 6): "46003406d98568049c858aca5bb2ac17d0ae6bbde1efe9f0fa8522f360132c69",
    ("ovp", 0): "98b57a6df1338a16c1a070536381ebf8abac89d9d93768e7a95133ed290345cf",
    ("ovp", 6): "44ec06efdd995a8e1ee53502836ed2cf3464b30a121597d3757f503fb266d0bc",
    ("youtube-39", 0): "2c68f812ee54d0d32a0fd6a501c7611bfb42d8bb2fde371fa6ec082f2166ad89",
    ("youtube-39", 6): "755dd31e97296eb2cb817ddbfb09401174987e9ca36ef0abea1943c1285f57c7",
}
PINNED_RATINGS = {
    0: "a3d43d1358c69249bf67005fa208304bf511d8cf2909c9888ab0ccb34bc612ad",
    6: "55030665828e8f727caae5c1b76f8269588f9284a0ebbb569c89c84f8441c641",
}
PINNED_CODES = {
    0: "edc4d06e757c40b11186e3500071b5e448176739d586a8de4669270add757d1d",
    6: "96d4e747ece31e236b891a9db9d0466d6584bbbcbf87e0c7a3ebdc051a9eefef",
}


@pytest.fixture(autouse=True, scope="module")
def _planted() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # Three of the folders hold the same videos; here they are generated once.
        patch.setattr(planted, "group_arrays", cache(group_arrays))
        patch.delenv("VSUMBENCH_DATA", raising=False)
        yield


def load(dotted: str) -> Any:
    return load_implementation(dotted, what="the test", extras=())


@cache
def folder_of(name: str) -> Path:
    """The folder of a planted edition, made if need be."""
    edition = SPECS[name].edition("planted")
    assert edition is not None
    return make_edition(SPECS[name], edition, load)[0]


def opened(name: str) -> Dataset:
    edition = SPECS[name].edition("planted")
    assert edition is not None
    return open_edition(SPECS[name], edition, folder_of(name), load)


@pytest.mark.parametrize(("dataset", "number"), PINNED)
def test_the_generator_is_frozen(dataset: str, number: int) -> None:
    arrays = group_arrays(LAYOUTS[dataset], number)
    found = sha256_arrays({key: np.asarray(value) for key, value in arrays.items()})
    assert found == PINNED[dataset, number], "raise PLANTED_VERSION: planted content has changed"


def test_generated_ratings_and_segments_are_frozen() -> None:
    for number, digest in PINNED_RATINGS.items():
        assert sha256_arrays({k: v for k, (v, _) in rating_arrays(number).items()}) == digest
    for number, digest in PINNED_CODES.items():
        codes = segment_codes(planted_video(LAYOUTS["summe"], number))
        assert sha256_arrays({"codes": codes}) == digest


test_summe = conformance("dataset", "summe")
test_tvsum = conformance("dataset", "tvsum")
test_ovp = conformance("dataset", "ovp")
test_youtube_39 = conformance("dataset", "youtube-39")


@pytest.mark.parametrize(
    "name",
    ["summe", "youtube-39", *(pytest.param(name, marks=pytest.mark.slow) for name in ("tvsum", "ovp"))],
)
def test_everything_verifies_with_the_declared_counts(name: str) -> None:
    spec = SPECS[name]
    edition = spec.edition("planted")
    assert edition is not None and edition.version == "1"
    found = verify_edition(spec, edition, folder_of(name), opened(name))
    assert found.problems == () and found.status.complete
    for key in ("videos", "annotations", "frames"):
        assert found.statistics[key] == spec.expected[f"planted:{key}"]


def test_keys_and_types_are_those_of_the_published_files() -> None:
    by_hand = dict(tiny.training_groups([1]))[1]
    with h5py.File(folder_of("summe") / tiny.SUMME) as file:
        group = file["video_12"]
        assert set(group) == {*by_hand, "video_name"} and group["video_name"][()] == b"Jumps"
        for key, value in by_hand.items():
            stored = group[key]
            assert stored.dtype.kind == np.asarray(value).dtype.kind and stored.ndim == np.ndim(value), key
        for key in ("features", "gtscore", "user_summary", "gtsummary"):
            assert group[key].dtype == np.float32
    with h5py.File(folder_of("tvsum") / "ydata-tvsum50.mat") as file:
        assert file.userblock_size == 512
        fields = {"video", "category", "title", "length", "nframes", "user_anno", "gt_score"}
        assert set(file["tvsum50"]) == fields
        assert all(file["tvsum50"][field].shape == (50, 1) for field in fields)
        ratings = file[file["tvsum50/user_anno"][6, 0]]
        assert ratings.dtype == np.float64 and set(np.unique(ratings[()])) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    truth = scipy.io.loadmat(folder_of("summe") / "GT" / "Jumps.mat")
    assert truth["user_score"].dtype == np.uint8 and truth["gt_score"].dtype == np.float64
    assert truth["segments"].shape == truth["all_userIDs"].shape == (1, truth["user_score"].shape[1])


@pytest.mark.parametrize("name", SPECS)
def test_what_is_read_is_what_the_generator_meant(name: str) -> None:
    dataset, layout = opened(name), LAYOUTS[name]
    for number, video_id in list(enumerate(dataset.video_ids()))[::6]:
        script = write_script(TARGET, f"{name.replace('-', '')}_{video_id}")
        said = simulate(script, annotators(layout, number))
        video, told = dataset.video(video_id), dataset.annotations(video_id)
        assert (video.fps, video.duration, video.n_frames) == (30.0, script.seconds, 30 * script.seconds)
        assert video.steps == 2 * script.seconds
        assert (video.features["googlenet-pool5"].read() == wide_features(script, 2)).all()
        assert video.change_points is not None
        assert (video.change_points == planted_shots(script)).all()
        second = video.picks // 30
        assert told.gtscore is not None and told.user_summaries is not None
        if name == "tvsum":
            assert told.importance is not None
            assert (told.importance[:, ::30] == said.ratings).all()
            assert told.gtscore == pytest.approx((said.ratings.mean(axis=0)[second] - 1) / 4, abs=1e-6)
            scores = np.repeat(said.ratings[3].astype(float), 30)
            summary = keyshot_summary(scores, video.change_points, video.n_frames)
            assert (told.user_summaries[3] == summary).all()
        else:
            assert (told.user_summaries[:, ::30] == said.selections).all()
            assert told.gtscore == pytest.approx(said.selections.mean(axis=0)[second], abs=1e-6)
        if name == "summe":
            assert told.importance is not None and told.coding == "segment"
            # Segments are numbered in time, so the numbers of one annotator never fall.
            for row in told.importance:
                chosen = row[row > 0]
                assert (np.diff(chosen) >= 0).all() and chosen.max() == len(script.scenes)


def test_summe_has_fifteen_to_eighteen_annotators_and_tvsum_twenty() -> None:
    counts = {annotators(LAYOUTS["summe"], number) for number in range(25)}
    assert counts == {15, 16, 17, 18}
    assert {annotators(LAYOUTS["tvsum"], number) for number in range(50)} == {20}


def test_the_four_files_are_the_same_in_every_folder() -> None:
    for layout in LAYOUTS.values():
        holders = {"summe", "tvsum", layout.dataset}
        assert len({sha256_file(folder_of(name) / layout.file) for name in holders}) == 1


def test_no_date_is_written_into_any_file(tmp_path: Path) -> None:
    video = planted_video(LAYOUTS["summe"], 3)
    write_truth(tmp_path / "one.mat", video)
    write_ratings(tmp_path / "ratings.mat")
    header = (tmp_path / "one.mat").read_bytes()[:128]
    assert header[:116].strip() == b"MATLAB 5.0 MAT-file, Platform: planted"
    assert header[124:] == b"\x00\x01IM"
    stored = folder_of("summe") / "GT" / f"{LAYOUTS['summe'].names[3]}.mat"
    assert sha256_file(tmp_path / "one.mat") == sha256_file(stored)
    assert sha256_file(tmp_path / "ratings.mat") == sha256_file(folder_of("tvsum") / "ydata-tvsum50.mat")


@pytest.mark.parametrize("name", ["summe", "tvsum"])
def test_augmented_and_transfer_folds_train_out_of_the_folder(name: str) -> None:
    dataset = opened(name)
    assert isinstance(dataset, TrainsOnMore)
    there = {*dataset.training_ids(), *dataset.video_ids()}
    for split_set in ("augment", "augment-vasnet", "transfer"):
        for fold in dataset.folds(split_set):
            assert {*fold.train, *fold.test} <= there
    for video_id in dataset.training_ids()[::13]:
        video, told = dataset.video(video_id), dataset.annotations(video_id)
        assert video.id == told.video_id == video_id and told.importance is None
        assert told.gtscore is not None and told.gtsummary is not None
        assert len(told.gtscore) == len(told.gtsummary) == video.steps
        assert video.features["googlenet-pool5"].read().shape == (video.steps, 1024)
        assert path_to_annotations({"video": video}) is None
    other, key = ("tvsum", "video_7") if name == "summe" else ("summe", "video_7")
    same, elsewhere = dataset.annotations(f"{other}/{key}"), opened(other).annotations(key)
    assert same.gtscore is not None and (same.gtscore == elsewhere.gtscore).all()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_shot_fits_into_the_budget_and_no_cut_of_a_scene_is_lost(layout: Any) -> None:
    for number in range(len(layout.ids)):
        script = write_script(TARGET, f"{layout.dataset.replace('-', '')}_{layout.ids[number]}")
        shots = planted_shots(script)
        lengths = shots[:, 1] - shots[:, 0] + 1
        assert shots[0, 0] == 0 and shots[-1, 1] == 30 * script.seconds - 1
        assert (shots[1:, 0] == shots[:-1, 1] + 1).all()
        assert lengths.max() <= 90 and lengths.max() <= 3 * 30 * script.seconds // 20
        starts = set(shots[:, 0] // 30)
        assert {bound for scene in script.scenes for bound in (scene.start, scene.highlight_start)} <= starts


def keyshots(video: Video, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    assert video.change_points is not None
    return keyshot_summary(hold(scores, video.picks, video.n_frames), video.change_points, video.n_frames)


def f1(video: Video, told: Annotations, scores: NDArray[np.float64], best: bool) -> float:
    assert told.user_summaries is not None
    summary = keyshots(video, scores)
    values = [2 * (summary & user).sum() / (summary.sum() + user.sum()) for user in told.user_summaries]
    return float(max(values) if best else np.mean(values))


@pytest.mark.parametrize("name", ["summe", "tvsum"])
def test_an_oracle_summary_is_never_empty_and_far_above_random(name: str) -> None:
    dataset, dice = opened(name), np.random.default_rng(3)
    oracle, chance = [], []
    for video_id in dataset.video_ids():
        video, told = dataset.video(video_id), dataset.annotations(video_id)
        assert told.gtscore is not None and told.gtsummary is not None
        assert (keyshots(video, told.gtscore)[video.picks] == told.gtsummary).mean() > 0.99
        assert (
            told.gtsummary.any() and told.user_summaries is not None and told.user_summaries.any(axis=1).all()
        )
        oracle.append(f1(video, told, told.gtscore, name == "summe"))
        chance.append(f1(video, told, dice.random(video.steps), name == "summe"))
    assert np.mean(oracle) > np.mean(chance) + 0.3


def test_a_linear_fit_of_the_features_ranks_unseen_steps_better_than_their_position() -> None:
    dataset = opened("tvsum")
    fold = dataset.folds("canonical-nonoverlap")[0]
    train = fold.train[::2]
    told = {video: dataset.annotations(video) for video in (*train, *fold.test)}

    def features(video_id: str) -> NDArray[np.float64]:
        return dataset.video(video_id).features["googlenet-pool5"].read().astype(np.float64)

    def target(video_id: str) -> NDArray[np.float64]:
        found = told[video_id].gtscore
        assert found is not None
        return found

    inputs = np.concatenate([features(video) for video in train])
    targets = np.concatenate([target(video) for video in train])
    middle = inputs.mean(axis=0)
    gram = (inputs - middle).T @ (inputs - middle) + np.eye(1024)
    weights = np.linalg.solve(gram, (inputs - middle).T @ (targets - targets.mean()))
    places = np.linspace(0, 1, 50)
    prior = np.mean([np.interp(places, np.linspace(0, 1, len(t)), t) for t in map(target, train)], axis=0)

    fitted, placed = [], []
    for video_id in fold.test:
        rows = told[video_id].importance
        assert rows is not None
        rows = rows[:, ::15]
        position = np.interp(np.linspace(0, 1, rows.shape[1]), places, prior)
        fitted.append(np.mean([kendalltau(features(video_id) @ weights, row).statistic for row in rows]))
        placed.append(np.mean([kendalltau(position, row).statistic for row in rows]))
    assert np.mean(fitted) > 0.15 and np.mean(fitted) > np.mean(placed) + 0.1
