"""Connector and language model: token ids and what was seen of frames → logits.

Sizes: B sequences of L tokens, F frames of n tokens of width Dv, language width D, vocabulary V.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from .batches import Batch

CONNECTOR = "connector"


def new_connector(seen: int, width: int) -> nn.Sequential:
    """Linear, GELU, Linear: 20,979,712 parameters from 1024 to 4096 (`videollm-online.md`)."""
    return nn.Sequential(nn.Linear(seen, width), nn.GELU(), nn.Linear(width, width))


def connected(language: LlamaForCausalLM, connector: nn.Module) -> LlamaForCausalLM:
    """The language model with the connector below it, under the name published adapters know it by."""
    language.add_module(CONNECTOR, connector)
    return language


def new_language(config: LlamaConfig) -> LlamaForCausalLM:
    """A language model with weights from torch's global generator, in evaluation mode.

    Attention is torch's own (sdpa), which runs on every device.
    """
    config._attn_implementation = "sdpa"
    made: Any = LlamaForCausalLM(config)
    language: LlamaForCausalLM = made.eval()
    return language


class Live:
    """What is done with a connected language model, with or without adapters of peft in it.

    It holds no weights of its own: `module` does.

    Args:
        module: what `connected` gave, or a PeftModel of it.
        placeholder: id of the token that stands for a token of a frame. It has no row in the table of words.
    """

    def __init__(self, module: nn.Module, placeholder: int) -> None:
        inner: Any = module
        self.module = module
        self.placeholder = placeholder
        self.llama: Any = inner.get_base_model() if hasattr(inner, "get_base_model") else module

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.module.parameters()).device

    def words(self, ids: Tensor) -> Tensor:
        """(...) ids → (..., D). A placeholder gives the last row, which its caller replaces."""
        table: Any = self.llama.get_input_embeddings()
        found: Tensor = table(ids.clamp(max=table.num_embeddings - 1))
        return found

    def seen(self, tokens: Tensor) -> Tensor:
        """(F, n, Dv) → (F, n, D): the connector."""
        kept = next(self.llama.connector.parameters()).dtype
        made: Tensor = self.llama.connector(tokens.to(kept))
        return made

    def embed(self, ids: Tensor, tokens: Tensor) -> Tensor:
        """(B, L) ids and (F, n, Dv) tokens of all their frames, in order → (B, L, D).

        Raises:
            ValueError: the ids have room for another number of frame tokens.
        """
        embedded, place = self.words(ids), ids == self.placeholder
        made = self.seen(tokens).flatten(0, 1)
        if int(place.sum()) != len(made):
            raise ValueError(f"{int(place.sum())} placeholders for {len(made)} tokens of frames")
        return embedded.masked_scatter(place[..., None], made.to(embedded.dtype))

    def hidden(self, embedded: Tensor, cache: Any = None) -> Tensor:
        """(B, L, D) → (B, L, D) after the last norm. Keys and values are kept in `cache`, if there is one."""
        found: Tensor = self.llama.model(
            inputs_embeds=embedded, past_key_values=cache, use_cache=cache is not None
        ).last_hidden_state
        return found

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., D) → (..., V) in float32."""
        scores: Tensor = self.llama.lm_head(hidden)
        return scores.float()

    def loss(self, batch: Batch, stream_weight: float) -> tuple[Tensor, int]:
        """Weighted cross-entropy, summed over the labelled tokens, and how many these are.

        What is predicted at a token of a frame counts `stream_weight` times (`videollm-online.md`, "Loss").
        Padding stands at the right, where a causal model never looks back at it: no mask is needed. The head
        is applied where there is a label alone, since logits of a whole stream would not fit into memory.
        """
        hidden = self.hidden(self.embed(batch.ids, batch.seen))
        return self.loss_of(hidden, batch, stream_weight)

    def loss_of(self, hidden: Tensor, batch: Batch, stream_weight: float) -> tuple[Tensor, int]:
        """As `loss`, of hidden states that are there already."""
        learned = batch.labelled
        each = nn.functional.cross_entropy(
            self.logits(hidden[learned]), batch.labels[learned], reduction="none"
        )
        streamed = batch.ids[learned] == self.placeholder
        weights = torch.where(streamed, stream_weight, 1.0)
        return (each * weights).sum(), len(each)
