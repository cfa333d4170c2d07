"""Weights of captioners as data."""

from __future__ import annotations

from vsumbench.contracts import Weights

# One id is one declaration: this is, word by word, the one vsumbench-vtsum-blip has.
BLIP = Weights(
    id="blip-image-captioning-base",
    title="BLIP base, image captioning",
    licence="BSD-3-Clause",
    origin="https://huggingface.co/Salesforce/blip-image-captioning-base",
    files=("config.json", "model.safetensors", "tokenizer.json"),
    note="The text decoder and its tokenizer; frame vectors come as features. The papers start from the "
    "CapFilt-L checkpoint before captioning, which is not published in this form.",
)
