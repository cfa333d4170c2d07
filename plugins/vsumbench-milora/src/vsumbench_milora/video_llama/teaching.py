"""Learning to write the texts of videos: examples, the loss on their tokens, and what the branch is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vsumbench.contracts import Sample, Video
from vsumbench.errors import MismatchError
from vsumbench.training.loop import Loss
from vsumbench.training.precision import autocast

from .backbone import Backbone
from .loading import Language
from .prompt import Prompts, TextBatch
from .seeing import Sight

BRANCH = ("frame_positions", "video_queries", "video_qformer.", "projection.")
"""How the names of the parameters begin that Video-LLaMA trains in both of its stages."""


@dataclass(frozen=True)
class Example:
    """A video and the text to learn."""

    video: Video
    text: str


def examples_of(samples: Sequence[Sample]) -> list[Example]:
    """Each video with its first text reference.

    Raises:
        MismatchError: a video has none.
    """
    examples = []
    for sample in samples:
        if not sample.annotations.texts:
            raise MismatchError(
                f"video {sample.video.id!r} has no text to learn from.", "Use a dataset with text references."
            )
        examples.append(Example(sample.video, sample.annotations.texts[0]))
    return examples


class TrainedBranch(nn.Module):
    """A backbone whose branch is trained: what `Sight` gave of frames → the loss on texts.

    Args:
        backbone: its branch becomes trainable, and nothing else of it.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        for name, parameter in backbone.named_parameters():
            parameter.requires_grad_(name.startswith(BRANCH))

    def front(self, pixels: Tensor) -> Tensor:
        """(B, T, 3, H, W) → (B, T, q, d) of the image Q-Former, which is frozen."""
        return self.backbone.read_frames(self.backbone.encode_frames(pixels))

    def see(self, frames: Tensor) -> Tensor:
        """(B, T, q, d) → (B, Q, D)."""
        return self.backbone.to_language(self.backbone.mix_time(frames))

    def forward(self, frames: Tensor, prompt: Prompts, text: TextBatch) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the tokens of the texts, and how many these are."""
        return self.backbone.language_loss(self.see(frames), prompt, text)

    def train(self, mode: bool = True) -> TrainedBranch:
        """As any module, but what is frozen stays in evaluation mode: it has no dropout to learn with."""
        super().train(mode)
        for part in (self.backbone.vision, self.backbone.image_qformer, self.backbone.language):
            part.eval()
        return self

    def branch(self) -> dict[str, Tensor]:
        """Name → tensor of all that is trained, on the CPU."""
        return {
            name: parameter.detach().cpu().contiguous()
            for name, parameter in self.backbone.named_parameters()
            if name.startswith(BRANCH)
        }


class TextLoss:
    """Cross-entropy of the texts of some examples, per token."""

    def __init__(self, sight: Sight, language: Language) -> None:
        self._sight, self._language = sight, language

    def __call__(self, model: nn.Module, examples: Sequence[Example]) -> Loss:
        """Summed over tokens."""
        total, count = self._total(model, examples)
        return Loss(total=total, items=count)

    @torch.no_grad()
    def mean(self, model: nn.Module, examples: Sequence[Example], dtype: str, size: int) -> float:
        """Mean over the tokens of all examples, `size` videos at once."""
        summed, tokens = 0.0, 0
        for start in range(0, len(examples), size):
            with autocast(self._sight.device, dtype):
                total, count = self._total(model, examples[start : start + size])
            summed, tokens = summed + float(total), tokens + count
        return summed / tokens

    def _total(
        self, model: Callable[..., tuple[Tensor, Tensor]], examples: Sequence[Example]
    ) -> tuple[Tensor, int]:
        videos = [example.video for example in examples]
        seen = self._sight.batch(videos)
        text = self._language.batch([example.text for example in examples], self._sight.device)
        total, count = model(seen, self._language.prompts(videos), text)
        return total, int(count)
