"""`vsumbench export`: sealed runs as one long table, for a spreadsheet, pandas or R."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsumbench.errors import DataMissingError, UsageError

from ._options import runs_option

if TYPE_CHECKING:
    from vsumbench.store.records import StoredRecord

_FORMATS = ("csv", "jsonl")


@click.command("export")
@click.argument("names", nargs=-1, metavar="[RUN]...")
@runs_option
@click.option("--model", metavar="NAME", help="Runs of this model alone.")
@click.option("--dataset", metavar="NAME", help="Runs on this dataset alone.")
@click.option("--edition", metavar="NAME", help="Runs on this edition alone.")
@click.option("--protocol", metavar="NAME", help="Scores under this protocol alone.")
@click.option("--metric", metavar="NAME", help="Scores of this metric alone.")
@click.option("--by-video", is_flag=True, help="A line a video and fold instead of a line a score.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Default: by the ending of --out, else csv."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; standard output if none is named.",
)
def command(
    names: tuple[str, ...],
    runs: Path,
    model: str | None,
    dataset: str | None,
    edition: str | None,
    protocol: str | None,
    metric: str | None,
    by_video: bool,
    form: str | None,
    out: Path | None,
) -> None:
    """Write scores of sealed runs as one long table.

    RUN is a run folder, or its name below --runs; all complete runs there if none is named. A line says what
    the score is of (model, variant, preset, options; dataset, edition, split set, selection; seed), how it
    was made (protocol, metric, versions), and the value; an undefined one is empty, with its reason. With
    --by-video a line is one video in one fold; a metric of whole corpora has none.
    """
    from vsumbench.leaderboard.export import has, score_lines, video_lines, written
    from vsumbench.leaderboard.per_video import ScoreReader
    from vsumbench.leaderboard.run_choice import find_runs
    from vsumbench.store.records import Store

    form = form or _by_suffix(out)
    found: Sequence[StoredRecord]
    if names:
        found = find_runs(names, runs)
        for name, one in zip(names, found, strict=True):
            if not has(one.record, model, dataset, edition, protocol, metric):
                raise DataMissingError(
                    f"run {name!r} has no scores as they were asked for.",
                    "See `vsumbench export` without names for those there are.",
                )
    else:
        with Store(runs) as store:
            for line in store.warnings:
                click.echo(f"vsumbench: {line}", err=True)
            asked = {"model": model, "dataset": dataset, "edition": edition}
            found = store.query(**asked, protocol=protocol, metric=metric, status="complete")
        if not found:
            raise DataMissingError(f"no complete run in {runs} has what was asked for.", "Ask for less.")
    # What is named may lie anywhere; the store gives names below its folder.
    reader = ScoreReader(Path() if names else runs)
    lines = video_lines(found, reader, protocol, metric) if by_video else score_lines(found, protocol, metric)
    count = written(lines, form, out)
    for line in reader.warnings:
        click.echo(f"vsumbench: {line}", err=True)
    if out is not None:
        what = "videos" if by_video else "scores"
        click.echo(f"{count} {what} of {len(found)} run{'s' * (len(found) != 1)} in {out}")


def _by_suffix(out: Path | None) -> str:
    if out is None or out.suffix in ("", ".csv"):
        return "csv"
    if out.suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    raise UsageError(f"--out ends in {out.suffix!r}; known are .csv and .jsonl.", "Name the --format.")
