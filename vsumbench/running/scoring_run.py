"""Score the predictions of a run: append-only, one file a protocol and metric, resumable by line.

The first line of a score file names its score digest; a file of another digest (edited scorer) is begun anew.
Lines follow the order of the predictions, so an interrupted file is continued by counting.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.arguments import without_aggregate
from vsumbench.contracts import Dataset, Fold, MetricSpec, Summary
from vsumbench.errors import PredictionError, UnavailableError
from vsumbench.plugins import Plugins
from vsumbench.records.files import append_line, cut_torn_line, make_folder, read_lines, replace_csv
from vsumbench.records.folder import RunFolder
from vsumbench.records.predictions import PredictionLine, read_predictions
from vsumbench.records.record import RunRecord, Score

from .aggregate import summarise_scores, video_table
from .building import contained
from .evaluation import Evaluator
from .identity import score_digest
from .matching import Column
from .scorer import missing_outside

Told = Callable[[str, int, int], None]
"""Told of (stage, done, total)."""


@dataclass(frozen=True)
class Predicted:
    """Predictions to be scored, and what is known about them without the model that made them.

    Attributes:
        path: the prediction file.
        digest: the prediction digest.
        dataset: the opened dataset they belong to.
        folds: the folds that were run.
        repetitions: draws of each summary.
    """

    path: Path
    digest: str
    dataset: Dataset
    folds: tuple[Fold, ...]
    repetitions: int


def score_column(
    predicted: Predicted, plugins: Plugins, column: Column, out: RunFolder, told: Told
) -> list[Score]:
    """Complete the score files of one protocol in `out`, and the record rows they give."""
    evaluator = Evaluator(predicted.dataset, column.protocol, column.metrics, plugins)
    make_folder(out.scores(column.protocol.id, "any").parent)
    digests = {
        metric: score_digest(predicted.digest, column.protocol, metric, plugins) for metric in column.metrics
    }
    done = {
        metric: _start(out.scores(column.protocol.id, metric.id), digests[metric])
        for metric in column.metrics
    }
    with contained(f"scoring under protocol {column.protocol.id!r}"):
        if evaluator.whole_fold:
            _score_texts(predicted, evaluator, out, done, told)
        else:
            _score_items(predicted, evaluator, out, done, told)
    rows: list[Score] = []
    folds = [fold.name for fold in predicted.folds]
    for metric in column.metrics:
        path = out.scores(column.protocol.id, metric.id)
        _, *lines = read_lines(path)  # the first is the header
        rows += summarise_scores(column.protocol, metric, folds, lines, digests[metric])
        replace_csv(path.with_suffix(".csv"), video_table(column.protocol, metric, lines))
    return rows


def score_columns(
    predicted: Predicted, plugins: Plugins, columns: Sequence[Column], out: RunFolder, told: Told
) -> list[Score]:
    """Score under several protocols."""
    return [row for column in columns for row in score_column(predicted, plugins, column, out, told)]


def missing_columns(columns: Sequence[Column], record: RunRecord, plugins: Plugins) -> list[Column]:
    """The columns a record does not hold, by score digest. What was unavailable is tried again."""
    held = {score.score_digest for score in record.scores if not missing_outside(score.reason)}
    missing = []
    for column in columns:
        digests = {
            metric: score_digest(record.prediction_digest, column.protocol, metric, plugins)
            for metric in column.metrics
        }
        if metrics := tuple(metric for metric in column.metrics if digests[metric] not in held):
            missing.append(Column(column.protocol, metrics, column.required))
    return missing


def with_new_scores(old: Sequence[Score], new: Sequence[Score]) -> list[Score]:
    """Old rows, but for those that were computed anew."""
    replaced = {(score.protocol, without_aggregate(score.metric)) for score in new}
    return [
        score for score in old if (score.protocol, without_aggregate(score.metric)) not in replaced
    ] + list(new)


def refuse_unavailable(columns: Sequence[Column], scores: Sequence[Score]) -> None:
    """A metric the user named and that could not be had is an error, after everything else is safe.

    Raises:
        UnavailableError: with what is missing and how to get it.
    """
    for column in columns:
        named = {metric.id for metric in column.metrics} if column.required else set()
        for score in scores:
            ours = score.protocol == column.protocol.id and score.metric in named
            if ours and missing_outside(score.reason):
                raise UnavailableError(f"metric {score.metric!r} was asked for and is {score.reason}")


def _start(path: Path, digest: str) -> int:
    """How many score lines of this digest are there; a file of another digest is begun anew."""
    cut_torn_line(path)
    lines = read_lines(path)
    header = next(lines, None)
    if header is not None and header.get("score_digest") == digest:
        held = list(map(_lacked_something, lines))
        # What lacked something outside is no result: it is tried again.
        if not any(held):
            return len(held)
    path.unlink(missing_ok=True)
    append_line(path, {"score_digest": digest})
    return 0


def _lacked_something(line: dict[str, Any]) -> bool:
    undefined = line.get("undefined", {})
    reasons = undefined.values() if isinstance(undefined, dict) else [undefined]
    return any(missing_outside(reason) for _, reason in reasons)


def _score_items(
    predicted: Predicted, evaluator: Evaluator, out: RunFolder, done: dict[MetricSpec, int], told: Told
) -> None:
    stage = f"score {evaluator.protocol.id}"
    total = sum(len(fold.test) for fold in predicted.folds) * predicted.repetitions
    videos: set[tuple[str, int, str]] = set()
    waiting: list[PredictionLine] = []
    wanted: list[MetricSpec] = []

    def write() -> None:
        found = evaluator.score_items([line.summary() for line in waiting], wanted) if waiting else []
        for line, scores in zip(waiting, found, strict=True):
            for name, score in scores.items():
                append_line(
                    out.scores(evaluator.protocol.id, name),
                    _key(line.fold, line.repetition, line.annotator) | {"id": line.id} | score.to_json(),
                )
        waiting.clear()

    for number, line in enumerate(
        line for line in read_predictions(predicted.path) if shows(line, evaluator)
    ):
        videos.add((line.fold, line.repetition, line.id))
        told(stage, min(len(videos), total), total)
        todo = [metric for metric in done if done[metric] <= number]
        if todo != wanted or len(waiting) >= evaluator.batch:
            write()
            wanted = todo
        if todo:
            waiting.append(line)
    write()


def shows(line: PredictionLine, evaluator: Evaluator) -> bool:
    """Whether a prediction holds what the protocol compares. An annotator may have nothing for a video.

    Raises:
        PredictionError: a model's prediction does not.
    """
    if evaluator.compares_selections:
        there, lacks = line.importance is not None or line.segments is not None, "importance and no segments"
    else:
        there, lacks = line.text is not None, "text"
    if not there and line.annotator is None:
        raise PredictionError(
            f"the prediction for {line.id!r} has no {lacks}, which protocol {evaluator.protocol.id!r} "
            "compares.",
            "Score it under a protocol that compares what it holds; see `vsumbench list protocols`.",
        )
    return there


def _score_texts(
    predicted: Predicted, evaluator: Evaluator, out: RunFolder, done: dict[MetricSpec, int], told: Told
) -> None:
    stage = f"score {evaluator.protocol.id}"
    lines = ((line.fold, line) for line in read_predictions(predicted.path))
    corpora = list(complete_corpora(lines, predicted.folds))
    for number, (fold, repetition, annotator, summaries) in enumerate(corpora):
        told(stage, number, len(corpora))
        todo = [metric for metric in done if done[metric] <= number]
        if not todo:
            continue
        result = evaluator.score_corpus(summaries, todo)
        for name in result.scores:
            line = _key(fold, repetition, annotator) | result.line(name)
            append_line(out.scores(evaluator.protocol.id, name), line)
    told(stage, len(corpora), len(corpora))


def complete_corpora(
    lines: Iterable[tuple[str, PredictionLine]], folds: Sequence[Fold]
) -> Iterator[tuple[str, int, int | None, Sequence[Summary]]]:
    """The complete corpora of each fold, as (fold, repetition, annotator, texts): one a repetition, or one an
    annotator.

    An annotator who wrote a text for some videos only makes no corpus.

    Args:
        lines: predictions, each with the fold it counts in.

    Raises:
        PredictionError: a model wrote a text for some videos only.
    """
    texts: dict[tuple[str, int, int | None], list[Summary]] = {}
    for fold_name, line in lines:
        if line.text is not None:
            key = (fold_name, line.repetition, line.annotator)
            # Scores, features and links are not needed for texts, and a corpus is held in memory.
            text = unicodedata.normalize("NFC", line.text)
            texts.setdefault(key, []).append(Summary(video_id=line.id, text=text, annotator=line.annotator))
    for fold in folds:
        for (name, repetition, annotator), summaries in texts.items():
            if name != fold.name:
                continue
            missing = set(fold.test) - {summary.video_id for summary in summaries}
            if not missing:
                yield name, repetition, annotator, summaries
            elif annotator is None:
                raise PredictionError(
                    f"fold {name!r}: {len(missing)} of {len(fold.test)} videos have no text, the first is "
                    f"{min(missing)!r}; a corpus metric needs them all.",
                    "Give each a text, which may be empty.",
                )


def _key(fold: str, repetition: int, annotator: int | None) -> dict[str, Any]:
    key: dict[str, Any] = {"fold": fold}
    if repetition:
        key["repetition"] = repetition
    if annotator is not None:
        key["annotator"] = annotator
    return key
