"""`googlenet-pool5`: GoogLeNet (Inception v1) with batch normalisation, up to its last average pool.

The network is that of Szegedy et al. 2015 (Table 1) with a batch normalisation after every convolution in
place of biases, and 3 x 3 where the paper has 5 x 5, as in the weights that are published for torch:
6,624,904 parameters with the classifier and without the two auxiliary ones. Names are torchvision's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from vsumbench.contracts import Context

from .frames import IMAGENET, NetworkExtractor
from .weights import find_safetensors, load_whole

EPSILON = 1e-10
"""Added to the length a row is divided by (protocols.md a.1)."""
_STAGES: dict[str, tuple[int, int, int, int, int, int, int]] = {
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

    def __init__(self, into: int, out: int, size: int, *, stride: int = 1) -> None:
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


class GoogLeNet(nn.Module):
    """The network, in evaluation. `forward` gives pool5; the classifier is there for `logits` alone."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = Convolution(3, 64, 7, stride=2)
        self.conv2 = Convolution(64, 64, 1)
        self.conv3 = Convolution(64, 192, 3)
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.pool4 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        for name, widths in _STAGES.items():
            setattr(self, f"inception{name}", Inception(*widths))
        self.fc = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1024): the mean over space of the last Inception block."""
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv3(self.conv2(x)))
        for name in _STAGES:
            x = getattr(self, f"inception{name}")(x)
            if name == "3b":
                x = self.pool(x)
            elif name == "4e":
                x = self.pool4(x)
        pooled: Tensor = x.mean(dim=(2, 3))
        return pooled

    def logits(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1000)."""
        scores: Tensor = self.fc(self(x))
        return scores


class UnitRows(nn.Module):
    """A network whose rows are divided by their length."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """(B, dim), each row divided by its length plus `EPSILON`."""
        rows: Tensor = self.network(x).to(x.dtype)
        unit: Tensor = rows / (torch.linalg.vector_norm(rows, dim=1, keepdim=True) + EPSILON)
        return unit


def build(context: Context, argument: str) -> NetworkExtractor:
    """The extractor with the weights of a file: pool5 (1024), rows of length 1.

    Frames are prepared as for ImageNet; the rescaling that torchvision's own forward adds for its weights is
    left out, as in the code that made the features DSNet publishes.

    Raises:
        UnavailableError: no such file.
        DataDamagedError: it holds something else than this network's parameters.
    """
    network = GoogLeNet()
    load_whole(
        network,
        find_safetensors(argument),
        left_out=("aux1.", "aux2."),
        may_lack=(".num_batches_tracked",),
    )
    return NetworkExtractor(context, UnitRows(network), IMAGENET)
