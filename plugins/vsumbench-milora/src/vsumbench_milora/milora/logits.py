"""Attention whose logits a mixture of low-rank experts adds to (`delta_mode=bilinear` and `logit-bias`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.lora.layer import LoraLayer
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.blip_2.modeling_blip_2 import Blip2QFormerMultiHeadAttention

from vsumbench.errors import MismatchError

from .layer import as_adapter, working_adapter
from .mixture import Mixing
from .place import Place, spread_over
from .products import padded_up, stacked_down, weighted

TAKES_A_BIAS = ("eager", "sdpa")
"""Attention implementations that add a mask of numbers to the logits. Others take none, or only 0 and 1."""


class _Stack(LoraLayer):
    """What of peft's LoRA layer holds for a stack whose sides are not those of a weight."""

    def update_layer(
        self, adapter_name: str, r: int, lora_alpha: int, config: LoraConfig, **kwargs: Any
    ) -> None:
        self.r[adapter_name], self.lora_alpha[adapter_name] = r, lora_alpha
        self.lora_dropout[adapter_name] = nn.Identity()
        self.lora_A[adapter_name] = nn.Linear(kwargs["keys"], r, bias=False)
        self.lora_B[adapter_name] = up = nn.Linear(r, kwargs["queries"], bias=False)
        nn.init.zeros_(up.weight)
        self.lora_bias[adapter_name] = self.use_rslora[adapter_name] = self.use_dora[adapter_name] = False
        host: Any = self.get_base_layer()
        self._move_adapter_to_device_of_base_layer(adapter_name, host.query.weight.device)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)


class MixtureAttention(nn.Module, Mixing, _Stack):
    """softmax(Q K^T / sqrt(d_h) + D) V in every head of a Q-Former's attention, self or cross.

    With X_q (B, n_q, d_q) and X_k (B, n_k, d_k) what queries and keys are made of, D is

        bilinear     scaling * X_q (sum_k c_k B_k A_k) X_k^T / sqrt(d_h)   B_k (d_q, r_k), A_k (r_k, d_k)
        logit-bias   scaling * sum_k c_k B_k A_k, as eq. 2 and 7 print it  B_k (n_q, r_k), A_k (r_k, n_k)

    (`milora-visum.md`, "The update"). `bilinear` is a low-rank change of W_q^T W_k. `logit-bias` is a number
    for each pair of positions, whatever stands there, so it is defined for one n_q and one n_k alone. D is
    the same in all heads, or each has its own (`Place.heads`): inferred.

    z is the mean of X_k over its tokens (inferred): in cross-attention it summarises the video.

    The logits stay inside of the attention function, so D goes in as a mask of numbers, which both of torch's
    ways add to them: the fused one, which transformers takes if nothing else is said, and the one written
    out.
    """

    def __init__(
        self,
        base_layer: Blip2QFormerMultiHeadAttention,
        adapter_name: str,
        config: LoraConfig,
        r: int = 0,
        lora_alpha: int = 1,
        *,
        places: Mapping[str, Place],
        target_name: str,
        **kwargs: Any,
    ) -> None:
        nn.Module.__init__(self)
        self.place = place = places[target_name]
        LoraLayer.__init__(self, base_layer)
        self._active_adapter = adapter_name
        self.width = base_layer.attention_head_size
        queries, keys = place.lengths or (self.out_features, self.in_features)
        self.update_layer(adapter_name, r, lora_alpha, config, queries=queries, keys=keys)

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        encoder_hidden_states: Tensor | None = None,
        encoder_attention_mask: Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        """As the attention itself.

        Raises:
            MismatchError: the numbers of tokens are not those `logit-bias` was made for; or the attention
                implementation takes no numbers as a mask.
        """
        crossed = encoder_hidden_states is not None
        mask = encoder_attention_mask if crossed else attention_mask
        name = working_adapter(self)
        if name is not None:
            found = hidden_states if encoder_hidden_states is None else encoder_hidden_states
            bias = self.added_logits(name, hidden_states, found)
            # The fused way wants the dtype of its queries; autocast sees to that itself.
            mask = _joined(as_adapter(bias, hidden_states), mask)
        if crossed:
            encoder_attention_mask = mask
        else:
            attention_mask = mask
        return self.base_layer(
            hidden_states=hidden_states,
            attention_mask=attention_mask,
            encoder_hidden_states=encoder_hidden_states,
            encoder_attention_mask=encoder_attention_mask,
            **kwargs,
        )

    def added_logits(self, name: str, queries: Tensor, keys: Tensor) -> Tensor:
        """D as (B, H, n_q, n_k): B is 1 where no coefficient depends on the input, H where heads share it.

        Args:
            name: the adapter.
            queries: X_q (B, n_q, d_q).
            keys: X_k (B, n_k, d_k).
        """
        self._refuse(queries, keys)
        a, b, place = self.lora_A[name].weight, self.lora_B[name].weight, self.place
        keys, queries = as_adapter(keys, a), as_adapter(queries, a)
        gate = self.lora_gate[name].weight if self._rides(name) else None
        if place.lengths is not None:
            projected = None if gate is None else functional.linear(self._mean(keys), gate)
            spread = spread_over(self.coefficients(name, self._scores(name, projected)), place.ranks)
            up = weighted(self._by_head(b)[None], spread)
            down = a.view(place.heads, -1, a.shape[-1])
            return self.scaling[name] * torch.einsum("bqhr,hrk->bhqk", up, down)
        # Heads of their own are cut out of the stack, which padding at its end would shift.
        down, sizes = stacked_down(a, gate, pad=place.pad and place.heads == 1)
        low, projected = functional.linear(keys, down), None
        if gate is not None:
            low, projected = torch.split(low, [sizes[0], sum(sizes[1:])], dim=-1)
            projected = projected[..., : len(gate)]
        spread = spread_over(self.coefficients(name, self._scores(name, projected)), place.ranks)
        high = self._by_head(functional.linear(queries, padded_up(b, low.shape[-1]).t()))
        high = weighted(high, spread)
        bias = torch.einsum("bqhr,bkhr->bhqk", high, self._by_head(low))
        return (self.scaling[name] / math.sqrt(self.width)) * bias

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Never: a number added to a logit has no place in the weights.

        Raises:
            MismatchError: always.
        """
        raise MismatchError(
            "experts that change attention logits cannot be merged into the weights.",
            "Keep the adapter apart, or train with delta_mode=proj.",
        )

    def _get_in_out_features(self, module: Any) -> tuple[int, int]:
        return module.key.in_features, module.query.in_features

    def _by_head(self, stacked: Tensor) -> Tensor:
        """(..., H * R) → (..., H, R)."""
        return torch.unflatten(stacked, -1, (self.place.heads, -1))

    def _refuse(self, queries: Tensor, keys: Tensor) -> None:
        host: Any = self.get_base_layer()
        way = host.config._attn_implementation
        if way not in TAKES_A_BIAS:
            raise MismatchError(
                f"experts add to attention logits, which the attention implementation {way!r} does not take.",
                f"Load the backbone with {' or '.join(TAKES_A_BIAS)}, or use delta_mode=proj.",
            )
        lengths, found = self.place.lengths, (queries.shape[1], keys.shape[1])
        if lengths is not None and found != lengths:
            raise MismatchError(
                f"delta_mode=logit-bias was made for {lengths[0]} query and {lengths[1]} key tokens; there "
                f"are {found[0]} and {found[1]}. A bias for pairs of positions is for these alone.",
                "Use the num_frames it was made for, or delta_mode=bilinear, which takes any number.",
            )

    def _own_width(self) -> int:
        host: Any = self.get_base_layer()
        return int(host.key.in_features)


def _joined(bias: Tensor, mask: Tensor | None) -> Tensor:
    """A bias and a mask, of truth values (true is looked at) or of numbers, as one of numbers."""
    if mask is None:
        return bias
    if mask.dtype == torch.bool:
        return bias.masked_fill(~mask, torch.finfo(bias.dtype).min)
    return bias + mask
