"""`milora` on a backbone that is made in a second, as a spec in a file: `./quick_backbone.py:SPEC`.

Everything but the amounts is the tiny preset's own: maker, checkpoint, model. The preset of the paper stands
before it, as it does there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from vsumbench_milora.specs import MILORA, TINY

from vsumbench.contracts.dataset import ProgressCallback

QUICK = replace(TINY, id="video-llama-quick", title="Quick Video-LLaMA", maker="quick_backbone:make", note="")
PUBLISHED, TINY_PRESET = (preset for preset in MILORA.presets if preset.id in ("paper", "tiny"))
SPEC = replace(
    MILORA,
    id="milora-quick",
    weights=(MILORA.weights[0], QUICK),
    presets=(
        PUBLISHED,
        replace(TINY_PRESET, options={**TINY_PRESET.options, "backbone": QUICK.id}, weights=(QUICK.id,)),
    ),
    aliases=(),
)


def small_plan() -> Any:
    """A few steps of every stage of the tiny backbone's training, on a backbone that is smaller still."""
    from vsumbench_milora.pretraining.make import Plan
    from vsumbench_milora.video_llama.config import TINY as SIZES
    from vsumbench_milora.video_llama.config import LanguageSize, QFormerSize, VisionSize

    config = replace(
        SIZES,
        vision=VisionSize(width=16, layers=1, heads=2, mlp=16, image=64, patch=16),
        width=16,
        image_qformer=QFormerSize(layers=2, heads=2, ffn=16, cross_every=2, queries=2),
        video_qformer=QFormerSize(layers=1, heads=2, ffn=16, cross_every=1, queries=2),
        language=LanguageSize(width=16, layers=1, heads=2, mlp=16, vocabulary=1, positions=128),
    )
    return Plan(
        videos=12,
        held_out=4,
        vision_steps=6,
        vision_batch=8,
        caption_steps=6,
        caption_batch=4,
        config=config,
    )


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """A backbone by that plan."""
    from vsumbench_milora.pretraining.make import make_planned

    make_planned(small_plan(), folder, progress)
