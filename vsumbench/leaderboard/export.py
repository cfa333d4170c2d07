"""Sealed runs as long tables: a line a score, or a line a video."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from vsumbench.records.files import storage_errors
from vsumbench.records.record import RunRecord, Score
from vsumbench.store.records import StoredRecord

from .csv_ import plain
from .per_video import ScoreReader

Line = Mapping[str, Any]


def score_lines(stored: Iterable[StoredRecord], protocol: str | None, metric: str | None) -> Iterator[Line]:
    """One line for each score, in the order of folders' names and of the record."""
    for run, one in _named(stored):
        for score in _scores(one.record, protocol, metric):
            yield {
                "run": run,
                **_of_run(one),
                **_of_score(score),
                "value": score.value,
                "undefined": score.reason if score.value is None else "",
                "folds": json.dumps(list(score.folds)),
                "videos": score.items,
                "undefined_prediction": score.undefined_prediction,
                "undefined_reference": score.undefined_reference,
                "note": score.note,
                "score_digest": score.score_digest,
            }


def video_lines(
    stored: Iterable[StoredRecord], reader: ScoreReader, protocol: str | None, metric: str | None
) -> Iterator[Line]:
    """One line for each video of each fold, where a score is a mean of such: in the order of `score_lines`.

    Numbers of whole corpora have none. What the reader would not read it says in its warnings.
    """
    for run, one in _named(stored):
        for score in _scores(one.record, protocol, metric):
            found = reader.read(one, score)
            if isinstance(found, str) or found.values is None:
                continue
            head = {"run": run, **_of_run(one), **_of_score(score)}
            for (fold, video), value in zip(found.layout.pairs, found.values.tolist(), strict=True):
                yield {**head, "fold": fold, "id": video, "value": None if math.isnan(value) else value}


def has(
    record: RunRecord,
    model: str | None,
    dataset: str | None,
    edition: str | None,
    protocol: str | None,
    metric: str | None,
) -> bool:
    """Whether a complete run agrees with every name given, and has a score under protocol and metric."""
    return (
        record.status == "complete"
        and model in (None, record.model.id)
        and dataset in (None, record.dataset.id)
        and edition in (None, record.dataset.edition)
        and bool(_scores(record, protocol, metric))
    )


def _named(stored: Iterable[StoredRecord]) -> Iterator[tuple[str, StoredRecord]]:
    """Each run with its name: that of its folder, or the whole path where two folders share a name."""
    every = list(stored)
    times = Counter(Path(one.folder).name for one in every)
    for one in every:
        name = Path(one.folder).name
        yield (name if times[name] == 1 else one.folder), one


def _scores(record: RunRecord, protocol: str | None, metric: str | None) -> list[Score]:
    return [s for s in record.scores if protocol in (None, s.protocol) and metric in (None, s.metric)]


def _of_run(one: StoredRecord) -> dict[str, Any]:
    record = one.record
    model, data, setting = record.model, record.dataset, record.setting
    return {
        "model": model.id,
        "variant": model.variant or "",
        "preset": model.preset or "",
        "options": json.dumps(dict(model.options), sort_keys=True, ensure_ascii=False),
        "ablated": model.ablated,
        "reference_row": model.reference_row or model.baseline,
        "dataset": data.id,
        "edition": data.edition,
        "edition_version": data.edition_version,
        "evidence": record.evidence,
        "split_set": setting.split_set,
        "selection": setting.selection,
        "seed": record.seed,
        "repetitions": record.repetitions,
        "evaluated": record.coverage.evaluated,
        "official": record.coverage.official,
        "prediction_digest": record.prediction_digest,
    }


def _of_score(score: Score) -> dict[str, Any]:
    return {
        "protocol": score.protocol,
        "protocol_version": score.protocol_version,
        "metric": score.metric,
        "metric_version": score.metric_version,
        "scale": score.scale,
        "direction": score.direction,
    }


def written(lines: Iterable[Line], form: str, out: Path | None) -> int:
    """Write lines as `csv` or `jsonl` to a file, or to standard output. Returns how many there were.

    Raises:
        StorageError: the file cannot be written.
    """
    if out is None:
        return _write(lines, form, sys.stdout)
    with storage_errors(out), out.open("w", encoding="utf-8", newline="") as stream:
        return _write(lines, form, stream)


def _write(lines: Iterable[Line], form: str, stream: TextIO) -> int:
    count = 0
    writer: csv.DictWriter[str] | None = None
    for line in lines:
        count += 1
        if form == "jsonl":
            stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            continue
        if writer is None:
            writer = csv.DictWriter(stream, [*line], lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: _field(value) for name, value in line.items()})
    return count


def _field(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return plain(value) if isinstance(value, str) else value
