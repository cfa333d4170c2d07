"""Shell completion of plugin names, from installed metadata alone.

@click.option("--model", shell_complete=model_names)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from vsumbench.entrypoints import Kind, normalise

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completer(*kinds: Kind, more: Callable[[], Mapping[str, str]] = dict) -> Completer:
    """Names of these kinds, and `more`: further names with what they are."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from vsumbench.plugins import default_plugins

        plugins, start = default_plugins(), normalise(incomplete)
        names = {name: kind.value for kind in kinds for name in plugins.names(kind)} | dict(more())
        found = sorted((name, what) for name, what in names.items() if normalise(name).startswith(start))
        return [CompletionItem(name, help=what) for name, what in found]

    return complete


def _bundles_and_costs() -> dict[str, str]:
    from vsumbench.contracts.metric import BUNDLES
    from vsumbench.first_party import MEASURED

    return dict.fromkeys(BUNDLES, "bundle") | dict.fromkeys(MEASURED, "cost")


model_names = _completer(Kind.MODEL)
dataset_names = _completer(Kind.DATASET)
metric_names = _completer(Kind.METRIC)
protocol_names = _completer(Kind.PROTOCOL)
leaderboard_names = _completer(Kind.LEADERBOARD)
extractor_names = _completer(Kind.EXTRACTOR)
plugin_names = _completer(*Kind)
explained_names = _completer(Kind.PROTOCOL, Kind.METRIC, more=_bundles_and_costs)
