"""`vsumbench completion`: the script that makes a shell complete verbs, options and plugin names."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from vsumbench.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def command(shell: str | None) -> None:
    """Print the completion script for SHELL, by default the one in $SHELL.

    \b
    bash:  eval "$(vsumbench completion bash)"       in ~/.bashrc
    zsh:   eval "$(vsumbench completion zsh)"        in ~/.zshrc
    fish:  vsumbench completion fish > ~/.config/fish/completions/vsumbench.fish
    """
    from click.shell_completion import get_completion_class

    from . import group

    shell = shell or _current_shell()
    completer = get_completion_class(shell)
    if completer is None:
        raise UsageError(f"there is no completion for {shell}.", f"Choose one of {', '.join(SHELLS)}.")
    click.echo(completer(group, {}, "vsumbench", "_VSUMBENCH_COMPLETE").source())


def _current_shell() -> str:
    shell = PurePath(os.environ.get("SHELL", "")).name
    if shell not in SHELLS:
        raise UsageError(
            f"$SHELL is {os.environ.get('SHELL') or 'not set'}.",
            f"Say which: `vsumbench completion {SHELLS[0]}`.",
        )
    return shell
