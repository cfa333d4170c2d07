"""What `vsumbench info --statistics` shows: what an edition of a dataset holds, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._options import print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec
    from vsumbench.plugins import Plugins

BARS = "▁▂▃▄▅▆▇█"
TITLES = {
    "duration": "duration",
    "video-summary": "video summary",
    "video-summary-share": "video summary, share",
    "text-summary": "text summary",
    "annotators": "annotators a video",
    "texts": "texts a video",
}


def show_statistics(
    plugins: Plugins,
    spec: DatasetSpec,
    edition: str,
    data_root: Path | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Compute, save if asked, and print."""
    from vsumbench.data.statistics import statistics_of
    from vsumbench.running.editions import find_edition
    from vsumbench.running.reporting import stage_progress
    from vsumbench.store.statistics import save_statistics

    from ._progress import TerminalReporter

    with TerminalReporter() as reporter:
        resolved = find_edition(
            plugins, spec, edition, data_root, stage_progress(f"make {spec.id}", reporter.advance)
        )
        for notice in resolved.notices:
            reporter.notice(notice)
        content = statistics_of(spec, resolved, stage_progress(f"read {spec.id}", reporter.advance)).to_dict()
        folder = None if save is None else save_statistics(save, content)
    if as_json:
        print_json(content | ({} if folder is None else {"saved": folder}))
        return
    _show(content)
    if folder is not None:
        click.echo(f"saved: {folder}")


def _show(content: Mapping[str, Any]) -> None:
    click.echo(f"dataset {content['dataset']}: {content['title']}")
    split = content["split"]
    print_facts(
        [
            ("edition", f"{content['edition']}, version {content['edition_version']}"),
            ("fingerprint", content["fingerprint"][:12]),
            (
                "videos",
                f"{content['videos']:,}" + f", {content['missing']:,} missing" * bool(content["missing"]),
            ),
            *([] if split is None else [(f"split set {split['id']}", split["problem"] or _split(split))]),
        ]
    )
    found = {name: one for name, one in content["statistics"].items() if one is not None}
    print_table(
        ("quantity", "unit", "values", "mean", "median", "min", "max", "histogram"),
        [
            (
                TITLES.get(name, name),
                one["unit"],
                f"{one['count']:,}",
                *(_number(one[key]) for key in ("mean", "median", "min", "max")),
                bars(one["histogram"]["counts"]),
            )
            for name, one in found.items()
        ],
        title="Statistics",
    )
    if "text-summary" in found:
        click.echo("Words are what stands between white space.")
    gone = [TITLES.get(name, name) for name, one in content["statistics"].items() if one is None]
    if gone:
        click.echo(f"Not in this edition: {', '.join(gone)}.")


def bars(counts: list[int]) -> str:
    """A histogram as one bar a bin; a bin that is not empty has at least the lowest, an empty one a space."""
    top = max(counts, default=0)
    return "".join(" " if not n else BARS[max(0, -(-n * len(BARS) // top) - 1)] for n in counts)


def _split(split: Mapping[str, Any]) -> str:
    parts = [
        f"{part} {low}" if low == high else f"{part} {low} to {high}"
        for part in ("train", "validation", "test")
        for low, high in (split[part],)
        if high
    ]
    folds = f"{split['folds']} fold{'s' * (split['folds'] != 1)}"
    return f"{folds}: {', '.join(parts)} videos"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
