"""Make weights on this machine, by themselves or because a run needs them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vsumbench.contracts import ModelSpec, Preset
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data.making import Form, make_folder
from vsumbench.data.weights import WEIGHTS_MANIFEST, WEIGHTS_VARIABLE, WeightsManifest, weights_folder
from vsumbench.errors import MismatchError, PluginError
from vsumbench.plugins import Plugins
from vsumbench.records.provenance import installed_versions

from .reporting import Reporter, stage_progress
from .weights import WeightsState, WeightsUse, lacking, recipe, state_of

MADE_WITH = ("numpy", "torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors")
"""Packages whose versions a manifest of made weights names."""


def make_weights(
    plugins: Plugins, use: WeightsUse, progress: ProgressCallback | None = None, force: bool = False
) -> tuple[Path, bool]:
    """Make weights if they are not there, or were made by other code. Returns the folder, and whether so.

    Raises:
        MismatchError: nothing makes them.
        UnavailableError, PluginError: the maker cannot be imported, or failed.
        StorageError, DiskFullError: the folder cannot be written.
    """
    weights, what = use.weights, f"the weights {use.weights.id!r}"
    if not weights.maker:
        where = f" from {weights.origin}" if weights.origin else ""
        raise MismatchError(
            f"{what} are published, not made here.",
            f"Get them{where}, then `vsumbench weights import {weights.id} FOLDER`.",
        )
    made_of = recipe(weights)

    def content(digests: Mapping[str, str]) -> Mapping[str, Any]:
        absent = [pattern for pattern in weights.files if not fnmatch.filter(digests, pattern)]
        if absent:
            raise PluginError(
                f"the maker of {what} wrote no {absent[0]}, which the spec names.", "Report it."
            )
        return WeightsManifest(
            id=weights.id,
            origin="made",
            licence=weights.licence,
            files=digests,
            recipe=made_of,
            versions=installed_versions(MADE_WITH),
        ).to_json()

    def is_current(folder: Path) -> bool:
        return state_of(weights) is WeightsState.THERE

    form = Form(manifest=WEIGHTS_MANIFEST, variable=WEIGHTS_VARIABLE, content=content, is_current=is_current)
    folder = weights_folder(weights.id)
    if form.whole(folder) and not force:
        return folder, False
    maker = plugins.load(weights.maker, what=what, extras=use.extras)
    return folder, make_folder(folder, maker, what, progress, force, form)


def ensure_weights(model: ModelSpec, preset: Preset | None, plugins: Plugins, reporter: Reporter) -> None:
    """Make the weights of a preset that are not there and can be made, each with one line that says so."""
    for weights in lacking(model, preset):
        if not weights.maker:
            continue
        why = (
            "was made by other code and is made again"
            if state_of(weights) is WeightsState.OTHER_CODE
            else "is not there and is made, once"
        )
        takes = f", {weights.note}" if weights.note else ""
        reporter.notice(
            f"WEIGHTS: {weights.title} ({weights.id}) {why} on this machine{takes}; "
            f"`vsumbench weights make {weights.id}` does it alone."
        )
        use = WeightsUse(weights, (model.id,), model.extras)
        make_weights(plugins, use, stage_progress(f"make {weights.id}", reporter.advance))
