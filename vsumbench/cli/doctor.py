"""`vsumbench doctor`: what this machine has, and what to do about what is missing. Always exits 0."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._options import data_root_option, json_option, print_json, runs_option

if TYPE_CHECKING:
    from vsumbench.plugins import Plugins

    from ._machine import Note


@click.command("doctor")
@click.option("--devices", is_flag=True, help="Look for CUDA devices too; this imports torch.")
@data_root_option
@runs_option
@json_option
def command(devices: bool, data_root: Path | None, runs: Path, as_json: bool) -> None:
    """Check this machine: Python, packages, Java, folders, plugins, and with --devices what torch can use."""
    from vsumbench.plugins import default_plugins

    notes = examine(default_plugins(), data_root=data_root, runs=runs, devices=devices)
    if as_json:
        print_json([asdict(note) for note in notes])
        return
    marks = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}
    for note in notes:
        click.echo(f"{marks[note.status]}  {note.topic}: {note.found}")
        if note.advice:
            click.echo(f"         {note.advice}")
    problems = sum(note.status == "problem" for note in notes)
    click.echo(f"\n{problems or 'No'} problem{'' if problems == 1 else 's'}.")


def examine(plugins: Plugins, *, data_root: Path | None, runs: Path, devices: bool) -> list[Note]:
    """Everything the report says, in order."""
    from vsumbench import __version__
    from vsumbench.data import resolve_data_root

    from . import _machine
    from ._machine import Note

    root = resolve_data_root(data_root)
    vision = _machine.torchvision()
    notes = [
        Note("vsumbench", "ok", __version__),
        *_machine.python(),
        *_machine.packages(),
        _machine.java(),
        *([vision] if vision is not None else []),
        *(_machine.devices() if devices else []),
        _machine.folder(f"data root ({root.origin})", root.path, written=False),
        _machine.folder("runs folder", runs, written=True),
    ]
    broken = plugins.problems()
    found = plugins.installed.distributions
    listed = ", ".join(f"{name} {version}" for name, version in found.items())
    if "vsumbench" not in found:
        advice = "Run `pip install vsumbench`; names come from what is installed."
        notes.append(Note("plugins", "problem", listed or "none, not even the core's own", advice))
    else:
        notes.append(Note("plugins", "ok", listed))
    notes += [Note("plugin", "problem", problem.message, "See `vsumbench plugins`.") for problem in broken]
    for facts in plugins.hooks().collect("environment_facts"):
        notes += [Note(str(name), "ok", str(value)) for name, value in dict(facts).items()]
    return notes
