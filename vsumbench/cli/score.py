"""`vsumbench score`: other protocols on old runs, and predictions made elsewhere."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._options import data_root_option, json_option, metric_list, print_json

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins
    from vsumbench.running.external import ExternalScores


@click.command()
@click.argument(
    "targets", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN_FOLDER…|FILE"
)
@click.option(
    "--protocol", "-p", "protocols", multiple=True, help="Protocol to score under; repeat for several."
)
@click.option("--metrics", default="", help="Comma-separated metric names. Default: each protocol's own.")
@click.option(
    "--references",
    type=click.Path(path_type=Path, dir_okay=False),
    help='References of your own: JSON lines {"id": …, "text": …}, or importance and user_summaries.',
)
@click.option("--dataset", "-d", help="Dataset a prediction file belongs to.")
@click.option("--edition", default="auto", show_default=True, help="Edition of that dataset.")
@click.option("--split-set", help="Folds of that dataset. Default: its first split set.")
@click.option(
    "--common", is_flag=True, help="Score the videos that have a prediction; the coverage is printed."
)
@data_root_option
@json_option
def command(
    targets: tuple[Path, ...],
    protocols: tuple[str, ...],
    metrics: str,
    references: Path | None,
    data_root: Path | None,
    as_json: bool,
    **external: Any,
) -> None:
    """Score sealed runs under other protocols, or a JSON-lines file of predictions made elsewhere.

    \b
    Examples:
      vsumbench score runs/* --protocol peruser-full
      vsumbench score pred.jsonl --references ref.jsonl --protocol paragraph-joined --metrics bleu4,cider
      vsumbench score pred.jsonl --dataset tvsum --protocol peruser-2fps
    """
    from vsumbench.errors import UsageError
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    names = metric_list(metrics)
    files = [target for target in targets if not target.is_dir()]
    if files and len(targets) > 1:
        raise UsageError("Give run folders, or one prediction file.", "See `vsumbench score --help`.")
    if files:
        _score_file(files[0], plugins, protocols, names, references, data_root, as_json, **external)
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


def _score_file(
    file: Path,
    plugins: Plugins,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    references: Path | None,
    data_root: Path | None,
    as_json: bool,
    *,
    dataset: str | None,
    edition: str,
    split_set: str | None,
    common: bool,
) -> None:
    from vsumbench.errors import UsageError
    from vsumbench.running.external import OpenedDataset, open_dataset, read_external, score_external
    from vsumbench.running.matching import columns_of, short_name
    from vsumbench.running.own_references import ALL, read_references
    from vsumbench.running.scoring_run import refuse_unavailable

    if (references is None) == (dataset is None):
        raise UsageError(
            "A prediction file is scored against --references FILE or --dataset NAME; give one of them.",
            "See `vsumbench score --help`.",
        )
    specs = [plugins.protocol(short_name(name)) for name in protocols]
    if references is not None:
        if not specs:
            raise UsageError("--references needs --protocol.", "See `vsumbench list protocols`.")
        own = read_references(references)
        opened = OpenedDataset(own, own.folds(ALL), len(own.video_ids()), ())
    else:
        assert dataset is not None
        opened = open_dataset(plugins, dataset, edition, split_set, data_root, specs)
    for line in opened.notices:
        click.echo(f"vsumbench: {line}", err=True)
    columns = columns_of(plugins, specs, metrics)
    found = score_external(
        *(read_external(file), opened.dataset, opened.folds, columns, plugins),
        common=common,
        official=opened.official,
    )
    _print(file, found, as_json)
    refuse_unavailable(columns, found.scores)


def _print(file: Path, found: ExternalScores, as_json: bool) -> None:
    from ._results import print_scores

    if as_json:
        coverage = {
            "evaluated": found.evaluated,
            "official": found.official,
            "share": found.evaluated / found.official,
            "missing": found.missing,
        }
        results = [asdict(score) for score in found.scores]
        print_json({"file": str(file), "coverage": coverage, "results": results})
        return
    click.echo(f"{file}: {found.evaluated} of {found.official} videos")
    print_scores(found.scores)
