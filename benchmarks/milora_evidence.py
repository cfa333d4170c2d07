"""Does `milora` learn? Three seeds on planted data against everything that could be had without looking.

    python benchmarks/milora_evidence.py --runs evidence/runs         both datasets
    python benchmarks/milora_evidence.py --dataset videoxum           one, the other stays as it is
    python benchmarks/milora_evidence.py --check                      is a table of other code? nothing is run
    python benchmarks/milora_evidence.py --set epochs=1 --seeds 1     a trial: printed, never written

runs what is not sealed yet (about twenty minutes a dataset on two cores), then writes page and figures.
Paired bootstrap over the test videos, 2,000 draws, 95 %: a difference counts if its interval lies above zero.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from evidence import runs as shared
from evidence.code import changed, method_code
from evidence.runs import Job, sealed, video_values
from numpy.typing import NDArray
from page_tables import written_between
from planted_card import score, test_split, writers

from vsumbench.contracts import Seeds
from vsumbench.plugins import Plugins, default_plugins
from vsumbench.running.request import RunRequest
from vsumbench.scoring.bootstrap import Interval, paired_interval
from vsumbench.store.records import StoredRecord

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "evidence-milora.md"
FIGURES = PAGE.with_suffix(".json")
METHODS = ("milora", "video-llama")
PRESET, SEEDS = "tiny", 3
METRICS = {"cider": "CIDEr", "rougeL-coco": "ROUGE-L (coco)", "rougeL": "ROUGE-L (rouge-score)"}
CLAIMED = ("cider", "rougeL-coco", "rougeL")
START, END = "<!-- measured -->", "<!-- end -->"
Figures = dict[str, dict[str, Any]]
"""Dataset → `code`, digests of what its table stands on by method, and `lines` of the table."""
Values = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Bench:
    """Planted data and how text is scored there."""

    dataset: str
    title: str
    protocol: str


BENCHES = (
    Bench("videoxum", "Planted VideoXum", "paragraph"),
    Bench("activitynet-captions", "Planted ActivityNet Captions", "paragraph-joined"),
)


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


def job(bench: Bench, row: Row, seed: int, overrides: Sequence[str] = ()) -> Job:
    """What is run for a row."""
    learns = row.model.startswith("milora")
    request = RunRequest(
        model=row.model,
        dataset=bench.dataset,
        edition="planted",
        preset=PRESET if row.model.partition("@")[0] in METHODS else "auto",
        protocols=(bench.protocol,),
        metrics=tuple(METRICS),
        seed=seed,
        repetitions=row.repetitions,
        ablate_input=row.ablate_input,
        overrides=tuple(overrides) if learns else (),
    )
    return Job(row.title, request)


def values(one: StoredRecord, protocol: str) -> Values:
    """Metric → video → value."""
    return {metric: video_values(one, protocol, metric) for metric in METRICS}


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


def table(bench: Bench, found: dict[tuple[str, int], StoredRecord], seeds: Sequence[int]) -> Iterator[str]:
    """Markdown of everything on one dataset."""
    scores = {key: values(one, bench.protocol) for key, one in found.items()}
    by_row = {
        row.title: mean_over([scores[row.title, seed] for seed in (seeds if row.seeded else seeds[:1])])
        for row in ROWS
    }
    first = found[COMBINED.title, seeds[0]].record
    tested = len(scores[COMBINED.title, seeds[0]]["rougeL"])
    yield (
        f"Edition {first.dataset.edition}, version {first.dataset.edition_version}, "
        f"`{first.setting.split_set}`, selection `{first.setting.selection}`, protocol `{bench.protocol}`, "
        f"{tested} test videos."
    )
    yield ""
    yield "| row | " + " | ".join(METRICS.values()) + " | trained parameters | distinct texts |"
    yield "| --- |" + " ---: |" * (len(METRICS) + 2)
    if bench.dataset == "videoxum":
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
    yield "Each variant minus the frozen backbone and what could be had without looking, mean of the seeds:"
    yield ""
    yield "| row | minus | " + " | ".join(METRICS.values()) + " |"
    yield "| --- | --- |" + " ---: |" * len(METRICS)
    above = count = 0
    for row in VARIANTS:
        for other in (FROZEN, *FLOORS):
            apart = [difference(by_row[row.title], by_row[other.title], metric) for metric in METRICS]
            above, count = above + sum(one.low > 0 for one in apart), count + len(apart)
            yield f"| {row.title} | {other.title} | " + " | ".join(map(shown, apart)) + " |"
    yield ""
    yield f"{above} of {count} intervals lie above zero."
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


def digests(plugins: Plugins) -> dict[str, dict[str, str]]:
    """What the tables stand on: digests of the code of each method (`evidence.code`)."""
    return {name: method_code(plugins.model(name), PRESET) for name in METHODS}


def read_figures(path: Path) -> Figures:
    """What was measured; nothing where there is no file."""
    found: Figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def stale(figures: Figures, now: dict[str, dict[str, str]]) -> list[str]:
    """A line for each table that is missing or of other code."""
    lines = []
    for bench in BENCHES:
        command = f"measure it with `python benchmarks/milora_evidence.py --dataset {bench.dataset}`"
        if bench.dataset not in figures:
            lines.append(f"{bench.dataset}: there is no table yet; {command}.")
            continue
        then = figures[bench.dataset]["code"]
        parts = [
            f"{name} ({', '.join(found)})" for name in METHODS if (found := changed(then[name], now[name]))
        ]
        if parts:
            lines.append(f"{bench.dataset}: the code of {' and '.join(parts)} changed since; {command}.")
    return lines


def page_lines(figures: Figures) -> str:
    """The measured part of the page."""
    parts = []
    for bench in BENCHES:
        if bench.dataset in figures:
            parts += [f"## {bench.title}", "", *figures[bench.dataset]["lines"], ""]
    return "\n".join(parts).strip()


def measured(bench: Bench, asked: argparse.Namespace) -> list[str]:
    """The table of one dataset, from runs that are sealed or run now."""
    seeds = range(asked.seeds)
    # The first run makes data and weights; the others then find them.
    todo = [(FROZEN, 0)]
    todo += [(row, seed) for seed in seeds for row in ROWS if (row.seeded or seed == 0) and row != FROZEN]
    jobs = [job(bench, row, seed, asked.overrides) for row, seed in todo]
    done = sealed(jobs, asked.runs, asked.jobs)
    found = {(row.title, seed): one for (row, seed), one in zip(todo, done, strict=True)}
    return [*table(bench, found, seeds)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, default=Path("evidence/runs"))
    parser.add_argument("--dataset", choices=[bench.dataset for bench in BENCHES], help="default: both")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="with fewer nothing is written")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--check", action="store_true", help="say which tables are of other code, and stop")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], help="an option of milora: nothing is written"
    )
    asked = parser.parse_args()
    code = digests(default_plugins())
    if asked.check:
        found = stale(read_figures(FIGURES), code)
        print("\n".join(found) or "Every table is of the code that is here.")
        sys.exit(1 if found else 0)
    for bench in BENCHES:
        if asked.dataset not in (None, bench.dataset):
            continue
        lines = measured(bench, asked)
        print("\n".join(lines), flush=True)
        if asked.overrides or asked.seeds < SEEDS:
            continue
        # Read only now: another process may have measured the other dataset meanwhile.
        figures = read_figures(FIGURES) | {bench.dataset: {"code": code, "lines": lines}}
        text = json.dumps(figures, indent=1, sort_keys=True, ensure_ascii=False)
        FIGURES.write_text(text + "\n", encoding="utf-8")
        written_between(PAGE, page_lines(figures), START, END)


if __name__ == "__main__":
    main()
