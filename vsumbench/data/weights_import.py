"""Copy published weights into their folder: which files belong, and which are refused."""

from __future__ import annotations

import errno
import fnmatch
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.contracts.specs import Weights
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    DiskFullError,
    MismatchError,
    PluginError,
    StorageError,
)

from .making import Form, make_folder
from .weights import (
    MIB,
    WEIGHTS_MANIFEST,
    WEIGHTS_VARIABLE,
    WeightsManifest,
    check_weights_files,
    in_mebibytes,
    manifest_or_none,
    weights_folder,
)

PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")
"""Suffixes of files that are pickles, or may hold one."""


def is_pickle(name: str) -> bool:
    """Whether a file of this name may be a pickle, which can execute what it likes when it is read."""
    return name.lower().endswith(PICKLES)


def files_to_import(weights: Weights, source: Path) -> dict[str, Path]:
    """Relative name → file, of what an import takes: the files that the spec's patterns name, else all.

    Hidden files, and folders whose name begins with a dot, are left out.

    Raises:
        DataMissingError: there is no such folder or file, or none that a pattern names.
        MismatchError: a link that leads out of the folder, or a pickle that no pattern names as one.
    """
    there = _regular_files(source)
    chosen = {
        name: path
        for name, path in there.items()
        if not weights.files or any(fnmatch.fnmatchcase(name, pattern) for pattern in weights.files)
    }
    absent = [pattern for pattern in weights.files if not fnmatch.filter(chosen, pattern)]
    if absent or not chosen:
        found = ", ".join(sorted(there)[:5]) or "nothing"
        raise DataMissingError(
            f"{source} lacks {', '.join(absent) or 'any file'} of the weights {weights.id!r}; it has "
            f"{found}.",
            f"They are published at {weights.origin}." if weights.origin else "",
        )
    for name in chosen:
        if is_pickle(name) and not _named_as_pickle(name, weights):
            raise MismatchError(
                f"{name} may be a pickle, which can run any code when it is read; it is not imported.",
                f"Take a safetensors file of the weights {weights.id!r}; where none is published, the method "
                "that needs them says how to convert.",
            )
    return chosen


def import_weights(
    weights: Weights,
    source: Path,
    *,
    link: bool = False,
    force: bool = False,
    progress: ProgressCallback | None = None,
    convert: Callable[[Path, Path, ProgressCallback | None], None] | None = None,
) -> tuple[Path, bool]:
    """Copy weights into their folder and write the manifest. Returns the folder, and whether it was written.

    A folder that carries a manifest of these weights (copied from another machine) is taken with what the
    manifest says, if its files agree with it. `link` makes hard links instead of copies. `convert` is what
    the spec's `converter` names; it writes the files where `source` has the published ones instead.

    Raises:
        DataMissingError, MismatchError: as `files_to_import`; or weights that are made here, not published.
        DataDamagedError: a digest is not the declared one.
        StorageError, DiskFullError: the folder cannot be written.
    """
    carried = manifest_or_none(source) if source.is_dir() else None
    carried = carried if carried is not None and carried.id == weights.id else None
    chosen: dict[str, Path] | None
    if carried is not None:
        chosen = _as_listed(carried, source)
    elif weights.maker and not weights.origin:
        raise MismatchError(
            f"the weights {weights.id!r} are made here, not published, and {source} has no manifest of them.",
            f"Run `vsumbench weights make {weights.id}`.",
        )
    elif convert is not None and _lacks_files(weights, source):
        chosen = None
    else:
        chosen = files_to_import(weights, source)
    if chosen is None:
        assert convert is not None
        writer: Callable[..., None] = partial(convert, source)
    else:
        writer = _copier(chosen, link, weights.id)
    folder = weights_folder(weights.id)
    written = make_folder(
        folder,
        writer,
        f"the weights {weights.id!r}",
        progress,
        force,
        _form(weights, carried),
    )
    return folder, written


def _lacks_files(weights: Weights, source: Path) -> bool:
    """Whether a pattern of the spec names nothing there: it may be the published form.

    Raises:
        DataMissingError, MismatchError: as `files_to_import`.
    """
    names = _regular_files(source)
    return any(not fnmatch.filter(names, pattern) for pattern in weights.files)


def _form(weights: Weights, carried: WeightsManifest | None) -> Form:
    def content(digests: Mapping[str, str]) -> Mapping[str, Any]:
        patterns = weights.files if carried is None else ()
        absent = [pattern for pattern in patterns if not fnmatch.filter(digests, pattern)]
        if absent:
            raise PluginError(
                f"the converter of the weights {weights.id!r} wrote no {absent[0]}, which the spec names.",
                "Report it.",
            )
        manifest = WeightsManifest(
            id=weights.id,
            origin="imported",
            licence=weights.licence,
            files=digests,
            pickles=_pickles(digests),
        )
        if carried is not None:
            manifest = replace(carried, files=digests)
        if weights.sha256 is not None and manifest.digest != weights.sha256:
            raise DataDamagedError(
                f"the weights {weights.id!r} have the digest {manifest.digest}, the spec says "
                f"{weights.sha256}.",
                "Nothing was imported. Get the published files again.",
            )
        return manifest.to_json()

    def is_current(folder: Path) -> bool:
        there = manifest_or_none(folder)
        return carried is None or (there is not None and there.digest == carried.digest)

    return Form(manifest=WEIGHTS_MANIFEST, variable=WEIGHTS_VARIABLE, content=content, is_current=is_current)


def _pickles(names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(filter(is_pickle, names)))


def _as_listed(manifest: WeightsManifest, source: Path) -> dict[str, Path]:
    """The files a carried manifest lists, each found in the folder itself and with the digest it had."""
    there = _regular_files(source)
    wrong = [f"{name}: is missing" for name in manifest.files if name not in there]
    if wrong := wrong or check_weights_files(source):
        raise DataDamagedError(
            f"{source} is not what its {WEIGHTS_MANIFEST} says: {wrong[0]}.",
            f"Copy the weights {manifest.id!r} again.",
        )
    return {name: there[name] for name in manifest.files}


def _named_as_pickle(name: str, weights: Weights) -> bool:
    return any(is_pickle(pattern) and fnmatch.fnmatchcase(name, pattern) for pattern in weights.files)


def _regular_files(source: Path) -> dict[str, Path]:
    if source.is_file():
        return {source.name: source}
    if not source.is_dir():
        raise DataMissingError(f"{source} does not exist.", "Name a folder of weights, or a single file.")
    inside, found = source.resolve(), {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if any(part.startswith(".") for part in name.split("/")) or name == WEIGHTS_MANIFEST:
            continue
        if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(inside)):
            raise MismatchError(
                f"{path} is a link that leads to {path.resolve()}; only the folder's own files are taken.",
                f"Copy the folder with its links followed: `cp -rL {source} COPY`.",
            )
        if path.is_file():
            found[name] = path
    return found


def _copier(chosen: Mapping[str, Path], link: bool, weights_id: str) -> Callable[..., None]:
    sizes = {name: path.stat().st_size for name, path in chosen.items()}

    def copy(folder: Path, progress: ProgressCallback | None) -> None:
        total = sum(sizes.values())
        free = shutil.disk_usage(folder).free
        if not link and total > free:
            raise DiskFullError(
                f"the weights {weights_id!r} need {total // MIB} MiB; {folder.parent} has {free // MIB}.",
                f"Free some space, name another folder with {WEIGHTS_VARIABLE}, or use --link on one disk.",
            )
        told = in_mebibytes(progress, total)
        for name, path in chosen.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if link:
                _link(path, target)
                if told is not None:
                    told(sizes[name])
            else:
                _copy(path, target, told)

    return copy


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path.resolve(), target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        raise StorageError(
            f"{path} lies on another disk than {target.parent}; a hard link cannot lead there.",
            "Import without --link, which copies.",
        ) from None


def _copy(path: Path, target: Path, told: Callable[[int], None] | None) -> None:
    with path.open("rb") as read, target.open("wb") as write:
        while block := read.read(MIB):
            write.write(block)
            if told is not None:
                told(len(block))
