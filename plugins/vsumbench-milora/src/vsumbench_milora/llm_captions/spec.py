"""`llm-captions` as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, Extra, Inputs, ModelSpec, Preset, Task, Weights
from vsumbench_milora.captioning.weights import BLIP
from vsumbench_milora.specs import TINY

from .options import LlmCaptionsOptions

INSTRUCT = Weights(
    id="llm-captions-instruct",
    title="An instruct model for llm-captions",
    licence="that of the model",
    origin="any causal language model with a chat template, in the layout of transformers",
    files=("config.json", "*.safetensors"),
    note="Your choice: the digest of its files is in the record.",
)
_EXTRAS = tuple(
    Extra(module=module, install="vsumbench[train]")
    for module in ("torch", "transformers", "safetensors", "tokenizers")
)

LLM_CAPTIONS = ModelSpec(
    id="llm-captions",
    title="Alam et al.",
    tasks=(Task.V2T,),
    implementation="vsumbench_milora.llm_captions.model:LlmCaptions",
    inputs=(Inputs(frames=True),),
    options=LlmCaptionsOptions,
    presets=(
        Preset(
            id="paper",
            options={"captioner_weights": BLIP.id, "backend": "openai-compatible", "llm": "gpt-4"},
            weights=(BLIP.id,),
            memory_gib=2.0,
            note="Asks the endpoint in base_url, and refuses without one. Model version, prompt and frames "
            "of the paper are unknown: it cannot be reproduced.",
        ),
        Preset(
            id="local",
            options={
                "captioner_weights": BLIP.id,
                "backend": "local-transformers",
                "llm": INSTRUCT.id,
            },
            weights=(BLIP.id, INSTRUCT.id),
            note="The same without a network: an instruct model of your choice on this machine.",
        ),
        Preset(
            id="tiny",
            options={
                "captioner": "video-llama",
                "captioner_weights": TINY.id,
                "backend": "extractive",
                "sentences": 3,
            },
            weights=(TINY.id,),
            note="Captions by a backbone of 1.3 million parameters trained on planted videos, and no "
            "language model: the first sentences of the largest groups of captions.",
        ),
    ),
    weights=(BLIP, INSTRUCT, TINY),
    source=("vsumbench_milora.captioning", "vsumbench_milora.video_llama"),
    extras=_EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Advancements in Multimodal Social Media Post Summarization: Integrating GPT-4 for Enhanced "
        "Understanding",
        authors="Alam, Hossain, Puppala, Talukder",
        year=2024,
        venue="COMPSAC",
    ),
    note="Inferred as a whole: the cited paper is about posts, and how it was run on video is not told. "
    "Frames are captioned, and a language model writes one paragraph of the captions. The network is used "
    "by the backend openai-compatible alone.",
    aliases=("gpt4-multimodal", "alam"),
)
