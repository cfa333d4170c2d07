"""Loads a CLIP or a BLIP checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safetensors import SafetensorError, safe_open
from transformers import BlipForConditionalGeneration, BlipForImageTextRetrieval, CLIPModel

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
    model, tokenizer = load_pretrained(CLIPModel, checkpoint, accept=_only("clip", "CLIP", checkpoint))
    return model, _fitting(tokenizer, model, checkpoint)


def load_blip(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer: one for retrieval as such, of others the image tower alone.

    Raises:
        MismatchError: it is no BLIP model.
        DataDamagedError: as `load_clip`.
    """
    accept = _only("blip", "BLIP", checkpoint)
    if _has(checkpoint, "text_proj."):
        # The head that matches a pair is not looked at.
        model, tokenizer = load_pretrained(
            BlipForImageTextRetrieval, checkpoint, accept=accept, unused=("itm_head.",)
        )
        return model, _fitting(tokenizer, model, checkpoint)
    model, tokenizer = load_pretrained(
        BlipForConditionalGeneration, checkpoint, accept=accept, unused=("text_decoder.",)
    )
    model.text_decoder = None
    return model, tokenizer


def _only(kind: str, name: str, checkpoint: Checkpoint) -> Callable[[Any], None]:
    def accept(config: Any) -> None:
        if config.model_type != kind:
            raise MismatchError(
                f"the checkpoint {checkpoint.name!r} is of type {config.model_type!r}; expected {kind!r}.",
                f"Name a {name} checkpoint in the brackets.",
            )

    return accept


def _fitting(tokenizer: Any, model: Any, checkpoint: Checkpoint) -> Any:
    words, known = len(tokenizer), model.config.text_config.vocab_size
    if words > known:
        raise damaged_checkpoint(checkpoint, f"has a tokenizer of {words} tokens and a model of {known}")
    return tokenizer


def _has(checkpoint: Checkpoint, beginning: str) -> bool:
    """Whether a parameter's name begins so."""
    try:
        for name in checkpoint.weights:
            with safe_open(str(checkpoint.folder / name), framework="pt") as file:
                if any(key.startswith(beginning) for key in file.keys()):  # noqa: SIM118
                    return True
    except (SafetensorError, OSError) as error:
        raise damaged_checkpoint(checkpoint, f"cannot be read: {error}") from error
    return False
