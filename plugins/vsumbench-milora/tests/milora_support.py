"""A backbone with random weights, of the tiny one's shape and smaller: a fixture, never a result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.specs import MILORA
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone
from vsumbench_milora.video_llama.checkpoint import save_backbone
from vsumbench_milora.video_llama.config import (
    INSTRUCTION,
    BackboneConfig,
    LanguageSize,
    QFormerSize,
    VisionSize,
)
from vsumbench_milora.video_llama.frames import read_frames
from vsumbench_milora.video_llama.prompt import TextBatch
from vsumbench_milora.video_llama.text import TextCodec, word_tokenizer

from vsumbench.config.options import compose_options
from vsumbench.contracts import (
    Annotations,
    Context,
    Folders,
    Frame,
    Sample,
    Seeds,
    Selection,
    Video,
)
from vsumbench.data import sha256_file
from vsumbench.data.weights import WEIGHTS_MANIFEST, WeightsManifest
from vsumbench.planted import TARGET, sentences, words, write_script
from vsumbench.testing.interrupting import StepCounter

TINY_ID = "video-llama-tiny"
TOKENIZER = word_tokenizer([*words(), *INSTRUCTION.strip(".").split()])
MICRO = BackboneConfig(
    vision=VisionSize(width=16, layers=1, heads=2, mlp=32, image=16, patch=8),
    width=24,
    image_qformer=QFormerSize(layers=2, heads=2, ffn=48, cross_every=2, queries=2),
    video_qformer=QFormerSize(layers=2, heads=2, ffn=48, cross_every=1, queries=6),
    frame_positions=32,
    language=LanguageSize(width=32, layers=2, heads=2, mlp=64, vocabulary=len(TOKENIZER), positions=128),
)


def write_weights(root: Path, weights_id: str = TINY_ID, backbone: Backbone | None = None) -> Path:
    """A folder of weights with its manifest, as `vsumbench weights import` leaves one."""
    folder = root / weights_id
    folder.mkdir(parents=True)
    save_backbone(folder, backbone or new_backbone(MICRO, 7), TOKENIZER)
    write_manifest(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """Say that what is in the folder now is what belongs there."""
    files = {
        path.name: sha256_file(path) for path in sorted(folder.iterdir()) if path.name != WEIGHTS_MANIFEST
    }
    manifest = WeightsManifest(id=folder.name, origin="imported", licence="Apache-2.0", files=files)
    (folder / WEIGHTS_MANIFEST).write_text(json.dumps(manifest.to_json()), encoding="utf-8")


def options_of(variant: str = "combined", **changes: Any) -> MiloraOptions:
    """The tiny preset's options with changes."""
    composed = compose_options(MILORA, variant=MILORA.variant(variant), preset=MILORA.preset("tiny")).options
    made: MiloraOptions = replace(composed, **changes)
    return made


def awaken(backbone: Backbone) -> Backbone:
    """Larger weights: random ones of the usual size attend to everything alike and repeat one token."""
    with torch.no_grad():
        for parameter in backbone.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4.0)
    return backbone


def talking_backbone(taught: list[Sample]) -> Backbone:
    """The micro backbone after it has learned, whole, to tell these videos apart and write their texts."""
    backbone = new_backbone(MICRO, 7)
    codec = TextCodec(TOKENIZER)
    prompt = codec.prompt(INSTRUCTION)
    text = TextBatch.of([codec.encode(one.annotations.texts[0], 20) for one in taught], codec.padding)
    pixels = torch.stack([read_frames(one.video, 2, MICRO.vision.image) for one in taught])
    optimizer = torch.optim.Adam(backbone.parameters(), lr=3e-3)
    for _ in range(250):
        optimizer.zero_grad()
        total, count = backbone.language_loss(backbone.see(backbone.encode_frames(pixels)), prompt, text)
        torch.autograd.backward(total / count)
        optimizer.step()
    return backbone


def stir(model: torch.nn.Module, scale: float = 0.3) -> None:
    """Give every trainable tensor other values than those it starts with."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(scale * torch.randn(parameter.shape, generator=generator))


def noise_video(video_id: str, steps: int = 12, side: int = 16) -> Video:
    """A video of random pixels, 1 fps."""
    return Video(
        id=video_id,
        duration=float(steps),
        fps=1.0,
        n_frames=steps,
        picks=np.arange(steps, dtype=np.int64),
        frames=partial(_noise, video_id, steps, side),
    )


def _noise(video_id: str, steps: int, side: int) -> Iterator[Frame]:
    draw = Seeds(1).child(video_id).generator()
    # A colour of its own for each video, so that videos can be told apart.
    colour = draw.integers(0, 256, 3)
    for step in range(steps):
        grain = draw.integers(-20, 20, (side, side, 3))
        yield Frame(index=step, time=float(step), pixels=np.clip(colour + grain, 0, 255).astype(np.uint8))


def caption(video_id: str) -> str:
    """A planted caption."""
    return " ".join(sentences(write_script(TARGET, video_id)))


def samples(count: int, prefix: str = "v") -> list[Sample]:
    """Videos of noise with planted captions, which have nothing to do with each other."""
    ids = [f"{prefix}{number}" for number in range(count)]
    return [Sample(noise_video(name), Annotations(video_id=name, texts=(caption(name),))) for name in ids]


@dataclass
class Bench:
    """Contexts of one fold below a folder."""

    folder: Path
    options: MiloraOptions = field(default_factory=options_of)

    def context(self, **changes: Any) -> Context:
        """A context on the CPU without validation."""
        folders = Folders(checkpoints=self.folder / "checkpoints", scratch=self.folder / "scratch")
        for path in (folders.checkpoints, folders.scratch):
            path.mkdir(parents=True, exist_ok=True)
        given: dict[str, Any] = {
            "device": "cpu",
            "dtype": "float32",
            "seeds": Seeds(0).child("test"),
            "folders": folders,
            "progress": StepCounter(),
            "options": self.options,
            "selection": Selection.LAST_EPOCH,
            "validate": None,
            "annotations": None,
            "model": _nothing,
            "metric": _nothing,
            "encoder": _nothing,
        }
        return Context(**given | changes)


def _nothing(name: str) -> Any:
    raise LookupError(name)
