"""The frozen image tower: an encoder, two extractors, and what a model may read in place of frames.

`read` is the image Q-Former's output (32 x 768 a frame at paper size), `vision` the ViT's (257 x 1408).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from vsumbench.contracts import Context, FeatureSpec, Video
from vsumbench.data.features import frames_at_once
from vsumbench.data.weights import read_weights_manifest
from vsumbench.errors import MismatchError
from vsumbench.training.precision import BFLOAT16, autocast, kept_in
from vsumbench_milora.options import VideoLlamaOptions

from .checkpoint import backbone_folder, checked_files, read_config
from .config import BackboneConfig
from .filling import Placement, filled
from .frames import normalised
from .keeping import Kept
from .tower_specs import READ, TOWER, VISION

Kind = Literal["read", "vision"]
_SPECS = {"read": READ, "vision": VISION}
PARTS = ("vision.", "image_queries", "image_qformer.")
"""How the names of the tower's parameters begin."""


@dataclass(frozen=True)
class Tower:
    """The tower of some weights.

    Attributes:
        weights_id, folder: the weights.
        kind: how far a frame goes.
    """

    weights_id: str
    folder: Path
    kind: Kind

    def sha256(self) -> str:
        """Digest of the weights, the language model's included: they are imported and known as a whole."""
        return read_weights_manifest(self.folder).digest

    def complete(self, output: FeatureSpec) -> FeatureSpec:
        """The output with its sizes.

        Raises:
            DataDamagedError: the weights do not state them.
        """
        return replace(output, shape=shape_of(read_config(self.folder), self.kind))


def find_read(argument: str) -> Tower:
    """The tower up to the image Q-Former of the weights of this id.

    Raises:
        WeightsMissingError: they are not here.
    """
    return Tower(argument, backbone_folder(argument), "read")


def find_vision(argument: str) -> Tower:
    """The ViT of the weights of this id.

    Raises:
        WeightsMissingError: they are not here.
    """
    return Tower(argument, backbone_folder(argument), "vision")


def shape_of(config: BackboneConfig, kind: Kind) -> tuple[int, int]:
    """Tokens of a frame and their width."""
    if kind == "vision":
        return config.vision.tokens, config.vision.width
    return config.image_qformer.queries, config.width


class TowerEncoder:
    """Frames → tokens. Of the weights only the tower is loaded."""

    def __init__(self, tower: Tower, device: str, dtype: str) -> None:
        self._tower, self._device, self._dtype = tower, device, dtype
        self._config = read_config(tower.folder)
        own = kept_in(dtype)
        frozen = torch.bfloat16 if dtype == BFLOAT16 else own
        where = Placement(device=device, dtype=own, frozen=frozen, only=PARTS)
        self._backbone = filled(self._config, checked_files(tower.folder, self._config), where)

    def describe(self) -> str:
        """Weights and their digest."""
        return f"{TOWER.id}[{self._tower.weights_id}] {self._tower.sha256()[:12]}"

    def image_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, queries, width) of the image Q-Former."""
        return self._rows(pixels, "read")

    def vision_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, tokens, width) of the ViT."""
        return self._rows(pixels, "vision")

    def pooled_images(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, width): the mean over the image Q-Former's tokens."""
        pooled: NDArray[np.float32] = self.image_tokens(pixels).mean(axis=1)
        return pooled

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Refused.

        Raises:
            MismatchError: always; the tower reads no text.
        """
        raise MismatchError(f"the encoder {TOWER.id!r} reads no text.", "Use one that does, such as clip.")

    @torch.no_grad()
    def _rows(self, pixels: Sequence[NDArray[np.uint8]], kind: Kind) -> NDArray[np.float32]:
        given = next(self._backbone.parameters())
        frames = normalised(pixels, self._config.vision.image).to(given.device, given.dtype)
        with autocast(given.device, self._dtype):
            found = self._backbone.encode_frames(frames[None])
            if kind == "read":
                found = self._backbone.read_frames(found)
        rows: NDArray[np.float32] = found[0].to("cpu", torch.float32).numpy()
        return rows


class TowerExtractor:
    """An `Extractor`: the tokens of every pick, a bounded number of frames at once."""

    def __init__(self, context: Context, argument: str, kind: Kind) -> None:
        encoder: TowerEncoder = context.encoder(f"{TOWER.id}[{argument}]")
        self._rows = encoder.image_tokens if kind == "read" else encoder.vision_tokens
        self._batch = frames_at_once(context.options, context.device)

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, tokens, width).

        Raises:
            MismatchError: the video has no frames.
        """
        if video.frames is None:
            raise MismatchError(f"video {video.id!r} has no frames here.", "Use an edition that has them.")
        held: list[NDArray[np.uint8]] = []
        for frame in video.frames():
            held.append(frame.pixels)
            if len(held) == self._batch:
                yield self._rows(held)
                held = []
        if held:
            yield self._rows(held)


def build_encoder(context: Context, argument: str) -> TowerEncoder:
    """The encoder of some weights.

    Raises:
        WeightsMissingError, DataDamagedError: they are not here, or not whole.
    """
    return TowerEncoder(find_read(argument), context.device, context.dtype)


build_read = partial(TowerExtractor, kind="read")
build_vision = partial(TowerExtractor, kind="vision")


def tower_of(options: VideoLlamaOptions, kind: Kind, dtype: str) -> Kept:
    """What `Sight` may take in place of a frame's way through the tower of these options.

    Raises:
        WeightsMissingError: the weights are not here.
    """
    tower = Tower(options.backbone, backbone_folder(options.backbone), kind)
    exact = dtype == BFLOAT16 and options.frozen_in == "float32"
    return Kept(
        extractor=_SPECS[kind],
        shape=shape_of(read_config(tower.folder), kind),
        weights=tower.sha256(),
        precision=f"{dtype}, frozen in float32" if exact else dtype,
        budget=int(options.disk_gib * (1 << 30)),
    )
