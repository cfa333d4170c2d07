"""`vsumbench new`: write the package of a new model, dataset or metric."""

from __future__ import annotations

from pathlib import Path

import click

from vsumbench.entrypoints import Kind

KINDS = ("model", "dataset", "metric")


@click.command("new")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option(
    "--dir",
    "parent",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where the folder is made. Default: here.",
)
def command(kind: str, name: str, parent: Path) -> None:
    """Write the folder vsumbench-NAME: a small working plugin with spec, code and tests, to make your own.

    Example: vsumbench new model my-model && pip install -e vsumbench-my-model && vsumbench check my-model
    """
    from vsumbench.plugins import default_plugins
    from vsumbench.scaffold import plugin_name, write_package

    names = plugin_name(name)
    plugins = default_plugins()
    owned = Kind(kind) in plugins.kinds_of(names.id)
    folder = write_package(kind, names, parent)
    click.echo(f"wrote {folder}")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            click.echo(f"  {path.relative_to(folder).as_posix()}")
    if owned:
        owner = plugins.origin(Kind(kind), names.id)
        click.echo(
            f"warning: {owner.distribution} {owner.version} has a {kind} {names.id!r} already; with "
            f"both installed, each must be called by its full name, e.g. {names.distribution}:{names.id}.",
            err=True,
        )
    click.echo(f"next: pip install -e {folder} && vsumbench check {names.id}")
