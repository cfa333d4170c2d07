"""Does `milora` learn? Three seeds on planted VideoXum against everything that could be had without looking.

    python benchmarks/milora_evidence.py --runs evidence/runs --out docs/explanation/evidence-milora.md

runs what is not sealed yet (about twenty minutes on two cores), then writes the tables. Paired bootstrap over
the test videos, 2,000 draws, 95 %: a difference counts if its interval lies above zero.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from evidence import runs as shared
from evidence.runs import Job, sealed, video_values, written_between
from numpy.typing import NDArray
from planted_card import score, test_split, writers

from vsumbench.contracts import Seeds
from vsumbench.running.request import RunRequest
from vsumbench.scoring.bootstrap import Interval, paired_interval
from vsumbench.store.records import StoredRecord

PROTOCOL = "paragraph"
METRICS = {"cider": "CIDEr", "rougeL-coco": "ROUGE-L (coco)", "rougeL": "ROUGE-L (rouge-score)"}
CLAIMED = ("cider", "rougeL-coco", "rougeL")
START, END = "<!-- measured -->", "<!-- end -->"
Values = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Row:
    """One row of the table: its title and what is run, seed left out."""

    title: str
    model: str
    seeded: bool = True
    ablate_input: str = ""
    repetitions: int | None = None


COMBINED = Row("milora@combined", "milora@combined")
VARIANTS = (
    COMBINED,
    Row("milora@temporal-only", "milora@temporal-only"),
    Row("milora@spatial-only", "milora@spatial-only"),
)
SHUFFLED = Row("milora@combined, trained on shuffled pairs", "milora@combined", ablate_input="shuffle-pairs")
FROZEN = Row("frozen backbone (video-llama)", "video-llama", seeded=False)
FLOORS = (
    Row("best constant caption by CIDEr", "constant-caption@cider", seeded=False),
    Row("best constant caption by ROUGE-L", "constant-caption@rougeL", seeded=False),
    Row("random training caption, mean of 10", "random", seeded=False, repetitions=10),
)
ROWS = (*VARIANTS, FROZEN, SHUFFLED, *FLOORS)


def job(row: Row, seed: int) -> Job:
    """What is run for a row."""
    request = RunRequest(
        model=row.model,
        dataset="videoxum",
        edition="planted",
        protocols=(PROTOCOL,),
        metrics=tuple(METRICS),
        seed=seed,
        repetitions=row.repetitions,
        ablate_input=row.ablate_input,
    )
    return Job(row.title, request)


def values(one: StoredRecord) -> Values:
    """Metric → video → value."""
    return {metric: video_values(one, PROTOCOL, metric) for metric in METRICS}


def mean_over(several: Sequence[Values]) -> Values:
    """Each video's mean over seeds."""
    return {metric: shared.mean_over([one[metric] for one in several]) for metric in METRICS}


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


def table(found: dict[tuple[str, int], StoredRecord], seeds: Sequence[int]) -> Iterator[str]:
    """Markdown of everything."""
    scores = {key: values(one) for key, one in found.items()}
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
        facts = own[0].record.fit[0]["facts"] if own[0].record.fit else {}
        trained = f"{int(facts['trainable_parameters']):,}" if "trainable_parameters" in facts else ""
        cells += [trained, str(len(set(texts(Path(own[0].folder)))))]
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
            f"{(one.record.timing.fit_seconds or 0) / 60:.1f} min ({title}, seed {seed})"
            for (title, seed), one in found.items()
            if one.record.timing.fit_seconds and title == COMBINED.title
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
    todo = [(FROZEN, 0)]
    todo += [(row, seed) for seed in seeds for row in ROWS if (row.seeded or seed == 0) and row != FROZEN]
    done = sealed([job(row, seed) for row, seed in todo], asked.runs, asked.jobs)
    found = {(row.title, seed): one for (row, seed), one in zip(todo, done, strict=True)}
    lines = "\n".join(table(found, seeds))
    print(lines)
    written_between(asked.out, lines, START, END)


if __name__ == "__main__":
    main()
