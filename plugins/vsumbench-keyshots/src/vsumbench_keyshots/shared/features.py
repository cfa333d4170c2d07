"""Features in: which one of a video's features is read, and how it becomes a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vsumbench.contracts import Feature, FeatureSpec, Video
from vsumbench.errors import MismatchError

from .inputs import POOL5

DTYPES = {"float32": torch.float32, "bfloat16": torch.float32, "float64": torch.float64}
"""Type of a context → type of parameters and inputs; `bfloat16` is autocast over float32."""


@dataclass(frozen=True)
class Learned:
    """The feature a model was trained on: another one of the same width would give senseless scores."""

    name: str
    extractor: str | None
    width: int

    @classmethod
    def of(cls, *specs: FeatureSpec) -> Learned:
        """From what a video declares; several features stand side by side and are equally wide.

        Raises:
            MismatchError: they are not.
        """
        widths = {spec.shape[0] for spec in specs}
        if len(widths) > 1:
            raise MismatchError(
                f"features of one width are needed; {', '.join(spec.name for spec in specs)} have "
                f"{', '.join(str(spec.shape[0]) for spec in specs)} values a step.",
                "Extract them anew, or leave a stream out.",
            )
        (width,) = widths
        assert width is not None
        extractors = [spec.extractor or "" for spec in specs]
        by = "+".join(extractors) if any(extractors) else None
        return cls("+".join(spec.name for spec in specs), by, width)


def choose(model: str, video: Video, name: str, input_dim: int | None) -> Feature:
    """The feature to read: the named one, else pool5, else the first of one vector a step.

    Raises:
        MismatchError: there is none, or it is of another width than `input_dim`.
    """
    rows = {known: one for known, one in video.features.items() if len(one.spec.shape) == 1}
    wanted = name or (POOL5 if POOL5 in rows else next(iter(rows), ""))
    if wanted not in rows:
        what = f"feature {wanted!r}" if wanted else "a feature (one vector a step)"
        raise MismatchError(
            f"model {model!r} needs {what}; video {video.id!r} has {', '.join(rows) or 'none'}.",
            "Name one of them with --set feature=NAME, or extract one with --features.",
        )
    feature = rows[wanted]
    width = Learned.of(feature.spec).width
    if input_dim not in (None, width):
        raise MismatchError(
            f"model {model!r} is asked for input_dim={input_dim}; feature {wanted!r} of video {video.id!r} "
            f"has {width} values a step.",
            f"Leave input_dim out, or give --set input_dim={width}.",
        )
    return feature


def refuse_other(model: str, learned: Learned, features: Sequence[Feature], video: Video) -> None:
    """Refuse features of another kind than the model was trained on.

    Raises:
        MismatchError: naming both.
    """
    found = Learned.of(*(feature.spec for feature in features))
    if found != learned:
        raise MismatchError(
            f"model {model!r} was trained on {_named(learned)}; video {video.id!r} has {_named(found)}.",
            "Use videos with the features it was trained on, or train it on these.",
        )


def read(features: Sequence[Feature], device: str, dtype: str) -> Tensor:
    """(T, features * width), side by side, on the device, in the type of the network's parameters."""
    rows = [torch.from_numpy(feature.read()).to(device, DTYPES[dtype]) for feature in features]
    return rows[0] if len(rows) == 1 else torch.cat(rows, dim=1)


def padded(features: Tensor, shortest: int) -> Tensor:
    """(max(T, shortest), width): the last row repeated as often as it takes (sheet 00, "Length problems")."""
    missing = shortest - len(features)
    return features if missing <= 0 else torch.cat([features, features[-1:].expand(missing, -1)])


def _named(learned: Learned) -> str:
    by = f" by {learned.extractor}" if learned.extractor else ""
    return f"{learned.name!r}{by} ({learned.width} values a step)"
