"""Reads YouTube's preprocessed file (protocols.md a.1)."""

from __future__ import annotations

from pathlib import Path

from vsumbench_datasets.eccv16.training_set import TrainingSet

from .spec import YOUTUBE_39


def open_youtube39(folder: Path, edition: str) -> TrainingSet:
    """Open an edition, published or planted: both have the same layout; nothing is read yet."""
    return TrainingSet(YOUTUBE_39, folder)
