"""How building boards grows with the number of runs: time and memory of `vsumbench leaderboard build`.

    OMP_NUM_THREADS=1 python benchmarks/leaderboard.py [--records 1000,10000] [--keep DIR] [--format NAMES]

Sealed run folders are written with scores by video (made-up values; models, options, seeds, two datasets,
three protocols), then a process of its own builds every board with statistics and pages. Each size has a
new folder, so the index is built too; the build is then repeated with the index there. Exits 1 where ten
times the records take more than `LIMIT` times the processor's time, scaled to the sizes asked for.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vsumbench.records.folder import RunFolder
from vsumbench.records.record import Latency, RunRecord, Score
from vsumbench.testing.sealed import make_record, make_score, seal

LIMIT = 12.0
"""Ten times the records may take so many times the time."""
SEEDS = 5
VIDEOS = {"tvsum": 50, "summe": 25}
MODELS = (
    *("vasnet", "csta", "pgl-sum", "dsnet", "msva", "sspvs", "dmasum", "llmvs", "clip-it", "a2summ"),
    *(f"method-{i:02d}" for i in range(30)),
)
COLUMNS = {
    "keyshot-meanuser": (("kendall", "correlation", 0.15), ("spearman", "correlation", 0.2)),
    "peruser-2fps": (("kendall", "correlation", 0.15), ("spearman", "correlation", 0.2)),
    "keyshot-f1-avg": (("f1", "percent", 55.0),),
}


@dataclass(frozen=True)
class Built:
    """One build: seconds of wall clock and of the processor, and the most memory it held, MiB."""

    wall: float
    seconds: float
    memory: float


def write_runs(runs: Path, records: int) -> None:
    """Write that many sealed run folders, each with its files of scores."""
    runs.mkdir(parents=True)
    for number, (record, files) in zip(range(records), _runs(), strict=False):
        path = seal(runs, record, f"{number:05d}-{record.model.id}-{record.dataset.id}")
        for name, text in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text, encoding="utf-8", newline="")


def _runs() -> Iterator[tuple[RunRecord, dict[str, str]]]:
    """Records without end: the random row first, then methods by seed, dataset, model and options."""
    for dataset in VIDEOS:
        yield _run("random", dataset, 0, 0)
    option = 0
    while True:
        for model in MODELS:
            for dataset in VIDEOS:
                for seed in range(SEEDS):
                    yield _run(model, dataset, seed, option)
        option += 1


def _run(model: str, dataset: str, seed: int, option: int) -> tuple[RunRecord, dict[str, str]]:
    words = f"{model} {dataset} {seed} {option}"
    draw = np.random.default_rng(int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big"))
    videos = VIDEOS[dataset]
    hard = np.random.default_rng(videos).normal(0, 1, videos)
    skill = 0.0 if model == "random" else (int(hashlib.sha256(model.encode()).hexdigest(), 16) % 97) / 97
    files: dict[str, str] = {}
    scores: list[Score] = []
    for protocol, columns in COLUMNS.items():
        for metric, scale, level in columns:
            values = level * (0.5 + 0.5 * skill + 0.3 * hard + 0.1 * draw.normal(size=videos))
            path = RunFolder(Path()).scores(protocol, metric).with_suffix(".csv").as_posix()
            files[path], folds = _table(metric, values)
            value = sum(folds) / len(folds)
            scores.append(make_score(protocol, metric, value, folds=folds, scale=scale, items=videos))
    record = make_record(
        model,
        dataset,
        scores,
        title=model.upper(),
        options={"lr": 0.001, "width": 64 + option},
        seed=seed,
        coverage=(videos, videos),
        trainable=model != "random",
        baseline=model == "random",
        timing={
            "latency": Latency(median=0.2 + skill, p90=0.5, mean=0.3, videos=videos),
            "machine": "one machine",
            "fit_seconds": 100 + 1000 * skill,
        },
    )
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    return replace(record, files=digests), files


def _table(metric: str, values: np.ndarray) -> tuple[str, list[float]]:
    """The file of scores by video, five disjoint folds, and the mean of each."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["fold", "id", metric])
    means = []
    for fold, members in enumerate(np.array_split(values, 5)):
        found = members.tolist()
        means.append(sum(found) / len(found))
        rows.writerows([f"split{fold}", f"video_{fold}_{i}", repr(value)] for i, value in enumerate(found))
    return out.getvalue(), means


def build(runs: Path, out: Path, formats: str) -> Built:
    """Build all boards in a process of its own."""
    arguments = ["leaderboard", "build", "--runs", str(runs), "--out", str(out), "--format", formats]
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "vsumbench", *arguments], stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the build ended with {child.returncode}")
    wall = time.perf_counter() - started
    return Built(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size, print a line a build, and compare the largest with the smallest."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", default="1000,10000", help="sizes, ascending, separated by commas")
    parser.add_argument("--format", default="html,markdown,latex,csv,json")
    parser.add_argument("--keep", type=Path, help="leave runs and pages in this folder")
    chosen = parser.parse_args(arguments)
    sizes = [int(size) for size in chosen.records.split(",")]
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="vsumbench-boards-"))
    found: dict[int, Built] = {}
    try:
        for size in sizes:
            runs, out = folder / f"runs-{size}", folder / f"site-{size}"
            if not runs.exists():
                write_runs(runs, size)
            found[size] = build(runs, out, chosen.format)
            again = build(runs, out, chosen.format)
            pages = [path for path in out.rglob("*") if path.is_file()]
            total = sum(path.stat().st_size for path in pages) / 2**20
            print(
                f"{size} records: {found[size].wall:.1f} s ({found[size].seconds:.1f} s of the processor), "
                f"{found[size].memory:.0f} MiB; with the index there {again.wall:.1f} s; {len(pages)} files, "
                f"{total:.0f} MiB",
                flush=True,
            )
    finally:
        if chosen.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    if len(sizes) < 2:
        return 0
    least, most = found[sizes[0]], found[sizes[-1]]
    times = sizes[-1] / sizes[0]
    ratio = most.seconds / least.seconds
    allowed = LIMIT / 10 * times
    print(
        f"{times:g} times the records: {ratio:.1f} times the processor's time (at most {allowed:.1f}), "
        f"{most.memory / least.memory:.1f} times the memory"
    )
    return 0 if ratio <= allowed else 1


if __name__ == "__main__":
    sys.exit(main())
