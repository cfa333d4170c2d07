"""What the tensors of a backbone are called in the release, and what of the release is left out.

Names follow the release's own modules (`video-llama.md`, "transformers classes"): LAVIS's EVA ViT with one
matrix for query, key and value, BERT layers under `Qformer.bert`, and LLaMA under `llama_model`. A file that
holds one of these parts alone has them without the part's prefix; its reader adds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VIT, LLAMA = "visual_encoder.", "llama_model."
"""Prefixes of the parts that are also published as files of their own."""

_EXACT = {
    "vision.embeddings.class_embedding": f"{VIT}cls_token",
    "vision.embeddings.position_embedding": f"{VIT}pos_embed",
    "image_queries": "query_tokens",
    "frame_positions": "video_frame_position_embedding.weight",
    "video_queries": "video_query_tokens",
}
_BEGINNINGS = (
    (r"vision\.embeddings\.patch_embedding\.", f"{VIT}patch_embed.proj."),
    (r"vision\.encoder\.layers\.(\d+)\.layer_norm([12])\.", rf"{VIT}blocks.\1.norm\2."),
    (r"vision\.encoder\.layers\.(\d+)\.self_attn\.projection\.", rf"{VIT}blocks.\1.attn.proj."),
    (r"vision\.encoder\.layers\.(\d+)\.self_attn\.", rf"{VIT}blocks.\1.attn."),
    (r"vision\.encoder\.layers\.(\d+)\.mlp\.", rf"{VIT}blocks.\1.mlp."),
    (r"vision\.post_layernorm\.", "ln_vision."),
    (r"image_qformer\.layernorm\.", "Qformer.bert.embeddings.LayerNorm."),
    (r"video_qformer\.layernorm\.", "video_Qformer.bert.embeddings.LayerNorm."),
    (r"image_qformer\.encoder\.", "Qformer.bert.encoder."),
    (r"video_qformer\.encoder\.", "video_Qformer.bert.encoder."),
    (r"projection\.", "llama_proj."),
    (r"language\.", LLAMA),
)
_QKV_BIAS = re.compile(r"vision\.encoder\.layers\.(\d+)\.self_attn\.qkv\.bias")
_OWN_ATTENTION = re.compile(r"(attention|crossattention)\.attention\.(query|key|value)\.")

_BERT = r"(Qformer|video_Qformer)\."
LEFT_OUT = tuple(
    re.compile(pattern)
    for pattern in (
        # Audio: ImageBind and its own Q-Former. Frames alone are read.
        r"audio_.*",
        # BERT's text side: the release sets embeddings, text FFNs and head to nothing before it loads.
        rf"{_BERT}cls\..*",
        rf"{_BERT}bert\.embeddings\.(word_embeddings|position_embeddings|token_type_embeddings)\..*",
        rf"{_BERT}bert\.embeddings\.position_ids",
        rf"{_BERT}bert\.encoder\.layer\.\d+\.(intermediate|output)\..*",
        rf"{_BERT}bert\.pooler\..*",
        # Of the file with the image Q-Former: the way into the language model of BLIP-2.
        r"(t5_proj|opt_proj|vision_proj|text_proj|itm_head)\..*",
        r"temp",
        # Of the file with the ViT: what stands behind its last block, and what was only trained with.
        rf"{re.escape(VIT)}(norm|fc_norm|head)\..*",
        rf"{re.escape(VIT)}mask_token",
        # Rotation frequencies: a formula gives them.
        rf"{re.escape(LLAMA)}.*rotary_emb\.inv_freq",
        # Of BLIP-2 in the form of transformers.
        r"(language_model|language_projection)\..*",
    )
)
"""Tensors of the release that are no part of this backbone, each for the reason that stands before it."""


@dataclass(frozen=True)
class Source:
    """Which released tensors one of ours comes from.

    Attributes:
        names: one, or the query's and the value's bias: between them stands a key's bias of zeros.
        elsewhere: its name in BLIP-2 as transformers publishes it; empty for parts that are not in there.
    """

    names: tuple[str, ...]
    elsewhere: str = ""


def source_of(name: str) -> Source:
    """Where the tensor of this name of a `Backbone` comes from.

    Raises:
        KeyError: no backbone has such a name.
    """
    elsewhere = _in_transformers(name)
    if name in _EXACT:
        return Source((_EXACT[name],), elsewhere)
    if match := _QKV_BIAS.fullmatch(name):
        attention = f"{VIT}blocks.{match[1]}.attn."
        return Source((f"{attention}q_bias", f"{attention}v_bias"), elsewhere)
    for beginning, released in _BEGINNINGS:
        changed, count = re.subn(rf"\A{beginning}", released, name)
        if count:
            return Source((_OWN_ATTENTION.sub(r"\1.self.\2.", changed),), elsewhere)
    raise KeyError(name)


def is_left_out(name: str) -> bool:
    """Whether a released tensor is knowingly not read."""
    return any(pattern.fullmatch(name) for pattern in LEFT_OUT)


def block_of(name: str) -> int | None:
    """The number of the ViT's block a released tensor belongs to; None for all others."""
    match = re.match(rf"{re.escape(VIT)}blocks\.(\d+)\.", name)
    return int(match[1]) if match else None


def _in_transformers(name: str) -> str:
    if name == "image_queries":
        return "query_tokens"
    for ours, theirs in (("vision.", "vision_model."), ("image_qformer.", "qformer.")):
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return ""
