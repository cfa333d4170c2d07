"""MobileNetV2 as the trunk of CSTA: up to its last convolution.

The network is that of Sandler et al. 2018 (Tables 1 and 2), with a batch normalisation (eps 1e-5) after every
convolution. Names of parameters are those of the weights published for torch, so that they load.
"""

from __future__ import annotations

from torch import Tensor, nn

from .parts import convolution, thin

CHANNELS = 1280
"""Published channels of the output."""
_STAGES = (
    # Expansion t, channels c, blocks n, stride s of the first of them: Table 2.
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class InvertedResidual(nn.Module):
    """Expansion (none for a factor of 1), 3 x 3 a channel, linear projection (Table 1).

    Where the shape stays there is a shortcut.
    """

    def __init__(self, into: int, out: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = into * expansion
        self.shortcut = stride == 1 and into == out
        layers: list[nn.Module] = [convolution(into, inner, 1, nn.ReLU6)] if expansion > 1 else []
        layers.append(convolution(inner, inner, 3, nn.ReLU6, stride=stride, groups=inner))
        self.conv = nn.Sequential(*layers, nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, H / stride, W / stride), rounded up."""
        found: Tensor = self.conv(x)
        return x + found if self.shortcut else found


class MobileNetV2Trunk(nn.Module):
    """3 channels to `channels` at a 32nd of both sides; `width` / 1,024 of the published channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.channels = thin(CHANNELS, width)
        into = thin(32, width)
        layers: list[nn.Module] = [convolution(3, into, 3, nn.ReLU6, stride=2)]
        for expansion, published, blocks, stride in _STAGES:
            out = thin(published, width)
            for block in range(blocks):
                layers.append(InvertedResidual(into, out, expansion, 1 if block else stride))
                into = out
        self.features = nn.Sequential(*layers, convolution(into, self.channels, 1, nn.ReLU6))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, channels, H / 32, W / 32), rounded up; any sides."""
        found: Tensor = self.features(x)
        return found
