"""Does `vtsum-blip` learn? Three seeds on planted VideoXum against what could be had without looking.

    python benchmarks/vtsum_evidence.py --runs evidence/runs --out docs/explanation/evidence-vtsum-blip.md

runs what is not sealed yet, then writes the tables. Paired bootstrap over the test videos, 2,000 draws, 95 %:
a difference counts if its interval lies above zero. Values of a video are means over the seeds.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from evidence import runs as shared
from evidence.runs import Job, sealed, video_values
from page_tables import written_between

from vsumbench.contracts import Seeds
from vsumbench.running.request import RunRequest
from vsumbench.scoring.bootstrap import Interval, paired_interval
from vsumbench.store.records import StoredRecord

PROTOCOLS = {
    "f1": "videoxum-top15",
    "kendall": "videoxum-meanuser",
    "cider": "paragraph",
    "rougeL-coco": "paragraph",
}
TITLES = {"f1": "F1", "kendall": "Kendall tau", "cider": "CIDEr", "rougeL-coco": "ROUGE-L"}
DIGITS = {"f1": 1, "kendall": 3, "cider": 1, "rougeL-coco": 1}
SHOWN, WRITTEN = ("f1", "kendall"), ("cider", "rougeL-coco")
BOTH = (*SHOWN, *WRITTEN)
START, END = "<!-- measured -->", "<!-- end -->"
Values = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Row:
    """One row of the table: its title, what is run, seed left out, and what it is scored by."""

    title: str
    model: str
    metrics: tuple[str, ...] = BOTH
    trained: bool = True
    ablate_input: str = ""


ABLATION = tuple(
    Row(f"vtsum-blip@{variant}", f"vtsum-blip@{variant}") for variant in ("tt-ca-la", "tt-ca", "tt", "base")
)
SINGLE = (
    Row("vtsum-blip@vsum", "vtsum-blip@vsum", SHOWN),
    Row("vtsum-blip@tsum", "vtsum-blip@tsum", WRITTEN),
)
SHUFFLED = Row(
    "vtsum-blip@tt-ca-la, trained on shuffled pairs", "vtsum-blip@tt-ca-la", ablate_input="shuffle-pairs"
)
FROZEN = Row("frozen-blip", "frozen-blip", trained=False)
UNSHOWN = tuple(Row(name, name, SHOWN, trained=False) for name in ("uniform", "mean-position"))
CONSTANT = Row("best constant caption by CIDEr", "constant-caption@cider", WRITTEN, trained=False)
RANDOM = Row("random (scores; a training caption)", "random", trained=False)
ROWS = (*ABLATION, *SINGLE, SHUFFLED, FROZEN, *UNSHOWN, CONSTANT, RANDOM)
FLOORS = dict.fromkeys(SHOWN, (RANDOM, *UNSHOWN)) | dict.fromkeys(WRITTEN, (CONSTANT, RANDOM, SHUFFLED))


def job(row: Row, seed: int) -> Job:
    """What is run for a row; the last epoch is kept, as in the release."""
    request = RunRequest(
        model=row.model,
        dataset="videoxum",
        edition="planted",
        metrics=row.metrics,
        seed=seed,
        selection="last-epoch" if row.trained else None,
        ablate_input=row.ablate_input,
    )
    return Job(row.title, request)


def values(one: StoredRecord, row: Row) -> Values:
    """Metric → video → value."""
    return {metric: video_values(one, PROTOCOLS[metric], metric) for metric in row.metrics}


def mean_over(several: Sequence[Values]) -> Values:
    """Each video's mean over seeds."""
    return {metric: shared.mean_over([one[metric] for one in several]) for metric in several[0]}


def difference(one: Values, other: Values, metric: str) -> Interval:
    """Mean difference with its interval."""
    videos = sorted(one[metric])
    assert videos == sorted(other[metric])
    sides = (np.asarray([of[metric][video] for video in videos]) for of in (one, other))
    return paired_interval(*sides, generator=Seeds(0).child("evidence", metric).generator())


def number(value: float, metric: str, sign: str = "") -> str:
    return f"{value:{sign}.{DIGITS[metric]}f}"


def shown(interval: Interval, metric: str) -> str:
    parts = (interval.difference, interval.low, interval.high)
    middle, low, high = (number(part, metric, "+") for part in parts)
    return f"{middle} [{low}, {high}]"


def table(found: dict[tuple[Row, int], StoredRecord], seeds: Sequence[int]) -> Iterator[str]:
    """Markdown of everything."""
    by_seed = {(row, seed): values(one, row) for (row, seed), one in found.items()}
    means = {
        row: mean_over([by_seed[row, seed] for seed in (seeds if row.trained else seeds[:1])]) for row in ROWS
    }
    yield "| row | " + " | ".join(TITLES.values()) + " | parameters |"
    yield "| --- |" + " ---: |" * (len(TITLES) + 1)
    for row in ROWS:
        cells = []
        for metric in TITLES:
            own = means[row].get(metric)
            cells.append(number(float(np.mean(list(own.values()))), metric) if own else "")
        record = found[row, seeds[0]].record
        facts = record.fit[0]["facts"] if record.fit else {}
        cells.append(f"{int(facts['total_parameters']):,}" if "total_parameters" in facts else "")
        yield f"| {row.title} | " + " | ".join(cells) + " |"
    yield ""
    yield f"Each variant minus what could be had without looking, mean of {len(seeds)} seeds:"
    yield ""
    yield from differences(means)
    yield ""
    yield f"What training adds to `{FROZEN.title}`, whose texts need none:"
    yield ""
    yield "| row | " + " | ".join(TITLES[metric] for metric in WRITTEN) + " |"
    yield "| --- |" + " ---: |" * len(WRITTEN)
    for row in (*ABLATION, SINGLE[1]):
        cells = [shown(difference(means[row], means[FROZEN], metric), metric) for metric in WRITTEN]
        yield f"| {row.title} | " + " | ".join(cells) + " |"
    yield ""
    yield "Variants against each other, mean of the seeds:"
    yield ""
    yield "| difference | " + " | ".join(TITLES.values()) + " |"
    yield "| --- |" + " ---: |" * len(TITLES)
    for first, second in ((0, 1), (1, 2), (2, 3)):
        one, other = ABLATION[first], ABLATION[second]
        cells = [shown(difference(means[one], means[other], metric), metric) for metric in TITLES]
        yield f"| {one.title} − {other.title} | " + " | ".join(cells) + " |"


def differences(means: dict[Row, Values]) -> Iterator[str]:
    """The table of floors, and how many of its intervals lie above zero."""
    yield "| row | minus | metric | difference |"
    yield "| --- | --- | --- | ---: |"
    above = count = 0
    for row in (*ABLATION, *SINGLE):
        for metric in row.metrics:
            for floor in FLOORS[metric]:
                interval = difference(means[row], means[floor], metric)
                above, count = above + (interval.low > 0), count + 1
                yield f"| {row.title} | {floor.title} | {TITLES[metric]} | {shown(interval, metric)} |"
    yield ""
    yield f"{above} of {count} intervals lie above zero."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("evidence/runs"))
    parser.add_argument("--out", type=Path, default=Path("docs/explanation/evidence-vtsum-blip.md"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    seeds = range(asked.seeds)
    # The first run makes data and weights; the others then find them.
    todo = [(FROZEN, 0)]
    todo += [(row, seed) for seed in seeds for row in ROWS if (row.trained or seed == 0) and row != FROZEN]
    done = sealed([job(row, seed) for row, seed in todo], asked.runs, asked.jobs)
    lines = "\n".join(table(dict(zip(todo, done, strict=True)), seeds))
    print(lines)
    written_between(asked.out, lines, START, END)


if __name__ == "__main__":
    main()
