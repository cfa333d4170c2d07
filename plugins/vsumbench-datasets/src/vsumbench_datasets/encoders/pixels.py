"""Frames as a network wants them: resized, cropped, normalised, with torch alone.

The values are those of transformers' image processors on PIL (CLIP, BLIP) but for rounding: at most one grey
level of 255 apart, in fewer than 3 of 1,000 values of white noise (`test_clip_pixels.py`). PIL resizes one
axis after the other and rounds to whole grey levels after each, so this does too; a resize of both axes at
once is up to 24 levels away. Columns come before rows; PIL 13 turns that round for a picture taller than
twice its width.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate, pad

from vsumbench.data import read_json
from vsumbench.errors import DataDamagedError, MismatchError

_BICUBIC = 3
_HALF = 0.5001
_FILES = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Preparation:
    """What is done with a frame.

    Attributes:
        size: (height, width) to resize to, or the length of the shorter edge.
        crop: (height, width) cut from the centre; a smaller picture gets a black border.
        scale: factor on grey levels.
        mean, std: of each channel, after scaling.
        mode: `bicubic` or `bilinear`.
    """

    size: tuple[int, int] | int
    crop: tuple[int, int]
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    mode: str = "bicubic"

    @classmethod
    def read(cls, folder: Path, *, cropped: bool = True) -> Preparation:
        """The preparation a checkpoint's processor configuration asks for.

        Args:
            folder: of the checkpoint.
            cropped: whether its kind cuts from the centre (CLIP) or resizes both sides to the end (BLIP).

        Raises:
            DataDamagedError: there is none, or values are missing.
            MismatchError: it asks for something else than resize, crop (of CLIP), scaling and normalisation.
        """
        path = next((folder / name for name in _FILES if (folder / name).is_file()), folder / _FILES[0])
        content = read_json(path)
        try:
            values = content.get("image_processor", content)
            _refuse_others(values, path, cropped)
            size = values["size"]
            crop = values["crop_size"] if cropped else size
            return cls(
                size=_edge_or_sides(size) if cropped else _sides(size),
                crop=(int(crop), int(crop)) if isinstance(crop, int) else _sides(crop),
                scale=float(values.get("rescale_factor", 1 / 255)),
                mean=_channels(values["image_mean"]),
                std=_channels(values["image_std"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataDamagedError(
                f"{path}: expected the configuration of an image processor, found something else "
                f"({type(error).__name__}: {error}).",
                "Get the checkpoint's files again.",
            ) from None

    def __call__(self, pixels: NDArray[np.uint8], device: torch.device) -> Tensor:
        """(3, height, width) float32 of one frame (height, width, 3) uint8."""
        frame = torch.from_numpy(np.require(pixels, requirements=("C", "W"))).to(device)
        frame = frame.permute(2, 0, 1)[None].to(torch.float32)
        height, width = self._resized(*pixels.shape[:2])
        frame = _resize(_resize(frame, (frame.shape[2], width), self.mode), (height, width), self.mode)
        frame = _crop(frame, self.crop)[0] * self.scale
        mean, std = (torch.tensor(values, device=device).view(3, 1, 1) for values in (self.mean, self.std))
        prepared: Tensor = (frame - mean) / std
        return prepared

    def _resized(self, height: int, width: int) -> tuple[int, int]:
        if isinstance(self.size, tuple):
            return self.size
        longer = int(self.size * max(height, width) / min(height, width))
        return (self.size, longer) if height <= width else (longer, self.size)


def _resize(frame: Tensor, size: tuple[int, int], mode: str) -> Tensor:
    if tuple(frame.shape[2:]) == size:
        return frame
    resized = interpolate(frame, size=size, mode=mode, antialias=True)
    if mode == "bilinear":
        # Many a weighted mean ends in a half. PIL rounds it up; a sum in float32 may fall just short of it.
        return (resized + _HALF).floor().clamp(0, 255)
    return resized.clamp(0, 255).round()


def _crop(frame: Tensor, crop: tuple[int, int]) -> Tensor:
    missing = [max(0, want - have) for want, have in zip(crop, frame.shape[2:], strict=True)]
    if any(missing):
        (above, below), (left, right) = ((gap - gap // 2, gap // 2) for gap in missing)
        frame = pad(frame, (left, right, above, below))
    top, start = ((have - want) // 2 for want, have in zip(crop, frame.shape[2:], strict=True))
    return frame[:, :, top : top + crop[0], start : start + crop[1]]


def _refuse_others(values: dict[str, Any], path: Path, cropped: bool) -> None:
    steps = ("do_resize", "do_rescale", "do_normalize", *(("do_center_crop",) if cropped else ()))
    off = [step for step in steps if not values.get(step, True)]
    if off or values.get("resample", _BICUBIC) != _BICUBIC:
        what = f"{off[0]} is off" if off else f"resample is {values['resample']}, not bicubic ({_BICUBIC})"
        raise MismatchError(
            f"{path}: {what}; this encoder prepares frames by bicubic resize, "
            f"{'centre crop, ' if cropped else ''}scaling, normalisation.",
            "Name a checkpoint that is prepared so.",
        )


def _edge_or_sides(size: Any) -> tuple[int, int] | int:
    if isinstance(size, int):
        return size
    return int(size["shortest_edge"]) if "shortest_edge" in size else _sides(size)


def _sides(size: Any) -> tuple[int, int]:
    return int(size["height"]), int(size["width"])


def _channels(values: Any) -> tuple[float, float, float]:
    red, green, blue = map(float, values)
    return red, green, blue
