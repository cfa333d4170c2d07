"""Is a sealed run what it says? File digests, and every score computed again from the predictions."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vsumbench.arguments import without_aggregate
from vsumbench.errors import DataMissingError, VsumbenchError
from vsumbench.plugins import Plugins
from vsumbench.records.events import EventLog
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import Score, load_record

from .rescoring import open_run, recorded_columns
from .scorer import missing_outside
from .scoring_run import Told, score_columns

TOLERANCE = 1e-9
"""Two runs of the same arithmetic may differ in the last bits on another machine, never by more than this."""
TOLERANCE_OF_MODELS = 1e-5
"""The same for numbers computed through a model in float32."""


@dataclass(frozen=True)
class ScoreCheck:
    """A recorded number beside the one computed now.

    `unavailable`: why one of them could not be had. `same_parts`: folds and counts of undefined values agree.
    """

    protocol: str
    metric: str
    recorded: float | None
    recomputed: float | None
    unavailable: str = ""
    same_parts: bool = True
    tolerance: float = TOLERANCE

    @property
    def equal(self) -> bool:
        """Whether they are the same number, or both undefined; what could not be had says nothing."""
        if self.unavailable:
            return True
        return self.same_parts and _same(self.recorded, self.recomputed, self.tolerance)


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        files: how many files have a digest in the record.
        changed, missing, added: files whose digest differs, that are gone, that the record does not know.
        unfinished: score files of an interrupted `score`, which no recorded number rests on.
        scores: recorded numbers beside recomputed ones.
        not_recomputed: why scores were not computed again, or empty.
    """

    run: str
    files: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    scores: tuple[ScoreCheck, ...]
    not_recomputed: str = ""
    unfinished: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing differs. Scores that could not be computed again do not count as equal."""
        different = self.changed or self.missing or self.added
        return not different and not self.not_recomputed and all(score.equal for score in self.scores)

    @property
    def differs(self) -> bool:
        """Something was found that is not as recorded."""
        return bool(self.changed or self.missing or self.added) or any(
            not score.equal for score in self.scores
        )


def verify_run(path: Path, plugins: Plugins, told: Told, data_root: Path | None = None) -> Verification:
    """Verify a run folder.

    Raises:
        RecordError: it holds no sealed record.
    """
    record = load_record(path)
    folder = RunFolder(path)
    lasting, timed = folder.digests()
    recorded, found = {**record.files, **record.timing.files}, {**lasting, **timed}
    checks: tuple[ScoreCheck, ...] = ()
    reason = ""
    try:
        checks = _recompute(path, plugins, told, data_root)
        reason = next((check.unavailable for check in checks if check.unavailable), "")
    except VsumbenchError as error:
        reason = str(error)
    changed = {name for name in recorded if name in found and found[name] != recorded[name]}
    log = EventLog(folder.events)
    if log.path.name in changed and log.began_with(recorded[log.path.name]):
        changed.remove(log.path.name)
    added = found.keys() - recorded.keys()
    unfinished = {name for name in added if name.startswith("scores/")}
    return Verification(
        run=record.run,
        files=len(recorded),
        changed=tuple(sorted(changed)),
        missing=tuple(sorted(recorded.keys() - found.keys())),
        added=tuple(sorted(added - unfinished)),
        unfinished=tuple(sorted(unfinished)),
        scores=checks,
        not_recomputed=reason,
    )


def _recompute(path: Path, plugins: Plugins, told: Told, data_root: Path | None) -> tuple[ScoreCheck, ...]:
    old = open_run(path, plugins, data_root)
    if not old.folder.predictions.exists():
        raise DataMissingError(f"{old.folder.predictions} is missing.", "Repeat the run.")
    with tempfile.TemporaryDirectory(prefix="vsumbench-verify-") as temporary:
        out = RunFolder(Path(temporary))
        columns = recorded_columns(old, plugins)
        scores = score_columns(old.predicted, plugins, columns, out, told)
    now = {(score.protocol, score.metric): score for score in scores}
    models = {
        metric.id for column in columns for metric in column.metrics if metric.encoder or metric.checkpoint
    }
    return tuple(
        _check(
            score,
            now.get((score.protocol, score.metric)),
            TOLERANCE_OF_MODELS if without_aggregate(score.metric) in models else TOLERANCE,
        )
        for score in old.record.scores
    )


def _check(recorded: Score, recomputed: Score | None, tolerance: float) -> ScoreCheck:
    now = recomputed.value if recomputed is not None else None
    reasons = (score.reason for score in (recorded, recomputed) if score is not None)
    unavailable = next((reason for reason in reasons if missing_outside(reason)), "")
    parts = recomputed is not None and _same_parts(recorded, recomputed, tolerance)
    return ScoreCheck(recorded.protocol, recorded.metric, recorded.value, now, unavailable, parts, tolerance)


def _same(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)


def _same_parts(one: Score, other: Score, tolerance: float) -> bool:
    counts = ("items", "undefined_prediction", "undefined_reference")
    return (
        len(one.folds) == len(other.folds)
        and all(_same(a, b, tolerance) for a, b in zip(one.folds, other.folds, strict=True))
        and all(getattr(one, name) == getattr(other, name) for name in counts)
    )
