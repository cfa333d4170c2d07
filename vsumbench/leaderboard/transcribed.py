"""The transcription that reported numbers were taken from, where it is here: each cell compared with it.

`VSUMBENCH_SHARED` names the folder; the file is `papers/reported.csv` in it. It is no part of any package.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from vsumbench.errors import DataDamagedError
from vsumbench.store.reported import ReportedNumber

_DATASETS = {"ActivityNet": "activitynet-captions", "ActivityNetCap": "activitynet-captions"}
_METRICS = {
    "f_clip": "f-clip",
    "cross_f_clip": "cross-f-clip",
    "vt_clipscore": "vt-clipscore",
    "training_hours": "training-hours",
    "inference_latency_ms": "latency-ms",
    "trainable_params_pct": "trainable-share",
    "n_videos": "n-videos",
}
_ROUGE_SCORE = "milora-visum"
"""The paper whose ROUGE-L is that of the package rouge-score; in the others it is that of pycocoevalcap."""
_FIELDS = ("paper", "table", "method", "dataset", "task", "metric", "value", "scale")


def transcription() -> Path | None:
    """Where the transcription lies; None where it is not here."""
    root = os.environ.get("VSUMBENCH_SHARED", "")
    path = Path(root) / "papers" / "reported.csv"
    return path if root and path.is_file() else None


def key_of(row: dict[str, str]) -> str:
    """The key of the number that a row of the transcription is."""
    metric = _METRICS.get(row["metric"], row["metric"])
    if metric == "rougeL" and row["paper"] != _ROUGE_SCORE:
        metric = "rougeL-coco"
    dataset = _DATASETS.get(row["dataset"], row["dataset"].lower())
    return ":".join((row["paper"], row["table"], row["method"], dataset, metric))


def differences(path: Path, papers: Sequence[str], numbers: Sequence[ReportedNumber]) -> list[str]:
    """One line for each number of these papers that is not as transcribed, with what is printed and found.

    Papers that the transcription does not hold are passed over.

    Raises:
        DataDamagedError: the file is no such transcription.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        rows = list(reader)
    if any(field not in (reader.fieldnames or ()) for field in _FIELDS):
        raise DataDamagedError(f"{path} has not the columns {', '.join(_FIELDS)}.")
    printed = {key_of(row): row for row in rows if row["paper"] in papers}
    held = {row["paper"] for row in printed.values()}
    found = {number.key: number for number in numbers if number.paper in held}
    lines = []
    for key, row in printed.items():
        number = found.get(key)
        if number is None:
            lines.append(f"{key}: printed {row['value']} {row['scale']}, not found in reported.csv")
        elif (number.value, number.scale) != (row["value"], row["scale"]):
            what = f"printed {row['value']} {row['scale']}, found {number.value} {number.scale}"
            lines.append(f"{number.source}, {number.dataset} {number.metric}: {what}")
    return [*lines, *(f"{key}: found in reported.csv, not printed" for key in found if key not in printed)]
