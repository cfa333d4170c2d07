"""Runs of an evidence table: those that are sealed are reused, the others are run, some at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from vsumbench.plugins import default_plugins
from vsumbench.records.video_scores import Unsealed, read_table, sealed_text, table_paths
from vsumbench.running.pipeline import run
from vsumbench.running.request import RunRequest
from vsumbench.store.records import StoredRecord

Values = dict[str, float]
"""Video → value; NaN where undefined."""


@dataclass(frozen=True)
class Job:
    """A row of a table under one seed, and the run it asks for."""

    title: str
    request: RunRequest


class Quiet:
    """A reporter that says nothing."""

    def notice(self, line: str) -> None:
        """Say nothing."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Say nothing."""


def sealed(jobs: Sequence[Job], runs: Path, processes: int) -> list[StoredRecord]:
    """The sealed runs of jobs, in their order; one line each as they end. What was interrupted is resumed.

    Args:
        runs: the folder of run folders.
        processes: how many run at a time, each with one thread. With one, they run in this process.

    Raises:
        VsumbenchError: a run that failed; those before it stay.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # Read when torch is imported, here and in the other processes.
    if processes < 2:
        return list(_told(map(partial(_sealed, runs), jobs), jobs))
    # The first run makes data and weights, which the others then find.
    first = [_sealed(runs, job) for job in jobs[:1]]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(_told(chain(first, pool.map(partial(_sealed, runs), jobs[1:])), jobs))


def _sealed(runs: Path, job: Job) -> StoredRecord:
    outcome = run(replace(job.request, runs=runs), default_plugins(), Quiet())
    return StoredRecord(str(outcome.folder), outcome.record)


def _told(done: Iterator[StoredRecord], jobs: Sequence[Job]) -> Iterator[StoredRecord]:
    for number, (job, one) in enumerate(zip(jobs, done, strict=True), 1):
        where = f"{job.title} on {job.request.dataset}, seed {job.request.seed}"
        print(f"[{number}/{len(jobs)}] {where}: {Path(one.folder).name}", flush=True)
        yield one


def video_values(stored: StoredRecord, protocol: str, metric: str) -> Values:
    """The scores of a run by video, each the mean over the folds that test it.

    Raises:
        ValueError: the run has no such scores, or not those that were sealed.
    """
    for path in table_paths(protocol, metric, stored.record.files):
        text = sealed_text(Path(stored.folder), path, stored.record.files)
        if isinstance(text, Unsealed):
            raise ValueError(f"{stored.folder}/{path} {text.why}")
        table = read_table(text)
        if metric not in table.metrics:
            continue
        by_video: dict[str, list[float]] = {}
        for (_, video), value in zip(table.pairs, table.column(metric), strict=True):
            by_video.setdefault(video, []).append(value)
        if by_video:
            return {video: float(np.mean(values)) for video, values in by_video.items()}
    raise ValueError(f"{stored.folder} has no scores of {metric} by video under {protocol}")


def mean_over(several: Sequence[Values]) -> Values:
    """Each video's mean over runs.

    Raises:
        ValueError: runs of different videos.
    """
    if any(set(one) != set(several[0]) for one in several):
        raise ValueError("runs of different videos")
    return {video: float(np.mean([one[video] for one in several])) for video in several[0]}
