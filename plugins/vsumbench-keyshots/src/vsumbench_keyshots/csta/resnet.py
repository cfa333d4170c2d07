"""ResNet-18 as the trunk of CSTA: up to its last residual block.

The network is that of He et al. 2016 (Table 1, column "18-layer"; identity shortcuts, and 1 x 1 convolutions
where the shape changes), with a batch normalisation (eps 1e-5) after every convolution. Names of parameters
are those of the weights published for torch, so that they load.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from .parts import thin

CHANNELS = 512
"""Published channels of the output."""
_STAGES = ((64, 1), (128, 2), (256, 2), (512, 2))
"""conv2_x to conv5_x: channels, and stride of the first of their two blocks."""


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (Figure 5, left)."""

    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(into, out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = None
        if stride > 1 or into != out:
            self.downsample = nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, H / stride, W / stride), rounded up."""
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(y + shortcut)


class ResNet18Trunk(nn.Module):
    """3 channels to `channels` at a 32nd of both sides; `width` / 1,024 of the published channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.channels = thin(CHANNELS, width)
        into = thin(_STAGES[0][0], width)
        self.conv1 = nn.Conv2d(3, into, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(into)
        for number, (published, stride) in enumerate(_STAGES, start=1):
            out = thin(published, width)
            setattr(self, f"layer{number}", nn.Sequential(Residual(into, out, stride), Residual(out, out, 1)))
            into = out

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, channels, H / 32, W / 32), rounded up; any sides."""
        x = max_pool2d(relu(self.bn1(self.conv1(x))), 3, stride=2, padding=1)
        for number in range(1, len(_STAGES) + 1):
            x = getattr(self, f"layer{number}")(x)
        return x
