"""The anchors of protocols.md (h) that need annotations only, to the digits printed there.

Those of text stand beside the text metrics (`plugins/vsumbench-text-metrics/tests`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import leave_one_out
import numpy as np
import pytest

from vsumbench.contracts import Annotations, Needs, ProtocolSpec, Summary, Undefined, Video
from vsumbench.data.editions import open_edition
from vsumbench.defaults.protocol_specs import GTSCORE_2FPS, KEYSHOT_F1_MAX, KEYSHOT_MEANUSER, PERUSER_2FPS
from vsumbench.plugins import default_plugins
from vsumbench.running.evaluation import Evaluator
from vsumbench.running.scorer import aggregate_annotators

Predict = Callable[[Video, Annotations], Iterator[Summary]]


@pytest.fixture(scope="session")
def open_dataset(shared: Path) -> Callable[[str], Any]:
    def opened(name: str) -> Any:
        folder = shared / "data" / name
        if not folder.is_dir():
            pytest.skip(f"the annotations of {name} are not in VSUMBENCH_SHARED")
        plugins = default_plugins()
        spec = plugins.dataset(name)
        edition = spec.edition("annotations")
        assert edition is not None
        return open_edition(spec, edition, folder, lambda dotted: plugins.load(dotted, what=name))

    return opened


def measured(dataset: Any, protocol: ProtocolSpec, metrics: tuple[str, ...], predict: Predict) -> list[float]:
    """For each metric, the mean over videos of what their summaries get; nothing may be undefined."""
    plugins = default_plugins()
    specs = [plugins.metric(name) for name in metrics]
    evaluator = Evaluator(dataset, protocol, specs, plugins)
    totals: dict[str, list[float]] = {name: [] for name in metrics}
    for video_id in dataset.video_ids():
        video, annotations = dataset.video(video_id), dataset.annotations(video_id)
        draws: dict[str, list[float]] = {name: [] for name in metrics}
        for scores in evaluator.score_items(list(predict(video, annotations)), specs):
            for name in metrics:
                value = aggregate_annotators(scores[name], protocol, protocol.annotators, 0.0).value
                assert not isinstance(value, Undefined)
                draws[name].append(value)
        for name, values in draws.items():
            totals[name].append(fmean(values))
    return [fmean(values) for values in totals.values()]


def each_annotator(video: Video, annotations: Annotations) -> Iterator[Summary]:
    """Every annotator's importance as stored."""
    assert annotations.importance is not None
    for number, row in enumerate(annotations.importance):
        yield Summary(video_id=video.id, importance=row, times="frames", annotator=number)


def each_selection(video: Video, annotations: Annotations) -> Iterator[Summary]:
    """Every annotator's selection."""
    assert annotations.user_summaries is not None
    for number, row in enumerate(annotations.user_summaries):
        yield replace(selected(video, row), annotator=number)


def selected(video: Video, frames: np.ndarray) -> Summary:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], frames.astype(np.int8), [0]])))
    return Summary(video_id=video.id, segments=edges.reshape(-1, 2) / video.fps)


def mean_of_users(video: Video, annotations: Annotations) -> Iterator[Summary]:
    """The mean of the ratings as they are: small integers, so that equal means are equal."""
    assert annotations.importance is not None
    yield Summary(video_id=video.id, importance=annotations.importance.mean(axis=0), times="frames")


def mean_of_scaled_users(video: Video, annotations: Annotations) -> Iterator[Summary]:
    """The mean of ratings each divided by its annotator's highest, as the reference code does it."""
    assert annotations.importance is not None
    scaled = annotations.importance / annotations.importance.max(axis=1, keepdims=True)
    yield Summary(video_id=video.id, importance=scaled.mean(axis=0), times="frames")


def at_picks(spec: ProtocolSpec) -> ProtocolSpec:
    return replace(spec, parameters={**spec.parameters, "grid": "picks"})


PAIRS = leave_one_out._spec(
    "pairs", Needs.SCORES, leave_one_out.RANKS, prediction="scores", reference="importance", users="each"
)
RANKS = leave_one_out.RANKS


@pytest.mark.parametrize(
    ("dataset", "protocol", "predict", "printed"),
    [
        pytest.param("tvsum", at_picks(PAIRS), each_annotator, (0.1774, 0.2042), id="tvsum-pairwise-2fps"),
        pytest.param(
            "tvsum",
            at_picks(leave_one_out.IMPORTANCE_MEAN),
            each_annotator,
            (0.3139, 0.3957),
            id="tvsum-one-against-the-mean-2fps",
        ),
        pytest.param("summe", PAIRS, each_annotator, (0.2051, 0.2126), id="summe-pairwise-segment-numbers"),
        pytest.param(
            "summe",
            leave_one_out.SELECTION_PAIRS,
            each_selection,
            (0.2115, 0.2115),
            id="summe-pairwise-binary",
        ),
        pytest.param(
            "summe",
            leave_one_out.SELECTION_MEAN,
            each_selection,
            (0.2958, 0.3292),
            id="summe-one-against-the-mean-binary",
        ),
    ],
)
def test_human_agreement_is_the_printed_one(
    dataset: str,
    protocol: ProtocolSpec,
    predict: Predict,
    printed: tuple[float, float],
    open_dataset: Callable[[str], Any],
) -> None:
    tau, rho = measured(open_dataset(dataset), protocol, RANKS, predict)
    assert (round(tau, 4), round(rho, 4)) == printed


@pytest.mark.parametrize(("how", "printed"), [("mean", 31.07), ("max", 54.33)])
def test_the_f1_of_summe_annotators_is_the_printed_one(
    how: str, printed: float, open_dataset: Callable[[str], Any]
) -> None:
    protocol = replace(leave_one_out.SELECTION_F1, annotators=how)
    (value,) = measured(open_dataset("summe"), protocol, ("f1",), each_selection)
    assert round(value, 2) == printed


@pytest.mark.parametrize(
    ("predict", "printed"),
    [
        pytest.param(mean_of_scaled_users, (0.375, 0.473), id="as-printed"),
        # In fifths equal means differ in the last bit, which breaks ties by rounding; else tau is higher.
        pytest.param(mean_of_users, (0.378, 0.473), id="with-its-ties"),
    ],
)
def test_the_mean_of_users_is_the_ceiling_of_the_per_user_protocol_on_tvsum(
    predict: Predict, printed: tuple[float, float], open_dataset: Callable[[str], Any]
) -> None:
    tau, rho = measured(open_dataset("tvsum"), PERUSER_2FPS, RANKS, predict)
    assert (round(tau, 3), round(rho, 3)) == printed


def best_frames(video: Video, annotations: Annotations) -> Iterator[Summary]:
    """The 15 % of frames that most annotators selected, whatever shot they are in."""
    assert annotations.user_summaries is not None
    mean = annotations.user_summaries.mean(axis=0)
    chosen = np.zeros(video.n_frames, dtype=np.bool_)
    chosen[np.argsort(-mean, kind="stable")[: 3 * video.n_frames // 20]] = True
    yield selected(video, chosen)


def test_the_most_selected_frames_of_summe_score_as_printed(open_dataset: Callable[[str], Any]) -> None:
    dataset = open_dataset("summe")
    tau, rho = measured(dataset, KEYSHOT_MEANUSER, RANKS, best_frames)
    (f1,) = measured(dataset, KEYSHOT_F1_MAX, ("f1",), best_frames)
    assert (round(tau, 3), round(rho, 3), round(f1, 1)) == (0.571, 0.639, 73.4)


@pytest.mark.parametrize(
    ("protocol", "printed"),
    [
        pytest.param(PERUSER_2FPS, (0.148, 0.195), id="peruser-2fps"),
        pytest.param(GTSCORE_2FPS, (0.267, 0.386), id="gtscore-2fps"),
    ],
)
def test_one_noisy_prediction_gets_very_different_numbers_under_two_protocols(
    protocol: ProtocolSpec, printed: tuple[float, float], open_dataset: Callable[[str], Any]
) -> None:
    """The printed numbers are of one draw of the noise, so another draw comes near them only."""
    draw = np.random.default_rng(0)

    def noisy(video: Video, annotations: Annotations) -> Iterator[Summary]:
        assert annotations.importance is not None
        # Ratings are compared on the scale of 0 to 1.
        mean = (annotations.importance[:, video.picks] / 5.0).mean(axis=0)
        yield Summary(video_id=video.id, importance=mean + draw.normal(0, 0.25, len(mean)))

    found = measured(open_dataset("tvsum"), protocol, RANKS, noisy)
    assert found == pytest.approx(printed, abs=0.02)
