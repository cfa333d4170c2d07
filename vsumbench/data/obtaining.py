"""How real data and weights are had: the errors for what is not there name the commands that get it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from vsumbench.contracts.dataset import PLANTED, DatasetSpec
from vsumbench.errors import DataMissingError, UnknownNameError, UnknownSettingError

from .roots import DataRoot

_HUB = re.compile(r"https://huggingface\.co/(datasets/)?([\w.-]+/[\w.-]+)/?")
SHOWN = 2


def fetch_command(origin: str, folder: Path | str, files: Sequence[str] = ()) -> str:
    """The command that gets published files into `folder`; empty where the origin is a page to be read.

    `files` are names within the origin; with none, everything there is fetched.
    """
    found = _HUB.fullmatch(origin)
    if found is None:
        return ""
    kind = ["--repo-type", "dataset"] if found[1] else []
    return shlex.join(["hf", "download", found[2], *files, *kind, "--local-dir", str(folder)])


def how_to_get(spec: DatasetSpec, folder: Path) -> str:
    """Which files of a dataset to get, from where and how, and where to put them; no full stop."""
    names = [source.path for source in spec.sources]
    files = ", ".join(names[:SHOWN]) or "its files"
    if len(names) > SHOWN:
        files += f", … ({len(names)} files)"
    origins = sorted({source.origin for source in spec.sources})
    if not origins:
        return f"put {files} into {folder}"
    of_first = [source.path for source in spec.sources if source.origin == origins[0]]
    command = fetch_command(origins[0], folder, of_first)
    put = f"with `{command}`" if command else f"and put them into {folder}"
    return f"get {files} from {origins[0]} {put}"


def unknown_edition(spec: DatasetSpec, asked: str, folder: Path) -> UnknownNameError:
    """The error for an edition the dataset does not have: those it has, and how a real one is had."""
    known = [edition.id for edition in spec.editions]
    real = [edition.id for edition in spec.editions if not edition.generated]
    way = f" Real data: {how_to_get(spec, folder)}, then use `--edition {real[0]}`." if real else ""
    return UnknownSettingError.about(
        f"{spec.id} edition",
        asked,
        known,
        where=f"vsumbench data status {spec.id}",
        extra=f"It has {', '.join(known)}.{way}",
    )


def missing_edition(
    spec: DatasetSpec, root: DataRoot, folder: Path, asked: str, partly: bool
) -> DataMissingError:
    """The error for an edition that is not there. `partly`: other files of the dataset are."""
    what = "an edition" if asked == "auto" else f"edition {asked!r}"
    state = "it has other files only" if partly else ("it is empty" if folder.is_dir() else "no such folder")
    planted = f", or use `--edition {PLANTED}`" if spec.edition(PLANTED) is not None else ""
    way = how_to_get(spec, folder)
    return DataMissingError(
        f"dataset {spec.id!r}: {what} was looked for in {folder} ({state}; data root: {root}).",
        f"{way[0].upper()}{way[1:]}, then `vsumbench data status {spec.id} --data-root {root.path}`"
        f"{planted}.",
    )
