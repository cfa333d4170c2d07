"""The sizes of a released checkpoint, from the shapes of its tensors and the language model's own file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench_milora.video_llama.config import BackboneConfig, LanguageSize, QFormerSize, VisionSize

from .files import Entry, read_json_file
from .names import LLAMA, VIT, block_of

IMAGE = 224
"""Pixels along one side of a frame, in every release; positions of another grid are interpolated to it."""
HEAD, QFORMER_HEAD = 88, 64
"""Width of one attention head of the ViT and of both Q-Formers (BERT's own)."""
DROPOUT = 0.1
FINAL_EPS = 1e-5


def sizes_of(found: Mapping[str, Entry], language: Path, *, behind: int) -> BackboneConfig:
    """The sizes of a checkpoint.

    Args:
        found: released name → tensor.
        language: the folder with the language model's `config.json`.
        behind: blocks of the ViT behind the last one that is used: the release stops one before the end of
            the published ViT, and BLIP-2 in the form of transformers has left that one out.

    Raises:
        DataDamagedError: a tensor that sizes follow from is not there, or of an odd shape.
        MismatchError: a language model that LLaMA's code here does not compute.
    """
    try:
        return BackboneConfig(
            vision=_vision(found, behind),
            width=_shape(found, "query_tokens")[-1],
            image_qformer=_qformer(found, ("Qformer.bert.", "qformer."), "query_tokens"),
            video_qformer=_qformer(found, ("video_Qformer.bert.",), "video_query_tokens"),
            frame_positions=_shape(found, "video_frame_position_embedding.weight")[0],
            language=_language(found, language),
            dropout=DROPOUT,
        )
    except IndexError as error:
        raise DataDamagedError(
            f"the checkpoint has tensors of other shapes: {error}.", "Get it again."
        ) from None


def _vision(found: Mapping[str, Entry], behind: int) -> VisionSize:
    theirs = "vision_model."
    blocks = {block for name in found if (block := block_of(name)) is not None}
    layers = max(blocks, default=-1) + 1 - behind
    patches, mlp = f"{VIT}patch_embed.proj.weight", f"{VIT}blocks.0.mlp.fc1.weight"
    if not blocks:
        layers = _count(found, rf"{re.escape(theirs)}encoder\.layers\.(\d+)\.")
        patches = f"{theirs}embeddings.patch_embedding.weight"
        mlp = f"{theirs}encoder.layers.0.mlp.fc1.weight"
    width, _, _, patch = _four(_shape(found, patches), patches)
    return VisionSize(
        width=width,
        layers=layers,
        heads=max(width // HEAD, 1),
        mlp=_shape(found, mlp)[0],
        image=IMAGE,
        patch=patch,
        final_eps=FINAL_EPS,
    )


def _qformer(found: Mapping[str, Entry], beginnings: tuple[str, ...], queries: str) -> QFormerSize:
    there = [b for b in beginnings if any(name.startswith(f"{b}encoder.layer.") for name in found)]
    beginning = (there or list(beginnings))[0]
    layer = rf"{re.escape(beginning)}encoder\.layer\.(\d+)\."
    layers = _count(found, layer)
    crossing = sorted(
        {int(m[1]) for name in found if (m := re.match(rf"{layer}crossattention\.", name)) is not None}
    )
    number, width = _shape(found, queries)[-2:]
    return QFormerSize(
        layers=layers,
        heads=max(width // QFORMER_HEAD, 1),
        ffn=_shape(found, f"{beginning}encoder.layer.0.intermediate_query.dense.weight")[0],
        cross_every=crossing[1] - crossing[0] if len(crossing) > 1 else max(layers, 1),
        queries=number,
    )


def _language(found: Mapping[str, Entry], folder: Path) -> LanguageSize:
    path = folder / "config.json"
    stated = read_json_file(path)
    try:
        heads = int(stated["num_attention_heads"])
        rotation = stated.get("rope_parameters") or {}
        unknown = {
            "num_key_value_heads": stated.get("num_key_value_heads") or heads,
            "hidden_act": stated.get("hidden_act", "silu"),
            "rope_scaling": stated.get("rope_scaling") or rotation.get("rope_type", "default"),
            "rope_theta": float(stated.get("rope_theta") or rotation.get("rope_theta", 10000.0)),
            "attention_bias": bool(stated.get("attention_bias")),
            "tie_word_embeddings": bool(stated.get("tie_word_embeddings")),
        }
        known = (heads, "silu", "default", 10000.0, False, False)
        for (name, value), expected in zip(unknown.items(), known, strict=True):
            if value != expected:
                raise MismatchError(
                    f"{path}: {name} is {value!r}; Video-LLaMA's language models have {expected!r}.",
                    "Use the language model the checkpoint was trained with.",
                )
        return LanguageSize(
            width=int(stated["hidden_size"]),
            layers=int(stated["num_hidden_layers"]),
            heads=heads,
            mlp=int(stated["intermediate_size"]),
            vocabulary=_shape(found, f"{LLAMA}model.embed_tokens.weight")[0],
            positions=int(stated["max_position_embeddings"]),
            norm_eps=float(stated["rms_norm_eps"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataDamagedError(
            f"{path} is not the description of a LLaMA: {error!r}.", "Get it again."
        ) from None


def grid(tokens: int) -> int:
    """Patches along one side of so many tokens, one of which stands for the image.

    Raises:
        DataDamagedError: they are no square.
    """
    side = math.isqrt(max(tokens - 1, 0))
    if side * side + 1 != tokens:
        raise DataDamagedError(f"{tokens} positions of a frame are no square and one.", "Get the file again.")
    return side


def _shape(found: Mapping[str, Entry], name: str) -> tuple[int, ...]:
    if name not in found:
        raise DataDamagedError(f"the checkpoint has no tensor {name!r}.", "Get its files again.")
    return found[name].shape


def _four(shape: tuple[int, ...], name: str) -> tuple[int, int, int, int]:
    if len(shape) != 4:
        raise DataDamagedError(f"{name} has shape {shape}, expected that of a convolution.", "Get it again.")
    return shape[0], shape[1], shape[2], shape[3]


def _count(found: Mapping[str, Entry], pattern: str) -> int:
    numbers = {int(match[1]) for name in found if (match := re.match(pattern, name)) is not None}
    return max(numbers, default=-1) + 1
