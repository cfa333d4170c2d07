"""Features in: which one of a video's features is read, and how it becomes a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from vsumbench.contracts import Feature, Video
from vsumbench.data.learned import choose_feature
from vsumbench.training.precision import kept_in

from .inputs import POOL5


def choose(model: str, video: Video, name: str, input_dim: int | None) -> Feature:
    """The feature to read: the named one, else pool5, else the first of one vector a step.

    Raises:
        MismatchError: there is none, or it is of another width than `input_dim`.
    """
    return choose_feature(model, video, name, POOL5, input_dim)


def read(features: Sequence[Feature], device: str, dtype: str) -> Tensor:
    """(T, features * width), side by side, on the device, in the type of the network's parameters."""
    rows = [torch.from_numpy(feature.read()).to(device, kept_in(dtype)) for feature in features]
    return rows[0] if len(rows) == 1 else torch.cat(rows, dim=1)


def padded(features: Tensor, shortest: int) -> Tensor:
    """(max(T, shortest), width): the last row repeated as often as it takes (sheet 00, "Length problems")."""
    missing = shortest - len(features)
    return features if missing <= 0 else torch.cat([features, features[-1:].expand(missing, -1)])
