"""A context for training outside a run: weights that are made. Public to plugins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsumbench.contracts import Context, Folders, Seeds, Selection
from vsumbench.contracts.context import Progress


def training_context(folder: Path, seeds: Seeds, progress: Progress) -> Context:
    """On the CPU in float32, the last weights kept, nothing required.

    Args:
        folder: where checkpoints lie meanwhile; made here.
        seeds: of the training.
        progress: told of every step.
    """

    def nothing(name: str) -> Any:
        raise LookupError(name)

    folder.mkdir(parents=True)
    return Context(
        device="cpu",
        dtype="float32",
        seeds=seeds,
        folders=Folders(checkpoints=folder, scratch=folder),
        progress=progress,
        options=None,
        selection=Selection.LAST_EPOCH,
        validate=None,
        annotations=None,
        model=nothing,
        metric=nothing,
        encoder=nothing,
    )
