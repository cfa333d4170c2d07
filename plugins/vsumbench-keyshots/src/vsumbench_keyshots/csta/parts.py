"""What the trunks of CSTA other than GoogLeNet are put together from."""

from __future__ import annotations

from torch import nn

FULL = 1024
"""The `width` that stands for the published channels."""


def thin(channels: int, width: int) -> int:
    """`width` / 1,024 of a layer's published channels, at least one."""
    return max(1, channels * width // FULL)


def convolution(
    into: int, out: int, size: int, activation: type[nn.Module], *, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution without bias that keeps the sides (or divides them by `stride`), batch norm, activation.

    (B, into, H, W) to (B, out, ceil(H / stride), ceil(W / stride)); names `0` and `1`, eps 1e-5, as in the
    weights published for torch.
    """
    conv = nn.Conv2d(into, out, size, stride, padding=size // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), activation())
