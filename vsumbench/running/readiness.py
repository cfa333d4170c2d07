"""What must be true before anything costs: the preset fits the device, the disk can be written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from vsumbench.contracts import ModelSpec, Preset
from vsumbench.errors import DiskFullError, MismatchError, StorageError
from vsumbench.records.files import make_folder

LEAST_FREE_BYTES = 1 << 20


def free_memory_gib(device: str) -> float | None:
    """Free memory of a device in GiB, or None where the system does not tell."""
    if device.startswith("cuda"):
        import torch

        return float(torch.cuda.mem_get_info(device)[0]) / 2**30
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError, AttributeError):
        return None


def fits(preset: Preset, device: str) -> bool:
    """Whether the device has the memory a preset declares, as far as both are known."""
    free = free_memory_gib(device) if preset.memory_gib is not None else None
    return free is None or preset.memory_gib is None or preset.memory_gib <= free


def check_memory(model: ModelSpec, preset: Preset | None, device: str) -> None:
    """Refuse a preset the device cannot hold.

    Raises:
        MismatchError: what it needs and what is free.
    """
    if preset is not None and not fits(preset, device):
        raise MismatchError(
            f"preset {preset.id!r} of model {model.id!r} needs {preset.memory_gib:g} GiB; device {device!r} "
            "has "
            f"{free_memory_gib(device):.1f} GiB free.",
            "Choose another --device or --preset.",
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
