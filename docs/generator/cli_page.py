"""The command line, from the click commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from vsumbench.cli import VERBS, group

from .markdown import cell, code, document, table

PREFORMATTED = "\b"


def page() -> str:
    """`cli.md`."""
    top = click.Context(group, info_name="vsumbench")
    commands = list(_walk(group, top))
    return document(
        "Command line",
        "Every verb, argument and option. `vsumbench VERB --help` prints the same.",
        "Results go to standard output; notices, progress and errors to standard error. With `--json` "
        "standard output "
        "is one JSON document. An error is one line; its exit status is in [exit-codes.md](exit-codes.md).",
        table(
            ("verb", "what it does"), [(f"[{verb}](#vsumbench-{verb})", text) for verb, text in VERBS.items()]
        ),
        _describe(group, top),
        *(_describe(command, context) for command, context in commands),
    )


def _walk(parent: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in parent.list_commands(context):
        command = parent.get_command(context, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=context)
        yield command, own
        if isinstance(command, click.Group):
            yield from _walk(command, own)


def _describe(command: click.Command, context: click.Context) -> str:
    path = context.command_path
    level = "#" * (path.count(" ") + 2)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    parts = [f"{level} {path}", *_help(command.help or ""), f"```text\n{usage}\n```"]
    options = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]
    parts.append(
        table(
            ("option", "meaning", "default"),
            [(_names(option, context), _meaning(option), _default(option, context)) for option in options],
        )
    )
    return "\n\n".join(part for part in parts if part)


def _help(text: str) -> list[str]:
    """Paragraphs as they are; those that click must not wrap as text blocks."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith(PREFORMATTED):
            parts.append(f"```text\n{paragraph.removeprefix(PREFORMATTED).strip(chr(10))}\n```")
        elif paragraph.strip():
            parts.append(" ".join(paragraph.split()))
    return parts


def _names(option: click.Option, context: click.Context) -> str:
    metavar = "" if option.is_flag or option.count else option.make_metavar(context)
    names = sorted([*option.opts, *option.secondary_opts], key=len, reverse=True)
    return ", ".join(code(f"{name} {metavar}".strip() if name == names[0] else name) for name in names)


def _meaning(option: click.Option) -> str:
    more = [" Must be given." if option.required else "", " May be repeated." if option.multiple else ""]
    text = option.help or ""
    if "repeat" in text:
        more[1] = ""
    return cell(f"{text}{''.join(more)}").replace("<", "&lt;")


def _default(option: click.Option, context: click.Context) -> str:
    value = option.get_default(context, call=False)
    plain = isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""
    return code(value) if plain or isinstance(value, Path) else ""
