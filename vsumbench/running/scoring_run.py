"""Score the predictions of a run: append-only, one file a protocol and metric, resumable by line.

The first line of a score file names its score digest; a file of another digest (edited scorer) is begun anew. Lines
follow the order of the predictions, so an interrupted file is continued by counting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..contracts import MetricSpec, Summary, Undefined
from ..errors import PredictionError
from ..plugins import Plugins
from ..records.files import append_line, cut_torn_line, make_folder, read_lines
from ..records.folder import RunFolder
from ..records.predictions import PredictionLine, read_predictions
from .building import contained
from .evaluation import Evaluator
from .identity import score_digest
from .matching import Column
from .plan import Plan

Told = Callable[[str, int, int], None]
"""Told of (stage, done, total)."""


def score_column(plan: Plan, plugins: Plugins, column: Column, digest: str, folder: RunFolder, told: Told) -> None:
    """Complete the score files of one protocol."""
    evaluator = Evaluator(plan.resolved.dataset, column.protocol, column.metrics, plugins)
    make_folder(folder.scores(column.protocol.id, "any").parent)
    done = {
        metric: _start(folder.scores(column.protocol.id, metric.id), score_digest(digest, column.protocol, metric))
        for metric in column.metrics
    }
    with contained(f"scoring under protocol {column.protocol.id!r}"):
        if evaluator.is_text:
            _score_texts(plan, evaluator, folder, done, told)
        else:
            _score_items(plan, evaluator, folder, done, told)


def _start(path: Path, digest: str) -> int:
    """How many score lines of this digest are there; a file of another digest is removed."""
    cut_torn_line(path)
    lines = read_lines(path)
    header = next(lines, None)
    if header is not None and header.get("score_digest") == digest:
        return sum(1 for _ in lines)
    path.unlink(missing_ok=True)
    append_line(path, {"score_digest": digest})
    return 0


def _score_items(
    plan: Plan, evaluator: Evaluator, folder: RunFolder, done: dict[MetricSpec, int], told: Told
) -> None:
    stage = f"score {evaluator.protocol.id}"
    total = len(plan.test_ids) * plan.repetitions
    number = 0
    videos: set[tuple[str, int, str]] = set()
    for line in _lines_that_show(folder.predictions):
        videos.add((line.fold, line.repetition, line.id))
        told(stage, min(len(videos), total), total)
        todo = [metric for metric in done if done[metric] <= number]
        number += 1
        if not todo:
            continue
        for name, score in evaluator.score_item(line.summary(), todo).items():
            append_line(
                folder.scores(evaluator.protocol.id, name),
                _key(line.fold, line.repetition, line.annotator) | {"id": line.id} | score.to_json(),
            )


def _lines_that_show(path: Path) -> Iterator[PredictionLine]:
    return (line for line in read_predictions(path) if line.importance is not None or line.segments is not None)


def _score_texts(
    plan: Plan, evaluator: Evaluator, folder: RunFolder, done: dict[MetricSpec, int], told: Told
) -> None:
    stage = f"score {evaluator.protocol.id}"
    corpora = list(_corpora(plan, folder.predictions))
    for number, (fold, repetition, annotator, summaries) in enumerate(corpora):
        told(stage, number, len(corpora))
        todo = [metric for metric in done if done[metric] <= number]
        if not todo:
            continue
        result = evaluator.score_corpus(summaries, todo)
        for name, score in result.scores.items():
            content: dict[str, Any] = _key(fold, repetition, annotator) | {"ids": result.ids}
            if result.left_out:
                content["left_out"] = result.left_out
            if isinstance(score.value, Undefined):
                content |= {"value": None, "undefined": [score.value.cause.value, score.value.reason]}
            else:
                content["value"] = score.value
            if score.items:
                content["items"] = [None if isinstance(item, Undefined) else item for item in score.items]
            if score.statistics:
                content["statistics"] = score.statistics
            if score.note:
                content["note"] = score.note
            append_line(folder.scores(evaluator.protocol.id, name), content)
    told(stage, len(corpora), len(corpora))


def _corpora(plan: Plan, path: Path) -> Iterator[tuple[str, int, int | None, Sequence[Summary]]]:
    """The complete corpora of each fold: one a repetition, or one an annotator.

    An annotator who wrote a text for some videos only makes no corpus; a model that does is refused.
    """
    texts: dict[tuple[str, int, int | None], list[Summary]] = {}
    for line in read_predictions(path):
        if line.text is not None:
            key = (line.fold, line.repetition, line.annotator)
            # Scores, features and links are not needed for texts, and a corpus is held in memory.
            texts.setdefault(key, []).append(Summary(video_id=line.id, text=line.text, annotator=line.annotator))
    for fold in plan.folds:
        for (name, repetition, annotator), summaries in texts.items():
            if name != fold.name:
                continue
            missing = set(fold.test) - {summary.video_id for summary in summaries}
            if not missing:
                yield name, repetition, annotator, summaries
            elif annotator is None:
                raise PredictionError(
                    f"fold {name!r}: {len(missing)} of {len(fold.test)} videos have no text, the first is "
                    f"{min(missing)!r}; a corpus metric needs them all."
                )


def _key(fold: str, repetition: int, annotator: int | None) -> dict[str, Any]:
    key: dict[str, Any] = {"fold": fold}
    if repetition:
        key["repetition"] = repetition
    if annotator is not None:
        key["annotator"] = annotator
    return key
