"""Where weights lie: one folder an id below $VSUMBENCH_WEIGHTS, else below the platform's data folder."""

from __future__ import annotations

import os
from pathlib import Path

from vsumbench.errors import WeightsMissingError

from .digests import sha256_files

WEIGHTS_VARIABLE = "VSUMBENCH_WEIGHTS"


def weights_root() -> Path:
    """The folder of weight folders. It need not exist."""
    named = os.environ.get(WEIGHTS_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("vsumbench", appauthor=False) / "weights"


def find_weights(weights_id: str) -> Path | None:
    """The folder of these weights, if it is there and not empty."""
    folder = weights_root() / weights_id
    return folder if folder.is_dir() and any(folder.iterdir()) else None


def weights_digest(weights_id: str) -> str:
    """Sha256 over the files of these weights.

    Raises:
        WeightsMissingError: they are not there.
    """
    folder = find_weights(weights_id)
    if folder is None:
        raise WeightsMissingError(f"the weights {weights_id!r} are not in {weights_root()}.")
    files = (path for path in folder.rglob("*") if path.is_file())
    return sha256_files(folder, (path.relative_to(folder).as_posix() for path in files))
