"""VideoLLM-online as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, Extra, Inputs, ModelSpec, Preset, Task, Variant, Weights

from .options import OnlineOptions

RELEASED = Weights(
    id="videollm-online-8b-v1plus",
    title="VideoLLM-online 8B v1+, adapter and connector",
    licence="MIT by its model card; trained on Ego4D (Ego4D data licence); stands on Llama 3 (Meta Llama 3 "
    "community licence)",
    origin="https://huggingface.co/chenjoya/videollm-online-8b-v1plus",
    files=("adapter_config.json", "adapter_model.safetensors"),
    note="373 million parameters; access is asked for on the page.",
)

LLAMA_3 = Weights(
    id="llama-3-8b-instruct",
    title="Meta Llama 3 8B Instruct",
    licence="Meta Llama 3 community licence",
    origin="https://huggingface.co/meta-llama/Meta-Llama-3-8B-Instruct",
    files=("config.json", "*.safetensors", "tokenizer*.json"),
    note="8.03 billion parameters, 16 GiB in half precision; access is asked for on the page. Without the "
    "folder `original`, which holds pickles.",
)

SIGLIP = Weights(
    id="siglip-large-patch16-384",
    title="SigLIP L/16 at 384 pixels",
    licence="Apache-2.0",
    origin="https://huggingface.co/google/siglip-large-patch16-384",
    files=("config.json", "model.safetensors"),
    note="2.6 GB; of it the image tower is used.",
)

TINY = Weights(
    id="videollm-online-tiny",
    title="Tiny VideoLLM-online, trained on planted videos of another rendering",
    licence="Apache-2.0",
    files=(
        "connector.safetensors",
        "language/config.json",
        "language/model.safetensors",
        "language/tokenizer.json",
        "language/tokenizer_config.json",
        "vision/config.json",
        "vision/model.safetensors",
    ),
    maker="vsumbench_milora.videollm_online.making.make:make_backbone",
    source=(
        "vsumbench_milora.pretraining",
        "vsumbench_milora.video_llama",
        "vsumbench_milora.videollm_online.live",
        "vsumbench.planted",
        "vsumbench.training",
    ),
    note="about three and a half minutes on one CPU core",
)

_TINY_WORDS = {"system": "Watch the video.", "prompt": "Summarize the video."}
"""Words of every vocabulary made for the tiny backbone."""

VIDEOLLM_ONLINE = ModelSpec(
    id="videollm-online",
    title="VideoLLM-online",
    tasks=(Task.V2T, Task.V2V, Task.V2VT),
    implementation="vsumbench_milora.videollm_online.model:VideoLlmOnline",
    inputs=(Inputs(frames=True),),
    options=OnlineOptions,
    variants=(
        Variant(
            id="offline",
            options={"mode": "offline", "target": "caption"},
            title="all frames, then one answer",
            tasks=(Task.V2T,),
        ),
        Variant(
            id="stream",
            options={"mode": "stream", "target": "stream"},
            title="answers while frames come in (inferred)",
        ),
    ),
    presets=(
        Preset(
            id="paper",
            weights=(RELEASED.id, LLAMA_3.id, SIGLIP.id),
            memory_gib=40.0,
            note="v1+ as published: SigLIP-L/16, Llama-3-8B, rank 128, going on from the published adapter; "
            "5 epochs at 1e-4. No table of the papers has a row for it.",
        ),
        Preset(
            id="tiny",
            options={
                "language": TINY.id,
                "vision": TINY.id,
                "adapter": TINY.id,
                "frozen_dtype": "float32",
                "max_frames": 8,
                "max_new_tokens": 64,
                "rank": 8,
                "alpha": 16.0,
                "dropout": 0.0,
                "learning_rate": 2e-3,
                "batch_size": 32,
                "accumulation": 1,
                "epochs": 6,
                "gradient_checkpointing": False,
                "cache_mib": 1024,
                **_TINY_WORDS,
            },
            weights=(TINY.id,),
            note="The same code with 0.5 million parameters, trained on planted videos. Sizes, rank and rate "
            "are its own.",
        ),
    ),
    trainable=True,
    monitor="rougeL",
    weights=(RELEASED, LLAMA_3, SIGLIP, TINY),
    source=("vsumbench_milora.video_llama",),
    extras=tuple(
        Extra(module=module, install="vsumbench[train]")
        for module in ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers")
    ),
    licence="Apache-2.0",
    citation=Citation(
        title="VideoLLM-online: Online Video Large Language Model for Streaming Video",
        authors="Chen et al.",
        year=2024,
        venue="CVPR",
        url="https://arxiv.org/abs/2406.11816",
    ),
    note="Written from scratch on the classes of transformers and peft. Offline summaries, learning of "
    "captions and scores from streams are inferred: the method talks about streams and has no row in the "
    "papers.",
)
