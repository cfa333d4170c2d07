"""The encoders as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, EncoderSpec, Extra

CLIP = EncoderSpec(
    id="clip",
    version="1",
    title="CLIP",
    images=True,
    text=True,
    dim=0,
    implementation="vsumbench_datasets.encoders.clip:build",
    takes="a CLIP checkpoint: its name on the Hugging Face Hub, or a folder",
    argument="openai/clip-vit-large-patch14-336",
    checkpoint="vsumbench.data.checkpoints:find_checkpoint",
    extras=tuple(
        Extra(module=module, install="vsumbench[train]")
        for module in ("torch", "transformers", "safetensors", "tokenizers")
    ),
    citation=Citation(
        title="Learning Transferable Visual Models From Natural Language Supervision",
        authors="Radford, Kim, Hallacy, Ramesh, Goh, Agarwal, Sastry, Askell, Mishkin, Clark, Krueger, "
        "Sutskever",
        year=2021,
        venue="ICML",
    ),
)

BLIP = EncoderSpec(
    id="blip",
    version="1",
    title="BLIP",
    images=True,
    text=True,
    dim=0,
    implementation="vsumbench_datasets.encoders.blip:build",
    takes="a BLIP checkpoint: its name on the Hugging Face Hub, or a folder; one for retrieval to read texts",
    argument="Salesforce/blip-itm-base-coco",
    checkpoint="vsumbench.data.checkpoints:find_checkpoint",
    extras=CLIP.extras,
    citation=Citation(
        title="BLIP: Bootstrapping Language-Image Pre-training for Unified Vision-Language Understanding and "
        "Generation",
        authors="Li, Li, Xiong, Hoi",
        year=2022,
        venue="ICML",
    ),
)
