"""Score predictions made elsewhere against a dataset, or against references of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts import (
    Dataset,
    Fold,
    ProtocolSpec,
    check_summary,
)
from vsumbench.errors import (
    DuplicateIdError,
    MissingPredictionError,
    PredictionError,
    UnknownSettingError,
    UsageError,
    close_matches,
)
from vsumbench.plugins import Plugins
from vsumbench.records.predictions import PredictionLine, read_predictions
from vsumbench.records.record import Score

from .aggregate import summarise_scores
from .building import contained
from .choices import chosen_split_set
from .editions import find_edition
from .evaluation import Evaluator
from .matching import Column, data_misfit
from .plan import official_videos
from .scoring_run import complete_corpora, shows


def read_external(path: Path) -> list[PredictionLine]:
    """Read a prediction file made elsewhere; each (fold, repetition, id, annotator) once.

    Raises:
        DuplicateIdError: two predictions of one video.
        PredictionError: a line that cannot be scored, or no line at all.
    """
    lines: list[PredictionLine] = []
    seen: set[tuple[str, int, str, int | None]] = set()
    for line in read_predictions(path):
        key = (line.fold, line.repetition, line.id, line.annotator)
        if key in seen:
            raise DuplicateIdError(
                f"{path}: id {line.id!r} stands twice.",
                "Keep one prediction a video, or number the repetitions.",
            )
        seen.add(key)
        lines.append(line)
    if not lines:
        raise PredictionError(f"{path} holds no predictions.", 'Write one {"id": …, "text": …} a line.')
    return lines


@dataclass(frozen=True)
class ExternalScores:
    """Scores of an external file, with how many of the references' videos it covers."""

    scores: tuple[Score, ...]
    evaluated: int
    official: int
    missing: tuple[str, ...]


def score_external(
    lines: Sequence[PredictionLine],
    dataset: Dataset,
    folds: Sequence[Fold],
    columns: Iterable[Column],
    plugins: Plugins,
    *,
    common: bool = False,
    official: int | None = None,
) -> ExternalScores:
    """Score predictions on the test videos of `folds`. With `common`, on those that have a prediction.

    `official` is how many videos the split tests where some of their data are missing.

    Raises:
        PredictionError: an id without references.
        MissingPredictionError: a test video without a prediction, unless `common`.
    """
    tested = {video for fold in folds for video in fold.test}
    given = {line.id for line in lines}
    if unknown := sorted(given - tested):
        near = close_matches(unknown[0], tested)
        raise PredictionError(
            f"{len(unknown)} predicted ids have no reference, the first is {unknown[0]!r}.",
            f"Did you mean {near[0]!r}?" if near else "Check that both files use the same ids.",
        )
    missing = sorted(tested - given)
    if missing and not common:
        raise MissingPredictionError(
            f"{len(missing)} of {len(tested)} test videos have no prediction, the first is {missing[0]!r}.",
            "Predict them, or score the common videos alone with --common (the coverage is printed).",
        )
    if common:
        folds = [Fold(f.name, f.train, tuple(v for v in f.test if v in given), f.validation) for f in folds]
        folds = [fold for fold in folds if fold.test]
    _check_folds(lines, folds)
    by_fold = {fold.name: _lines_of(lines, fold, len(folds)) for fold in folds}
    _check_complete(by_fold, folds, common)
    scores: list[Score] = []
    for column in columns:
        evaluator = Evaluator(dataset, column.protocol, column.metrics, plugins)
        with contained(f"scoring under protocol {column.protocol.id!r}", logged=False):
            rows = (
                _text_rows(evaluator, by_fold, folds)
                if evaluator.whole_fold
                else _item_rows(evaluator, by_fold, dataset)
            )
        for metric in column.metrics:
            scores += summarise_scores(column.protocol, metric, [f.name for f in folds], rows[metric.id], "")
    return ExternalScores(tuple(scores), len(given), official or len(tested), tuple(missing))


def _check_folds(lines: Sequence[PredictionLine], folds: Sequence[Fold]) -> None:
    """Refuse a fold name nobody knows: its lines would go nowhere. With one fold, any name will do."""
    known = [fold.name for fold in folds]
    for name in dict.fromkeys(line.fold for line in lines if line.fold):
        if len(known) > 1 and name not in known:
            raise UnknownSettingError.about(
                "fold", name, known, where="vsumbench score --help", extra=f"Folds: {', '.join(known)}."
            )


def _check_complete(
    by_fold: Mapping[str, Sequence[PredictionLine]], folds: Sequence[Fold], common: bool
) -> None:
    """Refuse a fold, or a repetition of it, that lacks videos; with `common`, a ragged repetition."""
    for fold in folds:
        draws: dict[int, set[str]] = {} if common else {0: set()}
        for line in by_fold[fold.name]:
            draws.setdefault(line.repetition, set()).add(line.id)
        for repetition, given in draws.items():
            if missing := sorted(set(fold.test) - given):
                raise MissingPredictionError(
                    f"fold {fold.name!r}, repetition {repetition}: {len(missing)} of {len(fold.test)} videos "
                    f"have no prediction, the first is {missing[0]!r}.",
                    "Each repetition of a fold must have them all.",
                )


def _lines_of(lines: Sequence[PredictionLine], fold: Fold, folds: int) -> list[PredictionLine]:
    """A line without a fold belongs to every fold that tests its video; where folds are named, to its own."""
    tested = set(fold.test)
    return [
        line
        for line in lines
        if line.id in tested and (not line.fold or folds == 1 or line.fold == fold.name)
    ]


def _item_rows(
    evaluator: Evaluator, by_fold: Mapping[str, Sequence[PredictionLine]], dataset: Dataset
) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {metric.id: [] for metric in evaluator.metrics}
    for fold, lines in by_fold.items():
        compared = [line for line in lines if shows(line, evaluator)]
        for start in range(0, len(compared), evaluator.batch):
            summaries = [line.summary() for line in compared[start : start + evaluator.batch]]
            for summary in summaries:
                check_summary(summary, dataset.video(summary.video_id))
            found = evaluator.score_items(summaries, evaluator.metrics)
            for summary, scores in zip(summaries, found, strict=True):
                for name, score in scores.items():
                    rows[name].append({"fold": fold, "id": summary.video_id} | score.to_json())
    return rows


def _text_rows(
    evaluator: Evaluator, by_fold: Mapping[str, Sequence[PredictionLine]], folds: Sequence[Fold]
) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {metric.id: [] for metric in evaluator.metrics}
    counted = ((fold, line) for fold, lines in by_fold.items() for line in lines if shows(line, evaluator))
    for fold, _, _, summaries in complete_corpora(counted, folds):
        result = evaluator.score_corpus(summaries, evaluator.metrics)
        for name in result.scores:
            rows[name].append({"fold": fold} | result.line(name))
    return rows


@dataclass(frozen=True)
class OpenedDataset:
    """The dataset a prediction file belongs to, its folds as far as they are there, and what must be said."""

    dataset: Dataset
    folds: tuple[Fold, ...]
    official: int
    notices: tuple[str, ...]


def open_dataset(
    plugins: Plugins,
    name: str,
    edition: str,
    split_set: str | None,
    data_root: Path | None,
    protocols: Sequence[ProtocolSpec],
) -> OpenedDataset:
    """Find and open the dataset a prediction file belongs to.

    Raises:
        UnknownNameError, DataMissingError: no such dataset, edition or split set, or no data.
        MismatchError: a protocol the edition cannot serve.
    """
    spec = plugins.dataset(name)
    resolved = find_edition(plugins, spec, edition, data_root)
    there = frozenset(resolved.status.present)
    split = spec.split_set(chosen_split_set(spec, split_set))
    assert split is not None
    published = resolved.dataset.folds(split.id)
    folds = tuple(
        Fold(fold.name, (), tuple(video for video in fold.test if video in there)) for fold in published
    )
    if not protocols:
        raise UsageError(
            "--dataset needs --protocol.",
            f"Its defaults are {', '.join(spec.default_protocols)}; name one or more.",
        )
    for protocol in protocols:
        if problem := data_misfit(protocol, spec, resolved.edition):
            raise problem
    official = official_videos(split, resolved, published)
    return OpenedDataset(resolved.dataset, folds, official, resolved.notices)
