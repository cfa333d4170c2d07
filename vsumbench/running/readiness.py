"""What must be true before anything costs: weights are there, the runs folder can be written, the disk has room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..contracts import ModelSpec, Preset
from ..data.weights import find_weights, weights_root
from ..errors import DiskFullError, StorageError, WeightsMissingError
from ..records.files import make_folder

LEAST_FREE_BYTES = 1 << 20


def has_weights(preset: Preset) -> bool:
    """Whether every weight of a preset is there."""
    return all(find_weights(name) is not None for name in preset.weights)


def check_weights(model: ModelSpec, preset: Preset | None) -> None:
    """Refuse a preset whose weights are not there.

    Raises:
        WeightsMissingError: naming them and where they were looked for.
    """
    missing = [name for name in (preset.weights if preset else ()) if find_weights(name) is None]
    if missing:
        assert preset is not None
        others = [other.id for other in model.presets if other is not preset and has_weights(other)]
        instead = f" Or use --preset {others[0]}." if others else ""
        raise WeightsMissingError(
            f"preset {preset.id!r} of model {model.id!r} needs the weights {', '.join(missing)}, which are not in "
            f"{weights_root()}.",
            f"Put each into a folder of its name there, or set VSUMBENCH_WEIGHTS.{instead}",
        )


def check_storage(runs: Path) -> None:
    """Refuse a folder that cannot be written, or a full disk, before anything is computed.

    Raises:
        StorageError, DiskFullError: naming the folder.
    """
    make_folder(runs)
    if not os.access(runs, os.W_OK | os.X_OK):
        raise StorageError(f"{runs} cannot be written.", "Choose a folder you may write to with --runs.")
    if shutil.disk_usage(runs).free < LEAST_FREE_BYTES:
        raise DiskFullError(
            f"The disk of {runs} is full.", "Free some space, or choose another folder with --runs."
        )
