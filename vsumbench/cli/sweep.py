"""`vsumbench sweep`: many runs from one YAML file or from globs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._options import data_root_option, json_option, metric_list, print_json, runs_option

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins
    from vsumbench.running.request import RunRequest
    from vsumbench.running.sweeping import SweepResult


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--model", "-m", "models", multiple=True, help="Model name or glob (`vtsum-blip@*`); repeat.")
@click.option("--dataset", "-d", "datasets", multiple=True, help="Dataset name or glob; repeat.")
@click.option("--seeds", default="0", show_default=True, help="Comma-separated root seeds.")
@click.option("--protocol", "-p", "protocols", multiple=True, help="Protocol to score under; repeat.")
@click.option("--metrics", default="", help="Comma-separated metric names.")
@click.option("--split-set", "split_sets", multiple=True, help="Folds to use; repeat.")
@click.option("--selection", "selections", multiple=True, help="Checkpoint selection rule; repeat.")
@click.option("--repetitions", type=int, help="Draws of the summaries of each run.")
@click.option(
    "--ablate-input",
    "ablate_inputs",
    multiple=True,
    type=click.Choice(["none", "shuffle-pairs", "permute-time"]),
    help="Spoil what models learn from or see, as `vsumbench run` does; repeat, with none for none.",
)
@click.option(
    "--features",
    multiple=True,
    metavar="EXTRACTOR",
    help="Extract this feature from the frames of the videos and give it to every model; repeat for several.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps.")
@click.option("--dry-run", is_flag=True, help="List the runs and stop.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@data_root_option
@runs_option
@json_option
def command(
    file: Path | None,
    device: str,
    dry_run: bool,
    quiet: bool,
    data_root: Path | None,
    runs: Path,
    as_json: bool,
    **axes: Any,
) -> None:
    """Run every combination of models, datasets, settings and seeds, from FILE or from the options.

    A run that fails says why and stops nothing else; runs sealed before are left alone.

    \b
    Examples:
      vsumbench sweep -m random -m uniform -d 'toy' --seeds 0,1,2
      vsumbench sweep sweep.yaml --runs runs
    """
    from vsumbench.errors import UsageError
    from vsumbench.plugins import default_plugins
    from vsumbench.running.request import RunRequest
    from vsumbench.running.sweeping import expand, read_sweep

    if (file is None) == (not axes["models"]):
        raise UsageError("Give a sweep FILE, or --model and --dataset.", "See `vsumbench sweep --help`.")
    spec = read_sweep(file) if file is not None else _from_options(**axes)
    base = RunRequest(model="", dataset="", device=device, data_root=data_root, runs=runs)
    plugins = default_plugins()
    requests = expand(spec, base, plugins)
    if dry_run:
        _list(requests, as_json)
    else:
        run_many(requests, plugins, quiet, as_json)


def _list(requests: Sequence[RunRequest], as_json: bool) -> None:
    planned = [_row(request) for request in requests]
    if as_json:
        print_json(planned)
        return
    for row in planned:
        click.echo("  ".join(f"{key}={value}" for key, value in row.items()))


def run_many(requests: Sequence[RunRequest], plugins: Plugins, quiet: bool, as_json: bool) -> None:
    """Run each request, one line each; a failure stops nothing else and is the exit status.

    Raises:
        RunFailedError: at least one failed.
    """
    from vsumbench.errors import RunFailedError
    from vsumbench.running.sweeping import sweep

    from ._progress import TerminalReporter

    results: list[SweepResult] = []
    with TerminalReporter(quiet) as reporter:
        for result in sweep(requests, plugins, reporter):
            results.append(result)
            if not as_json:
                click.echo(_line(result, len(results), len(requests)))
    if as_json:
        print_json([_row(result.request) | _ending(result) for result in results])
    failed = [result for result in results if result.state == "failed"]
    if failed:
        first = failed[0]
        raise RunFailedError(
            f"{len(failed)} of {len(results)} runs failed, the first: {first.request.model} on "
            f"{first.request.dataset}: {first.reason}"
        )


def _ending(result: SweepResult) -> dict[str, Any]:
    folder = str(result.folder) if result.folder else None
    return {"state": result.state, "folder": folder, "reason": result.reason}


def _from_options(
    models: tuple[str, ...],
    datasets: tuple[str, ...],
    seeds: str,
    protocols: tuple[str, ...],
    metrics: str,
    split_sets: tuple[str, ...],
    selections: tuple[str, ...],
    repetitions: int | None,
    ablate_inputs: tuple[str, ...],
    features: tuple[str, ...],
) -> Any:
    from vsumbench.errors import UsageError
    from vsumbench.running.sweeping import SweepSpec

    if not datasets:
        raise UsageError("--dataset is missing.", "See `vsumbench list datasets`.")
    try:
        numbers = tuple(int(part) for part in seeds.split(",") if part.strip())
    except ValueError:
        raise UsageError(
            f"--seeds {seeds!r} is not a list of whole numbers.", "Example: --seeds 0,1,2"
        ) from None
    return SweepSpec(
        models=models,
        datasets=datasets,
        seeds=numbers,
        protocols=protocols,
        metrics=metric_list(metrics),
        split_sets=split_sets,
        selections=selections,
        repetitions=repetitions,
        ablate_inputs=ablate_inputs,
        features=features,
    )


def _row(request: RunRequest) -> dict[str, Any]:
    row: dict[str, Any] = {"model": request.model, "dataset": request.dataset, "seed": request.seed}
    for name in ("edition", "preset", "split_set", "selection"):
        if (value := getattr(request, name)) not in (None, "auto"):
            row[name] = value
    if request.ablate_input:
        row["ablate_input"] = request.ablate_input
    if request.features:
        row["features"] = list(request.features)
    if request.overrides:
        row["options"] = list(request.overrides)
    return row


def _line(result: SweepResult, number: int, total: int) -> str:
    what = " ".join(str(value) for value in _row(result.request).values())
    return f"[{number}/{total}] {what}: {result.state} {result.folder or result.reason}"
