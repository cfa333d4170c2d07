"""The command line: a lazy group. A verb's module is imported when the verb is called, so help costs nothing."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from .. import __version__
from ..errors import VsumbenchError

VERBS: dict[str, str] = {
    "run": "Run a model on a dataset and seal the result.",
    "score": "Score old runs, or predictions made elsewhere, under a protocol.",
    "sweep": "Run models x datasets x settings x seeds.",
    "verify": "Check a sealed run: digests, and scores recomputed from predictions.",
    "leaderboard": "Build pages that put each paper's number beside ours.",
    "list": "List models, datasets, metrics, protocols, …",
    "info": "Describe one model, dataset, metric or protocol.",
    "data": "List, check and make datasets.",
    "new": "Write the package of a new model, dataset or metric.",
    "check": "Run the conformance suite on a plugin.",
    "plugins": "Show what is installed and what is broken.",
    "doctor": "Check this machine: Python, Java, devices, folders, plugins.",
    "completion": "Print the shell completion script.",
}
"""Verb → one line of help. The module `vsumbench.cli.<verb>` holds `command`."""


class LazyGroup(click.Group):
    """A group whose commands are imported by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f".{cmd_name}", __name__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
@click.version_option(__version__, prog_name="vsumbench")
def group(debug: bool) -> None:
    """Benchmark video summarization: one protocol, one split, one honest table."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run a verb, turn an error into one line and its exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status: Any = group.main(argv, prog_name="vsumbench", standalone_mode=False)
    except VsumbenchError as error:
        if "--debug" in argv:
            raise
        click.echo(f"vsumbench: {error}", err=True)
        status = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        status = 2
    except click.ClickException as error:
        click.echo(f"vsumbench: {error.format_message()}", err=True)
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("vsumbench: interrupted; repeat the command to go on where it stopped.", err=True)
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status if isinstance(status, int) else 0)
