"""First stage: the vision tower and the image Q-Former learn to read single frames.

The generator knows what each frame shows, down to which patch the objects cover, so both are taught from that
before any caption; the heads are thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vsumbench.training.loop import Loss
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.frames import normalise

from .corpus import CLASSES, Corpus

BARE_PATCH = 0.15
"""Weight of patches without an object: most are."""
PATCH_SHARE = 4.0
"""Weight of a patch map beside one attribute."""
MAPPED = ("shape", "motion")
"""Attributes that are also asked of every patch an object covers."""
PLACE_SHARE = 20.0
"""Weight of squared errors of places, which are small numbers."""

Frame = tuple[int, int]
"""Video and step."""


class FrameReader(nn.Module):
    """The backbone's eyes with heads on top: one a tower for each attribute, places, and maps by patch."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        config = backbone.config
        self.backbone = backbone
        seen, read = config.vision.width, config.image_qformer.queries * config.width
        self.pooled = nn.ModuleDict({name: nn.Linear(seen, len(CLASSES[name])) for name in CLASSES})
        self.asked = nn.ModuleDict({name: nn.Linear(read, len(CLASSES[name])) for name in CLASSES})
        self.place = nn.Linear(read, 3)
        self.maps = nn.ModuleDict({name: nn.Linear(seen, len(CLASSES[name]) + 1) for name in MAPPED})

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """(F, 3, S, S) normalised frames → logits by name, places (F, 3), maps (F, P*P, classes + 1)."""
        tokens = self.backbone.encode_frames(pixels[None])[0]
        read = self.backbone.read_frames(tokens[None])[0].flatten(1)
        patches = tokens[:, 1:]
        pooled = patches.mean(dim=1)
        found = {f"pooled.{name}": head(pooled) for name, head in self.pooled.items()}
        found |= {name: head(read) for name, head in self.asked.items()}
        found |= {f"map.{name}": head(patches) for name, head in self.maps.items()}
        return found | {"place": self.place(read)}

    def vision_parameters(self) -> list[nn.Parameter]:
        """What this stage trains: no part of the video Q-Former and of the language model."""
        eyes = (
            self.backbone.vision,
            self.backbone.image_qformer,
            self.pooled,
            self.asked,
            self.place,
            self.maps,
        )
        return [*(p for part in eyes for p in part.parameters()), self.backbone.image_queries]


class FrameLoss:
    """The loss of a batch of frames, and what share of their attributes was right."""

    def __init__(self, corpus: Corpus, device: str) -> None:
        self.corpus = corpus
        self.device = device
        # The last class of a map stands for patches without an object.
        self.map_weights = {
            name: torch.tensor([1.0] * len(CLASSES[name]) + [BARE_PATCH], device=device) for name in MAPPED
        }

    def __call__(self, reader: nn.Module, frames: Sequence[Frame]) -> Loss:
        """Summed over the frames."""
        found = reader(self.pixels(frames))
        total = torch.zeros((), device=self.device)
        right: dict[str, Tensor] = {}
        for name in CLASSES:
            labels = self._at(self.corpus.frames[name], frames)
            total = total + functional.cross_entropy(found[name], labels)
            total = total + functional.cross_entropy(found[f"pooled.{name}"], labels)
            right[name] = (found[name].detach().argmax(dim=1) == labels).float().mean()
        places = self._at(self.corpus.places, frames)
        total = total + PLACE_SHARE * functional.mse_loss(found["place"], places)
        covered = self._at(self.corpus.covered, frames).flatten(1)
        for name, weights in self.map_weights.items():
            labels = self._at(self.corpus.frames[name], frames)[:, None].where(covered, len(CLASSES[name]))
            logits = found[f"map.{name}"].transpose(1, 2)
            total = total + PATCH_SHARE * functional.cross_entropy(logits, labels, weights)
        return Loss(total=total * len(frames), items=len(frames), parts=right)

    def pixels(self, frames: Sequence[Frame]) -> Tensor:
        """(F, 3, S, S) normalised."""
        raw = np.stack([self.corpus.pixels[video, step] for video, step in frames])
        return normalise(torch.from_numpy(raw).to(self.device))

    def _at(self, table: np.ndarray, frames: Sequence[Frame]) -> Tensor:
        return torch.from_numpy(np.stack([table[video, step] for video, step in frames])).to(self.device)


@torch.no_grad()
def accuracy(reader: FrameReader, loss: FrameLoss, frames: Sequence[Frame]) -> Mapping[str, float]:
    """Share of frames whose attribute is read rightly, by attribute."""
    reader.eval()
    batches = [frames[start : start + 256] for start in range(0, len(frames), 256)]
    sums = dict.fromkeys(CLASSES, 0.0)
    for batch in batches:
        for name, share in loss(reader, batch).parts.items():
            sums[name] += float(share) * len(batch)
    return {name: value / len(frames) for name, value in sums.items()}
