"""A BLIP backbone on disk, in the layout of transformers: its text decoder, its tokenizer, its sizes.

The tiny one also holds the frozen map from planted features to frame vectors, which stands for BLIP's image
tower. Of a published checkpoint the tower is not read: frame vectors come as features.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoTokenizer, BlipTextConfig

from vsumbench.data import damaged, read_json
from vsumbench.data.weights import find_weights, read_weights_manifest, weights_root
from vsumbench.errors import MismatchError, WeightsMissingError

from .sizes import BLIP_BASE, TINY, Sizes
from .specs import BLIP_WEIGHTS, TINY_WEIGHTS
from .text.codec import Codec
from .text.decoder import TIED, new_decoder

CONFIG, TENSORS = "config.json", "model.safetensors"
DECODER, PROJECTION = "text_decoder.", "frame_projection."
AGAIN = "Make or import these weights again."
_KNOWN = {BLIP_WEIGHTS.id: BLIP_BASE, TINY_WEIGHTS.id: TINY}


@dataclass(frozen=True)
class Backbone:
    """What a network is built on.

    Attributes:
        sizes: of the decoder.
        decoder: its tensors, by the names transformers gives them.
        projection: tensors of the frozen map from features to frame vectors; empty where there is none.
        codec: how the decoder is spoken to.
        reads: name of the feature that map was made for; empty where there is none.
        digest: of the weights, as imported or made.
    """

    sizes: Sizes
    decoder: Mapping[str, Tensor]
    projection: Mapping[str, Tensor]
    codec: Codec
    reads: str
    digest: str


def sizes_of(weights_id: str) -> Sizes:
    """The sizes of a backbone, which for those named in the specs need not be there.

    Raises:
        WeightsMissingError: it is neither known nor there.
        DataDamagedError: its configuration cannot be read.
    """
    known = _KNOWN.get(weights_id)
    return known if known is not None else _read_sizes(_folder(weights_id))[0]


def load_backbone(weights_id: str) -> Backbone:
    """A backbone, on the CPU.

    Raises:
        WeightsMissingError: it is not there.
        DataDamagedError: a file is missing, cut off, or of another model.
    """
    folder = _folder(weights_id)
    sizes, start, reads = _read_sizes(folder)
    path = folder / TENSORS
    found: dict[str, Tensor] = {}
    try:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118
                if name.startswith((DECODER, PROJECTION)):
                    found[name] = file.get_tensor(name)
    except (SafetensorError, OSError) as error:
        raise damaged(path, "", "a safetensors file", error, AGAIN) from None
    decoder = _part(found, DECODER)
    projection = _part(found, PROJECTION)
    _check(path, decoder, new_decoder_shapes(sizes), optional=TIED)
    if sizes.feature:
        shapes = {"weight": (sizes.width, sizes.feature), "bias": (sizes.width,)}
        _check(path, projection, shapes)
    # The reader raises whatever its library raises, bare Exception included.
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise damaged(folder, "", "a tokenizer", reason, AGAIN) from error
    if len(tokenizer) > sizes.vocabulary:
        raise damaged(folder, "", f"a tokenizer of at most {sizes.vocabulary} tokens", len(tokenizer), AGAIN)
    return Backbone(
        sizes, decoder, projection, Codec(tokenizer, start), reads, read_weights_manifest(folder).digest
    )


def check_lengths(sizes: Sizes, *lengths: int) -> None:
    """Refuse texts that are longer than the decoder has positions for.

    Raises:
        MismatchError: naming both.
    """
    if max(lengths) > sizes.positions:
        raise MismatchError(
            f"a text of {max(lengths)} tokens is asked for; the decoder has positions for {sizes.positions}.",
            f"Set max_length and max_tokens to {sizes.positions} or fewer.",
        )


def save_backbone(
    folder: Path, sizes: Sizes, decoder: nn.Module, projection: nn.Linear, tokenizer: Any, reads: str
) -> None:
    """Write a backbone that was trained here into an existing folder."""
    content = {
        "model_type": "blip",
        "text_config": {
            "vocab_size": sizes.vocabulary,
            "hidden_size": sizes.width,
            "encoder_hidden_size": sizes.width,
            "intermediate_size": sizes.mlp,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "max_position_embeddings": sizes.positions,
            "bos_token_id": sizes.vocabulary - 2,
        },
        "frame_projection": {"feature": reads, "width": sizes.feature},
    }
    text = json.dumps(content, indent=1, sort_keys=True)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
    state = {f"{DECODER}{name}": tensor for name, tensor in decoder.state_dict().items() if name not in TIED}
    state |= {f"{PROJECTION}{name}": tensor for name, tensor in projection.state_dict().items()}
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    save_file(kept, folder / TENSORS, metadata={"format": "pt"})
    tokenizer.save_pretrained(folder)


def new_decoder_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Name → shape of every tensor of a decoder, none of which is allocated."""
    with torch.device("meta"):
        decoder = new_decoder(sizes)
    return {name: tuple(tensor.shape) for name, tensor in decoder.state_dict().items()}


def _folder(weights_id: str) -> Path:
    folder = find_weights(weights_id)
    if folder is None:
        raise WeightsMissingError(
            f"the weights {weights_id!r} are not in {weights_root()}.",
            f"See `vsumbench weights status {weights_id}`.",
        )
    return folder


def _read_sizes(folder: Path) -> tuple[Sizes, int, str]:
    """Sizes, id of the start token, and the feature the frozen map reads."""
    path = folder / CONFIG
    content = read_json(path)
    try:
        if content["model_type"] != "blip":
            raise ValueError(f"a model of type {content['model_type']!r}")
        stated = content["text_config"]
        # Transformers would take 8 heads, and a start token of BERT's vocabulary, where nothing is said.
        heads, start = int(stated["num_attention_heads"]), int(stated["bos_token_id"])
        text = BlipTextConfig(**stated)
        if text.encoder_hidden_size != text.hidden_size:
            raise ValueError(f"frames of width {text.encoder_hidden_size}, words of {text.hidden_size}")
        if text.hidden_size % heads or not 0 < start < text.vocab_size:
            raise ValueError(f"width {text.hidden_size}, {heads} heads, start token {start}")
        projection = content.get("frame_projection", {"feature": "", "width": 0})
        sizes = Sizes(
            width=text.hidden_size,
            heads=heads,
            mlp=text.intermediate_size,
            layers=text.num_hidden_layers,
            vocabulary=text.vocab_size,
            positions=text.max_position_embeddings,
            feature=int(projection["width"]),
        )
        return sizes, start, str(projection["feature"])
    # Transformers checks its configurations with errors of its own.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise damaged(path, "", "the configuration of a BLIP captioner", reason, AGAIN) from None


def _part(found: Mapping[str, Tensor], beginning: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(beginning): tensor.float()
        for name, tensor in found.items()
        if name.startswith(beginning) and not name.endswith("position_ids")
    }


def _check(
    path: Path,
    found: Mapping[str, Tensor],
    expected: Mapping[str, tuple[int, ...]],
    optional: tuple[str, ...] = (),
) -> None:
    """Refuse tensors that are missing, unknown or of another shape."""
    for name in sorted({*found, *expected} - (set(optional) - found.keys())):
        own = tuple(found[name].shape) if name in found else None
        if own != expected.get(name):
            wanted = str(expected.get(name, "no such tensor"))
            raise damaged(path, name, wanted, own or "nothing", AGAIN)
