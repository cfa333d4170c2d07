"""What every layer with experts has in common: their stack, their gate, their coefficients."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from peft import LoraConfig
from torch import Tensor, nn

from vsumbench.contracts import Seeds
from vsumbench.errors import MismatchError

from .place import Place, Scope, kept_gates, spread_over


class Mixing:
    """Experts of a LoRA layer of peft: a mixin in front of its class.

    Source: `milora-visum.md`, "Gate and coefficients" and "Implementation". The experts are stacked: `lora_A`
    holds their A one under the other, `lora_B` their B side by side. The coefficient of one is, by `combine`,

        gate*alpha   alpha_k * g_k
        gate         g_k = softmax(W_g z + b_g)_k
        alpha        alpha_k, 1/K at the start
        sum          1

    z is the mean of the layer's own input over its tokens, one vector a sample of the layer's batch, or one
    for all layers of the branch (`Scope.z`). For the image Q-Former and the ViT a sample is a frame, for the
    video Q-Former and the language model a video. `lora_gate` (W_g, b_g) starts at zero, so that experts
    begin alike in weight; `lora_expert_alpha` holds alpha. Of both, only what `combine` uses is there.

    Only one adapter a layer is meant.
    """

    adapter_layer_names: tuple[str, ...] = (
        "lora_A",
        "lora_B",
        "lora_embedding_A",
        "lora_embedding_B",
        "lora_magnitude_vector",
        "lora_gate",
        "lora_expert_alpha",
    )
    lora_A: Any  # noqa: N815
    lora_B: Any  # noqa: N815
    lora_gate: Any
    lora_expert_alpha: Any
    base_layer: Any
    r: dict[str, int]
    scaling: dict[str, float]
    training: bool
    place: Place
    token_mask: Tensor | None = None
    """(B, n) true where a token counts for z; None where all do. Set with `masked_tokens`."""
    gates: Tensor | None = None
    """(B, K) softmax of the last batch in training, before the top k are taken: what `balance` looks at."""

    def update_layer(
        self, adapter_name: str, r: int, lora_alpha: Any, config: LoraConfig, **kwargs: Any
    ) -> None:
        """Make the tensors of an adapter: called by peft with the rank in its configuration.

        Raises:
            ValueError: that rank is not the one the options come to.
        """
        place, experts = self.place, len(self.place.ranks)
        if r != place.declared_rank:
            raise ValueError(f"rank {r} in the configuration, {place.declared_rank} by the options")
        self.scope = Scope()
        self._held: Tensor | None = None
        self.lora_gate, self.lora_expert_alpha = nn.ModuleDict(), nn.ParameterDict()
        if place.gated:
            gate = nn.Linear(self._own_width() if place.z_width is None else place.z_width, experts)
            nn.init.zeros_(gate.weight)
            nn.init.zeros_(gate.bias)
            self.lora_gate[adapter_name] = gate
        if "alpha" in place.combine:
            start = 1.0 / experts if place.combine == "alpha" else 1.0
            self.lora_expert_alpha[adapter_name] = nn.Parameter(torch.full((experts,), start))
        # To peft's class the stack is one LoRA, of the rank of all experts together.
        parent: Any = super()
        parent.update_layer(adapter_name, place.rows, lora_alpha, config, **kwargs)
        self.r[adapter_name], self.scaling[adapter_name] = r, place.scaling

    @property
    def lora_variants(self) -> dict[tuple[str, ...], None]:
        """None of peft's variants fits."""
        return {(): None}

    def supports_lora_conversion(self, adapter_name: str = "default") -> bool:
        """No plain LoRA does the same."""
        return False

    def draw(self, adapter_name: str, seeds: Seeds) -> None:
        """Draw each A_k by itself, Kaiming-uniform as in LoRA, and set B to zero: the layer begins as W."""
        stacked = self.lora_A[adapter_name].weight.detach()
        blocks = stacked.split(self.place.ranks * self.place.heads)
        for number, block in enumerate(blocks):
            generator = torch.Generator().manual_seed(seeds.child(number).integer())
            drawn = torch.empty(block.shape)
            nn.init.kaiming_uniform_(drawn, a=math.sqrt(5), generator=generator)
            block.copy_(drawn)
        nn.init.zeros_(self.lora_B[adapter_name].weight)

    def coefficients(self, adapter_name: str, scores: Tensor | None) -> Tensor | None:
        """(B, K) or (K,) coefficients of the experts; None where all are 1.

        Args:
            adapter_name: of peft.
            scores: (B, K), W_g z + b_g; None where there is no gate.
        """
        alpha: Tensor | None = self.lora_expert_alpha.get(adapter_name)
        if scores is None:
            return alpha
        gates = scores.softmax(dim=-1)
        if self.place.top_k is not None:
            if self.training:
                self.gates = gates
            gates = kept_gates(gates, self.place.top_k)
        return gates if alpha is None else gates * alpha

    def get_delta_weight(self, adapter: str) -> Tensor:
        """What could be added to the weight for good: only where no coefficient depends on the input.

        Raises:
            MismatchError: one does, or experts elsewhere in the network cannot follow.
        """
        if self.place.gated:
            raise MismatchError(
                "experts with a gate cannot be merged into the weights: their mixture depends on the input.",
                "Keep the adapter apart, or train with combine=alpha or combine=sum.",
            )
        if not self.place.mergeable:
            raise MismatchError(
                "experts that change attention logits cannot be merged into the weights.",
                "Keep the adapter apart, or train with delta_mode=proj.",
            )
        stacked = self.lora_A[adapter].weight
        spread = spread_over(self.coefficients(adapter, None), self.place.ranks)
        rows = stacked.flatten(1) if spread is None else stacked.flatten(1) * spread[:, None]
        delta: Tensor = self.scaling[adapter] * (self.lora_B[adapter].weight.flatten(1) @ rows)
        return delta.view(-1, *stacked.shape[1:])

    def _own_width(self) -> int:
        raise NotImplementedError

    def _rides(self, adapter_name: str) -> bool:
        """The gate reads the layer's own input now: W_g x can be computed together with A x."""
        return adapter_name in self.lora_gate and self.place.z_width is None and not self.scope.decoding

    def _scores(self, adapter_name: str, projected: Tensor | None) -> Tensor | None:
        """(B, K) scores of the experts; None without a gate.

        Args:
            adapter_name: of peft.
            projected: (B, ..., K), W_g x of every token where it rides. Its mean is W_g z.
        """
        if adapter_name not in self.lora_gate:
            return None
        gate = self.lora_gate[adapter_name]
        if self.place.z_width is not None:
            if self.scope.z is None:
                raise RuntimeError("a shared gate has no input: the network was not wired (see scopes.wire)")
            shared: Tensor = gate(self.scope.z.to(gate.weight.device, gate.weight.dtype))
            return shared
        if self.scope.decoding:
            if self._held is None:
                raise RuntimeError("a token after the prompt, before any prompt")
            return self._held
        assert projected is not None
        scores: Tensor = self._mean(projected) + gate.bias
        self._held = None if self.scope.prompt is None or self.training else scores.detach()
        return scores

    def _mean(self, tokens: Tensor) -> Tensor:
        """(B, ..., w) → (B, w) over the tokens that count, in single precision at least."""
        exact = torch.promote_types(tokens.dtype, torch.float32)
        if tokens.ndim < 3:
            return tokens.to(exact)
        tokens = tokens.flatten(1, -2)[:, : self.scope.prompt]
        mask = self.token_mask if self.scope.mask is None else self.scope.mask
        if mask is None:
            return tokens.mean(dim=1, dtype=exact)
        kept = mask[:, : self.scope.prompt, None].to(tokens.device, exact)
        return (tokens * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1.0)


def balance(model: nn.Module) -> Tensor:
    """How unevenly the experts were used in the last batch: 1 where evenly, up to K / top_k.

    To be added to the loss times `balance_coef`. The mean over the layers of K * sum_k f_k P_k, with f_k the
    share of choices that fell on expert k and P_k its mean gate. It has the gradient of P_k, which is no zero
    where all gates are equal and all choices fall on the same experts. Without `top_k`, and outside of
    training, it is 0. The paper has no such term (`milora-visum.md`, "Gate and coefficients": inferred).
    """
    found = []
    for layer in model.modules():
        gates = layer.gates if isinstance(layer, Mixing) and layer.training else None
        if gates is not None:
            top_k = cast(Mixing, layer).place.top_k
            assert top_k is not None
            chosen = (kept_gates(gates.detach(), top_k) > 0).to(gates.dtype).mean(dim=0) / top_k
            found.append(gates.shape[-1] * (chosen * gates.mean(dim=0)).sum())
    if not found:
        return torch.zeros((), device=next(model.parameters()).device)
    return torch.stack([one.to(found[0].device) for one in found]).mean()
