"""The features of a file: extracted when they are first read, and kept in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from vsumbench.contracts import Feature, Video
from vsumbench.data.features import FeatureCache
from vsumbench.plugins import Plugins
from vsumbench.running.extract_video import counted
from vsumbench.running.extracting import (
    device_for,
    extracted,
    extraction_context,
    prepare_extractor,
)
from vsumbench.running.reporting import Reporter

EXTRACTOR = "color-motion"
"""Needs no weights and no GPU, and is made to find shots in."""


def extractor_names(asked: str | None, trained: Sequence[str]) -> tuple[str, ...]:
    """Extractors by name, each once: the one asked for, then those a model was trained with.

    Shots are found in the feature of the first.
    """
    names = (*((asked,) if asked is not None else ()), *trained)
    return tuple(dict.fromkeys(names)) or (EXTRACTOR,)


def with_features(
    video: Video,
    names: Sequence[str],
    plugins: Plugins,
    device: str,
    kept: FeatureCache,
    reporter: Reporter,
) -> Video:
    """The video with the features of these extractors, none of them read yet.

    Raises:
        UnknownNameError: nobody provides an extractor.
        UsageError, UnavailableError, WeightsMissingError, DataMissingError: it cannot be used here.
    """
    features: dict[str, Feature] = {}
    for name in names:
        spec = plugins.extractor(name)
        extraction = prepare_extractor(plugins, spec, extraction_context(plugins, device_for(spec, device)))
        watched = counted(video, _Watch(reporter, f"extract {spec.id}", video.steps))
        feature = extracted(watched, extraction, kept, reporter.notice)
        features[feature.spec.name] = replace(feature, read=cache(feature.read))
    return replace(video, features=features)


class _Watch:
    """Tells of each frame that is decoded."""

    def __init__(self, reporter: Reporter, stage: str, total: int) -> None:
        self._reporter, self._stage, self._total, self._done = reporter, stage, total, 0

    def __call__(self) -> None:
        self._done += 1
        self._reporter.advance(self._stage, self._done, self._total)
