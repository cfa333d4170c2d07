"""From sealed runs to rows of figures, and from these to a page."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import ModelSpec
from vsumbench.leaderboard.statistics.bootstrap import DRAWS, intervals
from vsumbench.leaderboard.statistics.layout import Layout
from vsumbench.leaderboard.statistics.seeding import generator
from vsumbench.leaderboard.words import number
from vsumbench.store.records import StoredRecord

from .code import method_code
from .runs import Values, mean_over, video_values
from .suites import FLOORS, PERMUTED, Bench, Suite

START, END = "<!-- measured -->", "<!-- end -->"
Row = dict[str, Any]


def method_row(
    suite: Suite,
    spec: ModelSpec,
    bench: Bench,
    done: Sequence[StoredRecord],
    floors: Mapping[str, StoredRecord],
) -> Row:
    """The figures of a method on one dataset.

    Args:
        done: its runs, in the order of `Suite.jobs`.
        floors: floor → its run.
    """
    scores = [video_values(one, bench.protocol, bench.metric) for one in done]
    seeds = len(scores) // 2
    own = mean_over(scores[:seeds])
    others = {name: video_values(one, bench.protocol, bench.metric) for name, one in floors.items()}
    others[PERMUTED] = mean_over(scores[seeds:])
    record = done[0].record
    return {
        "method": spec.id,
        "title": spec.title,
        "dataset": bench.dataset,
        "edition": f"{record.dataset.edition}, version {record.dataset.edition_version}",
        "preset": record.model.preset,
        "protocol": bench.protocol,
        "metric": bench.metric,
        "split_set": record.setting.split_set,
        "selection": record.setting.selection,
        "videos": len(own),
        "value": _mean(own),
        "by_seed": [_mean(one) for one in scores[:seeds]],
        "floors": {name: _mean(values) for name, values in others.items()},
        "minus": {name: _difference(own, values, bench) for name, values in others.items()},
        **_rewards(done[:seeds]),
        "runs": [Path(one.folder).name for one in done],
        "code": method_code(spec, suite.preset),
    }


def _rewards(own: Sequence[StoredRecord]) -> Row:
    """Of a method that learns by a reward: its own and that of chance, a pair for each seed and fold."""
    facts = [fold["facts"] for one in own for fold in one.record.fit]
    if not facts or any("reward_of_chance" not in fold for fold in facts):
        return {}
    return {"rewards": [[round(fold[name], 6) for name in ("reward", "reward_of_chance")] for fold in facts]}


def _mean(values: Values) -> float:
    return round(float(np.nanmean(list(values.values()))), 6)


def _difference(own: Values, other: Values, bench: Bench) -> list[float]:
    """Mean paired difference over videos, and the ends of its interval."""
    if set(own) != set(other):
        raise ValueError("runs of different videos")
    layout = Layout.of([("all", video) for video in sorted(own)])
    apart = np.array([own[video] - other[video] for video in layout.videos])[:, None]
    low, high = intervals(apart, layout, generator("evidence", bench.dataset, bench.metric, layout.key))
    return [round(float(one), 6) for one in (np.nanmean(apart), low[0], high[0])]


def read_rows(path: Path) -> list[Row]:
    """The rows of a file of figures; none where there is no file."""
    if not path.exists():
        return []
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return rows


def merged(old: Sequence[Row], new: Sequence[Row], suite: Suite, methods: Collection[str]) -> list[Row]:
    """Old rows of methods that are there, but for those measured anew; by dataset, then by method."""
    order = [bench.dataset for bench in suite.benches]
    rows = {(row["dataset"], row["method"]): row for row in (*old, *new) if row["method"] in methods}
    return [rows[key] for key in sorted(rows, key=lambda key: (order.index(key[0]), key[1]))]


def figures_text(rows: Sequence[Row]) -> str:
    """The file of figures."""
    return json.dumps({"draws": DRAWS, "rows": rows}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def tables(rows: Sequence[Row]) -> str:
    """A table for each dataset."""
    return "\n".join(_lines(rows)).strip()


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    for dataset in dict.fromkeys(row["dataset"] for row in rows):
        own = [row for row in rows if row["dataset"] == dataset]
        first = own[0]
        yield f"## `{dataset}`"
        yield ""
        yield (
            f"Edition {first['edition']}, `{first['split_set']}`, selection `{first['selection']}`, "
            f"{first['metric']} under `{first['protocol']}`, mean over {first['videos']} videos."
        )
        yield ""
        against = (*FLOORS, PERMUTED)
        yield (
            "| method | all seeds | each seed | "
            + " | ".join(f"minus {name}" for name in against)
            + " | above all |"
        )
        yield "| --- | ---: | ---: |" + " ---: |" * len(against) + " --- |"
        for row in own:
            seeds = ", ".join(number(value, 3) for value in row["by_seed"])
            cells = [_shown(*row["minus"][name]) for name in against]
            above = "yes" if all(row["minus"][name][1] > 0 for name in against) else "**no**"
            line = [f"`{row['method']}`", number(row["value"], 3), seeds, *cells, above]
            yield f"| {' | '.join(line)} |"
        yield ""
        floors = ", ".join(f"`{name}` {number(first['floors'][name], 3)}" for name in FLOORS)
        permuted = ", ".join(f"`{row['method']}` {number(row['floors'][PERMUTED], 3)}" for row in own)
        yield f"The floors: {floors}; with permuted time {permuted}."
        yield ""
        for row in own:
            if "rewards" in row:
                yield _rewarded(row)
                yield ""


def _rewarded(row: Row) -> str:
    pairs = np.array(row["rewards"])
    own, chance = (number(float(value), 3) for value in pairs.mean(axis=0))
    above = int((pairs[:, 0] > pairs[:, 1]).sum())
    return (
        f"`{row['method']}` learns by a reward, without annotations. With the checkpoint that was chosen it "
        f"is {own} on training videos, where picking steps by chance gets {chance}; it is above that in "
        f"{above} of {len(pairs)} trainings."
    )


def _shown(difference: float, low: float, high: float) -> str:
    texts = [number(value, 3, signed=True) for value in (difference, low, high)]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]"
