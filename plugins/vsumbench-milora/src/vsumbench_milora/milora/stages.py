"""The first of two stages: experts as a run on a general video set left them (section 4.3).

The first stage is an ordinary run. Its folder `folds/NAME/weights` is imported as weights, and a second run
starts from there. The paper does not name its general video set, so none is proposed.
"""

from __future__ import annotations

from pathlib import Path

from vsumbench.data.weights import find_weights, read_weights_manifest, weights_root
from vsumbench.errors import WeightsMissingError
from vsumbench_milora.options import MiloraOptions


def first_stage_folder(options: MiloraOptions) -> Path:
    """The folder of the weights `options.pretrained_adapter` names.

    Raises:
        WeightsMissingError: nothing was imported under that id.
    """
    folder = find_weights(options.pretrained_adapter)
    if folder is None:
        raise WeightsMissingError(
            f"the weights {options.pretrained_adapter!r} of option pretrained_adapter are not in "
            f"{weights_root()}.",
            f"Train a first stage, then `vsumbench weights import {options.pretrained_adapter} "
            "RUN/folds/NAME/weights`.",
        )
    return folder


def first_stage_identity(options: MiloraOptions) -> dict[str, str]:
    """Id and digest of the first stage; empty where there was none."""
    if not options.pretrained_adapter:
        return {}
    manifest = read_weights_manifest(first_stage_folder(options))
    return {"pretrained_adapter": options.pretrained_adapter, "pretrained_digest": manifest.digest}
