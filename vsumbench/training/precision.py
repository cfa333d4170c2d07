"""What a context's dtype means to a network. Public to plugins."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

BFLOAT16 = "bfloat16"


def kept_in(dtype: str) -> torch.dtype:
    """The dtype weights are kept in: `bfloat16` is autocast over float32."""
    return torch.float64 if dtype == "float64" else torch.float32


def autocast(device: torch.device | str, dtype: str) -> AbstractContextManager[None]:
    """Autocast for `bfloat16`; nothing otherwise."""
    found: AbstractContextManager[None] = torch.autocast(
        torch.device(device).type, dtype=torch.bfloat16, enabled=dtype == BFLOAT16
    )
    return found
