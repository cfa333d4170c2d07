"""From the frames of a video to rows of a network, with a bounded number of frames in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vsumbench.contracts import Context, Video
from vsumbench.data.features import frames_at_once
from vsumbench.errors import MismatchError
from vsumbench_datasets.encoders.pixels import Preparation

BLOCK_BYTES = 96 << 20
"""Pixels of full size that are held together at most, but for a single frame that is larger."""

IMAGENET = Preparation(
    size=256,
    crop=(224, 224),
    scale=1 / 255,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    mode="bilinear",
)
"""What networks trained on ImageNet are given: shorter side 256, centre 224, channels standardised."""


def pixels_of(video: Video) -> Iterator[NDArray[np.uint8]]:
    """The pixels of the picks, one after the other.

    Raises:
        MismatchError: the video has no frames.
    """
    if video.frames is None:
        raise MismatchError(
            f"video {video.id!r} has no frames to extract from.", "Use an edition that has them."
        )
    for frame in video.frames():
        yield frame.pixels


def pixel_blocks(video: Video, size: int, limit: int = BLOCK_BYTES) -> Iterator[list[NDArray[np.uint8]]]:
    """The pixels of the picks in lists of `size`, shorter where the frames are large."""
    block: list[NDArray[np.uint8]] = []
    for pixels in pixels_of(video):
        if block and (len(block) == size or sum(one.nbytes for one in block) + pixels.nbytes > limit):
            yield block
            block = []
        block.append(pixels)
    if block:
        yield block


class NetworkExtractor:
    """An `Extractor`: frames are prepared as they come; the small pictures go through a network in batches.

    Args:
        context: device, precision and batch size.
        network: from (B, 3, height, width) to the rows, (B, *shape).
        prepare: from a frame to what the network sees.
    """

    def __init__(self, context: Context, network: nn.Module, prepare: Preparation) -> None:
        self._device = torch.device(context.device)
        self._autocast = context.dtype == "bfloat16"
        self._wide = torch.float64 if context.dtype == "float64" else torch.float32
        self._batch = frames_at_once(context.options, context.device)
        self._network = network.to(device=self._device, dtype=self._wide).eval()
        # Channels last: convolutions take two thirds of the time so.
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._prepare = prepare

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, *shape), one row a pick.

        Raises:
            MismatchError: the video has no frames.
        """
        pictures: list[Tensor] = []
        for pixels in pixels_of(video):
            pictures.append(self._prepare(pixels, self._device))
            if len(pictures) == self._batch:
                yield self._rows(pictures)
                pictures = []
        if pictures:
            yield self._rows(pictures)

    def rows(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, *shape) of some frames (height, width, 3) uint8."""
        return self._rows([self._prepare(one, self._device) for one in pixels])

    def _rows(self, pictures: list[Tensor]) -> NDArray[np.float32]:
        with torch.inference_mode(), computing(self._device, self._autocast):
            batch = torch.stack(pictures).to(self._wide, memory_format=torch.channels_last)
            found = self._network(batch)
        rows: NDArray[np.float32] = found.to("cpu", torch.float32).numpy()
        return rows


@contextmanager
def computing(device: torch.device, autocast: bool) -> Iterator[None]:
    """bfloat16 where asked for; on CUDA full float32 and the same kernels at every call."""
    with ExitStack() as stack:
        if device.type == "cuda":
            stack.enter_context(
                torch.backends.cudnn.flags(
                    enabled=True, benchmark=False, deterministic=True, allow_tf32=False
                )
            )
        stack.enter_context(_autocast(device) if autocast else nullcontext())
        yield


def _autocast(device: torch.device) -> AbstractContextManager[Any]:
    return torch.autocast(device.type, dtype=torch.bfloat16)


Rows = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float32]]


class EncoderExtractor:
    """An `Extractor` whose rows an encoder gives, so that a tower is loaded once."""

    def __init__(self, context: Context, rows: Rows) -> None:
        self._batch = frames_at_once(context.options, context.device)
        self._rows = rows

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, dim), one row a pick.

        Raises:
            MismatchError: the video has no frames.
        """
        for block in pixel_blocks(video, self._batch):
            yield self._rows(block)
