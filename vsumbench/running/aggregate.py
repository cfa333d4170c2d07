"""From score lines to the numbers of a record: annotators, videos, folds; undefined values counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vsumbench.contracts import Cause, MetricSpec, ProtocolSpec, Undefined, Value
from vsumbench.records.record import Score

from .scorer import Aggregate, ItemScore, aggregate_annotators, mean


@dataclass(frozen=True)
class FoldValue:
    """The value of one fold, the videos that entered, what was undefined, and what stands beside it."""

    value: Value
    items: int
    undefined_prediction: int = 0
    undefined_reference: int = 0
    note: str = ""
    beside: Mapping[str, float] = field(default_factory=dict)


def summarise_scores(
    protocol: ProtocolSpec,
    metric: MetricSpec,
    folds: Sequence[str],
    lines: Iterable[Mapping[str, Any]],
    digest: str,
) -> list[Score]:
    """The score rows of one metric: the protocol's own annotator aggregate, then the others."""
    by_fold: dict[str, list[Mapping[str, Any]]] = {fold: [] for fold in folds}
    for line in lines:
        by_fold[line["fold"]].append(line)
    if protocol.whole_fold(metric.needs):
        return [_row(protocol, metric, metric.id, [_corpus_fold(by_fold[f], metric) for f in folds], digest)]
    rows = []
    for how in protocol.aggregates(metric.needs):
        name = metric.id if how == protocol.annotators else f"{metric.id}[{how}]"
        values = [_item_fold(by_fold[fold], protocol, metric, how) for fold in folds]
        rows.append(_row(protocol, metric, name, values, digest))
    return rows


def _item_fold(
    lines: Sequence[Mapping[str, Any]], protocol: ProtocolSpec, metric: MetricSpec, how: str
) -> FoldValue:
    videos = _draws(lines, protocol, metric, how)
    means: list[float] = []
    reason = Undefined("no video has importance or segments to score", Cause.PREDICTION)
    for draws in videos.values():
        value = _over_draws(draws)
        if isinstance(value, Undefined):
            reason = value
        else:
            means.append(value)
    every = [draw for draws in videos.values() for draw in draws]
    for draw in every:
        if isinstance(draw.value, Undefined) and draw.value.cause is Cause.UNAVAILABLE:
            return FoldValue(draw.value, 0)
    return FoldValue(
        mean(means) if means else reason,
        len(means),
        sum(draw.undefined_prediction for draw in every),
        sum(draw.undefined_reference for draw in every),
        "; ".join(dict.fromkeys(line["note"] for line in lines if line.get("note"))),
        _beside(line.get("beside", {}) for line in lines),
    )


def _beside(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each number that stands beside the values of these parts."""
    found: dict[str, list[float]] = {}
    for part in parts:
        for name, value in part.items():
            found.setdefault(name, []).append(value)
    return {name: mean(values) for name, values in found.items()}


def _notes(folds: Sequence[FoldValue], metric: MetricSpec) -> str:
    """What must stand beside the number: means over folds, then remarks, each once."""
    decimals = 2 if metric.scale == "percent" else 4
    numbers = [f"{name}: {value:.{decimals}f}" for name, value in _beside(f.beside for f in folds).items()]
    return "; ".join(dict.fromkeys((*numbers, *(fold.note for fold in folds if fold.note))))


def _draws(
    lines: Iterable[Mapping[str, Any]], protocol: ProtocolSpec, metric: MetricSpec, how: str
) -> dict[str, list[Aggregate]]:
    """Each video's summaries (repetitions, or annotators), annotators of the references aggregated."""
    videos: dict[str, list[Aggregate]] = {}
    for line in lines:
        score = ItemScore.from_json(line)
        videos.setdefault(line["id"], []).append(aggregate_annotators(score, protocol, how, metric.no_skill))
    return videos


def _over_draws(draws: Sequence[Aggregate]) -> Value:
    """The value of one video: the mean over its summaries that have one."""
    defined = [draw.value for draw in draws if not isinstance(draw.value, Undefined)]
    return mean(defined) if defined else draws[0].value


def video_table(
    protocol: ProtocolSpec, metric: MetricSpec, lines: Iterable[Mapping[str, Any]]
) -> list[list[str]]:
    """Rows of text, the first the heading: fold, video id, and the values the aggregate is the mean of.

    An undefined value is an empty cell. Corpus metrics have rows where a value of one item is meaningful.
    """
    by_fold: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_fold.setdefault(line["fold"], []).append(line)
    whole = protocol.whole_fold(metric.needs)
    ways = (protocol.annotators,) if whole else protocol.aggregates(metric.needs)
    names = [metric.id if how == protocol.annotators else f"{metric.id}[{how}]" for how in ways]
    rows = [["fold", "id", *names]]
    for fold, found in by_fold.items():
        if whole:
            columns = [_item_values(found)]
        else:
            columns = [
                {video: _over_draws(draws) for video, draws in _draws(found, protocol, metric, how).items()}
                for how in ways
            ]
        for video in columns[0]:
            cells = (column[video] for column in columns)
            rows.append([fold, video, *("" if isinstance(cell, Undefined) else repr(cell) for cell in cells)])
    return rows


def _item_values(lines: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    """The mean over corpora of each item's own value."""
    values: dict[str, list[float]] = {}
    for line in lines:
        for video, value in zip(line["ids"], line.get("items", ()), strict=False):
            values.setdefault(video, [])
            if value is not None:
                values[video].append(value)
    nothing = Undefined("no value of its own", Cause.PREDICTION)
    return {video: mean(found) if found else nothing for video, found in values.items()}


def _corpus_fold(lines: Sequence[Mapping[str, Any]], metric: MetricSpec) -> FoldValue:
    if not lines:
        return FoldValue(Undefined("no complete set of texts in the predictions", Cause.PREDICTION), 0)
    values: list[float] = []
    no_skill = 0
    for line in lines:
        if line["value"] is not None:
            values.append(line["value"])
            continue
        cause, reason = line["undefined"]
        if Cause(cause) is not Cause.PREDICTION:
            return FoldValue(Undefined(reason, Cause(cause)), 0)
        no_skill += 1
        values.append(metric.no_skill)
    notes = dict.fromkeys(line["note"] for line in lines if line.get("note"))
    causes = [Cause(cause) for line in lines for cause, _ in line.get("undefined_items", {}).values()]
    return FoldValue(
        mean(values),
        len(lines[0]["ids"]),
        no_skill + causes.count(Cause.PREDICTION),
        sum(len(line.get("left_out", ())) for line in lines) + causes.count(Cause.REFERENCE),
        "; ".join(notes),
    )


def _row(
    protocol: ProtocolSpec, metric: MetricSpec, name: str, folds: Sequence[FoldValue], digest: str
) -> Score:
    undefined = next((fold.value for fold in folds if isinstance(fold.value, Undefined)), None)
    values = [None if isinstance(fold.value, Undefined) else fold.value for fold in folds]
    return Score(
        protocol=protocol.id,
        protocol_version=protocol.version,
        metric=name,
        metric_version=metric.version,
        scale=metric.scale,
        direction=metric.direction,
        value=None if undefined else mean([value for value in values if value is not None]),
        reason=undefined.reason if undefined else "",
        folds=tuple(values),
        items=sum(fold.items for fold in folds),
        undefined_prediction=sum(fold.undefined_prediction for fold in folds),
        undefined_reference=sum(fold.undefined_reference for fold in folds),
        note=_notes(folds, metric),
        score_digest=digest,
    )
