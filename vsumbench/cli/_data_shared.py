"""What the sub-verbs of `vsumbench data` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ._names import dataset_names

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec

F = TypeVar("F", bound=Callable[..., Any])

name_argument = click.argument("name", shell_complete=dataset_names)


def edition_option(default: str | None, text: str) -> Callable[[F], F]:
    """`--edition ID`."""
    return click.option(
        "--edition", default=default, metavar="ID", show_default=default is not None, help=text
    )


max_unpacked = click.option(
    "--max-unpacked",
    type=click.IntRange(min=1),
    metavar="GIB",
    help="Let an archive become this large, however well it is packed. Default: 500 GiB, and no more than "
    "200 times its own size.",
)


def limits_of(gib: int | None) -> Any:
    """The limits of `--max-unpacked`."""
    from vsumbench.data.sources.archive_checks import GIB, Limits

    return Limits() if gib is None else Limits.up_to(gib * GIB)


def plugins() -> Any:
    """The plugin host."""
    from vsumbench.plugins import default_plugins

    return default_plugins()


def all_specs() -> list[DatasetSpec]:
    """Every dataset that can be used; a broken plugin is one line on standard error."""
    from vsumbench.entrypoints import Kind

    specs, problems = plugins().specs(Kind.DATASET)
    for problem in problems:
        click.echo(f"vsumbench: warning: {problem.message}", err=True)
    return list(specs)


def loader(spec: DatasetSpec) -> Any:
    """Imports what a dataset's spec names by dotted path."""
    return lambda dotted: plugins().load(dotted, what=f"dataset {spec.id!r}")


def check_edition(spec: DatasetSpec, edition: str, data_root: Path | None = None) -> None:
    """Refuse an edition the dataset does not have.

    Raises:
        UnknownSettingError: it has others.
    """
    from vsumbench.data import dataset_folder, resolve_data_root
    from vsumbench.data.obtaining import unknown_edition

    if spec.edition(edition) is None:
        root = resolve_data_root(data_root)
        raise unknown_edition(spec, edition, dataset_folder(root.path, spec.id))


def acceptance(spec: DatasetSpec, accepted: bool) -> Callable[[Sequence[str], int], None]:
    """Shows licences that were not accepted here before, and has them accepted.

    The function raises UsageError where they are not.
    """
    from vsumbench.errors import UsageError

    def accept(licences: Sequence[str], files: int) -> None:
        for licence in licences:
            click.echo(f"Licence of {spec.title} ({spec.id}): {licence}", err=True)
        if accepted:
            return
        if sys.stdin.isatty() and click.confirm(f"Do you accept it for {files} files?", err=True):
            return
        raise UsageError(
            f"the licence of {spec.id!r} ({'; '.join(licences)}) was not accepted.",
            "Read it, then repeat the command with --accept-licence.",
        )

    return accept


def some(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many there are."""
    return ", ".join(names[:most]) + (f", … ({len(names)} files)" if len(names) > most else "")
