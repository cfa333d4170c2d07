"""Both models as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, Extra, Inputs, ModelSpec, Preset, Task, Variant, Weights

from .options import PAPER_INSTRUCTION, MiloraOptions, VideoLlamaOptions
from .video_llama.config import INSTRUCTION

RELEASED = Weights(
    id="video-llama-2-7b-finetuned",
    title="Video-LLaMA-2 7B, fine-tuned (Llama 2 chat)",
    licence="code BSD-3-Clause; Llama 2 weights under the Llama 2 licence; the authors restrict the model to "
    "non-commercial research",
    origin="https://huggingface.co/DAMO-NLP-SG/Video-LLaMA-2-7B-Finetuned",
    note="7.85 billion parameters, 16 GiB in half precision. Published as pickled checkpoints, which this "
    "version cannot convert or read yet.",
)

TINY = Weights(
    id="video-llama-tiny",
    title="Tiny Video-LLaMA, trained on planted videos of another rendering",
    licence="Apache-2.0",
    files=("backbone.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    maker="vsumbench_milora.pretraining.make:make_backbone",
    source=("vsumbench_milora.video_llama", "vsumbench.planted", "vsumbench.training"),
    note="about five minutes on one CPU core",
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
}
_MEMORY_GIB = 18.0

VIDEO_LLAMA = ModelSpec(
    id="video-llama",
    title="Video-LLaMA (frozen, zero-shot)",
    tasks=(Task.V2T,),
    implementation="vsumbench_milora.video_llama.model:FrozenVideoLlama",
    inputs=(Inputs(frames=True),),
    options=VideoLlamaOptions,
    presets=(
        Preset(
            id="paper",
            options={"backbone": RELEASED.id, "num_frames": 8, "prompt": PAPER_INSTRUCTION},
            weights=(RELEASED.id,),
            memory_gib=_MEMORY_GIB,
            note="The published 7B model. This version does not read its checkpoint yet.",
        ),
        Preset(
            id="tiny",
            options=_TINY_LOOK,
            weights=(TINY.id,),
            note="The same architecture with 1.3 million parameters, trained on planted videos.",
        ),
    ),
    weights=(RELEASED, TINY),
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
    inputs=(Inputs(frames=True),),
    options=MiloraOptions,
    variants=(
        Variant(id="combined", options={"branches": "both"}, title="temporal and spatial experts"),
        Variant(id="temporal-only", options={"branches": "temporal"}, title="temporal experts"),
        Variant(id="spatial-only", options={"branches": "spatial"}, title="spatial experts"),
    ),
    presets=(
        Preset(
            id="paper",
            options={"backbone": RELEASED.id, "num_frames": 32, "prompt": PAPER_INSTRUCTION},
            weights=(RELEASED.id,),
            memory_gib=_MEMORY_GIB,
            note="experts=4, rank_share=0.022 gives the share of trainable parameters printed for VideoXum; "
            "rank_share=0.02 that for ActivityNet. This version does not read the released checkpoint yet.",
        ),
        Preset(
            id="tiny",
            options=_TINY_LOOK | {"experts": 4, "rank_share": 0.0625, "learning_rate": 3e-3, "epochs": 10},
            weights=(TINY.id,),
            note="The same code on a backbone of 1.3 million parameters. Its rate is its own: 1e-4 learns "
            "too little at this width.",
        ),
    ),
    trainable=True,
    monitor="rougeL",
    weights=(RELEASED, TINY),
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
