"""What a row that learns nothing has to save: nothing."""

from __future__ import annotations

from pathlib import Path


class Stateless:
    """`save` and `load` of a model without weights."""

    def save(self, folder: Path) -> None:
        """Nothing to write; the folder is made so that a saved model always has one."""
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, folder: Path) -> None:
        """Nothing to read."""
