"""`resnet50`: the 50-layer residual network, up to its global average pool.

He et al. 2016 (Table 1), with the stride of a stage in its 3 x 3 convolution, as in the weights that are
published for torch: 25,557,032 parameters with the classifier. Names of parameters are torchvision's.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from vsumbench.contracts import Context

from .frames import IMAGENET, NetworkExtractor
from .weights import find_safetensors, load_whole

_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
"""Width, blocks and stride of the four stages."""
_WIDER = 4
"""What leaves a block is this many times as wide as what is computed in it."""


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3, 1 x 1, added to what came in (through a 1 x 1 where the shapes differ)."""

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        out = width * _WIDER
        self.conv1 = nn.Conv2d(into, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample: nn.Module | None = None
        if stride != 1 or into != out:
            self.downsample = nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, 4 * width, H / stride, W / stride)."""
        past = x if self.downsample is None else self.downsample(x)
        x = relu(self.bn1(self.conv1(x)))
        x = relu(self.bn2(self.conv2(x)))
        return relu(self.bn3(self.conv3(x)) + past)


class ResNet50(nn.Module):
    """The network, in evaluation. `forward` gives the pooled features; `fc` is there for `logits` alone."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        into = 64
        for number, (width, blocks, stride) in enumerate(_STAGES, 1):
            made = [Bottleneck(into, width, stride)]
            into = width * _WIDER
            made += [Bottleneck(into, width, 1) for _ in range(blocks - 1)]
            setattr(self, f"layer{number}", nn.Sequential(*made))
        self.fc = nn.Linear(into, 1000)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 2048): the mean over space of the last stage."""
        x = self.pool(relu(self.bn1(self.conv1(x))))
        for number in range(1, len(_STAGES) + 1):
            x = getattr(self, f"layer{number}")(x)
        return x.mean(dim=(2, 3))

    def logits(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1000)."""
        scores: Tensor = self.fc(self(x))
        return scores


def build(context: Context, argument: str) -> NetworkExtractor:
    """The extractor with the weights of a file: 2048 values a frame, not normalised.

    Raises:
        UnavailableError: no such file.
        DataDamagedError: it holds something else than this network's parameters.
    """
    network = ResNet50()
    load_whole(network, find_safetensors(argument), may_lack=(".num_batches_tracked",))
    return NetworkExtractor(context, network, IMAGENET)
