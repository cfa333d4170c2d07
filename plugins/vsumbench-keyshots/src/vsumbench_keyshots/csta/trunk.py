"""The trunk of CSTA: GoogLeNet with batch normalisation, up to its last Inception block.

The network is that of Szegedy et al. 2015 (Table 1), with a batch normalisation (eps 1e-3) after every
convolution in place of biases, and 3 x 3 where the paper has 5 x 5, as in the weights published for torch.
Names of parameters are those of that publication, so that its weights load.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

FULL = 1024
_BLOCKS: dict[str, tuple[int, int, int, int, int, int, int]] = {
    # in; 1x1; 3x3 reduce, 3x3; 5x5 reduce, 5x5; pool projection: Table 1 of the paper.
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}


class Convolution(nn.Module):
    """Convolution without bias, batch normalisation, ReLU."""

    def __init__(self, into: int, out: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, size, stride, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, H / stride, W / stride)."""
        found: Tensor = relu(self.bn(self.conv(x)))
        return found


class Inception(nn.Module):
    """Four branches side by side, joined along the channels."""

    def __init__(
        self, into: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pooled: int
    ) -> None:
        super().__init__()
        self.branch1 = Convolution(into, one, 1)
        self.branch2 = nn.Sequential(Convolution(into, reduce3, 1), Convolution(reduce3, three, 3))
        self.branch3 = nn.Sequential(Convolution(into, reduce5, 1), Convolution(reduce5, five, 3))
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True), Convolution(into, pooled, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, one + three + five + pooled, H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class GoogLeNetTrunk(nn.Module):
    """3 channels to `width` channels at a 32nd of both sides; `width` / 1,024 of the published channels."""

    def __init__(self, width: int) -> None:
        super().__init__()

        def thin(channels: int) -> int:
            return channels * width // FULL

        self.conv1 = Convolution(3, thin(64), 7, stride=2)
        self.conv2 = Convolution(thin(64), thin(64), 1)
        self.conv3 = Convolution(thin(64), thin(192), 3)
        into = thin(192)
        for name, (_, *widths) in _BLOCKS.items():
            one, reduce3, three, reduce5, five, pooled = map(thin, widths)
            setattr(self, f"inception{name}", Inception(into, one, reduce3, three, reduce5, five, pooled))
            into = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, width, about H / 32, about W / 32); both sides at least 15."""
        x = _halved(self.conv1(x))
        x = _halved(self.conv3(self.conv2(x)))
        for name in _BLOCKS:
            x = getattr(self, f"inception{name}")(x)
            if name == "3b":
                x = _halved(x)
            elif name == "4e":
                x = max_pool2d(x, 2, stride=2, ceil_mode=True)
        return x


def _halved(x: Tensor) -> Tensor:
    return max_pool2d(x, 3, stride=2, ceil_mode=True)
