"""Loads a CLIP checkpoint."""

from __future__ import annotations

from typing import Any

from transformers import CLIPModel

from vsumbench.data.checkpoints import Checkpoint
from vsumbench.data.pretrained import damaged_checkpoint, load_pretrained
from vsumbench.errors import MismatchError


def load_clip(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer.

    Raises:
        MismatchError: it is no CLIP model.
        DataDamagedError: its files cannot be read, lack parameters or a vocabulary, or do not belong
            together.
    """

    def accept(config: Any) -> None:
        if config.model_type != "clip":
            raise MismatchError(
                f"the checkpoint {checkpoint.name!r} is of type {config.model_type!r}; expected 'clip'.",
                "Name a CLIP checkpoint in the brackets.",
            )

    model, tokenizer = load_pretrained(CLIPModel, checkpoint, accept=accept)
    words, known = len(tokenizer), model.config.text_config.vocab_size
    if words > known:
        raise damaged_checkpoint(checkpoint, f"has a tokenizer of {words} tokens and a model of {known}")
    return model, tokenizer
