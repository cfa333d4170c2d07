"""A small BLIP with random weights and a tokenizer of a few words, on disk: a fixture, never a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import BlipConfig, BlipForConditionalGeneration, PreTrainedTokenizerFast

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "a", "red", "blue", "ball", "rolls", "falls")
SIDE = 16


def write_blip(folder: Path, *, taught: bool = False) -> Path:
    """Write it into a new folder, in the layout of transformers.

    `taught`: after it has learned to tell red images from blue ones; random weights write the same words for
    every image.
    """
    folder.mkdir(parents=True)
    text = {
        "vocab_size": len(PIECES),
        "hidden_size": 16,
        "encoder_hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 24,
        "pad_token_id": 0,
        "bos_token_id": PIECES.index("[DEC]"),
        "eos_token_id": PIECES.index("[SEP]"),
        "sep_token_id": PIECES.index("[SEP]"),
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 8,
    }
    config: Any = BlipConfig(text_config=text, vision_config=vision, projection_dim=16)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model: Any = BlipForConditionalGeneration(config)
    if taught:
        _teach(model.train(False))
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


TAUGHT = {(1.5, -1.5, -1.5): "a red ball rolls", (-1.5, -1.5, 1.5): "a blue ball falls a red ball rolls"}
"""Normalised colour of an image → what is written of it."""


def _teach(model: Any) -> None:
    pixels = torch.stack([torch.tensor(colour).view(3, 1, 1).expand(3, SIDE, SIDE) for colour in TAUGHT])
    ids = [[PIECES.index(word) for word in ("[DEC]", *text.split(), "[SEP]")] for text in TAUGHT.values()]
    longest = max(map(len, ids))
    given = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    labels = given.masked_fill(given == 0, -100)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        torch.autograd.backward(model(pixel_values=pixels, input_ids=given, labels=labels).loss)
        optimizer.step()


def tokenizer() -> Any:
    """One piece a word."""
    made = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    kind: Any = PreTrainedTokenizerFast
    return kind(tokenizer_object=made, bos_token="[DEC]", additional_special_tokens=["[DEC]"], **names)
