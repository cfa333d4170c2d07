"""Writes OVP's planted edition: the preprocessed file."""

from __future__ import annotations

from pathlib import Path

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench_datasets.eccv16.planted import write_files


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same content on every machine.

    Raises:
        OSError: the folder cannot be written.
    """
    write_files(folder, ("ovp",), progress=progress)
