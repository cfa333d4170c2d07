"""First stage: the frame encoder learns to read single frames from what their generator knows of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from vsumbench_milora.pretraining.corpus import CLASSES
from vsumbench_milora.pretraining.vision import MAPPED, Frame, FrameLoss
from vsumbench_milora.videollm_online.live.seeing import Eyes, frame_tokens, normalise


class FrameReader(nn.Module):
    """The eyes with heads on top: on the pooled vector, on all tokens of a frame, and on each patch."""

    def __init__(self, eyes: Eyes) -> None:
        super().__init__()
        self.eyes = eyes
        width = eyes.vision.config.hidden_size
        read = (1 + eyes.grid**2) * width
        self.pooled = nn.ModuleDict({name: nn.Linear(width, len(CLASSES[name])) for name in CLASSES})
        self.asked = nn.ModuleDict({name: nn.Linear(read, len(CLASSES[name])) for name in CLASSES})
        self.place = nn.Linear(read, 3)
        self.maps = nn.ModuleDict({name: nn.Linear(width, len(CLASSES[name]) + 1) for name in MAPPED})

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """(F, 3, S, S) normalised frames → logits by name, places (F, 3), maps (F, P*P, classes + 1)."""
        seen = self.eyes.vision(pixel_values=pixels)
        patches, pooled = seen.last_hidden_state, seen.pooler_output
        read = frame_tokens(patches, pooled, self.eyes.grid).flatten(1)
        found = {f"pooled.{name}": head(pooled) for name, head in self.pooled.items()}
        found |= {name: head(read) for name, head in self.asked.items()}
        found |= {f"map.{name}": head(patches) for name, head in self.maps.items()}
        return found | {"place": self.place(read)}


class SiglipFrameLoss(FrameLoss):
    """The loss of a batch of frames, normalised as SigLIP reads them."""

    def pixels(self, frames: Sequence[Frame]) -> Tensor:
        """(F, 3, S, S) normalised."""
        raw = np.stack([self.corpus.pixels[video, step] for video, step in frames])
        return normalise(torch.from_numpy(raw).to(self.device))
