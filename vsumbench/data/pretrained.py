"""Loads what transformers saved so that nothing in it is made up: no parameter drawn, no vocabulary guessed.

It needs the packages of `vsumbench[train]`; only implementations import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoTokenizer
from transformers.utils import logging

from vsumbench.errors import DataDamagedError

from .checkpoints import Checkpoint


def load_pretrained(
    kind: Any, checkpoint: Checkpoint, *, accept: Callable[[Any], None], unused: tuple[str, ...] = ()
) -> tuple[Any, Any]:
    """The model in float32, whatever type its file holds, and its tokenizer. Nothing is downloaded.

    Args:
        kind: the class of transformers that loads the model.
        checkpoint: where it lies.
        accept: is given the configuration before anything else is read, and raises for one of another kind.
        unused: how the names of parameters begin that are never looked at and may be missing.

    Raises:
        DataDamagedError: files that cannot be read, or that lack parameters or the vocabulary.
    """
    folder = str(checkpoint.folder)
    try:
        accept(AutoConfig.from_pretrained(folder, local_files_only=True))
        with _quiet():
            model, report = kind.from_pretrained(
                folder,
                local_files_only=True,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise damaged_checkpoint(checkpoint, f"cannot be read: {line}") from error
    absent = sorted(name for name in report["missing_keys"] if not name.startswith(unused))
    if absent:
        # They would be drawn at random, and every value would look like one.
        raise damaged_checkpoint(checkpoint, f"lacks {len(absent)} parameters, {absent[0]} first")
    _check_vocabulary(tokenizer, checkpoint)
    return model, tokenizer


def damaged_checkpoint(checkpoint: Checkpoint, what: str) -> DataDamagedError:
    """The error for a checkpoint that is here and cannot be used."""
    return DataDamagedError(
        f"the checkpoint {checkpoint.name!r} in {checkpoint.folder} {what}.", "Get its files again."
    )


def _check_vocabulary(tokenizer: Any, checkpoint: Checkpoint) -> None:
    """Refuse a tokenizer without its files: transformers makes one up, of a few words."""
    files = dict(tokenizer.vocab_files_names)
    whole = files.pop("tokenizer_file", "tokenizer.json")
    if (checkpoint.folder / whole).is_file():
        return
    if not files or any(not (checkpoint.folder / name).is_file() for name in files.values()):
        parts = " with ".join(files.values())
        raise damaged_checkpoint(
            checkpoint, f"has no tokenizer: no {whole}{f' and no {parts}' if parts else ''}"
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
