"""A BLIP of random weights, small enough to make in a test, saved as published ones are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration, BlipForImageTextRetrieval

CONTEXT, WIDTH, SHARED = 16, 24, 10
SIDE, PATCH = 32, 8


def save_tiny_blip(folder: Path, *, retrieval: bool) -> Any:
    """For retrieval, with both projections; else for captions, with a text decoder."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
        "dog",
        "cat",
        "two",
        "big",
    ]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    BertTokenizer.from_pretrained(str(folder)).save_pretrained(folder)
    tower = {"hidden_size": WIDTH, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = {
        **tower,
        "vocab_size": len(words),
        "max_position_embeddings": CONTEXT,
        "encoder_hidden_size": WIDTH,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "pad_token_id": 0,
    }
    config = BlipConfig(
        text_config=text,
        # By default a new tower is all but zero, and sees no picture.
        vision_config={**tower, "image_size": SIDE, "patch_size": PATCH, "initializer_range": 0.3},
        image_text_hidden_size=SHARED,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        kind = BlipForImageTextRetrieval if retrieval else BlipForConditionalGeneration
        model = kind(config)
        # As it is made, the last layer norm hardly shows that it is applied twice.
        torch.nn.init.uniform_(model.vision_model.post_layernorm.weight, 0.5, 2.0)
        torch.nn.init.uniform_(model.vision_model.post_layernorm.bias, -1.0, 1.0)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "do_resize": True,
                "size": {"height": SIDE, "width": SIDE},
                "resample": 3,
                "do_rescale": True,
                "rescale_factor": 1 / 255,
                "do_normalize": True,
                "image_mean": [0.48145466, 0.4578275, 0.40821073],
                "image_std": [0.26862954, 0.26130258, 0.27577711],
            }
        )
    )
    return model.eval()
