"""Sealed records without a run, for tests of what reads them: the store and boards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vsumbench.records.record import (
    RECORD_FILE,
    Coverage,
    DatasetFacts,
    ModelFacts,
    RunRecord,
    Score,
    SettingFacts,
    Timing,
)

TITLES = {"summe": "SumMe", "tvsum": "TVSum", "videoxum": "VideoXum"}


def make_score(
    protocol: str,
    metric: str,
    value: float | None,
    *,
    folds: Sequence[float | None] = (),
    scale: str = "correlation",
    **more: Any,
) -> Score:
    """A score. Further fields of `Score` by name."""
    facts: dict[str, Any] = {
        "protocol_version": "1",
        "metric_version": "1",
        "direction": "higher",
        "items": 25,
    }
    return Score(
        protocol=protocol, metric=metric, value=value, folds=tuple(folds), scale=scale, **{**facts, **more}
    )


def make_record(
    model: str,
    dataset: str,
    scores: Sequence[Score],
    *,
    title: str | None = None,
    variant: str | None = None,
    preset: str | None = None,
    options: Mapping[str, Any] | None = None,
    edition: str = "full",
    evidence: str | None = None,
    split_set: str = "canonical-nonoverlap",
    selection: str = "inner-val",
    seed: int = 0,
    trainable: bool = True,
    reference_row: bool = False,
    baseline: bool = False,
    coverage: tuple[int, int] = (25, 25),
    status: str = "complete",
    finished: str = "2026-01-01T00:00:00+00:00",
    version: str = "1.0",
    ablated: str = "",
    fit: Sequence[Mapping[str, Any]] = (),
    timing: Mapping[str, Any] | None = None,
) -> RunRecord:
    """A record that differs in its digest wherever something a digest holds differs.

    `timing` are further fields of `Timing` by name.
    """
    identity = [
        model,
        variant,
        preset,
        options,
        dataset,
        edition,
        split_set,
        selection,
        seed,
        coverage,
        version,
        *([ablated] if ablated else []),
    ]
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    name = f"{model}@{variant}" if variant else model
    parts = [
        "vsumbench run",
        f"--model {name}",
        f"--dataset {dataset}",
        f"--edition {edition}",
        f"--seed {seed}",
    ]
    return RunRecord(
        run=f"{model}-{dataset}-{digest[:12]}",
        status=status,  # type: ignore[arg-type]
        prediction_digest=digest,
        model=ModelFacts(
            id=model,
            title=title or model,
            variant=variant,
            preset=preset,
            options=options or {},
            distribution="made-up",
            version=version,
            source_digest=hashlib.sha256(f"{model} {version}".encode()).hexdigest(),
            trainable=trainable,
            reference_row=reference_row,
            baseline=baseline,
            ablated=ablated,
        ),
        dataset=DatasetFacts(
            id=dataset,
            title=TITLES.get(dataset, dataset),
            edition=edition,
            edition_version="1",
            fingerprint=hashlib.sha256(f"{dataset} {edition}".encode()).hexdigest(),
            distribution="made-up",
            version="1.0",
        ),
        setting=SettingFacts(split_set=split_set, split_digest="5" * 64, selection=selection, folds=5),
        tasks=("v2v",),
        seed=seed,
        repetitions=1,
        device="cpu",
        dtype="float32",
        coverage=Coverage(evaluated=coverage[0], official=coverage[1]),
        evidence=evidence or _evidence(edition),  # type: ignore[arg-type]
        scores=tuple(scores),
        versions={"vsumbench": "0"},
        command=" ".join(parts),
        files={},
        timing=Timing(finished=finished, **(timing or {})),
        fit=tuple(fit),
    )


def seal(runs: Path, record: RunRecord, folder: str | None = None) -> Path:
    """Write a record into its run folder under `runs`. Returns the folder."""
    path = runs / (folder or record.run)
    path.mkdir(parents=True)
    (path / RECORD_FILE).write_text(record.to_json(), encoding="utf-8")
    return path


def _evidence(edition: str) -> str:
    if edition.startswith("planted"):
        return "planted"
    return "sample" if edition == "sample" else "full"
