"""Texts to tokens and back, with BLIP's start token in the place of BERT's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vsumbench.errors import DataDamagedError
from vsumbench_vtsum_blip.options import PROMPT

IGNORED = -100
"""The label of a token that is not learned."""


@dataclass(frozen=True)
class Tokens:
    """A batch of texts.

    Attributes:
        ids: (B, L), padded at the end.
        mask: (B, L) 1 for tokens, 0 for padding.
        labels: (B, L) the ids, with prompt and padding ignored.
    """

    ids: Tensor
    mask: Tensor
    labels: Tensor

    def to(self, device: str) -> Tokens:
        """On a device."""
        return Tokens(self.ids.to(device), self.mask.to(device), self.labels.to(device))


class Codec:
    """A BERT tokenizer, spoken to as BLIP's decoder is.

    Args:
        tokenizer: of transformers, with `[CLS]`, `[SEP]` and `[PAD]`.
        start: id of `[DEC]`, which stands first instead of `[CLS]`.

    Attributes:
        end: id of `[SEP]`, which ends a text.
        padding: id of `[PAD]`.
        prompt: ids of the start token and the prompt.

    Raises:
        DataDamagedError: the tokenizer lacks a token, or does not know the prompt.
    """

    def __init__(self, tokenizer: Any, start: int) -> None:
        for name in ("cls_token_id", "sep_token_id", "pad_token_id"):
            if getattr(tokenizer, name) is None:
                raise DataDamagedError(
                    f"the tokenizer has no {name.removesuffix('_id')}.", "Use the tokenizer of the weights."
                )
        self._tokenizer = tokenizer
        self.start = start
        self.end: int = tokenizer.sep_token_id
        self.padding: int = tokenizer.pad_token_id
        self.prompt: tuple[int, ...] = (start, *self._ids(PROMPT, 64)[1:-1])
        if tokenizer.unk_token_id in self.prompt:
            raise DataDamagedError(
                f"the tokenizer does not know the prompt {PROMPT!r}.", "Use the tokenizer of the weights."
            )

    def batch(self, texts: Sequence[str], limit: int) -> Tokens:
        """Texts to learn, each beginning with the prompt. One of more than `limit` tokens is cut before its
        end token, which stays."""
        rows = [(self.start, *self._ids(text, limit)[1:]) for text in texts]
        length = max(map(len, rows))
        ids = torch.tensor([[*row, *[self.padding] * (length - len(row))] for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
        labels = ids.masked_fill(mask == 0, IGNORED)
        labels[:, : len(self.prompt)] = IGNORED
        return Tokens(ids, mask, labels)

    def decode(self, ids: Sequence[int]) -> str:
        """What was written after the prompt, in NFC: the prompt goes by its number of characters."""
        known = [number for number in ids if number < len(self._tokenizer) and number != self.start]
        text: str = self._tokenizer.decode(known, skip_special_tokens=True, clean_up_tokenization_spaces=True)
        return unicodedata.normalize("NFC", text[len(PROMPT) :]).strip()

    def spans(self, text: str, ids: Sequence[int]) -> list[tuple[int, int]]:
        """Where each of these written tokens stands in `text`; an empty span where it does not."""
        spans, at = [], 0
        for token in self._tokenizer.convert_ids_to_tokens(list(ids), skip_special_tokens=False):
            piece = str(token).removeprefix("##")
            start = text.find(piece, at)
            if start < 0:
                spans.append((at, at))
                continue
            at = start + len(piece)
            spans.append((start, at))
        return spans

    def _ids(self, text: str, limit: int) -> list[int]:
        found: list[int] = self._tokenizer(text, truncation=True, max_length=limit).input_ids
        return found
