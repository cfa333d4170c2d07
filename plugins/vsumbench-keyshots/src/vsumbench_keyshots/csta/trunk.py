"""The trunk of CSTA: GoogLeNet with batch normalisation, up to its last Inception block.

The network is that of Szegedy et al. 2015 (Table 1), with a batch normalisation (eps 1e-3) after every
convolution in place of biases, and 3 x 3 where the paper has 5 x 5, as in the weights published for torch.
Names of parameters are those of that publication, so that its weights load.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear, max_pool2d, pad, relu, unfold

FULL = 1024
BLOCKS: dict[str, tuple[int, int, int, int, int, int, int]] = {
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


def of_pixels(x: Tensor, weight: Tensor) -> Tensor:
    """A convolution of 1 x 1 as the product it is: (B, into, H, W) and (out, into, 1, 1) to (B, out, H, W).

    Nothing is copied where the channels of a pixel lie side by side; on one core torch's convolution copies.
    """
    return linear(x.movedim(1, -1), weight.flatten(1)).movedim(-1, 1)


def of_windows(x: Tensor, weight: Tensor) -> Tensor:
    """A convolution of 7 x 7 with stride 2 over one channel, as a product with all windows.

    Args:
        x: (B, 1, H, W).
        weight: (out, 1, 7, 7).

    Returns:
        (B, out, H / 2, W / 2), sides rounded up, the channels of a pixel side by side. On one core, the
        gradient of torch's convolution takes longer where the input has a single channel.
    """
    height, width = (-(-side // 2) for side in x.shape[2:])
    seen = linear(unfold(x, 7, padding=3, stride=2).mT, weight.flatten(1))
    return seen.view(len(x), height, width, -1).movedim(-1, 1)


class Convolution(nn.Module):
    """Convolution without bias, batch normalisation, ReLU."""

    def __init__(self, into: int, out: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, size, stride, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, H / stride, W / stride)."""
        if self.conv.kernel_size == (1, 1):
            return self.finished(of_pixels(x, self.conv.weight))
        return self.finished(self.conv(x))

    def finished(self, x: Tensor) -> Tensor:
        """What is left to do where the convolution is done."""
        found: Tensor = relu(self.bn(x), inplace=True)
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
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


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
        for name, (_, *widths) in BLOCKS.items():
            one, reduce3, three, reduce5, five, pooled = map(thin, widths)
            setattr(self, f"inception{name}", Inception(into, one, reduce3, three, reduce5, five, pooled))
            into = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, width, about H / 32, about W / 32); both sides at least 15."""
        return self._behind(self.conv1(x))

    def of_equal_channels(self, top: Tensor, x: Tensor) -> Tensor:
        """The same for an image whose channels differ in the first row alone.

        What equal channels give is what one gives under the sum of their weights: a third of the work.

        Args:
            top: (3, W) the first row of each channel.
            x: (H - 1, W) the other rows, of every channel.
        """
        weight = self.conv1.conv.weight
        seen = of_windows(pad(x, (0, 0, 1, 0))[None, None], weight.sum(dim=1, keepdim=True))
        # The first row is within reach of two rows of what comes out.
        seen[:, :, :2] += conv2d(pad(top[None, :, None], (0, 0, 0, 2)), weight, stride=2, padding=3)
        return self._behind(self.conv1.finished(seen))

    def _behind(self, x: Tensor) -> Tensor:
        """What stands behind the first convolution."""
        # The channels of a pixel side by side: torch's pools take a fraction of the time then, on the CPU.
        x = _halved(x.contiguous(memory_format=torch.channels_last))
        x = _halved(self.conv3(self.conv2(x)))
        for name in BLOCKS:
            x = getattr(self, f"inception{name}")(x)
            if name == "3b":
                x = _halved(x)
            elif name == "4e":
                x = max_pool2d(x, 2, stride=2, ceil_mode=True)
        return x


def _halved(x: Tensor) -> Tensor:
    return max_pool2d(x, 3, stride=2, ceil_mode=True)
