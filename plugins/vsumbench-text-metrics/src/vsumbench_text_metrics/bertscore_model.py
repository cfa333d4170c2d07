"""Token vectors of a published text encoder, and how well those of two texts match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from vsumbench.data.checkpoints import Checkpoint
from vsumbench.errors import UnknownMetricError

from .bertscore_loading import load_encoder
from .bertscore_names import find_encoder

TEXTS_AT_ONCE = 32
PAIRS_AT_ONCE = 64
"""Their vectors are held together: half a gigabyte for texts of 512 tokens and a model of width 1024."""
TEXTS_KNOWN = 100_000
_NO_LIMIT = 1_000_000
"""A tokenizer without a limit of its own states a number far beyond this."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of a text: ids as the model reads them, how many of them count, whether the text was cut."""

    ids: tuple[int, ...]
    weighted: int
    cut: bool


class TokenVectors:
    """One layer of one model.

    Attributes:
        limit: tokens of a text the model reads, with those that mark start and end.
    """

    def __init__(self, checkpoint: Checkpoint, layer: int, device: str) -> None:
        self._name = f"{checkpoint.title}_L{layer}"
        self._layer = layer
        self._device = torch.device(device)
        self._model, self._tokenizer = load_encoder(checkpoint)
        layers = int(self._model.config.num_hidden_layers)
        if not 0 <= layer <= layers:
            raise UnknownMetricError(
                f"metric 'bertscore[{checkpoint.name}-L{layer}]' is not known: it has {layers} layers.",
                f"Name one of L0 (embeddings) to L{layers}.",
            )
        _drop_layers(self._model, layer)
        self._model.to(self._device).eval()
        self.limit = _limit(self._model, self._tokenizer)
        self._unweighted = {self._tokenizer.cls_token_id, self._tokenizer.sep_token_id} - {None}
        # A word that begins a text is another token than one after a space to byte-level vocabularies.
        self._lead = " " if _is_byte_level(self._tokenizer) else ""
        self._sha256 = checkpoint.sha256()
        self._known: dict[str, Tokens] = {}

    def tokens(self, text: str) -> Tokens:
        """Tokens of a text without white space around it; none that counts for an empty one."""
        if text not in self._known:
            if len(self._known) >= TEXTS_KNOWN:
                self._known.clear()
            self._known[text] = self._tokenize(text)
        return self._known[text]

    def f_of(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """F in [0, 1] of each (hypothesis, reference), in order; 0 where a text has no token that counts.

        Pairs go through the model by length, so that little is padded; a value depends on no other pair but
        for rounding in float32 (below 1e-6).
        """
        order = sorted(set(pairs), key=lambda pair: (self._length(pair[0]) + self._length(pair[1]), pair))
        found: dict[tuple[str, str], float] = {}
        for start in range(0, len(order), PAIRS_AT_ONCE):
            block = order[start : start + PAIRS_AT_ONCE]
            vectors = self._vectors({text for pair in block for text in pair})
            for pair in block:
                found[pair] = self._f(pair, vectors)
        return [found[pair] for pair in pairs]

    def describe(self) -> str:
        """What stands beside the number: model, layer, conventions, version, digest of the weights."""
        return (
            f"{self._name}_no-idf_raw (transformers {transformers.__version__}, weights sha256 "
            f"{self._sha256[:16]})"
        )

    def _tokenize(self, text: str) -> Tokens:
        stripped = text.strip()
        if not stripped:
            return Tokens((), 0, False)
        led = self._lead + stripped
        ids = self._tokenizer(led, truncation=False, padding=False, verbose=False)["input_ids"]
        cut = len(ids) > self.limit
        if cut:
            ids = self._tokenizer(led, truncation=True, max_length=self.limit, padding=False)["input_ids"]
        return Tokens(tuple(ids), sum(token not in self._unweighted for token in ids), cut)

    def _length(self, text: str) -> int:
        return len(self.tokens(text).ids)

    def _f(self, pair: tuple[str, str], vectors: dict[str, NDArray[np.float64]]) -> float:
        weights = [np.array([t not in self._unweighted for t in self.tokens(text).ids]) for text in pair]
        if not all(weight.any() for weight in weights):
            return 0.0
        cosines = vectors[pair[0]] @ vectors[pair[1]].T
        precision = float(cosines.max(axis=1)[weights[0]].mean())
        recall = float(cosines.max(axis=0)[weights[1]].mean())
        # Without a direction in common there is nothing to average harmonically.
        if precision <= 0 or recall <= 0:
            return 0.0
        return min(1.0, 2 * precision * recall / (precision + recall))

    def _vectors(self, texts: set[str]) -> dict[str, NDArray[np.float64]]:
        """For each text (tokens, width), of length 1."""
        order = sorted((t for t in texts if self.tokens(t).ids), key=lambda text: (self._length(text), text))
        found = {text: np.zeros((0, 1)) for text in texts}
        for start in range(0, len(order), TEXTS_AT_ONCE):
            block = order[start : start + TEXTS_AT_ONCE]
            for text, hidden in zip(block, self._hidden(block), strict=True):
                rows = hidden[: self._length(text)].astype(np.float64)
                lengths = np.linalg.norm(rows, axis=1, keepdims=True)
                found[text] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return found

    def _hidden(self, texts: Sequence[str]) -> NDArray[np.float32]:
        ids = [self.tokens(text).ids for text in texts]
        longest = max(map(len, ids))
        padding = self._tokenizer.pad_token_id or 0
        padded = torch.tensor([[*row, *[padding] * (longest - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        with torch.inference_mode():
            found = self._model(
                input_ids=padded.to(self._device),
                attention_mask=mask.to(self._device),
                output_hidden_states=True,
            )
        states: NDArray[np.float32] = found.hidden_states[self._layer].float().cpu().numpy()
        return states


@lru_cache(maxsize=1)
def load(model: str, layer: int, device: str) -> TokenVectors:
    """The layer of a model on a device; the model is looked for as by `find_encoder`.

    The model used last is kept.

    Raises:
        UnavailableError: it is not on this machine; the hint gets it. Nothing is downloaded.
        UnknownMetricError: it has no such layer.
        DataDamagedError: its files cannot be read, or lack parameters.
    """
    return TokenVectors(find_encoder(model), layer, device)


def _drop_layers(model: Any, layer: int) -> None:
    """Layers after the one that is looked at need not run; where they are a plain list, they are dropped."""
    layers = getattr(getattr(model, "encoder", None), "layer", None)
    if isinstance(layers, torch.nn.ModuleList):
        model.encoder.layer = layers[: max(1, layer)]


def _limit(model: Any, tokenizer: Any) -> int:
    limits = [int(tokenizer.model_max_length)] if tokenizer.model_max_length < _NO_LIMIT else []
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    if isinstance(table, torch.nn.Embedding):
        # RoBERTa counts positions from behind that of padding.
        limits.append(table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1))
    elif getattr(model.config, "max_position_embeddings", 0) > 0:
        limits.append(int(model.config.max_position_embeddings))
    return min(limits, default=_NO_LIMIT)


def _is_byte_level(tokenizer: Any) -> bool:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return type(getattr(backend, "pre_tokenizer", None)).__name__ == "ByteLevel"
