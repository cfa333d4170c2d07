"""Runs against a first run, metric by metric and video by video: what `vsumbench compare` prints."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsumbench.errors import MismatchError, UsageError
from vsumbench.records.record import Score
from vsumbench.store.records import StoredRecord

from .column_statistics import OTHER_CORPORA, adjusted, against, tidy
from .per_video import PerVideo, ScoreReader
from .run_choice import check_alike, check_known, check_scored, shared
from .run_facts import Fact, differing
from .statistics.layout import Floats, Pair, aggregate, by_video
from .statistics.power import detectable
from .table import Comparison

DISAGREEMENTS = 5
"""Videos that are named, of each metric and run."""


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A video on which two runs differ most: the score of the first run, and of the other."""

    video: str
    first: float
    other: float


@dataclass(frozen=True, kw_only=True)
class AgainstFirst:
    """A run against the first, on the common videos.

    `detectable` is the smallest true difference that a paired test on so many videos finds with a power of
    0.8; None where the metric has no score by video. `distinguishable` is None where no verdict is given.
    """

    run: str
    comparison: Comparison
    detectable: float | None = None
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricResult:
    """One metric under one protocol.

    Attributes:
        values: of each run, on its own videos or, where `on_common`, on the common ones; None if undefined.
        videos: distinct videos that all runs have a score for; None where there are no scores by video.
        own_videos: distinct videos of each run; None where there are no scores by video.
        remark: why there is no comparison, or empty.
    """

    protocol: str
    metric: str
    scale: str
    direction: str
    values: tuple[float | None, ...]
    on_common: bool
    videos: int | None
    own_videos: tuple[int | None, ...]
    others: tuple[AgainstFirst, ...] = ()
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """All of it. `planted`: the numbers say nothing about real videos, and no verdict is given."""

    runs: tuple[str, ...]
    dataset: str
    edition: str
    split_set: str
    planted: bool
    differs: tuple[Fact, ...]
    results: tuple[MetricResult, ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def compare(
    runs: Sequence[StoredRecord],
    reader: ScoreReader,
    *,
    protocols: Sequence[str] = (),
    metrics: Sequence[str] = (),
    common: bool = False,
) -> Compared:
    """Compare runs with the first of them, on the videos all have scores for.

    Args:
        protocols, metrics: compare under these alone; under all that the runs share when empty.
        common: give each run's value on the common videos, and not on its own.

    Raises:
        UsageError: fewer than two runs.
        RecordError: one that was only predicted.
        MismatchError: the runs were tested on different data or splits, or share no score.
        UnknownProtocolError, UnknownMetricError: no run has a score under this name.
    """
    if len(runs) < 2:
        raise UsageError("one run was named; a comparison needs two.", "Name two or more runs.")
    records = [one.record for one in runs]
    check_scored(runs)
    check_alike(records)
    check_known(records, protocols, metrics)
    same, left_out = shared(records, protocols, metrics)
    if not same:
        raise MismatchError(
            "the runs share no score" + (f": {'; '.join(left_out)}." if left_out else "."),
            "Score all of them alike: `vsumbench score RUN… --protocol NAME`.",
        )
    planted = any(record.evidence == "planted" for record in records)
    results = _corrected([_result(runs, scores, reader, common) for scores in same])
    return Compared(
        runs=tuple(record.run for record in records),
        dataset=records[0].dataset.id,
        edition=records[0].dataset.edition,
        split_set=records[0].setting.split_set,
        planted=planted,
        differs=differing(records),
        results=tuple(_without_verdict(result) if planted else result for result in results),
        left_out=tuple(left_out),
        warnings=reader.warnings,
    )


def _result(
    runs: Sequence[StoredRecord], scores: Sequence[Score], reader: ScoreReader, common: bool
) -> MetricResult:
    read = [reader.read(run, score) for run, score in zip(runs, scores, strict=True)]
    first = scores[0]
    base = MetricResult(
        protocol=first.protocol,
        metric=first.metric,
        scale=first.scale,
        direction=first.direction,
        values=tuple(score.value for score in scores),
        on_common=False,
        videos=None,
        own_videos=tuple(None if isinstance(one, str) else len(one.layout.videos) for one in read),
    )
    known = [one for one in read if not isinstance(one, str)]
    if len(known) < len(read):
        reasons = [
            f"{run.record.run}: {one}" for run, one in zip(runs, read, strict=True) if isinstance(one, str)
        ]
        return replace(base, remark="; ".join(reasons))
    means = [one for one in known if one.values is not None]
    if len(means) < len(known):
        return _corpus(base, runs, known, reader)
    pairs = _common_pairs(known)
    if not pairs:
        return replace(base, videos=0, remark="the runs share no video")
    cut = [_restricted(one, pairs, reader) for one in known]
    values = [aggregate(_column(one), one.layout)[0] for one in cut]
    compared = against(dict(enumerate(cut[1:])), cut[0], reader)
    return replace(
        base,
        values=tuple(None if np.isnan(v) else tidy(float(v)) for v in values) if common else base.values,
        on_common=common,
        videos=len(cut[0].layout.videos),
        others=tuple(_other(runs[i + 1].record.run, one, cut[0], cut[i + 1]) for i, one in compared.items()),
    )


def _corpus(
    base: MetricResult, runs: Sequence[StoredRecord], known: Sequence[PerVideo], reader: ScoreReader
) -> MetricResult:
    """A corpus metric is another number on other videos: it is compared on the same ones alone."""
    if any(one.layout is not known[0].layout for one in known):
        names = " ".join(shlex.quote(run.folder) for run in runs)
        return replace(
            base,
            remark="corpus metric of different videos: its values on the common ones are given by "
            f"`vsumbench score {names} --common`",
        )
    compared = against(dict(enumerate(known[1:])), known[0], reader)
    others = tuple(AgainstFirst(run=runs[i + 1].record.run, comparison=one) for i, one in compared.items())
    alone = all(one.comparison.reason == OTHER_CORPORA for one in others)
    return replace(
        base,
        videos=len(known[0].layout.videos),
        others=() if alone else others,
        remark=OTHER_CORPORA if alone else "",
    )


def _common_pairs(found: Sequence[PerVideo]) -> list[Pair]:
    rest = [set(one.layout.pairs) for one in found[1:]]
    return [pair for pair in found[0].layout.pairs if all(pair in pairs for pairs in rest)]


def _restricted(scores: PerVideo, pairs: Sequence[Pair], reader: ScoreReader) -> PerVideo:
    at = {pair: i for i, pair in enumerate(scores.layout.pairs)}
    assert scores.values is not None
    return PerVideo(reader.layout(pairs), scores.values[[at[pair] for pair in pairs]])


def _column(scores: PerVideo) -> Floats:
    assert scores.values is not None
    return scores.values[:, None]


def _other(run: str, comparison: Comparison, first: PerVideo, other: PerVideo) -> AgainstFirst:
    theirs, ours = (by_video(_column(one), one.layout)[:, 0] for one in (first, other))
    apart = ours - theirs
    there = np.flatnonzero(~np.isnan(apart))
    order = sorted(there, key=lambda i: (-abs(apart[i]), i))[:DISAGREEMENTS]
    least = None
    if len(there) > 1:
        least = detectable(float(np.std(apart[there], ddof=1)), len(there))
    return AgainstFirst(
        run=run,
        comparison=comparison,
        detectable=None if least is None else tidy(least),
        disagreements=tuple(
            Disagreement(
                video=first.layout.videos[i], first=tidy(float(theirs[i])), other=tidy(float(ours[i]))
            )
            for i in order
            if apart[i] != 0
        ),
    )


def _corrected(results: Sequence[MetricResult]) -> list[MetricResult]:
    """Holm's correction over all tests that are printed."""
    every = [one.comparison for result in results for one in result.others]
    done = iter(adjusted(dict(enumerate(every))).values())
    return [
        replace(result, others=tuple(replace(one, comparison=next(done)) for one in result.others))
        for result in results
    ]


def _without_verdict(result: MetricResult) -> MetricResult:
    return replace(
        result,
        others=tuple(
            replace(one, comparison=replace(one.comparison, distinguishable=None)) for one in result.others
        ),
    )
