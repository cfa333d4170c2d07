"""Reads OVP's preprocessed file (protocols.md a.1)."""

from __future__ import annotations

from pathlib import Path

from vsumbench_datasets.eccv16.training_set import TrainingSet

from .spec import OVP


def open_ovp(folder: Path, edition: str) -> TrainingSet:
    """Open an edition, published or planted: both have the same layout; nothing is read yet."""
    return TrainingSet(OVP, folder)
