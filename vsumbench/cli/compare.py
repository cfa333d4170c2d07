"""`vsumbench compare`: runs against a first one, metric by metric and video by video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._options import json_option, metric_list, print_json, runs_option

if TYPE_CHECKING:
    from vsumbench.leaderboard.comparing import AgainstFirst, Compared, MetricResult

_DECIMALS = {"percent": 2, "raw": 3, "nist": 3}
_PLANTED = (
    "Planted data: these numbers say what a method learns from a known signal, and nothing about real "
    "videos. No verdict is given."
)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN RUN…")
@runs_option
@click.option(
    "--protocol", "-p", "protocols", multiple=True, help="Compare under this protocol; repeat for several."
)
@click.option("--metric", "metrics", default="", help="Comma-separated metric names. Default: all shared.")
@click.option(
    "--common",
    is_flag=True,
    help="Give each run's value on the videos all of them have a score for. Differences are always on these.",
)
@json_option
def command(
    names: tuple[str, ...],
    runs: Path,
    protocols: tuple[str, ...],
    metrics: str,
    common: bool,
    as_json: bool,
) -> None:
    """Compare sealed runs with the first of them: run folders, or their names below --runs.

    Prints what differs between the runs, then for each protocol and metric the values, the paired difference
    with its 95 % interval, the p of a permutation test over videos (and after Holm's correction over all
    tests printed), the videos they differ on most, and the smallest difference so many videos can tell.

    \b
    Examples:
      vsumbench compare runs/a runs/b
      vsumbench compare a b c --runs runs --protocol peruser-2fps --metric kendall
    """
    from dataclasses import asdict

    from vsumbench.leaderboard.catalog import Catalog
    from vsumbench.leaderboard.column_scores import resampling
    from vsumbench.leaderboard.comparing import compare
    from vsumbench.leaderboard.per_video import ScoreReader
    from vsumbench.leaderboard.run_choice import find_runs
    from vsumbench.plugins import default_plugins

    found = find_runs(names, runs)
    reader = ScoreReader(Path(), resampling(Catalog(default_plugins())))
    compared = compare(found, reader, protocols=protocols, metrics=metric_list(metrics), common=common)
    if as_json:
        print_json(asdict(compared))
        return
    for line in compared.warnings:
        click.echo(f"vsumbench: {line}", err=True)
    _print(compared)


def _print(compared: Compared) -> None:
    from ._tables import print_facts, print_table

    facts = [(f"run {i}", run) for i, run in enumerate(compared.runs, 1)]
    print_facts(
        [
            *facts,
            ("dataset", compared.dataset),
            ("edition", compared.edition),
            ("split set", compared.split_set),
        ]
    )
    if compared.planted:
        click.echo(_PLANTED)
    if compared.differs:
        heads = ["differs", *(f"run {i}" for i in range(1, len(compared.runs) + 1))]
        click.echo()
        print_table(heads, [[fact.name, *fact.values] for fact in compared.differs])
    else:
        click.echo("Nothing that a record holds differs between these runs.")
    for result in compared.results:
        _print_result(result, compared)
    for line in compared.left_out:
        click.echo(f"\nLeft out: {line}.")


def _print_result(result: MetricResult, compared: Compared) -> None:
    from ._tables import print_table, printable

    lower = ", less is better" if result.direction == "lower" else ""
    click.echo()
    click.echo(printable(f"{result.protocol} {result.metric} ({result.scale}{lower})"), nl=False)
    click.echo(f": {_videos(result)}" if result.videos is not None else "")
    if result.remark:
        click.echo(f"  not compared: {printable(result.remark)}")
    digits = _DECIMALS.get(result.scale, 4)
    by_run = {one.run: one for one in result.others}
    rows = []
    for run, value in zip(compared.runs, result.values, strict=True):
        shown = "–" if value is None else f"{value:.{digits}f}"
        rows.append([run, shown, *_cells(by_run.get(run), digits)])
    heads = ["run", "value", "difference", "95 % interval", "p", "p (Holm)", "detectable", ""]
    print_table(heads, rows)
    for one in result.others:
        if one.disagreements:
            worst = ", ".join(f"{d.video} {d.other - d.first:+.{digits}f}" for d in one.disagreements)
            click.echo(printable(f"  {one.run} differs most on {worst}"))


def _videos(result: MetricResult) -> str:
    own = [count for count in result.own_videos if count is not None]
    whole = all(count == result.videos for count in own)
    text = f"{result.videos} videos"
    if not whole:
        text = f"{result.videos} common videos, of {', '.join(map(str, own))}"
        text += "" if result.on_common else "; values are on each run's own videos"
    return text


def _cells(one: AgainstFirst | None, digits: int) -> list[str]:
    if one is None:
        return [""] * 6
    found = one.comparison
    if found.reason or found.difference is None:
        return ["–", "", "", "", "", found.reason]
    around = found.interval
    ends = "" if around is None else f"{around.low:+.{digits}f} to {around.high:+.{digits}f}"
    least = "" if one.detectable is None else f"{one.detectable:.{digits}f}"
    verdict = {None: "", True: "different", False: "not distinguishable"}[found.distinguishable]
    return [f"{found.difference:+.{digits}f}", ends, _p(found.p), _p(found.p_adjusted), least, verdict]


def _p(value: float | None) -> str:
    from vsumbench.leaderboard.words import p_text

    return "" if value is None else p_text(value)
