"""`frames-to-text[MODEL]` as data."""

from __future__ import annotations

from vsumbench.contracts import Extra, Inputs, ModelSpec, Preset, Task
from vsumbench_milora.captioning.weights import BLIP
from vsumbench_milora.specs import TINY

from .options import FramesToTextOptions

_EXTRAS = tuple(
    Extra(module=module, install="vsumbench[train]")
    for module in ("torch", "transformers", "safetensors", "tokenizers")
)

FRAMES_TO_TEXT = ModelSpec(
    id="frames-to-text",
    title="Captions of the frames a model selects",
    tasks=(Task.V2T,),
    implementation="vsumbench_milora.frames_to_text.model:FramesToText",
    inputs=(Inputs(frames=True),),
    options=FramesToTextOptions,
    wraps=Task.V2V,
    argument="csta",
    presets=(
        Preset(
            id="paper",
            options={"captioner_weights": BLIP.id},
            weights=(BLIP.id,),
            note="Captions by BLIP base. How the papers got text from models that score frames is not told.",
        ),
        Preset(
            id="tiny",
            options={"captioner": "video-llama", "captioner_weights": TINY.id},
            weights=(TINY.id,),
            note="Captions by a backbone of 1.3 million parameters trained on planted videos.",
        ),
    ),
    weights=(BLIP, TINY),
    source=("vsumbench_milora.captioning", "vsumbench_milora.video_llama"),
    extras=_EXTRAS,
    licence="Apache-2.0",
    note="Inferred: a paper reports text metrics of CSTA and A2Summ, which write no text, and does not say "
    "how text was produced. Here it is the captions of the frames they select (the best 15 percent), "
    "near-duplicates left out, joined in order of time.",
)
