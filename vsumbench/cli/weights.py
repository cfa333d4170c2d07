"""`vsumbench weights`: what weights presets need, what is on disk, importing and making them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._options import json_option, print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.contracts import Weights
    from vsumbench.plugins import Plugins
    from vsumbench.running.weights import WeightsUse
    from vsumbench.running.weights_status import WeightsStatus

_model = click.option(
    "--model", "-m", metavar="SPEC", help="A model that is not installed: module:SPEC or ./file.py:SPEC."
)
_force = click.option("--force", is_flag=True, help="Replace what is there.")


@click.group("weights")
def command() -> None:
    """List, check, import and make the weights that presets need. Nothing is downloaded.

    Weights lie in a folder an id below $VSUMBENCH_WEIGHTS, else below the platform's data folder.
    """


@command.command("list")
@json_option
def list_weights(as_json: bool) -> None:
    """List every id that installed models and encoders name: who uses it, its licence, how it is had."""
    from vsumbench.running.weights import state_of
    from vsumbench.running.weights_status import size_of

    rows: list[dict[str, Any]] = []
    for weights_id, use in _known(None)[1].items():
        weights, size = use.weights, size_of(weights_id)[1]
        rows.append(
            {
                "id": weights_id,
                "title": weights.title,
                "users": list(use.users),
                "licence": weights.licence,
                "from": "made here" if weights.maker else weights.origin,
                "state": state_of(weights).value,
                "size": size,
                "note": weights.note,
            }
        )
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("No installed model or encoder names weights.")
        return
    print_table(
        ("id", "used by", "licence", "from", "state", "size"),
        [
            (r["id"], ", ".join(r["users"]), r["licence"], r["from"], r["state"], _size(r["size"]))
            for r in rows
        ],
    )


@command.command()
@click.argument("weights_id", required=False, metavar="[ID]")
@_model
@json_option
def status(weights_id: str | None, model: str | None, as_json: bool) -> None:
    """Show what is on disk, read it again to check its digest, and name the command to go on with.

    ID is one of `vsumbench weights list`; without it all are shown. Nothing is written.
    """
    from vsumbench.data.weights import weights_root
    from vsumbench.running.reporting import stage_progress
    from vsumbench.running.weights_status import weights_status

    from ._progress import TerminalReporter

    _, known = _known(model)
    chosen = known if weights_id is None else {weights_id: _use(known, weights_id)}
    with TerminalReporter() as reporter:
        found = [
            weights_status(use, stage_progress(f"read {name}", reporter.advance))
            for name, use in chosen.items()
        ]
    if as_json:
        print_json({"root": weights_root(), "weights": [one.to_dict() for one in found]})
        return
    click.echo(f"Weights root: {weights_root()}")
    for one in found:
        _show(one, chosen[one.id])


@command.command("import")
@click.argument("weights_id", metavar="ID")
@click.argument("source", metavar="FOLDER|FILE", type=click.Path(path_type=Path))
@click.option(
    "--accept-licence", is_flag=True, help="I have read the licence of these weights and accept it."
)
@click.option("--link", is_flag=True, help="Make hard links instead of copies; on one disk only.")
@_force
@_model
@json_option
def import_(
    weights_id: str,
    source: Path,
    accept_licence: bool,
    link: bool,
    force: bool,
    model: str | None,
    as_json: bool,
) -> None:
    """Take published weights from FOLDER|FILE: the files the spec names, or all where it names none.

    Weights whose spec names a converter are converted from their published form. Hidden files are left
    out. A link that leads out of FOLDER is refused, and so is a pickle (.pt, .pth, .bin, .pkl, .ckpt)
    unless the spec names it or the converter reads it. The licence must be accepted once.
    """
    from vsumbench.data.weights_import import import_weights
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    plugins, known = _known(model)
    use = _use(known, weights_id)
    _accept(use.weights, accept_licence)
    convert = None
    if use.weights.converter:
        what = f"the weights {weights_id!r}"
        convert = plugins.load(use.weights.converter, what=what, extras=use.extras)
    with TerminalReporter() as reporter:
        told = stage_progress(f"import {weights_id} (MiB)", reporter.advance)
        folder, written = import_weights(
            use.weights, source, link=link, force=force, progress=told, convert=convert
        )
    _done(use.weights, folder, written, "imported to", as_json)


@command.command()
@click.argument("weights_id", metavar="ID")
@_force
@_model
@json_option
def make(weights_id: str, force: bool, model: str | None, as_json: bool) -> None:
    """Make weights on this machine, where they are not there or were made by other code."""
    from vsumbench.running.reporting import stage_progress
    from vsumbench.running.weights_making import make_weights

    from ._progress import TerminalReporter

    plugins, known = _known(model)
    use = _use(known, weights_id)
    begun = time.monotonic()
    with TerminalReporter() as reporter:
        told = stage_progress(f"make {weights_id}", reporter.advance)
        folder, made = make_weights(plugins, use, told, force)
    _done(use.weights, folder, made, "made in", as_json, time.monotonic() - begun)


def _known(model: str | None) -> tuple[Plugins, Mapping[str, WeightsUse]]:
    """Every id that installed plugins name, and those of one more model; what is broken costs one line."""
    from vsumbench.entrypoints import Kind
    from vsumbench.plugins import default_plugins
    from vsumbench.running.weights import all_weights

    plugins = default_plugins()
    models, problems = plugins.specs(Kind.MODEL)
    encoders, more = plugins.specs(Kind.ENCODER)
    if model is not None:
        models = [plugins.model(model), *models]
    known, conflicts = all_weights(models, encoders)
    _warn([problem.message for problem in (*problems, *more)] + conflicts)
    return plugins, known


def _warn(lines: Iterable[str]) -> None:
    for line in dict.fromkeys(lines):
        click.echo(f"vsumbench: warning: {line}", err=True)


def _use(known: Mapping[str, WeightsUse], weights_id: str) -> WeightsUse:
    from vsumbench.errors import UnknownNameError

    if weights_id not in known:
        raise UnknownNameError.about("weights", weights_id, known, where="vsumbench weights list")
    return known[weights_id]


def _accept(weights: Weights, accepted: bool) -> None:
    """Show the licence and have it accepted, unless these weights were taken under it before.

    Raises:
        UsageError: it was not.
    """
    from vsumbench.data.weights import manifest_or_none, weights_folder
    from vsumbench.errors import UsageError

    licence = weights.licence or "not declared by the plugin; see where you got the files"
    before = manifest_or_none(weights_folder(weights.id))
    if accepted or (before is not None and before.licence == weights.licence):
        return
    click.echo(f"Licence of {weights.title} ({weights.id}): {licence}", err=True)
    if sys.stdin.isatty() and click.confirm("Do you accept it?", err=True):
        return
    raise UsageError(
        f"the licence of the weights {weights.id!r} ({licence}) was not accepted.",
        "Read it, then repeat the command with --accept-licence.",
    )


def _done(
    weights: Weights, folder: Path, written: bool, how: str, as_json: bool, seconds: float | None = None
) -> None:
    from vsumbench.data.weights import read_weights_manifest

    manifest = read_weights_manifest(folder)
    if as_json:
        content = {"id": weights.id, "folder": folder, "written": written, "digest": manifest.digest}
        print_json(content | {"files": sorted(manifest.files)} | _seconds(seconds))
        return
    click.echo(f"{weights.id} {how if written else 'is there already:'} {folder}")
    took = f" in {_duration(seconds)}" if written and seconds is not None else ""
    count = len(manifest.files)
    click.echo(f"{count} file{'s' * (count != 1)}, digest {manifest.digest}{took}")
    if manifest.pickles:
        click.echo(f"read as pickles, weights only: {', '.join(manifest.pickles)}")


def _seconds(seconds: float | None) -> dict[str, Any]:
    return {} if seconds is None else {"seconds": round(seconds, 3)}


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _show(found: WeightsStatus, use: WeightsUse) -> None:
    checked = {None: "", True: "verified, every file as listed", False: "does not verify"}[found.verified]
    click.echo(f"\n{found.id}: {found.state}")
    print_facts(
        [
            ("title", use.weights.title),
            ("used by", ", ".join(use.users)),
            ("licence", use.weights.licence),
            ("folder", found.folder),
            ("files", f"{found.files} ({_size(found.size)})" if found.files else ""),
            ("came", {"made": "made here", "imported": "imported"}.get(found.origin, "")),
            ("digest", found.digest),
            ("checked", checked),
            ("get", found.get),
            ("next", found.next),
            ("takes", use.weights.note if found.next else ""),
        ]
    )
    for problem in found.problems:
        click.echo(f"problem: {problem}")


def _size(size: int) -> str:
    for unit, scale in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >> scale:
            return f"{size / (1 << scale):.1f} {unit}"
    return f"{size} B" if size else ""
