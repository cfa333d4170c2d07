"""Imported weights of an official repository: the one file in their folder."""

from __future__ import annotations

from pathlib import Path

from vsumbench.data.weights import weights_folder
from vsumbench.errors import DataMissingError, MismatchError


def released_file(weights: str) -> Path:
    """The safetensors file of imported weights.

    Raises:
        DataMissingError: nothing was imported under this id.
        MismatchError: there is more than one file, so which one is meant would be a guess.
    """
    folder = weights_folder(weights)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise DataMissingError(
            f"there is no checkpoint in {folder}.", f"Run `vsumbench weights import {weights} FOLDER`."
        )
    if len(files) > 1:
        raise MismatchError(
            f"{folder} holds {len(files)} checkpoints; one is taken.", "Import the one that is meant."
        )
    return files[0]
