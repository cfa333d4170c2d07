"""The frozen image tower as an encoder and as two extractors, as data."""

from __future__ import annotations

from vsumbench.contracts import EncoderSpec, Extra, ExtractorSpec, FeatureSpec

from .weights import RELEASED

_HERE = "vsumbench_milora.video_llama.towers"
_TAKES = "id of the weights of a Video-LLaMA, imported or made here"
_EXTRAS = tuple(
    Extra(module=module, install="vsumbench[train]")
    for module in ("torch", "transformers", "accelerate", "safetensors", "tokenizers")
)

TOWER = EncoderSpec(
    id="video-llama-tower",
    version="1",
    title="Video-LLaMA's image tower: EVA-ViT-g and the image Q-Former",
    images=True,
    text=False,
    dim=0,
    implementation=f"{_HERE}:build_encoder",
    takes=_TAKES,
    argument=RELEASED.id,
    checkpoint=f"{_HERE}:find_read",
    extras=_EXTRAS,
)

READ = ExtractorSpec(
    id="video-llama-tower",
    version="1",
    title="Video-LLaMA's image Q-Former, all query tokens of a frame",
    output=FeatureSpec(name="video-llama-tower", shape=(None, None), extractor="video-llama-tower@1"),
    implementation=f"{_HERE}:build_read",
    encoder=TOWER.id,
    takes=_TAKES,
    argument=RELEASED.id,
    checkpoint=f"{_HERE}:find_read",
    extras=_EXTRAS,
)

VISION = ExtractorSpec(
    id="video-llama-vit",
    version="1",
    title="Video-LLaMA's frame ViT, all tokens of a frame after the last layer norm",
    output=FeatureSpec(name="video-llama-vit", shape=(None, None), extractor="video-llama-vit@1"),
    implementation=f"{_HERE}:build_vision",
    encoder=TOWER.id,
    takes=_TAKES,
    argument=RELEASED.id,
    checkpoint=f"{_HERE}:find_vision",
    extras=_EXTRAS,
)
