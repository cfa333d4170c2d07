"""The trunks of CSTA by the name its options give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn

from . import efficientnet, mobilenet, resnet, trunk
from .parts import thin


@dataclass(frozen=True)
class Trunk:
    """A convolutional network that CSTA can be built on.

    Attributes:
        build: of the option `width`; the module takes (B, 3, H, W) to (B, channels, H / 32, W / 32).
        channels: published channels of its output.
        official: name of the whole network in the official code.
        classifier: name of the classifier in the weights published for torch.
        rows: fewest rows it takes.
    """

    build: Callable[[int], nn.Module]
    channels: int
    official: str
    classifier: str
    rows: int = 1

    def width(self, width: int) -> int:
        """Channels of the output at this value of the option `width`."""
        return thin(self.channels, width)


TRUNKS: Mapping[str, Trunk] = {
    "googlenet": Trunk(trunk.GoogLeNetTrunk, trunk.FULL, "googlenet", "fc", rows=15),
    # Inferred: the names in the official code.
    "efficientnet-b0": Trunk(
        efficientnet.EfficientNetB0Trunk, efficientnet.CHANNELS, "efficientnet", "classifier.1"
    ),
    "mobilenet-v2": Trunk(mobilenet.MobileNetV2Trunk, mobilenet.CHANNELS, "mobilenet", "classifier.1"),
    "resnet-18": Trunk(resnet.ResNet18Trunk, resnet.CHANNELS, "resnet", "fc"),
}
