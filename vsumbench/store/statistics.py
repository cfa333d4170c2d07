"""Statistics of datasets, kept in a folder of runs: `DATASET-EDITION-statistics/statistics.json`.

They are no runs: nothing was predicted. A board shows them where a paper prints what a dataset holds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.errors import RecordError
from vsumbench.records.files import make_folder, replace_json
from vsumbench.records.folder import safe_name

STATISTICS_FILE = "statistics.json"
SCHEMA = 1
_TEXTS = ("dataset", "title", "edition", "edition_version", "fingerprint")


@dataclass(frozen=True, kw_only=True)
class DatasetStatistics:
    """What is known of one edition.

    Attributes:
        folder: relative to the folder of runs.
        generated: the edition was written by a generator.
        fingerprint: of the data they were computed from.
        videos: how many videos there are; `missing` of the edition's are not on disk.
        means: name of a quantity → mean, in its own unit.
    """

    folder: str
    dataset: str
    title: str
    edition: str
    edition_version: str
    generated: bool
    fingerprint: str
    videos: int
    missing: int
    means: Mapping[str, float]


def save_statistics(runs: Path, content: Mapping[str, Any]) -> Path:
    """Write the statistics of an edition, those of an earlier time replaced. Returns the folder.

    Raises:
        StorageError: the folder cannot be written.
    """
    name = f"{safe_name(content['dataset'])}-{safe_name(content['edition'])}-statistics"
    folder = make_folder(runs / name)
    replace_json(folder / STATISTICS_FILE, {"schema": SCHEMA, **content})
    return folder


def load_statistics(runs: Path) -> tuple[tuple[DatasetStatistics, ...], tuple[str, ...]]:
    """All statistics in a folder of runs, by folder name, and one line for each file that cannot be read."""
    found, problems = [], []
    for path in sorted(runs.glob(f"*-statistics/{STATISTICS_FILE}")):
        try:
            found.append(_read(path))
        except RecordError as error:
            problems.append(f"{path.parent.name!r} is left out: {' '.join(error.message.split())}")
    return tuple(found), tuple(problems)


def _read(path: Path) -> DatasetStatistics:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path.name} cannot be read: {error}.") from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise RecordError(f"{path.name} is not of schema {SCHEMA}.")
    counts = [content.get(name) for name in ("videos", "missing")]
    quantities = content.get("statistics")
    if (
        not all(isinstance(content.get(name), str) for name in _TEXTS)
        or not all(type(count) is int and count >= 0 for count in counts)
        or not isinstance(content.get("generated"), bool)
        or not isinstance(quantities, dict)
    ):
        raise RecordError(f"{path.name} lacks a field, or one is of another type.")
    means = {name: one.get("mean") for name, one in quantities.items() if isinstance(one, dict)}
    return DatasetStatistics(
        folder=path.parent.name,
        **{name: content[name] for name in _TEXTS},
        generated=content["generated"],
        videos=content["videos"],
        missing=content["missing"],
        means={
            name: float(mean)
            for name, mean in means.items()
            if isinstance(mean, (int, float)) and not isinstance(mean, bool) and math.isfinite(mean)
        },
    )
