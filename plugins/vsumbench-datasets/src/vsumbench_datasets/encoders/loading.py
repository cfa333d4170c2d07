"""Loads a CLIP checkpoint so that nothing in it can be made up: no parameter drawn, no vocabulary guessed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoTokenizer, CLIPModel
from transformers.utils import logging

from vsumbench.data.checkpoints import Checkpoint
from vsumbench.errors import DataDamagedError, MismatchError

_TOKENIZERS = (("tokenizer.json",), ("vocab.json", "merges.txt"))


def load_clip(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer.

    Raises:
        MismatchError: it is no CLIP model.
        DataDamagedError: its files cannot be read, lack parameters or a vocabulary, or do not belong
            together.
    """
    folder = str(checkpoint.folder)
    kind_of_model: Any = CLIPModel
    if not any(all((checkpoint.folder / name).is_file() for name in names) for names in _TOKENIZERS):
        # transformers would make up a tokenizer of two words.
        raise _damaged(checkpoint, "has no tokenizer.json and no vocab.json with merges.txt")
    try:
        kind = AutoConfig.from_pretrained(folder, local_files_only=True).model_type
        if kind != "clip":
            raise MismatchError(
                f"the checkpoint {checkpoint.name!r} is of type {kind!r}; expected 'clip'.",
                "Name a CLIP checkpoint in the brackets.",
            )
        # Float32 whatever the file holds: transformers would otherwise compute in the type it was saved in.
        with _quiet():
            model, report = kind_of_model.from_pretrained(
                folder,
                local_files_only=True,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise _damaged(checkpoint, f"cannot be read: {line}") from error
    absent = sorted(report["missing_keys"])
    if absent:
        # They would be drawn at random, and every value would look like one.
        raise _damaged(checkpoint, f"lacks {len(absent)} parameters, {absent[0]} first")
    words, known = len(tokenizer), model.config.text_config.vocab_size
    if words > known:
        raise _damaged(checkpoint, f"has a tokenizer of {words} tokens and a model of {known}")
    return model, tokenizer


def _damaged(checkpoint: Checkpoint, what: str) -> DataDamagedError:
    return DataDamagedError(
        f"the checkpoint {checkpoint.name!r} in {checkpoint.folder} {what}.", "Get its files again."
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' progress bars, which belong to no line of ours."""
    bars: Any = logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()
