"""Loads a text encoder for BERTScore."""

from __future__ import annotations

from typing import Any

from transformers import AutoModel

from vsumbench.data.checkpoints import Checkpoint
from vsumbench.data.pretrained import load_pretrained
from vsumbench.errors import MismatchError


def load_encoder(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer.

    Raises:
        MismatchError: it is an encoder with a decoder.
        DataDamagedError: its files cannot be read, or lack parameters or a tokenizer.
    """

    def accept(config: Any) -> None:
        if config.is_encoder_decoder:
            raise MismatchError(
                f"the checkpoint {checkpoint.name!r} is an encoder with a decoder ({config.model_type}).",
                "BERTScore looks at the layers of an encoder alone; name one.",
            )

    # The pooler comes after the last layer and is not looked at; many checkpoints have none.
    return load_pretrained(AutoModel, checkpoint, accept=accept, unused=("pooler.",))
