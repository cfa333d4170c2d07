"""`vsumbench run`: a model on a dataset, sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ._options import data_root_option, json_option, metric_list, print_json, runs_option


@click.command()
@click.option("--model", "-m", required=True, help="NAME, NAME@VARIANT, module:SPEC or ./file.py:SPEC.")
@click.option("--dataset", "-d", required=True, help="NAME, module:SPEC or ./file.py:SPEC.")
@click.option(
    "--edition", default="auto", show_default=True, help="Form of the data; auto takes the real one if there."
)
@click.option(
    "--preset", default="auto", show_default=True, help="Form of the model: paper, release or tiny."
)
@click.option(
    "--protocol", "-p", "protocols", multiple=True, help="Protocol to score under; repeat for several."
)
@click.option("--metrics", default="", help="Comma-separated metric names. Default: each protocol's own.")
@click.option("--split-set", help="Folds to use. Default: the dataset's first.")
@click.option("--selection", help="How the tested checkpoint is chosen. Default: the dataset's.")
@click.option(
    "--select-by",
    default="",
    metavar="METRIC",
    help="Metric it is chosen by, where the rule looks at samples. Default: the model's.",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Set a model option.")
@click.option(
    "--options",
    "options_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file of model options; --set goes before it.",
)
@click.option("--seed", default=0, show_default=True, help="Root seed.")
@click.option(
    "--repetitions", type=int, help="Draws of the summaries, each with its own seed. Default: the model's."
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps.")
@click.option(
    "--dtype", default="float32", show_default=True, type=click.Choice(["float32", "bfloat16", "float64"])
)
@click.option(
    "--ablate-input",
    type=click.Choice(["shuffle-pairs", "permute-time"]),
    help="Spoil what the model learns from (each training video with another's texts) or sees (its steps in "
    "another order): what it reaches then, it owes to nothing it has looked at.",
)
@click.option(
    "--features",
    multiple=True,
    metavar="EXTRACTOR",
    help="Extract this feature from the frames of the videos and give it to the model; repeat for several.",
)
@click.option(
    "--predict-only", is_flag=True, help="Stop after predictions; `vsumbench score` finishes elsewhere."
)
@click.option("--print-config", is_flag=True, help="Print every option with its origin, and stop.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@data_root_option
@runs_option
@json_option
def command(
    metrics: str,
    protocols: tuple[str, ...],
    print_config: bool,
    quiet: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Run a model on a dataset and seal the result.

    A killed or failed run is continued by repeating the command; a sealed one is left alone.

    A model or dataset with `*` stands for several, each a run of its own: --model 'vtsum-blip@*'.

    Under torchrun, the first process makes the run and the others join its trainings.

    Example: vsumbench run --model random --dataset videoxum
    """
    from vsumbench.errors import UsageError
    from vsumbench.plugins import default_plugins
    from vsumbench.running import processes
    from vsumbench.running.following import follow
    from vsumbench.running.pipeline import run
    from vsumbench.running.plan import make_plan
    from vsumbench.running.request import RunRequest
    from vsumbench.running.sweeping import SweepSpec, expand, is_glob

    from ._progress import TerminalReporter
    from ._results import outcome_json, print_outcome
    from .sweep import run_many

    names = metric_list(metrics)
    ablated = asked.pop("ablate_input") or ""
    request = RunRequest(protocols=protocols, metrics=names, ablate_input=ablated, **asked)
    plugins = default_plugins()
    if processes.world() > 1 and (print_config or is_glob(request.model) or is_glob(request.dataset)):
        raise UsageError("Several processes make one run together.", "Start this without torchrun.")
    if processes.rank() > 0:
        follow(request, plugins)
        return
    if is_glob(request.model) or is_glob(request.dataset):
        spec = SweepSpec(models=(request.model,), datasets=(request.dataset,))
        run_many(expand(spec, request, plugins), plugins, quiet, as_json)
        return
    if print_config:
        _print_config(make_plan(request, plugins), as_json)
        return
    with TerminalReporter(quiet) as reporter:
        outcome = run(request, plugins, reporter)
    if as_json:
        print_json(outcome_json(outcome))
    else:
        print_outcome(outcome)


def _print_config(plan: Any, as_json: bool) -> None:
    values, origins = plan.composed.values, plan.composed.origins
    if as_json:
        print_json({name: {"value": values[name], "origin": origins[name]} for name in values})
        return
    if not values:
        click.echo(f"model {plan.model.id!r} has no options")
    for name in values:
        click.echo(f"{name} = {values[name]!r}    # {origins[name]}")
