"""A model applied to one file: what it reads is there, it is built, and its answer is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import (
    ANY_FEATURE,
    Context,
    FeatureSpec,
    Inputs,
    Model,
    ModelSpec,
    Seeds,
    Summary,
    Video,
    check_summary,
)
from vsumbench.errors import MismatchError, MissingPredictionError, PredictionError
from vsumbench.plugins import Plugins
from vsumbench.running.building import contained, requirements
from vsumbench.running.contexts import outside_a_run
from vsumbench.running.extracting import check_same_extractor
from vsumbench.running.reporting import Reporter

from .methods import Method


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model says of a video.

    Attributes:
        steps: (T,) importance of the sampled steps, or None where it only writes text.
        frames: (N,) the same at every frame.
        text: what it writes, or None.
    """

    steps: NDArray[np.float64] | None = field(repr=False)
    frames: NDArray[np.float64] | None = field(repr=False)
    text: str | None


def check_fit(method: Method, video: Video) -> None:
    """Refuse a model that reads what the file does not have, or was trained on what another extractor wrote.

    Raises:
        MismatchError: naming what the model reads and what there is.
    """
    there = [feature.spec for feature in video.features.values()]
    if method.record is not None and method.trained_on:
        _check_extractors(method, video, there)
    gaps = [_missing(inputs, video, there) for inputs in method.spec.inputs]
    if gaps and all(gaps):
        raise MismatchError(
            f"model {method.spec.id!r} needs {', or '.join(' and '.join(gap) for gap in gaps)}; of "
            f"{video.id!r} there is {', '.join(_described(spec) for spec in there)}.",
            "Name the extractor that makes it with --extractor; see `vsumbench list extractors`.",
        )


def apply(
    method: Method, video: Video, plugins: Plugins, folder: Path, device: str, seed: int, reporter: Reporter
) -> Summary:
    """The model's summary of the video, checked.

    Args:
        folder: where it may write meanwhile.

    Raises:
        RunFailedError: it raised.
        PredictionError, NonFiniteError, MissingPredictionError: its summary cannot be used, or there is none.
    """
    spec, what = method.spec, f"model {method.spec.id!r}"
    context: Context = replace(
        outside_a_run(device, folder, options=method.composed.options),
        seeds=Seeds(seed),
        progress=reporter,
        **requirements(spec, plugins, lambda: context, method.preset),
    )
    build = plugins.builder(spec)
    with contained(f"{what}, summarizing", logged=False):
        model: Model = build(method.composed.options, context)
        if method.weights is not None:
            model.load(method.weights)
        summary = next(iter(model.summarize([video], context)), None)
    if summary is None:
        raise MissingPredictionError(f"{what} gave no summary of {video.id!r}.")
    if not isinstance(summary, Summary):
        raise PredictionError(f"{what} yielded a {type(summary).__name__}, expected a Summary.")
    check_summary(summary, video)
    return summary


def answer_of(summary: Summary, video: Video, times: NDArray[np.float64]) -> Answer:
    """Importance at steps and frames, whatever it was given on; selected segments count as importance 1.

    A score holds until the next step, within its shot: the first frames of a shot, before its first step,
    have the score of that step and not of the shot before.

    Args:
        times: (N,) seconds of the frames.
    """
    frames, steps = None, None
    if summary.importance is not None:
        given = np.asarray(summary.importance, dtype=np.float64)
        if isinstance(summary.times, str):
            frames, steps = (given, None) if summary.times == "frames" else (_held(given, video), given)
        else:
            at = np.searchsorted(np.asarray(summary.times), times + 1e-6, side="right") - 1
            frames = given[np.maximum(at, 0)]
    elif summary.segments is not None:
        inside = [(times >= start - 1e-6) & (times < end - 1e-6) for start, end in summary.segments]
        frames = np.any(inside, axis=0).astype(np.float64) if inside else np.zeros(len(times))
    if frames is not None and steps is None:
        edges = np.append(video.picks, video.n_frames)
        steps = np.add.reduceat(frames, video.picks) / np.diff(edges)
    return Answer(steps=steps, frames=frames, text=summary.text)


def _held(scores: NDArray[np.float64], video: Video) -> NDArray[np.float64]:
    """(N,) scores of steps held until the next step, or the next shot."""
    step_of = np.maximum(np.searchsorted(video.picks, np.arange(video.n_frames), side="right") - 1, 0)
    if video.change_points is not None:
        for first, last in video.change_points:
            inside = int(np.searchsorted(video.picks, first))
            if inside < video.steps and video.picks[inside] <= last:
                step_of[first : video.picks[inside]] = inside
    held: NDArray[np.float64] = scores[step_of]
    return held


def _check_extractors(method: Method, video: Video, there: Sequence[FeatureSpec]) -> None:
    """What the model was trained on and reads has to be there, of the same extractor."""
    assert method.record is not None
    read = _read(method.spec, method.trained_on)
    trained = f"training on {method.record.dataset.id}"
    shared = [spec for spec in there if spec.name in read]
    if read and not shared:
        name, extractor = next(iter(read.items()))
        raise MismatchError(
            f"model {method.spec.id!r} was trained on feature {name!r} of {_who(extractor)} ({trained}); of "
            f"{video.id!r} there is {', '.join(_described(spec) for spec in there)}.",
            "Train it on a feature that can be extracted from your file: "
            "`vsumbench run --features EXTRACTOR …` on a dataset with frames.",
        )
    for spec in shared:
        met = replace(spec, extractor=read[spec.name])
        check_same_extractor((trained, [met]), (video.id, [spec]))


def _read(spec: ModelSpec, offered: dict[str, str | None] | Any) -> dict[str, str | None]:
    """Of the features offered, those the model declares to read; all where it takes any."""
    wanted = {feature.name for inputs in spec.inputs for feature in inputs.features}
    return {name: who for name, who in offered.items() if ANY_FEATURE in wanted or name in wanted}


def _missing(inputs: Inputs, video: Video, there: Sequence[FeatureSpec]) -> list[str]:
    missing = [
        f"feature {wanted.name!r}" if wanted.name != ANY_FEATURE else "a feature"
        for wanted in inputs.features
        if not any(_fits(wanted, spec) for spec in there)
    ]
    if inputs.text and not video.text:
        missing.append("text (subtitles, --subtitles FILE)")
    return missing


def _fits(wanted: FeatureSpec, spec: FeatureSpec) -> bool:
    return (
        wanted.name in (spec.name, ANY_FEATURE)
        and len(wanted.shape) == len(spec.shape)
        and all(a is None or a == b for a, b in zip(wanted.shape, spec.shape, strict=True))
        and wanted.extractor in (None, spec.extractor, (spec.extractor or "").partition("+")[0])
    )


def _described(spec: FeatureSpec) -> str:
    return f"feature {spec.name!r} of {_who(spec.extractor)}"


def _who(extractor: str | None) -> str:
    return repr(extractor) if extractor else "an extractor that is not stated"
