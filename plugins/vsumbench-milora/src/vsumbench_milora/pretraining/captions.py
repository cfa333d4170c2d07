"""Second stage: everything behind the vision tower learns to tell what happens.

The vision tower is frozen and its outputs are kept. Each visit of a video brings another wording of the same
events, so that words are learned and not sentences. A linear head on the video Q-Former's output is taught
the attributes of each scene, so that these need not wait for the words, and thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vsumbench.training.loop import Loss
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.frames import normalise
from vsumbench_milora.video_llama.loading import Language
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from .corpus import CLASSES, IGNORED, MOST_SCENES, Corpus

AUXILIARY = 0.3
"""Weight of the attributes beside the captions."""

Visit = tuple[int, int]
"""Video and wording."""


class Teller(nn.Module):
    """The backbone behind its vision tower, with a head for the scenes' attributes."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        width = backbone.config.video_qformer.queries * backbone.config.width
        self.scenes = nn.ModuleDict(
            {name: nn.Linear(width, MOST_SCENES * len(classes)) for name, classes in CLASSES.items()}
        )

    def forward(
        self, tokens: Tensor, prompt: Prompt, text: TextBatch
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Vision outputs (B, T, N, Dv) → summed cross-entropy, number of tokens, scene logits (B, C, 3)."""
        mixed = self.backbone.mix_time(self.backbone.read_frames(tokens))
        total, count = self.backbone.language_loss(self.backbone.to_language(mixed), prompt, text)
        flat = mixed.flatten(1)
        logits = {
            name: head(flat).unflatten(1, (len(CLASSES[name]), MOST_SCENES))
            for name, head in self.scenes.items()
        }
        return total, count, logits

    def told_parameters(self) -> list[nn.Parameter]:
        """What this stage trains: all but the vision tower."""
        eyes = {id(p) for p in self.backbone.vision.parameters()}
        return [p for p in self.parameters() if id(p) not in eyes]


@torch.no_grad()
def vision_outputs(backbone: Backbone, pixels: NDArray[np.uint8], device: str, batch: int = 16) -> Tensor:
    """(N, T, tokens, width) in half precision, on the CPU."""
    parts = []
    for start in range(0, len(pixels), batch):
        some = torch.from_numpy(pixels[start : start + batch]).to(device)
        frames = normalise(some.flatten(0, 1)).reshape(*some.shape[:2], 3, *some.shape[2:4])
        parts.append(backbone.encode_frames(frames).half().cpu())
    return torch.cat(parts)


class CaptionLoss:
    """Cross-entropy of the captions and, beside it, of the scenes' attributes."""

    def __init__(self, corpus: Corpus, seen: Tensor, language: Language, device: str) -> None:
        self.corpus, self.seen, self.language, self.device = corpus, seen, language, device

    def read(self, teller: nn.Module, visits: Sequence[Visit]) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """What the teller makes of the videos, and of these wordings of their captions."""
        captions = [self.corpus.caption(*visit) for visit in visits]
        text = self.language.batch(captions, torch.device(self.device))
        seen = self.seen[[video for video, _ in visits]].to(self.device, torch.float32)
        found: tuple[Tensor, Tensor, dict[str, Tensor]] = teller(seen, self.language.prompt, text)
        return found

    def labels(self, name: str, visits: Sequence[Visit]) -> Tensor:
        """(B, 3) of an attribute, scene by scene."""
        return torch.from_numpy(self.corpus.scenes[name][[video for video, _ in visits]]).to(self.device)

    def __call__(self, teller: nn.Module, visits: Sequence[Visit]) -> Loss:
        """Summed over the captions' tokens."""
        total, count, logits = self.read(teller, visits)
        known = torch.zeros((), device=self.device)
        for name, values in logits.items():
            known = known + functional.cross_entropy(values, self.labels(name, visits), ignore_index=IGNORED)
        parts = {"words": total.detach() / count, "scenes": known.detach()}
        return Loss(total=total + AUXILIARY * known * count, items=int(count), parts=parts)


@torch.no_grad()
def held_out_loss(teller: Teller, loss: CaptionLoss) -> dict[str, float]:
    """Cross-entropy a token of wording 0, and the share of scenes whose attributes are read rightly."""
    teller.eval()
    total = items = scenes = 0.0
    right = dict.fromkeys(CLASSES, 0.0)
    visits = [(video, 0) for video in range(len(loss.corpus))]
    for start in range(0, len(visits), 50):
        batch = visits[start : start + 50]
        words, count, logits = loss.read(teller, batch)
        total, items = total + float(words), items + float(count)
        scenes += int((loss.labels("shape", batch) != IGNORED).sum())
        for name, values in logits.items():
            right[name] += float((values.argmax(dim=1) == loss.labels(name, batch)).sum())
    shares = {f"scenes.{name}": round(count / scenes, 4) for name, count in right.items()}
    return shares | {"words": round(total / items, 4)}
