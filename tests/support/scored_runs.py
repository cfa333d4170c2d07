"""Sealed run folders with scores by video, written without a run: the material of tests of statistics."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vsumbench.records.folder import RunFolder
from vsumbench.records.record import RunRecord, Score
from vsumbench.store.records import StoredRecord
from vsumbench.testing.sealed import make_record, make_score, seal

Scores = Mapping[tuple[str, str], float | None]
"""(fold, video) → score, None where undefined."""


def mean_of_folds(scores: Scores) -> tuple[float, tuple[float, ...]]:
    """The value a record holds of these scores, and those of its folds."""
    folds: dict[str, list[float]] = {}
    for (fold, _), value in scores.items():
        folds.setdefault(fold, [])
        if value is not None:
            folds[fold].append(value)
    means = tuple(sum(found) / len(found) for found in folds.values())
    return sum(means) / len(means), means


def folded(values: Sequence[float], folds: int = 5) -> Scores:
    """Scores of videos `v00`, `v01`, … in disjoint folds of neighbours."""
    size = -(-len(values) // folds)
    return {(f"split{i // size}", f"v{i:02d}"): value for i, value in enumerate(values)}


def table_text(columns: Mapping[str, Scores]) -> str:
    """A file of scores by video, as a run writes it."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["fold", "id", *columns])
    for pair in next(iter(columns.values())):
        cells = (scores[pair] for scores in columns.values())
        rows.writerow([*pair, *("" if cell is None else repr(float(cell)) for cell in cells)])
    return out.getvalue()


def scored_run(
    runs: Path,
    model: str,
    scores: Mapping[tuple[str, str], Scores],
    *,
    dataset: str = "tvsum",
    scale: str = "correlation",
    direction: str = "higher",
    folder: str | None = None,
    files: Mapping[str, str] | None = None,
    more_scores: Sequence[Score] = (),
    **facts: Any,
) -> StoredRecord:
    """Seal a run with a file of scores for each (protocol, metric).

    Args:
        files: further files, by relative path, with their text.
        more_scores: scores without a file of their own.
        facts: what `make_record` takes.
    """
    made, texts = [], dict(files or {})
    for (protocol, metric), by_video in scores.items():
        value, folds = mean_of_folds(by_video)
        items = sum(one is not None for one in by_video.values())
        made.append(
            make_score(protocol, metric, value, folds=folds, scale=scale, direction=direction, items=items)
        )
        path = RunFolder(Path()).scores(protocol, metric).with_suffix(".csv").as_posix()
        texts[path] = table_text({metric: by_video})
    record = make_record(model, dataset, [*made, *more_scores], **facts)
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return write_run(runs, replace(record, files=digests), texts, folder)


def write_run(
    runs: Path, record: RunRecord, texts: Mapping[str, str], folder: str | None = None
) -> StoredRecord:
    """Write a record and files into a run folder."""
    path = seal(runs, record, folder)
    for name, text in texts.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8", newline="")
    return StoredRecord(path.name, record)


def corpus_text(folds: Mapping[str, tuple[Sequence[str], float, Sequence[Sequence[float]]]]) -> str:
    """A file of score lines of a corpus metric: fold → ids, value, statistics of each."""
    lines = [json.dumps({"score_digest": "0" * 64})]
    for fold, (ids, value, rows) in folds.items():
        lines.append(
            json.dumps(
                {"fold": fold, "ids": list(ids), "value": value, "statistics": [list(r) for r in rows]}
            )
        )
    return "\n".join(lines) + "\n"
