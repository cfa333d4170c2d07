"""What a run cost: on which machine, with how much memory, how long training and one video took."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from vsumbench.records.events import EventLog, now
from vsumbench.records.files import read_lines
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import TIMED, WARM_UP, Latency, Timing

_MIB = 2**20


def machine(device: str) -> str:
    """What the times of this process were taken on, in words: `NVIDIA H200`, `2 CPU cores (x86_64)`.

    The threads torch uses are named where it is loaded and uses another number than there are cores.
    """
    torch = sys.modules.get("torch")
    if device.startswith("cuda") and torch is not None:
        return str(torch.cuda.get_device_name(device))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    words = f"{cores} CPU core{'s' * (cores != 1)} ({platform.machine()})"
    if not device.startswith("cpu"):
        return f"{device} of a machine with {words}"
    threads = cores if torch is None else int(torch.get_num_threads())
    return words if threads == cores else f"{words}, {threads} thread{'s' * (threads != 1)}"


def peak_memory(device: str) -> dict[str, float]:
    """The most memory this process has held so far, in MiB: `memory_mib`, on CUDA also `device_memory_mib`.

    Empty where the system does not say.
    """
    found: dict[str, float] = {}
    try:
        import resource
    except ImportError:  # Windows
        pass
    else:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found["memory_mib"] = round(most / _MIB if sys.platform == "darwin" else most / 1024, 1)
    torch = sys.modules.get("torch")
    if device.startswith("cuda") and torch is not None:
        found["device_memory_mib"] = round(torch.cuda.max_memory_allocated(device) / _MIB, 1)
    return found


def timing(folder: RunFolder, timed: Mapping[str, str], folds: int) -> Timing:
    """The times of a finished run, from its event log and its costs.

    Args:
        timed: digests of the files that hold times.
        folds: how many folds the run has.
    """
    events = EventLog(folder.events).all()
    fits = [event for event in events if event["event"] == "fitted"]
    places = [event for event in events if event["event"] in ("fitted", "summarized")]
    costs = list(read_lines(folder.costs))
    return Timing(
        started=events[0]["time"],
        finished=now(),
        fit_seconds=round(sum(fit["seconds"] for fit in fits), 3) if fits else None,
        fit_device_seconds=round(sum(fit["seconds"] * fit.get("processes", 1) for fit in fits), 3)
        if fits
        else None,
        fit_processes=max((fit["processes"] for fit in fits if "processes" in fit), default=None),
        fit_whole=_whole(fits, folds),
        summarize_seconds=round(sum(line["seconds"] for line in costs), 3) if costs else None,
        latency=latency(costs),
        machine="; ".join(dict.fromkeys(event["machine"] for event in places if "machine" in event)),
        memory_mib=_most(places, "memory_mib"),
        device_memory_mib=_most(places, "device_memory_mib"),
        resumed=sum(1 for event in events if event["event"] == "resumed"),
        files=timed,
    )


def latency(lines: Iterable[Mapping[str, Any]]) -> Latency | None:
    """How long one video takes, from the lines of `costs.jsonl`; None if there are none.

    Left out as warm-up is the first batch of each fold, for which a new model is built, if the fold has more
    than one; and then so many of the first others that `WARM_UP` videos are left out in all, if `TIMED`
    remain. A model that works in batches gives each of their videos an equal share, by which they are told.
    """
    left_out = 0
    kept: list[list[Mapping[str, Any]]] = []
    for _, fold in groupby(lines, key=lambda line: line["fold"]):
        first, *others = ([*batch] for _, batch in groupby(fold, key=_batch))
        left_out += len(first) if others else 0
        kept += others or [first]
    if not kept:
        return None
    further = _further_warm_up([len(batch) for batch in kept], left_out)
    left_out += sum(len(batch) for batch in kept[:further])
    timed = [line for batch in kept[further:] for line in batch]
    seconds = [line["seconds"] for line in timed]
    told = [line for line in timed if line.get("tokens")]
    tokens = sum(line["tokens"] for line in told)
    each = [line["seconds"] / line["tokens"] for line in told]
    return Latency(
        median=round(statistics.median(seconds), 6),
        p90=round(_p90(seconds), 6),
        mean=round(statistics.fmean(seconds), 6),
        token=round(sum(line["seconds"] for line in told) / tokens, 6) if tokens else None,
        token_median=round(statistics.median(each), 6) if each else None,
        token_p90=round(_p90(each), 6) if each else None,
        videos=len(seconds),
        warm_up=left_out,
    )


def _further_warm_up(batches: Sequence[int], left_out: int) -> int:
    """How many of the first batches, given by their sizes, make the warm-up long enough; 0 if too few videos
    would remain."""
    number, remain = 0, sum(batches)
    while left_out < WARM_UP and number < len(batches):
        left_out, remain, number = left_out + batches[number], remain - batches[number], number + 1
    return number if left_out >= WARM_UP and remain >= TIMED else 0


def _batch(line: Mapping[str, Any]) -> tuple[int, float]:
    return line["repetition"], line["seconds"]


def _p90(seconds: Sequence[float]) -> float:
    """The 90th percentile, between the two nearest values."""
    return (
        statistics.quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else float(seconds[0])
    )


def _whole(fits: Sequence[Mapping[str, Any]], folds: int) -> bool | None:
    """Whether every training was timed from its beginning to its end; None where it is not known."""
    if not fits or any("continued" not in fit for fit in fits):
        return None
    return len({fit["fold"] for fit in fits}) == folds and not any(fit["continued"] for fit in fits)


def _most(events: Iterable[Mapping[str, Any]], name: str) -> float | None:
    return max((event[name] for event in events if name in event), default=None)
