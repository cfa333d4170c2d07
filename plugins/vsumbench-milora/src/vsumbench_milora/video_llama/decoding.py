"""How the next token is chosen, and where an answer ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria, StoppingCriteriaList, TopPLogitsWarper

from vsumbench.contracts import Seeds

TEMPERATURE, TOP_P, CONTEXT = 1.0, 0.9, 2000
"""Of the release (`video-llama.md`, "Decoding"): `CONTEXT` counts what is read and what is written."""


@dataclass(frozen=True)
class Ends:
    """Where an answer ends.

    Attributes:
        end: the end token.
        padding: what rows that have ended are filled with.
        stops: token sequences that end it too.
    """

    end: int
    padding: int
    stops: tuple[tuple[int, ...], ...] = ()

    def arguments(self) -> dict[str, Any]:
        """For `generate` of transformers."""
        single = [stop[0] for stop in self.stops if len(stop) == 1]
        longer = [stop for stop in self.stops if len(stop) > 1]
        given: dict[str, Any] = {
            "eos_token_id": [self.end, *single] if single else self.end,
            "pad_token_id": self.padding,
        }
        return given | ({"stopping_criteria": StoppingCriteriaList([_Said(longer)])} if longer else {})

    def cut(self, ids: list[int]) -> list[int]:
        """What stands before the first end."""
        for position in range(len(ids)):
            if any(tuple(ids[position : position + len(s)]) == s for s in ((self.end,), *self.stops)):
                return ids[:position]
        return ids


class _Said(StoppingCriteria):
    """Ends the rows whose last tokens are one of some sequences."""

    def __init__(self, stops: Sequence[tuple[int, ...]]) -> None:
        self._stops = stops

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        done = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
        for stop in self._stops:
            if input_ids.shape[1] >= len(stop):
                wanted = torch.tensor(stop, device=input_ids.device)
                done |= (input_ids[:, -len(stop) :] == wanted).all(-1)
        return done


class ReleasedSampling(LogitsProcessor):
    """Draws the next token of each row with the row's own generator, and leaves no other.

    The release samples from all rows with one generator, so that an answer depends on its neighbours. Here
    the most likely token of what this leaves is the drawn one; greedy decoding takes it.

    Args:
        seeds: of each row.
    """

    def __init__(self, seeds: Sequence[Seeds]) -> None:
        self._generators = [torch.Generator().manual_seed(one.integer()) for one in seeds]
        self._nucleus = TopPLogitsWarper(TOP_P)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        shares = self._nucleus(input_ids, scores.float() / TEMPERATURE).softmax(-1).cpu()
        drawn = torch.cat(
            [
                torch.multinomial(share, 1, generator=generator)
                for share, generator in zip(shares, self._generators, strict=True)
            ]
        )
        left = torch.full_like(scores, -torch.inf)
        left[torch.arange(len(left)), drawn.to(left.device)] = 0.0
        return left


def kept_context(length: int, new: int) -> int:
    """How many of `length` embeddings are left when the release cuts its context, the last ones.

    Raises:
        ValueError: nothing is left.
    """
    left = min(length, CONTEXT - new)
    if left < 1:
        raise ValueError(f"{new} new tokens leave no context of {CONTEXT}")
    return left
