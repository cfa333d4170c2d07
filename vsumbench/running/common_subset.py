"""Several runs scored on the test videos that all of them predicted. The sealed runs are left as they are."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vsumbench.contracts import Fold
from vsumbench.errors import MismatchError
from vsumbench.plugins import Plugins
from vsumbench.records.files import make_folder
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import RunRecord, Score

from .matching import Column
from .rescoring import OldRun, asked_columns, check_protocol, open_run
from .scoring_run import Predicted, Told, score_columns
from .sealing import check_predictions


@dataclass(frozen=True)
class SubsetScores:
    """The scores of one run on the common videos; `evaluated` and `official` count distinct videos.

    `other_data`: the run was made on other files than are here, as a run on a part of the data is.
    """

    record: RunRecord
    evaluated: int
    official: int
    scores: tuple[Score, ...]
    other_data: bool


def score_common(
    folders: Sequence[Path],
    plugins: Plugins,
    told: Told,
    *,
    protocols: Sequence[str] = (),
    metrics: Sequence[str] = (),
    data_root: Path | None = None,
) -> list[SubsetScores]:
    """Score sealed runs on what they have in common, fold by fold.

    Without names: under the protocols, and by the metrics, of the first run's request.

    Raises:
        MismatchError: runs of other datasets, editions or split sets, or that share no test video; or a run
            that one of the protocols cannot score.
        RecordError, DataMissingError: as `open_run`.
    """
    runs = [open_run(folder, plugins, data_root, same_data=False) for folder in folders]
    _check_alike(runs)
    common = _common_folds(runs)
    columns = asked_columns(runs[0], plugins, protocols, metrics)
    return [_score(run, common, columns, plugins, told) for run in runs]


def _check_alike(runs: Sequence[OldRun]) -> None:
    def setting(run: OldRun) -> tuple[str, str, str]:
        facts = run.record.dataset
        return facts.id, facts.edition, run.record.setting.split_digest

    for run in runs[1:]:
        if setting(run) != setting(runs[0]):
            raise MismatchError(
                f"{run.record.run} and {runs[0].record.run} have no common videos: datasets, editions or "
                "split sets differ.",
                "Name runs of one dataset and split set.",
            )


def _common_folds(runs: Sequence[OldRun]) -> tuple[Fold, ...]:
    """Folds with the test videos every run was tested on in that fold."""
    tests = [{fold.name: set(fold.test) for fold in run.predicted.folds} for run in runs]
    folds = [
        replace(fold, test=tuple(v for v in fold.test if all(v in test.get(fold.name, ()) for test in tests)))
        for fold in runs[0].predicted.folds
    ]
    kept = tuple(fold for fold in folds if fold.test)
    if not kept:
        raise MismatchError("the runs share no test video.", "Compare runs on the same split set.")
    return kept


def _score(
    run: OldRun, folds: tuple[Fold, ...], columns: Sequence[Column], plugins: Plugins, told: Told
) -> SubsetScores:
    for column in columns:
        check_protocol(column.protocol, run)
    check_predictions(run.folder, run.record)
    with tempfile.TemporaryDirectory(prefix="vsumbench-common-") as temporary:
        out = RunFolder(make_folder(Path(temporary) / "run"))
        _write_subset(run.folder.predictions, out.predictions, folds)
        before = run.predicted
        predicted = Predicted(out.predictions, before.digest, before.dataset, folds, before.repetitions)
        scores = score_columns(predicted, plugins, columns, out, told)
    evaluated = {video for fold in folds for video in fold.test}
    # A score on a part is no score of the run: it must not pass for one.
    own = tuple(replace(score, score_digest="") for score in scores)
    return SubsetScores(run.record, len(evaluated), run.record.coverage.official, own, run.other_data)


def _write_subset(source: Path, target: Path, folds: Sequence[Fold]) -> None:
    """The lines of the common videos, byte for byte."""
    tested = {(fold.name, video) for fold in folds for video in fold.test}
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as kept:
        for line in lines:
            content = json.loads(line)
            if (content["fold"], content["id"]) in tested:
                kept.write(line)
