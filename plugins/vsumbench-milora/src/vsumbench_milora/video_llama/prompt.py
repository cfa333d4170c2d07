"""What the language model reads beside the visual embeddings: the prompt, and summaries to learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

IGNORED = -100
"""The label of a token that is not learned."""


@dataclass(frozen=True)
class Prompt:
    """Token ids before and after the visual embeddings; the summary follows."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.before) + len(self.after)


@dataclass(frozen=True)
class PromptBatch:
    """A prompt for each video of a batch.

    Attributes:
        rows: one a video.
        length: tokens all of them are padded to at the left; no fewer than the longest has. With a length
            that does not depend on the batch, neither does what is computed for a video.
    """

    rows: tuple[Prompt, ...]
    length: int


Prompts = Prompt | PromptBatch
"""One for all videos, or one each."""


@dataclass(frozen=True)
class TextBatch:
    """Summaries as tokens, each with its end token, padded at the right.

    Attributes:
        ids: (B, L) token ids.
        labels: (B, L) the same, -100 where there is padding.
    """

    ids: Tensor
    labels: Tensor

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]], padding: int) -> TextBatch:
        """Pad token sequences, none of them empty, to the longest."""
        length = max(len(text) for text in texts)
        ids = torch.full((len(texts), length), padding, dtype=torch.long)
        labels = torch.full((len(texts), length), IGNORED, dtype=torch.long)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = labels[row, : len(text)] = torch.tensor(text, dtype=torch.long)
        return cls(ids, labels)

    def to(self, device: torch.device | str) -> TextBatch:
        """The same on a device."""
        return TextBatch(self.ids.to(device), self.labels.to(device))
