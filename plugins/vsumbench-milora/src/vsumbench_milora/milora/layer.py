"""A linear layer with a mixture of low-rank experts beside it, as a LoRA layer of peft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Linear
from torch import Tensor, nn
from torch.nn import functional

from .merging import merged_product, merges
from .mixture import Mixing
from .place import Place, spread_over
from .products import added, padded_up, stacked_down, weighted


class MixtureLinear(Mixing, Linear):
    """y = W x + scaling * sum_k c_k B_k A_k x, all experts in two products (`delta_mode=proj`).

    `lora_A` (R, d_in), `lora_B` (d_out, R), R the ranks of all experts together. For coefficients see
    `Mixing`. In inference each sample's experts are added to W first where that is less work, see `merging`.
    peft builds it, see `adapters`.
    """

    def __init__(
        self,
        base_layer: nn.Module,
        adapter_name: str,
        config: LoraConfig,
        r: int = 0,
        lora_alpha: int = 1,
        *,
        places: Mapping[str, Place],
        target_name: str,
        **kwargs: Any,
    ) -> None:
        self.place = places[target_name]
        super().__init__(base_layer, adapter_name, config, r=r, lora_alpha=lora_alpha, **kwargs)

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """(B, ..., d_in) → (B, ..., d_out)."""
        name = working_adapter(self)
        if name is None:
            plain: Tensor = self.base_layer(x, *args, **kwargs)
            return plain
        a, b, place = self.lora_A[name].weight, self.lora_B[name].weight, self.place
        given = as_adapter(x, a)
        gate = self.lora_gate[name].weight if self._rides(name) else None
        if merges(place.merge, self.base_layer, x, training=self.training):
            projected = None if gate is None else functional.linear(self._mean(given), gate)
            spread = spread_over(self.coefficients(name, self._scores(name, projected)), place.ranks)
            return merged_product(self.base_layer, a, b, spread, self.scaling[name], x)
        down, sizes = stacked_down(a, gate, pad=place.pad)
        low = functional.linear(given, down)
        projected = None
        if gate is not None:
            low, projected = torch.split(low, [sizes[0], sum(sizes[1:])], dim=-1)
            projected = projected[..., : len(gate)]
        spread = spread_over(self.coefficients(name, self._scores(name, projected)), place.ranks)
        low = weighted(low, spread)
        result: Tensor = self.base_layer(x, *args, **kwargs)
        return added(result, low, padded_up(b, low.shape[-1]), self.scaling[name])

    def _own_width(self) -> int:
        assert self.in_features is not None
        return self.in_features


def working_adapter(layer: Any) -> str | None:
    """The adapter a layer works with now; None where it is switched off or already in the weights."""
    if layer.disable_adapters:
        if layer.merged:
            layer.unmerge()
        return None
    if layer.merged:
        return None
    working = [name for name in layer.active_adapters if name in layer.lora_A]
    return working[0] if working else None


def as_adapter(x: Tensor, weight: Tensor) -> Tensor:
    """The input in the dtype of the adapter, which may be kept more exactly than the layer it stands beside.

    Under autocast the products choose their dtype themselves.
    """
    return x if torch.is_autocast_enabled(x.device.type) else x.to(weight.dtype)


@contextmanager
def masked_tokens(module: nn.Module, mask: Tensor) -> Iterator[None]:
    """Leave padded tokens out of z in the mixtures below `module`, which all read the same (B, n) tokens.

    `mask` is true where a token is none of the padding. The visual side has no padding: every video is seen
    in equally many frames. The mask must last until the backward pass where layers are recomputed there.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, Mixing)]
    try:
        for layer in layers:
            layer.token_mask = mask
        yield
    finally:
        for layer in layers:
            layer.token_mask = None
