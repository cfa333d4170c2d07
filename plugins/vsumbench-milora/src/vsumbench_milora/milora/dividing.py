"""Training videos divided for cross-validation (section 4.3), by which the number of experts is chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from vsumbench.errors import MismatchError
from vsumbench_milora.video_llama.teaching import Example


def divided(examples: Sequence[Example], fold: int, folds: int) -> tuple[list[Example], list[Example]]:
    """What fold number `fold` of `folds` trains on, and what it holds out.

    Which videos belong to a fold depends on their ids alone, not on seed or order, and each is held out by
    one fold.

    Raises:
        MismatchError: fewer videos than folds.
    """
    if len(examples) < folds:
        raise MismatchError(
            f"{len(examples)} training videos cannot be divided into {folds} folds.",
            "Use fewer (option cross_validation_folds).",
        )
    ranked = sorted(examples, key=lambda one: hashlib.sha256(one.video.id.encode()).digest())
    held = {one.video.id for one in ranked[fold::folds]}
    kept = [one for one in examples if one.video.id not in held]
    return kept, [one for one in examples if one.video.id in held]
