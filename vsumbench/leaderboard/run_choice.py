"""Which runs are named, whether they may be compared, and which scores they share."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from vsumbench.errors import (
    DataMissingError,
    MismatchError,
    RecordError,
    UnknownMetricError,
    UnknownProtocolError,
    UsageError,
)
from vsumbench.records.record import RunRecord, Score, load_record
from vsumbench.store.records import StoredRecord


def find_runs(names: Sequence[str], runs: Path) -> list[StoredRecord]:
    """The sealed runs these names mean: a folder, or a folder's name below `runs`.

    Raises:
        UsageError: a run is named twice.
        DataMissingError: there is no such folder.
        RecordError: it holds no sealed run.
    """
    found: dict[Path, StoredRecord] = {}
    for name in names:
        folder = next((path for path in (Path(name), runs / name) if path.is_dir()), None)
        if folder is None:
            raise DataMissingError(
                f"there is no run {name!r}: neither a folder, nor below {runs}.",
                "Name run folders, or give --runs.",
            )
        folder = folder.resolve()
        if folder in found:
            raise UsageError(f"run {name!r} is named twice.", "Name different runs.")
        found[folder] = StoredRecord(str(folder), load_record(folder))
    return list(found.values())


def check_scored(runs: Sequence[StoredRecord]) -> None:
    """Raise unless every run was scored.

    Raises:
        RecordError: one was only predicted.
    """
    for one in runs:
        if one.record.status != "complete":
            raise RecordError(
                f"{one.record.run} holds predictions without scores.",
                f"Score it: `vsumbench score {shlex.quote(one.folder)}`.",
            )


def check_alike(records: Sequence[RunRecord]) -> None:
    """Raise unless the runs were tested on the same data and split.

    Raises:
        MismatchError: names what differs.
    """
    first = records[0]
    for other in records[1:]:
        what = {
            "dataset": (first.dataset.id, other.dataset.id),
            "edition": (first.dataset.edition, other.dataset.edition),
            "edition version": (first.dataset.edition_version, other.dataset.edition_version),
            "split set": (first.setting.split_set, other.setting.split_set),
            "digest of the split": (first.setting.split_digest[:12], other.setting.split_digest[:12]),
        }
        wrong = [f"{name} {one} and {two}" for name, (one, two) in what.items() if one != two]
        if wrong:
            raise MismatchError(
                f"{first.run} and {other.run} cannot be compared: {', '.join(wrong)}.",
                "Compare runs of one dataset, edition and split set.",
            )


def check_known(records: Sequence[RunRecord], protocols: Sequence[str], metrics: Sequence[str]) -> None:
    """Raise unless a run has a score under each of these names.

    Raises:
        UnknownProtocolError, UnknownMetricError: none has.
    """
    scores = [score for record in records for score in record.scores]
    for name in protocols:
        if all(score.protocol != name for score in scores):
            known = sorted({score.protocol for score in scores})
            raise UnknownProtocolError.about(
                "protocol of these runs", name, known, where="vsumbench list protocols"
            )
    for name in metrics:
        if all(score.metric != name for score in scores):
            known = sorted({score.metric for score in scores})
            raise UnknownMetricError.about(
                "metric of these runs", name, known, where="vsumbench list metrics"
            )


def shared(
    records: Sequence[RunRecord], protocols: Sequence[str], metrics: Sequence[str]
) -> tuple[list[list[Score]], list[str]]:
    """The scores all runs have, in the order of the first; and those with a reason why they are left out."""
    found: list[list[Score]] = []
    left: list[str] = []
    for score in records[0].scores:
        if (protocols and score.protocol not in protocols) or (metrics and score.metric not in metrics):
            continue
        same = [_named(record.scores, score) for record in records]
        there = [one for one in same if one is not None]
        versions = {(one.protocol_version, one.metric_version, one.scale) for one in there}
        if len(there) == len(records) and len(versions) == 1:
            found.append(there)
        else:
            why = "not every run has it" if len(there) < len(records) else "its versions differ"
            left.append(f"{score.protocol} {score.metric}: {why}")
    return found, left


def _named(scores: Iterable[Score], wanted: Score) -> Score | None:
    return next((s for s in scores if (s.protocol, s.metric) == (wanted.protocol, wanted.metric)), None)
