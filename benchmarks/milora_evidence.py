"""Does `milora` learn? Three seeds on planted VideoXum against everything that could be had without looking.

    python benchmarks/milora_evidence.py --runs evidence/runs --out docs/explanation/evidence-milora.md

runs what is not sealed yet (about twenty minutes on two cores), then writes the tables. Paired bootstrap over
the test videos, 2,000 draws, 95 %: a difference counts if its interval lies above zero.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from planted_card import score, test_split, writers

from vsumbench.contracts import Seeds
from vsumbench.records.record import RunRecord, load_record
from vsumbench.scoring.bootstrap import Interval, paired_interval

PROTOCOL = "paragraph"
METRICS = {"cider": "CIDEr", "rougeL-coco": "ROUGE-L (coco)", "rougeL": "ROUGE-L (rouge-score)"}
CLAIMED = ("cider", "rougeL-coco", "rougeL")
START, END = "<!-- measured -->", "<!-- end -->"
Values = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Row:
    """One row of the table: its title and the command's arguments, seed left out."""

    title: str
    arguments: tuple[str, ...]
    seeded: bool = True


COMBINED = Row("milora@combined", ("--model", "milora@combined"))
VARIANTS = (
    COMBINED,
    Row("milora@temporal-only", ("--model", "milora@temporal-only")),
    Row("milora@spatial-only", ("--model", "milora@spatial-only")),
)
SHUFFLED = Row(
    "milora@combined, trained on shuffled pairs",
    ("--model", "milora@combined", "--ablate-input", "shuffle-pairs"),
)
FROZEN = Row("frozen backbone (video-llama)", ("--model", "video-llama"), seeded=False)
FLOORS = (
    Row("best constant caption by CIDEr", ("--model", "constant-caption@cider"), seeded=False),
    Row("best constant caption by ROUGE-L", ("--model", "constant-caption@rougeL"), seeded=False),
    Row("random training caption, mean of 10", ("--model", "random", "--repetitions", "10"), seeded=False),
)
ROWS = (*VARIANTS, FROZEN, SHUFFLED, *FLOORS)


def run(row: Row, seed: int, runs: Path) -> tuple[RunRecord, Path]:
    """The sealed record of a row, run if it is not there."""
    command = [sys.executable, "-m", "vsumbench", "run", *row.arguments, "--dataset", "videoxum"]
    command += ["--edition", "planted", "--protocol", PROTOCOL, "--metrics", ",".join(METRICS)]
    command += ["--seed", str(seed), "--runs", str(runs), "--quiet", "--json"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    folder = Path(json.loads(done.stdout)["folder"])
    print(f"{row.title}, seed {seed}: {folder.name}", flush=True)
    return load_record(folder), folder


def values(folder: Path) -> Values:
    """Metric → video → value."""
    found: Values = {}
    for metric in METRICS:
        with (folder / "scores" / PROTOCOL / f"{metric}.csv").open(newline="", encoding="utf-8") as file:
            found[metric] = {line["id"]: float(line[metric]) for line in csv.DictReader(file)}
    return found


def mean_over(several: Sequence[Values]) -> Values:
    """Each video's mean over seeds."""
    return {
        metric: {
            video: float(np.mean([one[metric][video] for one in several])) for video in several[0][metric]
        }
        for metric in METRICS
    }


def difference(one: Values, other: Values, metric: str) -> Interval:
    """Mean difference with its interval."""
    videos = sorted(one[metric])
    assert videos == sorted(other[metric])

    def column(of: Values) -> NDArray[np.float64]:
        return np.asarray([of[metric][video] for video in videos])

    return paired_interval(
        column(one), column(other), generator=Seeds(0).child("evidence", metric).generator()
    )


def shown(interval: Interval) -> str:
    return f"{interval.difference:+.1f} [{interval.low:+.1f}, {interval.high:+.1f}]"


def table(found: dict[tuple[str, int], tuple[RunRecord, Path]], seeds: Sequence[int]) -> Iterator[str]:
    """Markdown of everything."""
    scores = {key: values(folder) for key, (_, folder) in found.items()}
    by_row = {
        row.title: mean_over([scores[row.title, seed] for seed in (seeds if row.seeded else seeds[:1])])
        for row in ROWS
    }
    yield "| row | " + " | ".join(METRICS.values()) + " | trained parameters | distinct texts |"
    yield "| --- |" + " ---: |" * (len(METRICS) + 2)
    scripts, references = test_split()
    for what, write in islice(writers(), 2):
        ceiling = score([write(script) for script in scripts], references)
        cells = [f"{ceiling[metric]:.1f}" for metric in METRICS]
        yield f"| ceiling: {what} | " + " | ".join(cells) + " | | |"
    for row in ROWS:
        own = [found[row.title, seed] for seed in (seeds if row.seeded else seeds[:1])]
        cells = [f"{np.mean(list(by_row[row.title][metric].values())):.1f}" for metric in METRICS]
        facts = own[0][0].fit[0]["facts"] if own[0][0].fit else {}
        trained = f"{int(facts['trainable_parameters']):,}" if "trainable_parameters" in facts else ""
        cells += [trained, str(len(set(texts(own[0][1]))))]
        yield f"| {row.title} | " + " | ".join(cells) + " |"
    yield ""
    others = (FROZEN, *FLOORS, SHUFFLED)
    many = f"mean of {len(seeds)} seeds (of adapters; the backbone is one), then each seed"
    yield f"`milora@combined` minus each floor, {many}:"
    yield ""
    yield "| minus | metric | all | " + " | ".join(f"seed {seed}" for seed in seeds) + " |"
    yield "| --- | --- |" + " ---: |" * (len(seeds) + 1)
    worst = float("inf")
    for other in others:
        for metric in CLAIMED:
            found_here = [difference(by_row[COMBINED.title], by_row[other.title], metric)]
            for seed in seeds:
                against = scores[other.title, seed if other.seeded else seeds[0]]
                found_here.append(difference(scores[COMBINED.title, seed], against, metric))
            worst = min(worst, *(interval.low for interval in found_here))
            yield f"| {other.title} | {METRICS[metric]} | " + " | ".join(map(shown, found_here)) + " |"
    yield ""
    yield f"The lowest end of any of these intervals is {worst:+.2f}."
    yield ""
    yield "Variants against each other, mean of the seeds:"
    yield ""
    yield "| difference | " + " | ".join(METRICS.values()) + " |"
    yield "| --- |" + " ---: |" * len(METRICS)
    for first, second in ((0, 1), (0, 2), (2, 1)):
        names = VARIANTS[first].title, VARIANTS[second].title
        cells = [shown(difference(by_row[names[0]], by_row[names[1]], metric)) for metric in METRICS]
        yield f"| {names[0]} − {names[1]} | " + " | ".join(cells) + " |"
    yield ""
    yield (
        "Training took "
        + ", ".join(
            f"{(record.timing.fit_seconds or 0) / 60:.1f} min ({title}, seed {seed})"
            for (title, seed), (record, _) in found.items()
            if record.timing.fit_seconds and title == COMBINED.title
        )
        + ", each on one core beside another run."
    )


def texts(folder: Path) -> list[str]:
    """The summaries of a run."""
    lines = (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    return [line["text"] for line in map(json.loads, lines)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("evidence/runs"))
    parser.add_argument("--out", type=Path, default=Path("docs/explanation/evidence-milora.md"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    seeds = range(asked.seeds)
    # The first run makes data and weights; the others then find them.
    found = {(FROZEN.title, 0): run(FROZEN, 0, asked.runs)}
    todo = [(row, seed) for seed in seeds for row in ROWS if (row.seeded or seed == 0) and row != FROZEN]
    with ThreadPoolExecutor(asked.jobs) as pool:
        done = list(pool.map(lambda job: run(job[0], job[1], asked.runs), todo))
    found |= {(row.title, seed): one for (row, seed), one in zip(todo, done, strict=True)}
    lines = "\n".join(table(found, seeds))
    print(lines)
    before, _, rest = asked.out.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    asked.out.write_text(f"{before}{START}\n\n{lines}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
