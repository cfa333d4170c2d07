"""What is learned from: features, the share of annotators that selected each step, and a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vsumbench.contracts import Sample
from vsumbench.data.grids import rows_on
from vsumbench.errors import MismatchError

from .options import VtsumOptions
from .text.targets import target_text


@dataclass(frozen=True)
class Example:
    """One training video.

    Attributes:
        features: (T, F).
        selected: (T,) share of annotators in [0, 1], or None where no scores are learned.
        text: with the prompt in front, or empty where no text is learned.
    """

    features: Tensor
    selected: Tensor | None
    text: str


@dataclass(frozen=True)
class Batch:
    """Videos side by side, padded at the end: features (B, T, F), mask (B, T), selected (B, T) or None."""

    features: Tensor
    mask: Tensor
    selected: Tensor | None
    texts: tuple[str, ...]


def selected_of(sample: Sample) -> NDArray[np.float64]:
    """(T,) share of annotators that selected each step.

    Raises:
        MismatchError: nobody selected anything.
    """
    told = sample.annotations
    if told.user_summaries is None:
        raise MismatchError(
            f"video {sample.video.id!r} has no annotator's selection to learn scores from.",
            "Use a dataset whose annotators select, or the variant that writes text alone: vtsum-blip@tsum.",
        )
    share: NDArray[np.float64] = rows_on(told.user_summaries, told, sample.video, "picks").mean(axis=0)
    return share


def text_of(sample: Sample, options: VtsumOptions) -> str:
    """The first text of a video, as it is learned.

    Raises:
        MismatchError: it has none.
    """
    if not sample.annotations.texts:
        raise MismatchError(
            f"video {sample.video.id!r} has no text to learn from.",
            "Use a dataset with texts, or the variant that scores frames alone: vtsum-blip@vsum.",
        )
    return target_text(sample.annotations.texts[0], options.max_words)


def collate(examples: Sequence[Example], length: int = 0) -> Batch:
    """A batch as long as its longest video, or `length` where that is more."""
    longest = max(length, *(len(example.features) for example in examples))
    first = examples[0].features
    features = first.new_zeros(len(examples), longest, first.shape[1])
    mask = torch.zeros(len(examples), longest, dtype=torch.bool, device=first.device)
    learned = first.new_zeros(len(examples), longest)
    for row, example in enumerate(examples):
        steps = len(example.features)
        features[row, :steps] = example.features
        mask[row, :steps] = True
        if example.selected is not None:
            learned[row, :steps] = example.selected
    selected = None if examples[0].selected is None else learned
    return Batch(features, mask, selected, tuple(example.text for example in examples))
