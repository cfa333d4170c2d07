"""BLIP from a local checkpoint of transformers: frames to vectors, and texts where it reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from .clip import FRAMES, TEXTS
from .loading import load_blip
from .pixels import Preparation


class BlipEncoder:
    """An `Encoder`. No vector is normalised.

    The class token of a frame is that of the tower's last layer norm: what VTSUM-BLIP reads. (Transformers'
    `pooler_output` applies that layer norm a second time.) A checkpoint for retrieval also has the two
    projections into the space that images and texts share; with it `pooled_images` and `pooled_text` are
    projected. With any other checkpoint `pooled_images` are class tokens, and there is no `pooled_text`.

    Attributes:
        weights_sha256: digest of the checkpoint's weights file.
        context_length: tokens of a text the model reads, with the two that mark start and end.
    """

    def __init__(self, checkpoint: Checkpoint, device: str, dtype: str) -> None:
        self._name = checkpoint.title
        self._device = torch.device(device)
        self._autocast = dtype == "bfloat16"
        self._model, self._tokenizer = load_blip(checkpoint)
        self._prepare = Preparation.read(checkpoint.folder, cropped=False)
        side = self._model.config.vision_config.image_size
        if self._prepare.crop != (side, side):
            raise MismatchError(
                f"the checkpoint {checkpoint.name!r} sees {side} x {side} pixels; its preparation gives "
                f"{self._prepare.crop[0]} x {self._prepare.crop[1]}.",
                "Get its files again; preprocessor_config.json belongs to another model.",
            )
        self._wide = torch.float64 if dtype == "float64" else torch.float32
        self._model.to(device=self._device, dtype=self._wide).eval()
        self._projects = hasattr(self._model, "vision_proj")
        self.context_length = int(self._model.config.text_config.max_position_embeddings)
        self.weights_sha256 = checkpoint.sha256()

    def class_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, width): the class token of each frame (height, width, 3) uint8; sizes may differ."""
        return self._images(pixels, (self._width,), lambda states: states[:, 0])

    def pooled_images(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, dim): class tokens, projected into the space of texts where the checkpoint has one."""
        if not self._projects:
            return self.class_tokens(pixels)
        dim = int(self._model.vision_proj.out_features)
        return self._images(pixels, (dim,), lambda states: self._model.vision_proj(states[:, 0]))

    def image_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, 1 + patches, width): last hidden states of the tower, class token first."""
        vision = self._model.config.vision_config
        count = 1 + (vision.image_size // vision.patch_size) ** 2
        return self._images(pixels, (count, self._width), lambda states: states)

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, dim) projected class tokens; a text longer than the model's context is cut.

        Raises:
            MismatchError: the checkpoint is not one for retrieval.
        """
        if not self._projects:
            raise MismatchError(
                f"the checkpoint {self._name!r} has no projection of texts.",
                "Name a BLIP checkpoint for image-text retrieval in the brackets.",
            )

        def run(batch: Sequence[str]) -> Tensor:
            tokens = self._tokenizer(
                list(batch),
                padding=True,
                truncation=True,
                max_length=self.context_length,
                return_tensors="pt",
            ).to(self._device)
            states = self._model.text_encoder(
                input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
            ).last_hidden_state
            projected: Tensor = self._model.text_proj(states[:, 0])
            return projected

        return self._in_batches(texts, TEXTS, (int(self._model.text_proj.out_features),), run)

    def describe(self) -> str:
        """The checkpoint, to stand beside a number: name, version of transformers, digest of the weights."""
        return (
            f"BLIP {self._name} (transformers {transformers.__version__}, weights sha256 "
            f"{self.weights_sha256[:16]})"
        )

    @property
    def _width(self) -> int:
        return int(self._model.config.vision_config.hidden_size)

    def _images(
        self, pixels: Sequence[NDArray[np.uint8]], shape: tuple[int, ...], take: Callable[[Tensor], Tensor]
    ) -> NDArray[np.float32]:
        def run(batch: Sequence[NDArray[np.uint8]]) -> Tensor:
            pictures = torch.stack([self._prepare(one, self._device) for one in batch]).to(self._wide)
            return take(self._model.vision_model(pictures).last_hidden_state)

        return self._in_batches(pixels, FRAMES, shape, run)

    def _in_batches(
        self, things: Sequence[Any], size: int, shape: tuple[int, ...], run: Callable[[Any], Tensor]
    ) -> NDArray[np.float32]:
        rows = np.zeros((len(things), *shape), dtype=np.float32)
        with torch.inference_mode(), self._precision():
            for start in range(0, len(things), size):
                found = run(things[start : start + size])
                rows[start : start + size] = found.to("cpu", torch.float32).numpy()
        return rows

    def _precision(self) -> AbstractContextManager[Any]:
        if self._autocast:
            return torch.autocast(self._device.type, dtype=torch.bfloat16)
        return nullcontext()


def build(context: Context, argument: str) -> BlipEncoder:
    """The encoder of a checkpoint: a folder, else below the weights root, else in the cache of the Hub.

    Raises:
        UnavailableError: it is not on this machine; the hint gets it. Nothing is downloaded.
        MismatchError: it is no BLIP model.
        DataDamagedError: its files cannot be read, or lack parameters.
    """
    return BlipEncoder(find_checkpoint(argument), context.device, context.dtype)
