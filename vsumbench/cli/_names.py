"""Shell completion of plugin names, from installed metadata alone.

@click.option("--model", shell_complete=model_names)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from vsumbench.entrypoints import Kind, normalise

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completer(*kinds: Kind) -> Completer:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from vsumbench.plugins import default_plugins

        plugins, start = default_plugins(), normalise(incomplete)
        names = {
            name: kind for kind in kinds for name in plugins.names(kind) if normalise(name).startswith(start)
        }
        return [CompletionItem(name, help=kind.value) for name, kind in sorted(names.items())]

    return complete


model_names = _completer(Kind.MODEL)
dataset_names = _completer(Kind.DATASET)
metric_names = _completer(Kind.METRIC)
protocol_names = _completer(Kind.PROTOCOL)
leaderboard_names = _completer(Kind.LEADERBOARD)
plugin_names = _completer(*Kind)
