"""`mobilenet-v2`: MobileNetV2 1.0 (Sandler et al. 2018), dequantised and evaluated in floating point.

The npz file holds 53 convolutions in the order they run, `layerNN.weight_q` and so on; a real value is
(q - zero point) * scale. Layer 0 is the stem, 1 and 2 the first block, then 16 blocks of expansion, depthwise
convolution and projection; layer 51 gives 1,280 channels, whose mean over space is the feature; layer 52
classifies. Batch normalisation is folded into the weights.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad, relu6

from vsumbench.contracts import Context
from vsumbench.data import check_shape, damaged
from vsumbench_datasets.encoders.pixels import Preparation

from .frames import NetworkExtractor
from .weights import AGAIN, find_npz

LAYERS = 53
CLASSES = 1001
"""Of ImageNet, with background first."""
_HEAD, _CLASSIFIER = 51, 52
_BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, width, blocks and stride of the seven stages: Table 2 of the paper."""

PREPARED = Preparation(
    size=(224, 224),
    crop=(224, 224),
    scale=1.0,
    mean=(128.0, 128.0, 128.0),
    std=(128.0, 128.0, 128.0),
    mode="bilinear",
)
"""Both sides to 224, bilinear and smoothed, without a crop; (pixel - 128) / 128."""


class Layer(nn.Module):
    """A convolution with bias and TensorFlow's `SAME` padding, with or without ReLU6."""

    def __init__(self, into: int, out: int, size: int, stride: int, depthwise: bool, bounded: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, size, stride, groups=into if depthwise else 1)
        self.bounded = bounded

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        size, stride = self.conv.kernel_size[0], self.conv.stride[0]
        if size > 1:
            # What is odd of the border goes below and to the right: none before, one after, at stride 2.
            gaps = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in x.shape[2:]]
            above, left = gaps[0] // 2, gaps[1] // 2
            x = pad(x, (left, gaps[1] - left, above, gaps[0] - above))
        x = self.conv(x)
        return relu6(x) if self.bounded else x


class Block(nn.Module):
    """Expansion (if there is one), depthwise convolution, projection; added to what came in where it fits."""

    def __init__(self, layers: list[Layer]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        first, last = layers[0].conv, layers[-1].conv
        strides = {layer.conv.stride[0] for layer in layers}
        self.added = strides == {1} and first.in_channels == last.out_channels

    def forward(self, x: Tensor) -> Tensor:
        """(B, into, H, W) to (B, out, H / stride, W / stride)."""
        found: Tensor = self.layers(x)
        return x + found if self.added else found


class MobileNetV2(nn.Module):
    """The network. `forward` gives the 1,280 features; `logits` the 1,001 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Layer(3, 32, 3, 2, depthwise=False, bounded=True)
        into, blocks = 32, []
        for expansion, width, count, stride in _BLOCKS:
            for number in range(count):
                wide = into * expansion
                layers = [Layer(into, wide, 1, 1, depthwise=False, bounded=True)] if expansion > 1 else []
                step = stride if number == 0 else 1
                layers.append(Layer(wide, wide, 3, step, depthwise=True, bounded=True))
                layers.append(Layer(wide, width, 1, 1, depthwise=False, bounded=False))
                blocks.append(Block(layers))
                into = width
        self.blocks = nn.Sequential(*blocks)
        self.head = Layer(into, 1280, 1, 1, depthwise=False, bounded=True)
        self.classifier = Layer(1280, CLASSES, 1, 1, depthwise=False, bounded=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1280): the mean over space."""
        found: Tensor = self.head(self.blocks(self.stem(x))).mean(dim=(2, 3))
        return found

    def logits(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1001)."""
        scores: Tensor = self.classifier(self(x)[:, :, None, None])[:, :, 0, 0]
        return scores

    def in_order(self) -> list[Layer]:
        """The 53 layers in the order they run."""
        return [layer for layer in self.modules() if isinstance(layer, Layer)]


def load(path: Path) -> MobileNetV2:
    """The network with the dequantised weights of an npz file; nothing pickled is read.

    Raises:
        DataDamagedError: no npz file, truncated, or a key that is missing or not what the network needs.
    """
    network = MobileNetV2()
    try:
        with np.load(path, allow_pickle=False) as file:
            for number, layer in enumerate(network.in_order()):
                _fill(layer, number, file, path)
    except (
        OSError,
        ValueError,
        EOFError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise damaged(
            path, "", "an npz file", f"something else or a truncated file ({error})", AGAIN
        ) from None
    return network.eval()


def build(context: Context, argument: str) -> NetworkExtractor:
    """The extractor with the weights of an npz file: 1,280 values a frame, not negative, not normalised.

    Raises:
        UnavailableError: no such file.
        DataDamagedError: it is not the quantised network.
    """
    return NetworkExtractor(context, load(find_npz(argument).path), PREPARED)


def probabilities(network: MobileNetV2, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(1001,) of one frame (height, width, 3) uint8, which is prepared as for the features."""
    with torch.inference_mode():
        scores = network.logits(PREPARED(pixels, torch.device("cpu"))[None])[0]
        found: NDArray[np.float32] = torch.softmax(scores, dim=0).numpy()
    return found


def _fill(layer: Layer, number: int, file: Any, path: Path) -> None:
    conv = layer.conv
    quantised = _entry(file, path, number, "weight_q", "uint8", tuple(conv.weight.shape))
    point = _entry(file, path, number, "weight_zero_point", "uint8", ())
    scale = _entry(file, path, number, "weight_scale", "float32", ())
    bias = _entry(file, path, number, "bias_q", "int32", (conv.out_channels,))
    bias_scale = _entry(file, path, number, "bias_scale", "float32", ())
    stride = _entry(file, path, number, "stride", "uint8", ())
    if int(stride) != conv.stride[0]:
        raise damaged(path, f"layer{number:02d}.stride", str(conv.stride[0]), int(stride), AGAIN)
    for name, value in (("weight_scale", scale), ("bias_scale", bias_scale)):
        if not 0 < float(value) < np.inf:
            raise damaged(path, f"layer{number:02d}.{name}", "a positive number", float(value), AGAIN)
    weight = (quantised.astype(np.float32) - np.float32(point)) * np.float32(scale)
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(weight))
        assert conv.bias is not None
        conv.bias.copy_(torch.from_numpy((bias * np.float64(bias_scale)).astype(np.float32)))


def _entry(file: Any, path: Path, number: int, name: str, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    key = f"layer{number:02d}.{name}"
    if key not in file.files:
        raise damaged(path, key, "an array of this name", f"only {len(file.files)} others", AGAIN)
    array: NDArray[Any] = file[key]
    if array.dtype != dtype:
        raise damaged(path, key, f"dtype {dtype}", f"dtype {array.dtype}", AGAIN)
    check_shape(array, shape, path, key)
    return array
