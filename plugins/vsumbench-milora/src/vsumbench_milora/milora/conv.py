"""A convolution with a mixture of low-rank experts beside it (`spatial_targets=patch-conv`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Conv2d
from torch import Tensor, nn
from torch.nn import functional

from .layer import as_adapter, working_adapter
from .mixture import Mixing
from .place import Place, spread_over
from .products import padded_up, stacked_down, weighted


class MixtureConv2d(Mixing, Conv2d):
    """y = W * x + scaling * sum_k c_k B_k * (A_k * x), all experts in two convolutions (eq. 9).

    In the layout of peft: A is a convolution with the kernel, stride and padding of W and R channels out, B
    one with a kernel of 1 x 1. Folded, that is a linear layer from the d_in = channels * height * width of a
    patch to d_out (`milora-visum.md`, "Where the adapters go"), and z is the mean of an image's patches, as
    wide as a patch. A sample is an image: of a video, each frame has a mixture of its own.
    """

    def __init__(
        self,
        base_layer: nn.Conv2d,
        adapter_name: str,
        config: LoraConfig,
        r: int = 0,
        lora_alpha: int = 1,
        *,
        places: Mapping[str, Place],
        target_name: str,
        **kwargs: Any,
    ) -> None:
        if base_layer.groups != 1 or base_layer.padding_mode != "zeros":
            raise ValueError(f"{target_name} is a convolution in groups, or padded with other than zeros")
        self.place = places[target_name]
        parent: Any = super()
        parent.__init__(base_layer, adapter_name, config, r=r, lora_alpha=lora_alpha, **kwargs)

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """(B, channels, height, width) → (B, d_out, rows, columns)."""
        name = working_adapter(self)
        result: Tensor = self.base_layer(x, *args, **kwargs)
        if name is None:
            return result
        host: Any = self.get_base_layer()
        a, b = self.lora_A[name].weight, self.lora_B[name].weight
        gate = self.lora_gate[name].weight if self._rides(name) else None
        down, sizes = stacked_down(a, gate, pad=self.place.pad)
        low = functional.conv2d(
            as_adapter(x, a), down, stride=host.stride, padding=host.padding, dilation=host.dilation
        )
        projected = None
        if gate is not None:
            low, projected = torch.split(low, [sizes[0], sum(sizes[1:])], dim=1)
            # The places of an image are its tokens.
            projected = projected[:, : len(gate)].flatten(2).transpose(1, 2)
        spread = spread_over(self.coefficients(name, self._scores(name, projected)), self.place.ranks)
        low = weighted(low, spread, channels=1)
        update = functional.conv2d(low, padded_up(b, low.shape[1]))
        return result + (self.scaling[name] * update).to(result.dtype)

    def get_delta_weight(self, adapter: str) -> Tensor:
        """(d_out, channels, height, width), as `Mixing` says."""
        return super().get_delta_weight(adapter)

    def _own_width(self) -> int:
        host: Any = self.get_base_layer()
        return int(math.prod((host.in_channels, *host.kernel_size)))
