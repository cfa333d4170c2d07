"""`vsumbench score`: other protocols on old runs, and predictions made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._options import data_root_option, json_option, metric_list, print_json

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins


@click.command()
@click.argument(
    "targets", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN_FOLDER…|FILE"
)
@click.option(
    "--protocol", "-p", "protocols", multiple=True, help="Protocol to score under; repeat for several."
)
@click.option("--metrics", default="", help="Comma-separated metric names. Default: each protocol's own.")
@click.option(
    "--format",
    "layout",
    metavar="NAME",
    help="Layout of a result file of a published code base: csta, pgl-sum, vsumm-rl, vasnet, por, "
    "rethinking-evs, videoxum, v2xum or densevid.",
)
@click.option(
    "--references",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help='References of your own: JSON lines {"id": …, "text": …}, or importance and user_summaries. With '
    "--format densevid, files of ActivityNet Captions; repeat for several.",
)
@click.option("--dataset", "-d", help="Dataset a prediction file belongs to.")
@click.option("--edition", default="auto", show_default=True, help="Edition of that dataset.")
@click.option("--split-set", help="Folds of that dataset. Default: its first split set.")
@click.option(
    "--common",
    is_flag=True,
    help="Score the videos that have a prediction; of several runs, those that all of them were tested on. "
    "The coverage is printed, and the runs stay as they are.",
)
@data_root_option
@json_option
def command(
    targets: tuple[Path, ...],
    protocols: tuple[str, ...],
    metrics: str,
    data_root: Path | None,
    as_json: bool,
    layout: str | None,
    **external: Any,
) -> None:
    """Score sealed runs under other protocols, or predictions made elsewhere: JSON lines, or --format.

    \b
    Examples:
      vsumbench score runs/* --protocol peruser-full
      vsumbench score runs/a runs/b --common
      vsumbench score pred.jsonl --references ref.jsonl --protocol paragraph-joined --metrics bleu4,cider
      vsumbench score pred.jsonl --dataset tvsum --protocol peruser-2fps
      vsumbench score results/split*/TVSum_199.json --format pgl-sum -d tvsum --protocol peruser-2fps
    """
    from vsumbench.errors import DataMissingError, UsageError
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    names = metric_list(metrics)
    for target in targets:
        if not target.exists():
            raise DataMissingError(f"{target} is not there.", "Name run folders, or a prediction file.")
    files = [target for target in targets if not target.is_dir()]
    if files and len(targets) > (len(files) if layout else 1):
        raise UsageError(
            "Give run folders, or one prediction file, or result files of one --format.",
            "See `vsumbench score --help`.",
        )
    if files or layout:
        from ._external import score_files

        score_files(targets, layout, plugins, protocols, names, data_root, as_json, **external)
    elif external["common"]:
        _score_common(targets, plugins, protocols, names, data_root, as_json)
    else:
        _score_runs(targets, plugins, protocols, names, data_root, as_json)


def _score_runs(
    folders: tuple[Path, ...],
    plugins: Plugins,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    data_root: Path | None,
    as_json: bool,
) -> None:
    from vsumbench.running.rescoring import score_run

    from ._progress import TerminalReporter
    from ._results import outcome_json, print_outcome

    outcomes = []
    with TerminalReporter() as reporter:
        for folder in folders:
            outcome = score_run(
                folder, plugins, reporter, protocols=protocols, metrics=metrics, data_root=data_root
            )
            outcomes.append(outcome)
    if as_json:
        content = [outcome_json(outcome) for outcome in outcomes]
        print_json(content[0] if len(content) == 1 else content)
    else:
        for outcome in outcomes:
            print_outcome(outcome)


def _score_common(
    folders: tuple[Path, ...],
    plugins: Plugins,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    data_root: Path | None,
    as_json: bool,
) -> None:
    from dataclasses import asdict

    from vsumbench.errors import UsageError
    from vsumbench.running.common_subset import score_common

    from ._progress import TerminalReporter
    from ._results import print_scores

    if len(folders) < 2:
        raise UsageError("--common compares several runs; one was named.", "Name two or more run folders.")
    with TerminalReporter() as reporter:
        found = score_common(
            folders, plugins, reporter.advance, protocols=protocols, metrics=metrics, data_root=data_root
        )
        for one in found:
            if one.other_data:
                reporter.notice(
                    f"{one.record.run} was made on other files of {one.record.dataset.id!r} than are here; "
                    "its predictions are scored against these."
                )
    if as_json:
        print_json(
            [
                {
                    "run": one.record.run,
                    "evaluated": one.evaluated,
                    "official": one.official,
                    "other_data": one.other_data,
                    "results": [asdict(score) for score in one.scores],
                }
                for one in found
            ]
        )
        return
    for one in found:
        click.echo(f"{one.record.run}: {one.evaluated} common videos of {one.official}")
        print_scores(one.scores)
