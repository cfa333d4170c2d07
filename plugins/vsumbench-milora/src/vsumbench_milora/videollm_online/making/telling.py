"""Second stage: connector and language model learn to tell what happens, at the end and on the way.

The frame encoder is frozen and its outputs are kept. Each visit of a video brings another wording of the same
events, every other one as a stream that is answered when a scene ends. A linear head on the hidden state
after each frame is taught what that frame shows, so that seeing need not wait for the words, and thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vsumbench.contracts import TimedText
from vsumbench.planted import sentences
from vsumbench.training.loop import Loss
from vsumbench_milora.pretraining.corpus import CLASSES, Corpus
from vsumbench_milora.video_llama.frames import sample_steps
from vsumbench_milora.videollm_online.conversations import stream_turns
from vsumbench_milora.videollm_online.live.batches import Batch
from vsumbench_milora.videollm_online.live.network import Live
from vsumbench_milora.videollm_online.live.seeing import Eyes, normalise
from vsumbench_milora.videollm_online.live.template import Assistant, Frames, Layout, Turn, User, encode
from vsumbench_milora.videollm_online.live.wording import Wording

AUXILIARY = 0.3
"""Weight of what frames show beside the words."""

Visit = tuple[int, int, bool]
"""Video, wording, and whether as a stream."""


@dataclass(frozen=True)
class Told:
    """How the teller is spoken to."""

    wording: Wording
    layout: Layout
    system: str
    prompt: str
    stream_prompt: str


class Teller(nn.Module):
    """The connected language model, with heads for what each frame shows."""

    def __init__(self, language: nn.Module, width: int, placeholder: int) -> None:
        super().__init__()
        self.language = language
        self.placeholder = placeholder
        self.shown = nn.ModuleDict(
            {name: nn.Linear(width, len(classes)) for name, classes in CLASSES.items()}
        )

    def forward(self, batch: Batch, layout: Layout) -> tuple[Tensor, int, dict[str, Tensor]]:
        """Summed cross-entropy, number of tokens, and logits (F, C) after each frame by attribute."""
        live = Live(self.language, self.placeholder)
        hidden = live.hidden(live.embed(batch.ids, batch.seen))
        total, count = live.loss_of(hidden, batch, 1.0)
        ends = hidden[batch.ids == self.placeholder][layout.tokens - 1 :: layout.tokens]
        return total, count, {name: head(ends) for name, head in self.shown.items()}


@torch.no_grad()
def frames_seen(eyes: Eyes, pixels: NDArray[np.uint8], device: str, batch: int = 16) -> Tensor:
    """(N, T, n, Dv) in half precision, on the CPU."""
    parts = []
    for start in range(0, len(pixels), batch):
        some = torch.from_numpy(pixels[start : start + batch]).to(device)
        tokens = eyes(normalise(some.flatten(0, 1)))
        parts.append(tokens.unflatten(0, some.shape[:2]).half().cpu())
    return torch.cat(parts)


class TellingLoss:
    """Cross-entropy of conversations and, beside it, of what their frames show."""

    def __init__(self, corpus: Corpus, seen: Tensor, told: Told, device: str) -> None:
        self._corpus, self._seen, self._told, self._device = corpus, seen, told, device

    def __call__(self, teller: nn.Module, visits: Sequence[Visit]) -> Loss:
        """Summed over the labelled tokens."""
        total, count, logits = self.read(teller, visits)
        shown = torch.zeros((), device=self._device)
        for name, values in logits.items():
            shown = shown + functional.cross_entropy(values, self.labels(name, visits))
        parts = {"words": total.detach() / count, "shown": shown.detach()}
        return Loss(total=total + AUXILIARY * shown * count, items=count, parts=parts)

    def read(self, teller: nn.Module, visits: Sequence[Visit]) -> tuple[Tensor, int, dict[str, Tensor]]:
        """What the teller makes of these conversations."""
        told = self._told
        encoded = [encode(self._turns(visit), told.system, told.layout, told.wording) for visit in visits]
        seen = [self._seen[video].float() for video, _, _ in visits]
        batch = Batch.of(encoded, seen, told.wording.padding).to(self._device)
        found: tuple[Tensor, int, dict[str, Tensor]] = teller(batch, told.layout)
        return found

    def labels(self, name: str, visits: Sequence[Visit]) -> Tensor:
        """(F,) of an attribute, frame by frame."""
        rows = self._corpus.frames[name][[video for video, _, _ in visits]]
        return torch.from_numpy(rows.reshape(-1)).to(self._device)

    def _turns(self, visit: Visit) -> list[Turn]:
        video, wording, streamed = visit
        script, count = self._corpus.scripts[video], self._seen.shape[1]
        told = sentences(script, wording)
        if not streamed:
            return [Frames(count), User(self._told.prompt), Assistant(" ".join(told))]
        captions = [
            TimedText(start=float(scene.start), end=float(scene.end), text=text)
            for scene, text in zip(script.scenes, told, strict=True)
        ]
        times = np.array(sample_steps(script.seconds, count), dtype=np.float64)
        return stream_turns(captions, times, self._told.stream_prompt)


@torch.no_grad()
def held_out(teller: Teller, loss: TellingLoss, corpus: Corpus) -> dict[str, float]:
    """Cross-entropy a token of wording 0, whole and streamed, and the share of frames read rightly."""
    teller.eval()
    facts: dict[str, float] = {}
    for name, streamed in (("words", False), ("stream", True)):
        total = items = 0.0
        right = dict.fromkeys(CLASSES, 0.0)
        visits = [(video, 0, streamed) for video in range(len(corpus))]
        for start in range(0, len(visits), 50):
            batch = visits[start : start + 50]
            summed, count, logits = loss.read(teller, batch)
            total, items = total + float(summed), items + count
            for attribute, values in logits.items():
                right[attribute] += float((values.argmax(dim=1) == loss.labels(attribute, batch)).sum())
        facts[name] = round(total / items, 4)
        if not streamed:
            frames = sum(len(row) for row in corpus.frames["shape"])
            facts |= {f"shown.{key}": round(value / frames, 4) for key, value in right.items()}
    return facts
