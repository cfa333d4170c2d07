"""Which layers get experts, and of what rank (`milora-visum.md`, "Where the adapters go")."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from torch import nn
from transformers.models.blip_2.modeling_blip_2 import Blip2QFormerMultiHeadAttention

from vsumbench.errors import OptionValueError
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.config import BackboneConfig

from .place import Place

_ATTENTION = r"(attention|crossattention)\.(attention\.(query|key|value)|output\.dense)"
_LOGITS = r"(attention|crossattention)\.attention"
_FEED_FORWARD = r"(intermediate_query|output_query)\.dense"
_BRANCHES = {
    "temporal": r"backbone\.video_qformer\.",
    "spatial": r"backbone\.image_qformer\.",
    "vision": r"backbone\.vision\.",
    "text": r"backbone\.language\.",
}
_TEMPORAL, _SPATIAL = (_BRANCHES[name] + r"encoder\.layer\.\d+\." for name in ("temporal", "spatial"))
_TARGETS = {
    "key-value": rf"{_SPATIAL}crossattention\.attention\.(key|value)",
    "qformer-attn": rf"{_SPATIAL}{_ATTENTION}",
    "patch-conv": rf"{_BRANCHES['vision']}embeddings\.patch_embedding",
    "vit": rf"{_BRANCHES['vision']}encoder\.layers\.\d+\.(self_attn\.(qkv|projection)|mlp\.fc[12])",
    "query-value": rf"{_BRANCHES['text']}model\.layers\.\d+\.self_attn\.(q_proj|v_proj)",
}
"""Regular expressions that match whole module names of the network."""
IN_FRONT = ("patch-conv", "vit")
"""Spatial targets in the ViT: nothing of it can be kept between epochs."""


def target_regex(options: MiloraOptions) -> str:
    """One expression for the adapted layers of all branches there are."""
    temporal = _ATTENTION if options.delta_mode == "proj" else _LOGITS
    if options.temporal_targets == "attn+ffn":
        temporal += "|" + _FEED_FORWARD
    wanted = []
    if options.branches != "spatial":
        wanted.append(rf"{_TEMPORAL}({temporal})")
    if options.branches != "temporal":
        wanted.append(_TARGETS[options.spatial_targets])
    if options.text_targets != "none":
        wanted.append(_TARGETS[options.text_targets])
    return "|".join(f"({regex})" for regex in wanted)


def part_of(name: str) -> str:
    """`temporal`, `spatial`, `vision` or `text`: the part of the backbone a layer or parameter stands in.

    Of anything else, the name of the network's part: `fusion`.
    """
    for branch, prefix in _BRANCHES.items():
        if re.search(prefix, name):
            return branch
    return re.sub(r"^(base_model\.)?(model\.)?", "", name).partition(".")[0]


def branch_of(name: str) -> str:
    """The same, with the ViT as what it is to the method: a part of the spatial branch."""
    part = part_of(name)
    return "spatial" if part == "vision" else part


def expert_rank(share: float, d_out: int, d_in: int) -> int:
    """ceil(share * min(d_out, d_in)), with the share as it is written in decimals.

    In floats, ceil(0.07 * 100) is 8; it is 7.
    """
    return math.ceil(Fraction(str(share)) * min(d_out, d_in))


def places_of(network: nn.Module, options: MiloraOptions) -> Mapping[str, Place]:
    """Adapted layer → what the options come to there.

    Raises:
        ValueError: no layer of the network is a target.
        OptionValueError: a rank of `ranks` is larger than a layer has sides.
    """
    regex, backbone = target_regex(options), network.get_submodule("backbone")
    config: Any = backbone.config
    places = {
        name: _place(name, layer, options, config)
        for name, layer in network.named_modules()
        if re.fullmatch(regex, name)
    }
    if not places:
        raise ValueError(f"no layer matches {regex}")
    return places


def _place(name: str, layer: nn.Module, options: MiloraOptions, config: BackboneConfig) -> Place:
    logits = isinstance(layer, Blip2QFormerMultiHeadAttention)
    lengths = None
    if logits and options.delta_mode == "logit-bias":
        crossed = name.endswith(".crossattention.attention")
        seen = config.image_qformer.queries * options.num_frames if crossed else config.video_qformer.queries
        lengths = (config.video_qformer.queries, seen)
    sides = lengths or _sides(layer)
    ranks = options.ranks or (expert_rank(options.rank_share, *sides),) * options.experts
    if max(ranks) > min(sides):
        raise OptionValueError(
            f"option ranks = {list(ranks)}: {name} is {sides[0]} x {sides[1]}, where no rank is above "
            f"{min(sides)}.",
            "Use smaller ranks, or rank_share, which fits each layer.",
        )
    return Place(
        ranks=ranks,
        scaling=options.scaling,
        combine=options.combine,
        top_k=options.top_k,
        z_width=_shared_width(name, layer, config) if options.gate_scope == "shared" else None,
        pad=options.pad_rank,
        merge=options.merge_inference,
        mergeable=options.delta_mode == "proj",
        lengths=lengths,
        heads=config.video_qformer.heads if logits and options.bias_per_head else 1,
    )


def _sides(layer: Any) -> tuple[int, int]:
    """(d_out, d_in) of the matrix a layer is: a convolution folded, an attention its W_q^T W_k."""
    if isinstance(layer, nn.Linear):
        return layer.out_features, layer.in_features
    if isinstance(layer, nn.Conv2d):
        return layer.out_channels, math.prod((layer.in_channels, *layer.kernel_size))
    return layer.query.in_features, layer.key.in_features


def _shared_width(name: str, layer: nn.Module, config: BackboneConfig) -> int | None:
    if isinstance(layer, nn.Conv2d):
        return None
    widths = {
        "temporal": config.width,
        "spatial": config.vision.width,
        "vision": config.vision.width,
        "text": config.language.width,
    }
    return widths[part_of(name)]
