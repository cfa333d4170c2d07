"""Text encoders of random weights, small enough to make in a test, saved as published ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    RobertaConfig,
    RobertaModel,
    RobertaTokenizer,
)

WORDS = [
    "a",
    "the",
    "dog",
    "cat",
    "man",
    "horse",
    "runs",
    "rides",
    "sleeps",
    "on",
    "in",
    "beach",
    "field",
    "tree",
    "fast",
    "slowly",
    ".",
    ",",
    "!",
]
POSITIONS = 24
_SIZES = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}


def save_bert(folder: Path) -> Any:
    """A BERT that knows `WORDS`; anything else is [UNK]."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(words)})
    config = BertConfig(vocab_size=len(words), max_position_embeddings=POSITIONS, **_SIZES)
    return _save(folder, BertModel, config, tokenizer)


def save_roberta(folder: Path) -> Any:
    """A RoBERTa of single bytes, for which `a` at the start of a text and ` a` are two tokens."""
    signs = [chr(code) for code in range(33, 127)]
    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "Ġ", *signs, *(f"Ġ{sign}" for sign in signs)]
    tokenizer = RobertaTokenizer(
        vocab={word: number for number, word in enumerate(words)}, merges=[("Ġ", sign) for sign in signs]
    )
    # Positions are counted from 2, behind that of padding (1).
    config = RobertaConfig(
        vocab_size=len(words), max_position_embeddings=POSITIONS + 2, pad_token_id=1, **_SIZES
    )
    return _save(folder, RobertaModel, config, tokenizer)


def _save(folder: Path, kind: Any, config: Any, tokenizer: Any) -> Any:
    folder.mkdir(parents=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = kind(config)
        # Random weights as they are made give nearly the same vector to every token.
        for parameter in model.parameters():
            parameter.data.mul_(8)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.eval()
