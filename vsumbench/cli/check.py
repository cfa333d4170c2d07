"""`vsumbench check`: the conformance suite on one plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsumbench.entrypoints import Kind
from vsumbench.errors import ConformanceError

from ._names import plugin_names
from ._options import json_option, print_json
from ._tables import print_table

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins
    from vsumbench.testing import CheckResult


@click.command("check")
@click.argument("name", shell_complete=plugin_names)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    help="Which kind, where a name has several. Default: what NAME is.",
)
@json_option
def command(name: str, kind: str | None, as_json: bool) -> None:
    """Run the conformance suite on NAME: an installed plugin, package.module:SPEC or ./file.py:SPEC.

    A package that `vsumbench new` wrote here as ./vsumbench-NAME is checked as it lies, before it is
    installed.

    Models are trained and asked on toy videos with whatever inputs they declare; no data or weights are
    needed unless the plugin has no form without weights. Exit code 72 if a check fails.
    """
    from vsumbench.plugins import default_plugins
    from vsumbench.testing import check_plugin

    plugins = default_plugins()
    target = name if plugins.kinds_of(name) else _in_source(name)
    found = kind_of(plugins, target, kind)
    results = check_plugin(found, target, plugins)
    if as_json:
        print_json(
            {
                "kind": found.value,
                "name": name,
                "checks": [
                    {
                        "name": result.name,
                        "description": result.description,
                        "outcome": result.outcome.value,
                        "message": result.message,
                    }
                    for result in results
                ],
            }
        )
    else:
        show(results)
    failed = [result.name for result in results if result.outcome == "fail"]
    if failed:
        raise ConformanceError(
            f"{found} {name!r} failed {len(failed)} of {len(results)} checks: {', '.join(failed)}.",
            "`vsumbench check --json` has each reason in full.",
        )


def _in_source(name: str) -> str:
    """`module:SPEC` of ./vsumbench-NAME, said aloud; or the name, for the host to look up."""
    from vsumbench.scaffold import spec_in_source

    found = spec_in_source(name, Path.cwd())
    if found is None:
        return name
    click.echo(f"vsumbench: {name!r} is not installed; checked as it lies in {found[0]}", err=True)
    return found[1]


def kind_of(plugins: Plugins, name: str, asked: str | None) -> Kind:
    """The kind asked for, or that of the name; of a spec given by path, that of the object itself."""
    from vsumbench import contracts
    from vsumbench.importing import import_attribute, is_module_path, split_file

    from .info import find_kind

    by_path = split_file(name) is not None or is_module_path(name)
    if asked is not None or plugins.kinds_of(name) or not by_path:
        return find_kind(plugins, name, asked)
    spec = import_attribute(name, what=f"plugin {name!r}", default="SPEC")
    types = {
        contracts.ModelSpec: Kind.MODEL,
        contracts.DatasetSpec: Kind.DATASET,
        contracts.MetricSpec: Kind.METRIC,
        contracts.ProtocolSpec: Kind.PROTOCOL,
        contracts.EncoderSpec: Kind.ENCODER,
        contracts.ExtractorSpec: Kind.EXTRACTOR,
        contracts.LeaderboardSpec: Kind.LEADERBOARD,
    }
    # Anything else is asked for as a model: the host's message then says what it should have been.
    return types.get(type(spec), Kind.MODEL)


def show(results: list[CheckResult]) -> None:
    """A table of checks, and a line that counts them."""
    rows = [(result.outcome.upper(), result.name, result.message or result.description) for result in results]
    print_table(("result", "check", "what holds, or why not"), rows)
    counts = {
        outcome: sum(result.outcome == outcome for result in results) for outcome in ("pass", "fail", "skip")
    }
    click.echo(f"\n{counts['pass']} passed, {counts['fail']} failed, {counts['skip']} skipped.")
