"""`clustering`: conformance, and what its order of shots promises."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from vsumbench.contracts import Feature, FeatureSpec, Summary, Video
from vsumbench.defaults.clustering.importance import cluster_count, step_importance, units_of_steps
from vsumbench.defaults.clustering.kmeans import kmeans, squared_distances
from vsumbench.defaults.clustering.model import Clustering
from vsumbench.defaults.clustering_spec import CLUSTERING, ClusteringOptions
from vsumbench.errors import MismatchError, OptionValueError
from vsumbench.running.contexts import outside_a_run
from vsumbench.testing import conformance

test_conformance = conformance("model", "clustering")


def video_of(rows: NDArray[np.float32], shots: NDArray[np.int64] | None = None, name: str = "made") -> Video:
    steps = len(rows)
    spec = FeatureSpec(name=name, shape=rows.shape[1:])
    return Video(
        id="v",
        duration=steps / 2,
        fps=30.0,
        n_frames=15 * steps,
        picks=np.arange(0, 15 * steps, 15),
        change_points=shots,
        features={name: Feature(spec=spec, steps=steps, read=partial(np.asarray, rows))},
    )


def summary_of(video: Video, tmp_path: object, **options: object) -> Summary:
    context = outside_a_run("cpu", tmp_path)  # type: ignore[arg-type]
    model = Clustering(ClusteringOptions(**options), context)  # type: ignore[arg-type]
    (summary,) = model.summarize([video], context)
    return summary


def groups(sizes: tuple[int, ...], seed: int = 0) -> NDArray[np.float32]:
    """Steps about as many directions as there are sizes."""
    draw = np.random.default_rng(seed)
    centres = np.eye(len(sizes), 8)
    rows = [centre + draw.normal(0, 0.05, (size, 8)) for centre, size in zip(centres, sizes, strict=True)]
    return np.concatenate(rows).astype(np.float32)


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((1, 4)),
        np.zeros((1, 4)),
        np.zeros((9, 4)),
        np.full((9, 4), 7.0),
        np.repeat(np.eye(3), 5, axis=0),
        np.full((5, 4), 1e30),
        np.random.default_rng(0).normal(size=(200, 16)),
    ],
    ids=["one step", "one step of zeros", "zeros", "constant", "duplicates", "huge", "noise"],
)
def test_any_features_give_finite_importance(rows: NDArray[np.float64], tmp_path: object) -> None:
    importance = summary_of(video_of(rows.astype(np.float32)), tmp_path).importance
    assert importance is not None and importance.shape == (len(rows),)
    assert np.isfinite(importance).all() and (importance > 0).all() and (importance <= 1).all()


def test_more_clusters_than_steps_are_as_many_as_steps(tmp_path: object) -> None:
    rows = groups((2, 2))
    many = summary_of(video_of(rows), tmp_path, clusters=50).importance
    assert many is not None and np.isfinite(many).all()


def test_the_first_of_every_cluster_come_before_any_second(tmp_path: object) -> None:
    sizes = (20, 10, 5)
    importance = summary_of(video_of(groups(sizes)), tmp_path, clusters=3).importance
    assert importance is not None
    cluster = np.repeat(np.arange(3), sizes)
    best = np.argsort(-importance)[:3]
    assert sorted(cluster[best]) == [0, 1, 2]
    # Of the first, the largest cluster's.
    assert cluster[best[0]] == 0


def test_the_order_has_no_ties_on_features_that_differ(tmp_path: object) -> None:
    importance = summary_of(video_of(groups((40, 30, 20))), tmp_path).importance
    assert importance is not None and len(np.unique(importance)) == 90


def test_a_keyframe_is_the_nearest_to_its_centre() -> None:
    rows = np.asarray([[1.0, 0.0], [0.99, 0.14], [0.96, 0.28], [0.0, 1.0]])
    values = step_importance(rows, np.arange(4), 2, np.random.default_rng(0))
    assert np.argmax(values[:3]) == 1


def test_shots_are_the_unit_where_there_are_shots(tmp_path: object) -> None:
    rows = groups((10, 10, 10))
    shots = np.asarray([[0, 149], [150, 299], [300, 449]])
    importance = summary_of(video_of(rows, shots), tmp_path).importance
    assert importance is not None
    means = importance.reshape(3, 10).mean(axis=1)
    inside = importance.reshape(3, 10).std(axis=1)
    assert (inside < 0.15 * means).all()


def test_a_shot_without_a_step_is_passed_over() -> None:
    units = units_of_steps(np.asarray([0, 10, 20]), np.asarray([[0, 4], [5, 9], [10, 30]]))
    assert units.tolist() == [0, 1, 1]


def test_the_seed_decides_and_nothing_else(tmp_path: object) -> None:
    video = video_of(np.random.default_rng(1).normal(size=(120, 8)).astype(np.float32))
    first, again = (summary_of(video, tmp_path).importance for _ in range(2))
    assert first is not None and again is not None
    assert np.array_equal(first, again)


def test_the_feature_is_the_one_that_is_named(tmp_path: object) -> None:
    video = video_of(groups((5, 5)), name="colours")
    assert summary_of(video, tmp_path, feature="colours").importance is not None
    with pytest.raises(MismatchError, match=r"needs feature 'sound'; video 'v' has colours"):
        summary_of(video, tmp_path, feature="sound")


def test_a_feature_of_two_axes_is_not_taken(tmp_path: object) -> None:
    video = video_of(np.zeros((4, 3, 2), dtype=np.float32), name="tokens")
    with pytest.raises(MismatchError, match="a feature"):
        summary_of(video, tmp_path)


@pytest.mark.parametrize("options", [{"share": 0.0}, {"share": 1.5}, {"clusters": -1}])
def test_options_outside_their_range_are_refused(options: dict[str, object], tmp_path: object) -> None:
    with pytest.raises(OptionValueError):
        summary_of(video_of(groups((2,))), tmp_path, **options)


def test_the_number_of_clusters_follows_the_share_and_the_root() -> None:
    assert [cluster_count(n, 0.15) for n in (1, 2, 8, 47, 100, 5000)] == [1, 1, 2, 7, 15, 100]


def test_k_means_finds_what_is_apart_and_leaves_no_cluster_empty() -> None:
    rows = groups((30, 20, 10)).astype(np.float64)
    found = kmeans(rows, np.ones(60), 3, np.random.default_rng(0))
    assert len(found.centres) == 3
    for part in (slice(0, 30), slice(30, 50), slice(50, 60)):
        assert len(np.unique(found.labels[part])) == 1
    few = kmeans(np.repeat(np.eye(2), 5, axis=0), np.ones(10), 7, np.random.default_rng(0))
    assert np.bincount(few.labels).min() > 0 and len(few.centres) == 2


def test_weights_count_as_repetitions() -> None:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(12, 3))
    weights = draw.integers(1, 5, 12)
    found = kmeans(rows, weights.astype(np.float64), 1, np.random.default_rng(0))
    assert np.allclose(found.centres[0], np.repeat(rows, weights, axis=0).mean(axis=0))


def test_distances_of_equal_points_are_zero() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 40)) * 1e3
    assert (np.diag(squared_distances(rows, rows)) == 0).all()


def test_its_spec_takes_any_feature() -> None:
    assert CLUSTERING.inputs[0].features[0].name == "*"
