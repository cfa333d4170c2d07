"""Where weights lie: one folder an id below $VSUMBENCH_WEIGHTS, else below the platform's data folder.

A folder holds the files and, written last, the manifest `weights.json`. A folder without it was put there by
hand or is half written, and does not count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vsumbench.errors import DataDamagedError, VsumbenchError, WeightsMissingError

from .checks import read_json
from .digests import sha256_file, sha256_files, sha256_json
from .making import differences, files_of

WEIGHTS_VARIABLE = "VSUMBENCH_WEIGHTS"
WEIGHTS_MANIFEST = "weights.json"
MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class WeightsManifest:
    """What `weights.json` says: nothing in it is a time or a place.

    Attributes:
        origin: `made` here by the spec's maker, or `imported` from published files.
        files: relative name → sha256.
        pickles: files that are read as pickles (weights only).
        recipe: of made weights, the digest of the source that made them; else empty.
        versions: of made weights, the packages they were made with.
    """

    id: str
    origin: Literal["made", "imported"]
    licence: str
    files: Mapping[str, str]
    pickles: tuple[str, ...] = ()
    recipe: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Sha256 over the files as they were when the manifest was written (`sha256_files`)."""
        return sha256_json(dict(self.files))

    def to_json(self) -> dict[str, Any]:
        """The content of the file; what says nothing is left out."""
        content = {name: getattr(self, name) for name in ("id", "origin", "licence")}
        content["files"] = dict(self.files)
        if self.pickles:
            content["pickles"] = list(self.pickles)
        if self.origin == "made":
            content |= {"recipe": self.recipe, "versions": dict(self.versions)}
        return content


def weights_root() -> Path:
    """The folder of weight folders. It need not exist."""
    named = os.environ.get(WEIGHTS_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("vsumbench", appauthor=False) / "weights"


def weights_folder(weights_id: str) -> Path:
    """The folder these weights lie in, or would lie in."""
    return weights_root() / weights_id


def find_weights(weights_id: str) -> Path | None:
    """The folder of these weights, if it is there with its manifest."""
    folder = weights_folder(weights_id)
    return folder if (folder / WEIGHTS_MANIFEST).is_file() else None


def read_weights_manifest(folder: Path) -> WeightsManifest:
    """The manifest of a folder of weights.

    Raises:
        DataMissingError: there is none.
        DataDamagedError: it is not what this module writes.
    """
    path = folder / WEIGHTS_MANIFEST
    content = read_json(path)
    try:
        names = {str(name): str(digest) for name, digest in content["files"].items()}
        if content["origin"] not in ("made", "imported") or not names:
            raise ValueError(f"origin {content['origin']!r}, {len(names)} files")
        return WeightsManifest(
            id=str(content["id"]),
            origin=content["origin"],
            licence=str(content["licence"]),
            files=names,
            pickles=tuple(map(str, content.get("pickles", ()))),
            recipe=str(content.get("recipe", "")),
            versions={str(name): str(version) for name, version in content.get("versions", {}).items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataDamagedError(
            f"{path}: expected a manifest of weights, found something else ({type(error).__name__}: {error})."
        ) from None


def check_weights_files(folder: Path, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Read every file of a folder of weights again; a line for each that is not as the manifest says.

    `progress` is told (MiB read, MiB in all).

    Raises:
        DataMissingError, DataDamagedError: no manifest, or one that cannot be read.
    """
    manifest = read_weights_manifest(folder)
    names = files_of(folder, WEIGHTS_MANIFEST)
    told = in_mebibytes(progress, sum((folder / name).stat().st_size for name in names))
    return differences(manifest.files, {name: sha256_file(folder / name, told) for name in names})


def in_mebibytes(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None] | None:
    """A listener to be told of bytes, which tells `progress` (MiB so far, MiB in all); None for None."""
    if progress is None:
        return None
    listener, done = progress, 0

    def told(size: int) -> None:
        nonlocal done
        done += size
        listener(done // MIB, -(-total // MIB))

    return told


def weights_digest(weights_id: str) -> str:
    """Sha256 over the files of these weights as they are now, whatever their manifest says.

    Raises:
        WeightsMissingError: they are not there, or a file of theirs is gone.
    """
    folder = find_weights(weights_id)
    if folder is None:
        raise WeightsMissingError(
            f"the weights {weights_id!r} are not in {weights_root()}.",
            f"See `vsumbench weights status {weights_id}`.",
        )
    names = files_of(folder, WEIGHTS_MANIFEST)
    gone = sorted(read_weights_manifest(folder).files.keys() - set(names))
    if gone:
        raise WeightsMissingError(
            f"the weights {weights_id!r} in {folder} are not whole: {gone[0]} is missing.",
            f"See `vsumbench weights status {weights_id}`.",
        )
    return sha256_files(folder, names)


def manifest_or_none(folder: Path) -> WeightsManifest | None:
    """The manifest, or None where there is none that can be read."""
    try:
        return read_weights_manifest(folder)
    except VsumbenchError:
        return None
