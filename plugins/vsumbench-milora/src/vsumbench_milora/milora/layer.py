"""One linear layer with a mixture of low-rank experts beside it, as a LoRA layer of peft."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Linear, LoraLayer
from torch import Tensor, nn

from vsumbench.contracts import Seeds
from vsumbench.errors import MismatchError

Combine = Literal["gate*alpha", "gate", "alpha", "sum"]


class MixtureLinear(Linear):
    """y = W x + scaling * sum_k c_k B_k A_k x, all experts in two products.

    Source: `milora-visum.md`, "Gate and coefficients" and "Implementation". K experts of rank r are stacked:
    `lora_A` (K*r, d_in), `lora_B` (d_out, K*r). An expert's coefficient (eq. 13 and 15) is, by `combine`,

        gate*alpha   alpha_k * softmax(W_g z + b_g)_k
        gate         softmax(W_g z + b_g)_k
        alpha        alpha_k, 1/K at the start
        sum          1

    z is the mean of the layer's own input over its tokens, one vector a sample of the layer's batch. For the
    image Q-Former a sample is a frame, for the video Q-Former a video. `lora_gate` (W_g, b_g) starts at zero,
    so that experts begin alike in weight; `lora_expert_alpha` holds alpha. Of both, only what `combine` uses
    is there.

    peft builds it, see `adapters`. Only one adapter a layer is meant.
    """

    adapter_layer_names = (*LoraLayer.adapter_layer_names, "lora_gate", "lora_expert_alpha")
    lora_A: Any  # noqa: N815
    lora_B: Any  # noqa: N815
    token_mask: Tensor | None = None
    """(B, n) true where a token counts for z; None where all do. Set with `masked_tokens`."""

    def update_layer(
        self, adapter_name: str, r: int, lora_alpha: Any, config: LoraConfig, **kwargs: Any
    ) -> None:
        """Make the tensors of an adapter: called by peft.

        `r` is the rank of one expert; `kwargs` hold `experts` (K) and `combine`, as registered.
        """
        experts: int = kwargs.pop("experts")
        combine: Combine = kwargs.pop("combine")
        assert self.in_features is not None
        self.experts = experts
        self.lora_gate, self.lora_expert_alpha = nn.ModuleDict(), nn.ParameterDict()
        if "gate" in combine:
            gate = nn.Linear(self.in_features, experts)
            nn.init.zeros_(gate.weight)
            nn.init.zeros_(gate.bias)
            self.lora_gate[adapter_name] = gate
        if "alpha" in combine:
            start = 1.0 / experts if combine == "alpha" else 1.0
            self.lora_expert_alpha[adapter_name] = nn.Parameter(torch.full((experts,), start))
        # To the class above, the stack is one LoRA of rank K*r; its scaling is that of one expert.
        super().update_layer(adapter_name, experts * r, experts * lora_alpha, config, **kwargs)
        self.r[adapter_name], self.lora_alpha[adapter_name] = r, lora_alpha

    @property
    def lora_variants(self) -> dict[tuple[str, ...], None]:
        """None of peft's variants fits."""
        return {(): None}

    def supports_lora_conversion(self, adapter_name: str = "default") -> bool:
        """No plain LoRA does the same."""
        return False

    def draw(self, adapter_name: str, seeds: Seeds) -> None:
        """Draw each A_k by itself, Kaiming-uniform as in LoRA, and set B to zero: the layer begins as W."""
        stacked = self.lora_A[adapter_name].weight
        for number, expert in enumerate(stacked.detach().chunk(self.experts)):
            generator = torch.Generator().manual_seed(seeds.child(number).integer())
            drawn = torch.empty(expert.shape)
            nn.init.kaiming_uniform_(drawn, a=math.sqrt(5), generator=generator)
            expert.copy_(drawn)
        nn.init.zeros_(self.lora_B[adapter_name].weight)

    def coefficients(self, adapter_name: str, x: Tensor) -> Tensor | None:
        """(B, K) or (K,) coefficients of the experts for an input (B, ..., d_in); None where all are 1."""
        alpha: Tensor | None = self.lora_expert_alpha.get(adapter_name)
        if adapter_name not in self.lora_gate:
            return alpha
        gate: Tensor = self.lora_gate[adapter_name](self._mean(x)).softmax(dim=-1)
        return gate if alpha is None else gate * alpha

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """(B, ..., d_in) → (B, ..., d_out)."""
        if self.disable_adapters or self.merged:
            plain: Tensor = super().forward(x, *args, **kwargs)
            return plain
        result: Tensor = self.base_layer(x, *args, **kwargs)
        for name in self.active_adapters:
            if name not in self.lora_A:
                continue
            given = self._cast_input_dtype(x, self.lora_A[name].weight.dtype)
            low = self.lora_A[name](given)
            weights = self.coefficients(name, given)
            if weights is not None:
                # Each coefficient stands for the r columns of its expert, in every token of its sample.
                spread = weights.repeat_interleave(self.r[name], dim=-1)
                low = low * (
                    spread if spread.ndim == 1 else spread.view(-1, *[1] * (x.ndim - 2), spread.shape[-1])
                )
            result = result + (self.scaling[name] * self.lora_B[name](low)).to(result.dtype)
        return result

    def get_delta_weight(self, adapter: str) -> Tensor:
        """(d_out, d_in) that could be added to W: only where no coefficient depends on the input.

        Raises:
            MismatchError: the gate does.
        """
        if adapter in self.lora_gate:
            raise MismatchError(
                "experts with a gate cannot be merged into the weights: their mixture depends on the input.",
                "Keep the adapter apart, or train with combine=alpha or combine=sum.",
            )
        stacked = self.lora_A[adapter].weight
        alpha = self.coefficients(adapter, stacked)
        if alpha is not None:
            stacked = stacked * alpha.repeat_interleave(self.r[adapter])[:, None]
        delta: Tensor = self.scaling[adapter] * (self.lora_B[adapter].weight @ stacked)
        return delta

    def _mean(self, x: Tensor) -> Tensor:
        if x.ndim < 3:
            return x
        tokens = x.flatten(1, -2)
        if self.token_mask is None:
            return tokens.mean(dim=1)
        kept = self.token_mask.to(tokens.dtype)[:, :, None]
        return (tokens * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1.0)


@contextmanager
def masked_tokens(module: nn.Module, mask: Tensor) -> Iterator[None]:
    """Leave padded tokens out of z in the mixtures below `module`, which all read the same (B, n) tokens.

    `mask` is true where a token is none of the padding. The visual side has no padding: every video is seen
    in equally many frames.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, MixtureLinear)]
    try:
        for layer in layers:
            layer.token_mask = mask
        yield
    finally:
        for layer in layers:
            layer.token_mask = None
