"""What extracting a feature of many videos takes, known before anything is decoded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts import Video
from vsumbench.data.features import FeatureCache, FeatureKey, parse_size, show_size
from vsumbench.errors import DataDamagedError, DataMissingError, DiskFullError, StorageError, UsageError

from .extractors import Extraction, offers

BUDGET_VARIABLE = "VSUMBENCH_FEATURES_BUDGET"
DEFAULT_BUDGET = 20 << 30
"""Bytes that one command may add to the cache unless it says otherwise."""


def budget_bytes() -> int:
    """What one command may add to the cache: $VSUMBENCH_FEATURES_BUDGET (`100GiB`), else `DEFAULT_BUDGET`.

    Raises:
        UsageError: the variable holds no size.
    """
    named = os.environ.get(BUDGET_VARIABLE, "").strip()
    if not named:
        return DEFAULT_BUDGET
    try:
        return parse_size(named)
    except UsageError as error:
        raise UsageError(f"{BUDGET_VARIABLE}: {error.message}", error.hint) from None


@dataclass(frozen=True, kw_only=True)
class ExtractionPlan:
    """What is asked for, what is there and what is to be made.

    Attributes:
        videos: how many were asked for.
        offered: of them, those whose edition has the feature.
        given: of them, those whose vectors lie in files of the user.
        kept: of them, those the cache holds.
        same: of them, those that are another of these videos under another name: one array serves both.
        missing: those to extract, with their keys.
        failed: video id → why its file cannot be read.
        bytes, missing_bytes: arrays of all videos that the cache would hold; and of those to extract.
    """

    extraction: Extraction
    videos: int
    offered: int
    given: int
    kept: int
    same: int
    missing: tuple[tuple[Video, FeatureKey], ...]
    failed: Mapping[str, str]
    bytes: int
    missing_bytes: int

    @property
    def frames(self) -> int:
        """Frames to decode."""
        return sum(video.steps for video, _ in self.missing)

    def line(self) -> str:
        """The plan in one line."""
        output, held = self.extraction.output, self.bytes - self.missing_bytes
        size = " x ".join(map(str, output.shape))
        of = f"{self.videos} video{'s' * (self.videos != 1)}"
        parts = [
            f"{output.name} ({size} float32 a step) of {of}: {show_size(self.bytes)} ({self.bytes} bytes)",
            f"{self.kept} there ({show_size(held)})" if self.kept else "none there",
            f"{len(self.missing)} to extract ({show_size(self.missing_bytes)}, {self.frames} frames)",
        ]
        parts += [f"{self.same} the same as another of them"] if self.same else []
        parts += [f"{self.offered} that the edition offers"] if self.offered else []
        parts += [f"{self.given} in given files, which are read where they lie"] if self.given else []
        parts += [f"{len(self.failed)} that cannot be read"] if self.failed else []
        return ", ".join(parts) + "."

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "feature": self.extraction.output.name,
            "shape": list(self.extraction.output.shape),
            "extractor": self.extraction.identity,
            "weights": self.extraction.weights,
            "precision": self.extraction.precision,
            "videos": self.videos,
            "offered": self.offered,
            "given": self.given,
            "kept": self.kept,
            "same": self.same,
            "missing": [video.id for video, _ in self.missing],
            "bytes": self.bytes,
            "missing_bytes": self.missing_bytes,
            "failed": dict(self.failed),
        }


def plan_extraction(
    extraction: Extraction,
    videos: Sequence[Video],
    cache: FeatureCache,
    progress: Callable[[int, int], None] | None = None,
) -> ExtractionPlan:
    """Look for every video in the cache. Its file is read for its digest, and not decoded.

    Raises:
        MismatchError: a video without frames.
    """
    missing: dict[FeatureKey, Video] = {}
    seen: set[FeatureKey] = set()
    failed: dict[str, str] = {}
    offered = given = kept = same = size = 0
    for number, video in enumerate(videos, 1):
        if offers(video, extraction.output):
            offered += 1
        elif not extraction.spec.frames:
            given += 1
        elif (key := _key(video, extraction, failed)) in seen:
            same += 1
        elif key is not None:
            seen.add(key)
            size += extraction.bytes_of(video)
            if cache.holds(key, extraction.output, video.steps):
                kept += 1
            else:
                missing[key] = video
        if progress is not None:
            progress(number, len(videos))
    return ExtractionPlan(
        extraction=extraction,
        videos=len(videos),
        offered=offered,
        given=given,
        kept=kept,
        same=same,
        missing=tuple((video, key) for key, video in missing.items()),
        failed=failed,
        bytes=size,
        missing_bytes=sum(map(extraction.bytes_of, missing.values())),
    )


def _key(video: Video, extraction: Extraction, failed: dict[str, str]) -> FeatureKey | None:
    try:
        return extraction.key(video)
    except (DataMissingError, DataDamagedError) as error:
        failed[video.id] = str(error)
        return None


def check_room(plan: ExtractionPlan, cache: FeatureCache, budget: int) -> None:
    """Refuse what would go past the budget, or past the room on the disk.

    Raises:
        StorageError: naming size, budget and how to raise it.
        DiskFullError: naming size and room.
    """
    needed = plan.missing_bytes
    if needed > budget:
        raise StorageError(
            f"extracting {plan.extraction.output.name!r} would add {show_size(needed)} ({needed} bytes) to "
            f"{cache.root}; the budget is {show_size(budget)} ({budget} bytes).",
            f"Raise it with {BUDGET_VARIABLE}={_rounded(needed)}, or with --budget of `vsumbench features "
            "extract`, or take fewer steps or videos. Nothing was done.",
        )
    room = shutil.disk_usage(_existing(cache.root)).free
    if needed > room:
        raise DiskFullError(
            f"extracting {plan.extraction.output.name!r} would add {show_size(needed)} to {cache.root}; "
            f"{show_size(room)} are free.",
            "Free some space, or name another folder with VSUMBENCH_FEATURES. Nothing was done.",
        )


def _rounded(size: int) -> str:
    return f"{-(-size // (1 << 30))}GiB" if size >= 1 << 30 else f"{-(-size // (1 << 20))}MiB"


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(parent for parent in (path, *path.parents) if parent.is_dir())
