"""Options and output shared by the verbs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """`--json`: one JSON document on standard output, nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")(function)


def data_root_option(function: F) -> F:
    """`--data-root DIR`: one folder per dataset, named by its canonical id."""
    return click.option(
        "--data-root",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder with one folder per dataset. Default: $VSUMBENCH_DATA, else the platform's data folder.",
    )(function)


def runs_option(function: F) -> F:
    """`--runs DIR`: where run folders are written and looked for."""
    return click.option(
        "--runs",
        type=click.Path(path_type=Path, file_okay=False),
        default=lambda: Path(os.environ.get("VSUMBENCH_RUNS", "runs")),
        help="Folder of run folders. Default: $VSUMBENCH_RUNS, else ./runs.",
    )(function)


def metric_list(text: str) -> tuple[str, ...]:
    """The metric names of a comma-separated text; a bundle stands for its metrics."""
    from vsumbench.contracts.metric import BUNDLES

    names = (name.strip() for name in text.split(","))
    return tuple(dict.fromkeys(one for name in names if name for one in BUNDLES.get(name, (name,))))


def print_json(payload: object) -> None:
    """Print a JSON document: sorted as given, NaN refused, non-ASCII kept."""
    click.echo(json.dumps(payload, indent=1, ensure_ascii=False, allow_nan=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
