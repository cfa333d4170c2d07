"""What every spec shares: the API version, tasks, inputs, typed features, citations, weights.

A spec is data. It is imported to list and to describe, so this package imports nothing but the standard
library; arrays appear in annotations only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FIRST_API_VERSION = 1
"""What a spec is written for if it names no other: a plugin of that time stays one of that time."""

API_VERSION = 1
"""The plugin API this core speaks.

Specs built against a lower version keep working; see `docs/explanation`.
"""


class Task(StrEnum):
    """What a method produces from a video."""

    V2V = "v2v"
    """Video to video: importance per step, or selected segments."""
    V2T = "v2t"
    """Video to text."""
    V2VT = "v2vt"
    """Both, linked: which words tell of which segment."""


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Where a method, dataset or metric was published."""

    title: str
    authors: str = ""
    year: int | None = None
    venue: str = ""
    url: str = ""


ANY_FEATURE = "*"
"""The name of a feature in the inputs of a model that takes whichever the videos have."""


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """A feature by name, with the type every video's array must have.

    Attributes:
        name: canonical feature name, e.g. `googlenet-pool5`; `ANY_FEATURE` where a model takes any.
        shape: shape of one step, after the leading time axis; None for a free size.
        dtype: numpy dtype name as stored.
        fps: steps per second of the time base, or None where the dataset decides (picks).
        extractor: id and version of the extractor; training and inference must agree.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    fps: float | None = None
    extractor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """One set of inputs that is enough for a model. A model spec lists alternatives.

    Attributes:
        features: features by typed spec; a free size (None) in a shape matches any.
        tokens: encoder ids whose token sequences are read.
        frames: decoded frames are read.
        text: timed text (subtitles, captions) is read.
        change_points: shot boundaries are read.
    """

    features: tuple[FeatureSpec, ...] = ()
    tokens: tuple[str, ...] = ()
    frames: bool = False
    text: bool = False
    change_points: bool = False

    def beside(self, other: Inputs) -> Inputs:
        """What both read."""
        return Inputs(
            features=tuple(dict.fromkeys((*self.features, *other.features))),
            tokens=tuple(dict.fromkeys((*self.tokens, *other.tokens))),
            frames=self.frames or other.frames,
            text=self.text or other.text,
            change_points=self.change_points or other.change_points,
        )


@dataclass(frozen=True, kw_only=True)
class Provides:
    """What a dataset edition holds for its videos and their annotations."""

    features: tuple[FeatureSpec, ...] = ()
    frames: bool = False
    text: bool = False
    change_points: bool = False
    importance: bool = False
    user_summaries: bool = False
    text_references: bool = False
    timed_captions: bool = False


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights a preset needs, by id: a folder that `vsumbench weights` imports or makes.

    Attributes:
        licence: the licence they are given under; acknowledged once, when they are imported.
        sha256: digest over their files (`sha256_files`) if it is known beforehand.
        origin: where they are published; empty for weights that are made.
        files: names that must be in the folder; glob patterns.
        maker: for weights trained here, dotted path `module:function` of `make(folder, progress)`; else
            empty.
        source: further packages whose source, beside the maker's own, the made weights depend on.
        converter: for weights published in another form than `files`, dotted path `module:function` of
            `convert(source, folder, progress)`, which reads the published files in `source` and writes
            `files` into `folder`; an import calls it where `source` lacks them. Else empty.
        note: what making or importing takes (time, memory, disk).
    """

    id: str
    title: str
    licence: str
    sha256: str | None = None
    origin: str = ""
    files: tuple[str, ...] = ()
    maker: str = ""
    source: tuple[str, ...] = ()
    note: str = ""
    converter: str = ""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """When a preset applies. Empty fields match everything."""

    datasets: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Named option values that belong together (`paper`, `release`, `tiny`)."""

    id: str
    options: Mapping[str, Any] = field(default_factory=dict)
    condition: Condition = Condition()
    weights: tuple[str, ...] = ()
    memory_gib: float | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A row of a method's ablation, written `model@variant`.

    Attributes:
        tasks: what it can produce, where that is less than the model's tasks; empty for all of them.
        trainable: whether it is trained, where that is not the model's own; None for as the model.
    """

    id: str
    options: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    tasks: tuple[Task, ...] = ()
    trainable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Requires:
    """Other plugins this one calls through its context, by name. They enter the prediction digest."""

    models: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Extra:
    """An importable package an implementation needs beyond its distribution's own requirements."""

    module: str
    install: str
