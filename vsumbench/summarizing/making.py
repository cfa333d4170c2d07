"""A summary from a file: probe, features, shots, a model, the choice, and everything that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Task, Video
from vsumbench.data.features import FeatureCache
from vsumbench.entrypoints import Kind
from vsumbench.plugins import Plugins
from vsumbench.running.choices import chosen_device
from vsumbench.running.reporting import Reporter
from vsumbench.scoring.shots import shot_values

from .applying import Answer, answer_of, apply, check_fit
from .budget import parse_budget
from .choosing import choose
from .document import Chosen
from .featuring import extractor_names, with_features
from .methods import Method, named_method, sealed_method
from .place import check_place, placed
from .refining import first_frames
from .segmenting import boundaries
from .source import Source, open_source
from .writing import write_all

CUT_BY = "clustering"
"""Makes the cut where nobody says otherwise, and where a model only writes text."""


@dataclass(frozen=True, kw_only=True)
class SummaryRequest:
    """What was asked; see `vsumbench summarize --help`. `out` None: `NAME-summary` in the current folder."""

    video: Path
    model: str | None = None
    run: Path | None = None
    fold: str = ""
    out: Path | None = None
    budget: str = "0.15"
    fps: float = 2.0
    extractor: str | None = None
    overrides: tuple[str, ...] = ()
    seed: int = 0
    device: str = "auto"
    subtitles: Path | None = None
    max_shots: int | None = None
    audio: bool = True
    force: bool = False
    cache: FeatureCache = field(default_factory=FeatureCache, repr=False)

    @property
    def folder(self) -> Path:
        """Where the summary goes."""
        return self.out if self.out is not None else Path(f"{self.video.stem}-summary")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A summary that is there: its folder, its files in the order in which they are told, its document."""

    folder: Path
    files: tuple[str, ...]
    document: Mapping[str, Any] = field(repr=False)


def make_summary(request: SummaryRequest, plugins: Plugins, reporter: Reporter) -> Made:
    """Summarize a file. Names, numbers and places are looked at before anything is decoded.

    Raises:
        OptionValueError, UnknownNameError, MismatchError, WeightsMissingError: what was asked cannot be.
        DataMissingError, DataDamagedError: the file, or part of it, cannot be read.
        StorageError: the place is taken or cannot be written.
    """
    check_place(request.folder, request.force)
    budget = parse_budget(request.budget)
    method, cutter = _methods(request, plugins, reporter)
    device = chosen_device(request.device, method.spec)
    source = open_source(request.video, request.fps, request.subtitles, reporter.notice)
    seconds = budget.seconds(source.line.duration)
    names = extractor_names(request.extractor, method.extractors)
    video = with_features(source.video, names, plugins, request.device, request.cache, reporter)
    for one in (method, cutter):
        check_fit(one, video)
    with placed(request.folder, request.force) as work:
        video = replace(video, change_points=_shots(request, source, video, reporter))
        assert video.change_points is not None
        answer, cutter = _answer(method, cutter, device, video, source, request.seed, plugins, reporter)
        assert answer.frames is not None
        segments = choose(answer.frames, video.change_points, source.line, seconds)
        feature = next(iter(video.features.values())).spec
        owners = [plugins.origin(Kind.MODEL, method.asked)]
        owners += [plugins.origin(Kind.EXTRACTOR, name) for name in names]
        chosen = Chosen(
            method=method,
            cut_by=cutter,
            answer=answer,
            shots=video.change_points,
            segments=segments,
            values=_means(answer.frames, [(one.first, one.stop - 1) for one in segments]),
            budget=budget,
            budget_seconds=seconds,
            feature=feature.name,
            extractor=feature.extractor or "",
            seed=request.seed,
            device=device,
            distributions=tuple(dict.fromkeys(owner.distribution for owner in owners)),
        )
        files, made = write_all(work, source, chosen, reporter, audio=request.audio)
    return Made(folder=request.folder, files=files, document=made)


def _methods(request: SummaryRequest, plugins: Plugins, reporter: Reporter) -> tuple[Method, Method]:
    """The model asked for, and the one that makes the cut: the same, unless it only writes text."""
    if request.run is not None:
        method = sealed_method(
            plugins, request.run, request.fold, request.model, request.overrides, reporter.notice
        )
    else:
        name = CUT_BY if request.model is None else request.model
        method = named_method(plugins, name, request.fold, request.overrides)
    if {Task.V2V, Task.V2VT} & set(method.spec.tasks):
        return method, method
    reporter.notice(f"model {method.spec.id!r} only writes text; the cut is made by {CUT_BY!r}.")
    return method, named_method(plugins, CUT_BY)


def _shots(request: SummaryRequest, source: Source, video: Video, reporter: Reporter) -> NDArray[np.int64]:
    """(S, 2) first and last frame of each shot, both inclusive, found in the first feature."""
    features = next(iter(video.features.values())).read()
    told = partial(reporter.advance, "find shots")
    edges = boundaries(features, source.per_second, request.max_shots, told)
    told = partial(reporter.advance, "look at cuts")
    starts = first_frames(source.info, video.picks, edges, told, source.threads)
    bounds = np.concatenate(([0], starts, [video.n_frames]))
    return np.stack((bounds[:-1], bounds[1:] - 1), axis=1)


def _answer(
    method: Method,
    cutter: Method,
    device: str,
    video: Video,
    source: Source,
    seed: int,
    plugins: Plugins,
    reporter: Reporter,
) -> tuple[Answer, Method]:
    """Importance, the text of the model asked for, and whose importance it is."""

    def ask(one: Method, on: str) -> Answer:
        with TemporaryDirectory(prefix="vsumbench-") as scratch:
            summary = apply(one, video, plugins, Path(scratch), on, seed, reporter)
        return answer_of(summary, video, source.info.times)

    answer = ask(method, device)
    if answer.frames is not None:
        return answer, cutter
    if cutter is method:
        reporter.notice(f"model {method.spec.id!r} selected nothing; the cut is made by {CUT_BY!r}.")
        cutter = named_method(plugins, CUT_BY)
    return replace(ask(cutter, "cpu"), text=answer.text), cutter


def _means(importance: NDArray[np.float64], spans: list[tuple[int, int]]) -> list[float]:
    return [float(value) for value in shot_values(importance, np.asarray(spans, dtype=np.int64))]
