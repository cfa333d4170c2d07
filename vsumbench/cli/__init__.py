"""The command line: a lazy group. A verb's module is imported when it is called, so help costs nothing."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from vsumbench import __version__
from vsumbench.errors import UsageError, VsumbenchError, close_matches

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VERBS: dict[str, str] = {
    "run": "Run a model on a dataset and seal the result.",
    "score": "Score old runs, or predictions made elsewhere, under a protocol.",
    "sweep": "Run models x datasets x settings x seeds.",
    "verify": "Check a sealed run: digests, and scores recomputed from predictions.",
    "leaderboard": "Build pages that put each paper's number beside ours.",
    "compare": "Compare runs video by video: differences, intervals, tests.",
    "export": "Write runs as one table: CSV, JSON lines, LaTeX or Markdown.",
    "view": "Write a page of one video: frames, annotators, models, texts on one timeline.",
    "list": "List models, datasets, metrics, protocols, …",
    "info": "Describe one model, dataset, metric or protocol.",
    "explain": "Explain a protocol or metric: the chain in words, its source, who differs.",
    "summarize": "Summarize a video file: a playable summary, a storyboard, segments, text.",
    "features": "Extract, list and check features of videos.",
    "data": "List, fetch, import, check and make datasets.",
    "weights": "List, check, import and make the weights that presets need.",
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
        return [*VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f".{cmd_name}", __name__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            near = close_matches(name, VERBS)
            guess = f"Did you mean {' or '.join(near)}? " if near else ""
            raise UsageError(f"there is no verb {name!r}.", f"{guess}See `vsumbench --help`.")
        if name != "run" and processes() > 1:
            raise UsageError(f"`vsumbench {name}` is for one process.", "Start it without torchrun.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([*VERBS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # Without this, click imports every verb to show its help line.
        from click.shell_completion import CompletionItem

        verbs = [
            CompletionItem(verb, help=text) for verb, text in VERBS.items() if verb.startswith(incomplete)
        ]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("--debug", is_flag=True, help="Show a traceback when something fails; also after the verb.")
@click.version_option(__version__, prog_name="vsumbench")
@click.pass_context
def group(ctx: click.Context, debug: bool) -> None:
    """Benchmark video summarization: one protocol, one split, one honest table."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(UsageError.exit_code)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run a verb, turn an error into one line and its exit code."""
    argv, debug = _take_debug([*(sys.argv[1:] if arguments is None else arguments)])
    try:
        status: Any = group.main(argv, prog_name="vsumbench", standalone_mode=False)
    except VsumbenchError as error:
        _trace(debug)
        _say(f"vsumbench: {error}")
        status = error.exit_code
    except click.ClickException as error:
        _trace(debug)
        ctx = getattr(error, "ctx", None)
        see = f" See `{ctx.command_path} --help`." if ctx is not None else ""
        _say(f"vsumbench: {' '.join(error.format_message().split())}{see}")
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("vsumbench: interrupted; repeat the command to go on where it stopped.")
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:
        # An error nobody foresaw is a bug here or in a plugin: one line, and the way to see more.
        _trace(debug)
        text = (str(error).strip().splitlines() or [""])[0]
        _say(f"vsumbench: unexpected {type(error).__name__}: {text} Repeat with --debug for details.")
        status = VsumbenchError.exit_code
    sys.exit(status if isinstance(status, int) else 0)


def processes() -> int:
    """How many processes `torchrun` started this command in."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _say(line: str) -> None:
    """One line on standard error, from the first of several processes: they all fail alike."""
    if processes() == 1 or os.environ.get("RANK") == "0":
        click.echo(line, err=True)


def _trace(debug: bool) -> None:
    if debug:
        import traceback

        traceback.print_exc()


def _take_debug(argv: list[str]) -> tuple[list[str], bool]:
    """Take `--debug` out of the arguments, wherever it stands before a `--`."""
    end = argv.index("--") if "--" in argv else len(argv)
    kept = [argument for argument in argv[:end] if argument != "--debug"]
    return kept + argv[end:], len(kept) < end
