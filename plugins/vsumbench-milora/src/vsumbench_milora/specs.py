"""Both models as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, Extra, Inputs, ModelSpec, Preset, Task, Variant, Weights

from .options import PAPER_INSTRUCTION, MiloraOptions
from .video_llama.config import INSTRUCTION
from .video_llama.options import BranchOptions
from .video_llama.weights import PRETRAINED, PRETRAINED_13B, RELEASED, RELEASED_13B, TINY, VICUNA

__all__ = ["MILORA", "RELEASED", "TINY", "VIDEO_LLAMA"]

GENERAL = Weights(
    id="milora-general",
    title="MiLoRA adapters as a run on a general video set left them",
    licence="that of the run",
    files=("adapter_config.json", "adapter_model.safetensors", "milora_config.json"),
    note="The first of the paper's two stages: train `milora` on that set, then import the run's folder "
    "folds/NAME/weights. The paper does not name the set.",
)

_EXTRAS = tuple(
    Extra(module=module, install="vsumbench[train]")
    for module in ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers")
)
_TINY_LOOK = {
    "backbone": TINY.id,
    "num_frames": 8,
    "prompt": INSTRUCTION,
    "max_new_tokens": 64,
    "conversation": "plain",
    "frozen_in": "float32",
}
_TINY = _TINY_LOOK | {
    "experts": 4,
    "rank_share": 0.0625,
    "alignment_width": 16,
    "learning_rate": 3e-3,
    "epochs": 10,
}
_PAPER_LOOK = {"backbone": RELEASED.id, "num_frames": 8, "prompt": PAPER_INSTRUCTION}
_PAPER = _PAPER_LOOK | {"num_frames": 32}
_MEMORY_GIB, _MEMORY_13B_GIB = 20.0, 32.0
"""Of bfloat16: the parameters (14.6 and 26.3 GiB), and what 16 videos are written with."""
_INPUTS = (Inputs(frames=True),)
"""Where a video has the feature of the backbone's own tower, that is read in place of frames."""

VIDEO_LLAMA = ModelSpec(
    id="video-llama",
    title="Video-LLaMA",
    tasks=(Task.V2T,),
    implementation="vsumbench_milora.video_llama.model:VideoLlama",
    inputs=_INPUTS,
    options=BranchOptions,
    variants=(
        Variant(
            id="zero-shot", options={"trains": "nothing"}, title="frozen, as it is released", trainable=False
        ),
        Variant(id="fine-tuned", options={"trains": "branch"}, title="its own trainable branch, trained"),
    ),
    presets=(
        Preset(
            id="paper",
            options=_PAPER_LOOK,
            weights=(RELEASED.id,),
            memory_gib=_MEMORY_GIB,
            note="The published 7B model, decoded greedily. Use --dtype bfloat16: float32 takes twice the "
            "memory.",
        ),
        Preset(
            id="release",
            options=_PAPER_LOOK | {"decoding": "release", "max_new_tokens": 300},
            weights=(RELEASED.id,),
            memory_gib=_MEMORY_GIB,
            note="The published 7B model, decoded as its demo does, with a seed for each video.",
        ),
        Preset(
            id="paper-13b",
            options=_PAPER_LOOK | {"backbone": RELEASED_13B.id},
            weights=(RELEASED_13B.id,),
            memory_gib=_MEMORY_13B_GIB,
            note="The published 13B model, decoded greedily.",
        ),
        Preset(
            id="pretrained",
            options=_PAPER_LOOK | {"backbone": PRETRAINED.id},
            weights=(PRETRAINED.id,),
            memory_gib=_MEMORY_GIB,
            note="The 7B model before instruction tuning: a start for fine-tuning.",
        ),
        Preset(
            id="pretrained-13b",
            options=_PAPER_LOOK | {"backbone": PRETRAINED_13B.id},
            weights=(PRETRAINED_13B.id,),
            memory_gib=_MEMORY_13B_GIB,
            note="The 13B model before instruction tuning.",
        ),
        Preset(
            id="vicuna-7b",
            options=_PAPER_LOOK | {"backbone": VICUNA.id, "conversation": "vicuna"},
            weights=(VICUNA.id,),
            memory_gib=_MEMORY_GIB,
            note="The first release, with Vicuna-7B v0.",
        ),
        Preset(
            id="tiny",
            options=_TINY_LOOK | {"learning_rate": 1e-3, "epochs": 10},
            weights=(TINY.id,),
            note="The same architecture with 1.3 million parameters, trained on planted videos. Its rate is "
            "its own.",
        ),
    ),
    trainable=True,
    monitor="rougeL",
    weights=(RELEASED, PRETRAINED, RELEASED_13B, PRETRAINED_13B, VICUNA, TINY),
    extras=_EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Video-LLaMA: An Instruction-tuned Audio-Visual Language Model for Video Understanding",
        authors="Zhang, Li, Bing",
        year=2023,
        venue="EMNLP (system demonstrations)",
        url="https://arxiv.org/abs/2306.02858",
    ),
    note="Written from scratch on the classes of transformers; the vision-language branch alone, no audio.",
)

MILORA = ModelSpec(
    id="milora",
    title="MiLoRA-ViSum",
    tasks=(Task.V2T,),
    implementation="vsumbench_milora.milora.model:Milora",
    inputs=_INPUTS,
    options=MiloraOptions,
    variants=(
        Variant(id="combined", options={"branches": "both"}, title="temporal and spatial experts"),
        Variant(id="temporal-only", options={"branches": "temporal"}, title="temporal experts"),
        Variant(id="spatial-only", options={"branches": "spatial"}, title="spatial experts"),
    ),
    presets=(
        Preset(
            id="paper",
            options=_PAPER,
            weights=(RELEASED.id,),
            memory_gib=_MEMORY_GIB,
            note="experts=4, rank_share=0.022 gives the share of trainable parameters printed for VideoXum; "
            "rank_share=0.02 that for ActivityNet.",
        ),
        Preset(
            id="tiny",
            options=_TINY,
            weights=(TINY.id,),
            note="The same code on a backbone of 1.3 million parameters. Its rate is its own: 1e-4 learns "
            "too little at this width.",
        ),
        Preset(
            id="second-stage",
            options=_PAPER | {"pretrained_adapter": GENERAL.id},
            weights=(RELEASED.id, GENERAL.id),
            memory_gib=_MEMORY_GIB,
            note="Starts from adapters that a run on a general video set left, as the paper's second stage.",
        ),
        Preset(
            id="tiny-second-stage",
            options=_TINY | {"pretrained_adapter": GENERAL.id},
            weights=(TINY.id, GENERAL.id),
            note="The same on the tiny backbone.",
        ),
    ),
    trainable=True,
    monitor="rougeL",
    weights=(RELEASED, TINY, GENERAL),
    source=("vsumbench_milora.video_llama",),
    extras=_EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="A Novel Trustworthy Video Summarization Algorithm Through a Mixture of LoRA Experts",
        authors="Du et al.",
    ),
    note="Written from the paper, which has no public code and leaves sizes, gate and fusion open; the "
    "choices made are in the options.",
    aliases=("milora-visum",),
)
