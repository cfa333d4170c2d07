"""EfficientNet-B0 as the trunk of CSTA: up to its last convolution.

The network is that of Tan and Le 2019 (Table 1): inverted residuals with squeeze and excitation, SiLU, and in
training a survival probability of 0.8 at the last block (section 5.2), with the eps of 1e-5 in batch
normalisations that the weights published for torch were trained with. Names of parameters are those of that
publication, so that its weights load.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import silu

from .parts import convolution, thin

CHANNELS = 1280
"""Published channels of the output."""
DROPPED = 0.2
"""Share of training steps that the last block would be left out of; earlier blocks less, in proportion."""
_STAGES = (
    # Expansion, size of the kernel, channels, blocks, stride of the first of them: Table 1, stages 2 to 8.
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)


class SqueezeExcitation(nn.Module):
    """Channels weighted by what a bottleneck makes of their means (Hu et al. 2018), here with SiLU in it."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to the same."""
        weight: Tensor = self.fc2(silu(self.fc1(x.mean(dim=(2, 3), keepdim=True)))).sigmoid()
        return x * weight


class MBConv(nn.Module):
    """Expansion (none for a factor of 1), a kernel a channel, squeeze and excitation, linear projection.

    Where the shape stays there is a shortcut; in training all else is left out with probability `dropped`.
    """

    def __init__(self, into: int, out: int, expansion: int, size: int, stride: int, dropped: float) -> None:
        super().__init__()
        inner = into * expansion
        self.shortcut, self.dropped = stride == 1 and into == out, dropped
        layers: list[nn.Module] = [convolution(into, inner, 1, nn.SiLU)] if expansion > 1 else []
        self.block = nn.Sequential(
            *layers,
            convolution(inner, inner, size, nn.SiLU, stride=stride, groups=inner),
            # A quarter of the block's own input, not of the expanded channels.
            SqueezeExcitation(inner, max(1, into // 4)),
            convolution(inner, out, 1, nn.Identity),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, H / stride, W / stride), rounded up."""
        found: Tensor = self.block(x)
        if not self.shortcut:
            return found
        return x + (left_out(found, self.dropped) if self.training else found)


def left_out(x: Tensor, share: float) -> Tensor:
    """Stochastic depth (Huang et al. 2016): examples of (B, C, H, W) at zero with probability `share`.

    The others are divided by 1 - `share`. Drawn from torch's generator of the device, as dropout is.
    """
    kept = x.new_empty(len(x), 1, 1, 1).bernoulli_(1 - share)
    return x * (kept / (1 - share))


class EfficientNetB0Trunk(nn.Module):
    """3 channels to `channels` at a 32nd of both sides; `width` / 1,024 of the published channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.channels = thin(CHANNELS, width)
        into, done, total = thin(32, width), 0, sum(blocks for *_, blocks, _ in _STAGES)
        layers: list[nn.Module] = [convolution(3, into, 3, nn.SiLU, stride=2)]
        for expansion, size, published, blocks, stride in _STAGES:
            out, stage = thin(published, width), nn.Sequential()
            for block in range(blocks):
                dropped = DROPPED * done / total
                stage.append(MBConv(into, out, expansion, size, 1 if block else stride, dropped))
                into, done = out, done + 1
            layers.append(stage)
        self.features = nn.Sequential(*layers, convolution(into, self.channels, 1, nn.SiLU))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, channels, H / 32, W / 32), rounded up; any sides."""
        found: Tensor = self.features(x)
        return found
