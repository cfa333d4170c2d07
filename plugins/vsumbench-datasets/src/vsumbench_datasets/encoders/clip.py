"""CLIP from a local checkpoint of transformers: frames and texts to vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor

from vsumbench.contracts import Context
from vsumbench.data.checkpoints import Checkpoint, find_checkpoint
from vsumbench.errors import MismatchError

from .loading import load_clip
from .pixels import Preparation

FRAMES, TEXTS = 32, 64
"""How many go through the model together."""


class ClipEncoder:
    """An `Encoder`. Pooled vectors are the model's projected embeddings as they are, not normalised.

    Attributes:
        context_length: tokens of a text the model reads, with the two that mark start and end.
        weights_sha256: digest of the checkpoint's weights file.
    """

    def __init__(self, checkpoint: Checkpoint, device: str, dtype: str) -> None:
        self._name = checkpoint.title
        self._device = torch.device(device)
        self._autocast = dtype == "bfloat16"
        self._prepare = Preparation.read(checkpoint.folder)
        self._model, self._tokenizer = load_clip(checkpoint)
        side = self._model.config.vision_config.image_size
        if self._prepare.crop != (side, side):
            raise MismatchError(
                f"the checkpoint {checkpoint.name!r} sees {side} x {side} pixels; its preparation cuts "
                f"{self._prepare.crop[0]} x {self._prepare.crop[1]}.",
                "Get its files again; preprocessor_config.json belongs to another model.",
            )
        wide = torch.float64 if dtype == "float64" else torch.float32
        self._model.to(device=self._device, dtype=wide).eval()
        self._dtype = wide
        self._dim = int(self._model.config.projection_dim)
        self.context_length = int(self._model.config.text_config.max_position_embeddings)
        self.weights_sha256 = checkpoint.sha256()

    def pooled_images(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, dim) projected embeddings of B frames (height, width, 3) uint8, whose sizes may differ."""
        if not pixels:
            return self._nothing(self._dim)
        return self._images(pixels, lambda batch: _pooled(self._model.get_image_features(batch)))

    def image_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, 1 + patches, width): last hidden states of the vision tower, class token first."""
        if not pixels:
            vision = self._model.config.vision_config
            return self._nothing(1 + (vision.image_size // vision.patch_size) ** 2, vision.hidden_size)
        return self._images(pixels, lambda batch: self._model.vision_model(batch).last_hidden_state)

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, dim) projected embeddings; a text longer than the model's context is cut (`truncated`)."""
        if not texts:
            return self._nothing(self._dim)

        def run(batch: Sequence[str]) -> Tensor:
            tokens = self._tokenizer(
                list(batch),
                padding=True,
                truncation=True,
                max_length=self.context_length,
                return_tensors="pt",
            ).to(self._device)
            return _pooled(
                self._model.get_text_features(tokens["input_ids"], attention_mask=tokens["attention_mask"])
            )

        return self._in_batches(texts, TEXTS, run)

    def truncated(self, texts: Sequence[str]) -> int:
        """How many of these texts are longer than the model's context."""
        if not texts:
            return 0
        tokens = self._tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
        return sum(len(ids) > self.context_length for ids in tokens)

    def describe(self) -> str:
        """The checkpoint, to stand beside a number: name, version of transformers, digest of the weights."""
        return (
            f"CLIP {self._name} (transformers {transformers.__version__}, weights sha256 "
            f"{self.weights_sha256[:16]})"
        )

    def _images(
        self, pixels: Sequence[NDArray[np.uint8]], run: Callable[[Tensor], Tensor]
    ) -> NDArray[np.float32]:
        def prepared(batch: Sequence[NDArray[np.uint8]]) -> Tensor:
            frames = [self._prepare(frame, self._device) for frame in batch]
            return run(torch.stack(frames).to(self._dtype))

        return self._in_batches(pixels, FRAMES, prepared)

    def _in_batches(
        self, things: Sequence[Any], size: int, run: Callable[[Sequence[Any]], Tensor]
    ) -> NDArray[np.float32]:
        with torch.inference_mode(), self._precision():
            found = [run(batch).to("cpu", torch.float32) for batch in _batches(things, size)]
        return torch.cat(found).numpy()

    @staticmethod
    def _nothing(*shape: int) -> NDArray[np.float32]:
        return np.zeros((0, *shape), dtype=np.float32)

    def _precision(self) -> AbstractContextManager[Any]:
        if self._autocast:
            return torch.autocast(self._device.type, dtype=torch.bfloat16)
        return nullcontext()


def build(context: Context, argument: str) -> ClipEncoder:
    """The encoder of a checkpoint: a folder, else below the weights root, else in the cache of the Hub.

    Raises:
        UnavailableError: it is not on this machine; the hint gets it. Nothing is downloaded.
        MismatchError: it is no CLIP model.
        DataDamagedError: its files cannot be read, or lack parameters.
    """
    return ClipEncoder(find_checkpoint(argument), context.device, context.dtype)


def _pooled(output: Any) -> Tensor:
    """The projected embeddings: transformers 5 wraps them in an output object, before it gave the tensor."""
    found: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return found


def _batches(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
