"""What of some weights is on disk, as `vsumbench weights status` shows it. Nothing is written or raised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data.obtaining import fetch_command
from vsumbench.data.weights import (
    WEIGHTS_MANIFEST,
    check_weights_files,
    manifest_or_none,
    weights_folder,
)
from vsumbench.errors import VsumbenchError

from .weights import WeightsState, WeightsUse, next_command, state_of


@dataclass(frozen=True, kw_only=True)
class WeightsStatus:
    """One id on this machine.

    Attributes:
        state: a `WeightsState`, or `damaged` where files are not as the manifest says.
        files, size: how many there are, and their bytes.
        digest: of the files as the manifest lists them; empty without one.
        verified: whether every file was read again and is as listed; None where there was nothing to read.
        problems: files that are not as listed.
        next: the command to go on with; empty where all is well.
        get: for published weights that are not there, the command or the place they are got with.
    """

    id: str
    state: str
    folder: str
    files: int = 0
    size: int = 0
    origin: str = ""
    digest: str = ""
    verified: bool | None = None
    problems: tuple[str, ...] = ()
    next: str = ""
    get: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def size_of(weights_id: str) -> tuple[int, int]:
    """Files of these weights and their bytes, without the manifest; zeros where nothing is there."""
    folder = weights_folder(weights_id)
    sizes = [p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.name != WEIGHTS_MANIFEST]
    return len(sizes), sum(sizes)


def weights_status(use: WeightsUse, progress: ProgressCallback | None = None) -> WeightsStatus:
    """Look at some weights; files that are there are read again and held to the manifest."""
    weights, folder = use.weights, weights_folder(use.weights.id)
    state = state_of(weights)
    manifest = manifest_or_none(folder)
    problems: list[str] = []
    if manifest is not None:
        try:
            problems = check_weights_files(folder, progress)
        except VsumbenchError as error:
            problems = [error.message]
        if weights.sha256 is not None and manifest.digest != weights.sha256:
            problems.append(f"the digest of the files is {manifest.digest}, the spec says {weights.sha256}")
    files, size = size_of(weights.id)
    command = next_command(weights, state)
    if problems and state is WeightsState.THERE:
        bring = next_command(weights, WeightsState.ABSENT)
        command = f"{bring} --force"
    return WeightsStatus(
        id=weights.id,
        state="damaged" if problems else state.value,
        folder=str(folder),
        files=files,
        size=size,
        origin=manifest.origin if manifest is not None else "",
        digest=manifest.digest if manifest is not None else "",
        verified=None if manifest is None else not problems,
        problems=tuple(problems),
        next=command,
        get=_get(use) if state in (WeightsState.ABSENT, WeightsState.UNREADABLE) else "",
    )


def _get(use: WeightsUse) -> str:
    origin = use.weights.origin
    patterns = [] if any(set(name) & set("*?[") for name in use.weights.files) else list(use.weights.files)
    return fetch_command(origin, "FOLDER", patterns) or origin
