"""How real data and weights are had: the errors for what is not there name the commands that get it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vsumbench.contracts.dataset import PLANTED, DatasetSpec, Source
from vsumbench.errors import DataMissingError, UnknownNameError, UnknownSettingError

from .roots import DataRoot
from .sources.addresses import HUB, is_pattern, way_of

SHOWN = 2


def fetch_command(origin: str, folder: Path | str, files: Sequence[str] = ()) -> str:
    """The command that gets published files into `folder`; empty where the origin is a page to be read.

    `files` are names, or patterns, within the origin; with none, everything there is fetched.
    """
    found = HUB.fullmatch(origin)
    if found is None:
        return ""
    kind = ["--repo-type", "dataset"] if found[1] else []
    patterns = any(is_pattern(file) for file in files)
    named = [word for file in files for word in ("--include", file)] if patterns else files
    return shlex.join(["hf", "download", found[2], *named, *kind, "--local-dir", str(folder)])


def here(folder: Path, source: Source) -> bool:
    """Whether a source's file is in its place; of a pattern, whether any is."""
    if is_pattern(source.path):
        return next(files_of_source(folder, source), None) is not None
    return (folder / source.path).is_file()


def files_of_source(folder: Path, source: Source) -> Iterator[Path]:
    """The files of a source that are there."""
    if not is_pattern(source.path):
        path = folder / source.path
        return iter([path] if path.is_file() else [])
    pattern = source.path.replace("[", "[[]")
    return (path for path in sorted(folder.glob(pattern)) if path.is_file() and not path.name.startswith("."))


def how_to_get(spec: DatasetSpec, folder: Path, root: DataRoot | None = None, edition: str = "") -> str:
    """Which files to get first, from where and how, and where to put them; no full stop.

    Args:
        spec: the dataset.
        folder: where its files go; what is there is not asked for again.
        root: where the next command looks, if it must be told.
        edition: for which files are needed; empty for any.
    """
    if not spec.sources:
        return f"put its files into {folder}"
    wanted = [s for s in spec.sources if not (edition and s.editions) or edition in s.editions]
    wanted = [source for source in wanted if not here(folder, source)] or list(spec.sources)
    ways = {id(source): way_of(source) for source in wanted}
    first = next((source for source in wanted if ways[id(source)].how != "manual"), wanted[0])
    names = [source.path for source in wanted if source.origin == first.origin]
    files = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        files += f", … ({len(names)} files)"
    if len(names) < len(wanted):
        more = len(wanted) - len(names)
        files += f" (and {more} more file{'s' * (more > 1)} from elsewhere)"
    there = root_option(root) if root is not None else ""
    if ways[id(first)].how == "manual":
        return f"get {files} from {first.origin}, then `vsumbench data import {spec.id} --from FILE{there}`"
    fetch = f"get {files} from {first.origin} with `vsumbench data fetch {spec.id}{there}`"
    if ways[id(first)].how != "hub":
        return fetch
    of_hub = [s for s in wanted if ways[id(s)].how == "hub" and s.origin == first.origin]
    return f"{fetch} or `{fetch_command(first.origin, folder, [ways[id(s)].member for s in of_hub])}`"


def by_hand(spec: DatasetSpec, sources: Iterable[Source], root: DataRoot) -> list[str]:
    """What a person does to get these files: a line for each place they come from, then the next command."""
    origins: dict[str, list[str]] = {}
    for source in sources:
        origins.setdefault(source.origin, []).append(source.path)
    lines = []
    for origin, paths in origins.items():
        some = ", ".join(paths[:5]) + (f", … ({len(paths)} files)" if len(paths) > 5 else "")
        lines.append(f"get by hand: {some} from {origin}")
    if lines:
        lines.append(f"then: vsumbench data import {spec.id} --from WHAT_YOU_GOT{root_option(root)}")
    return lines


def root_option(root: DataRoot) -> str:
    """What makes the next command look in the same data root; empty where it does so by itself."""
    return f" --data-root {shlex.quote(str(root.path))}" if root.origin == "--data-root" else ""


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
    way = how_to_get(spec, folder, root, "" if asked == "auto" else asked)
    return DataMissingError(
        f"dataset {spec.id!r}: {what} was looked for in {folder} ({state}; data root: {root}).",
        f"{way[0].upper()}{way[1:]}, then `vsumbench data status {spec.id} --data-root {root.path}`"
        f"{planted}.",
    )
