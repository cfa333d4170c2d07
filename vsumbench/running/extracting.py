"""Extracting features: of one video when it is read, or of many before a training.

extraction = prepare_extractor(plugins, plugins.extractor(name), extraction_context(plugins, "cpu"))
feature = extracted(video, extraction, FeatureCache())      # lazy
report = extract_all(extraction, videos, FeatureCache(), reporter=reporter)
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vsumbench.contracts import Video
from vsumbench.data.features import FeatureCache, FeatureKey
from vsumbench.errors import BusyError, DataDamagedError, DataMissingError

from .extract_plan import ExtractionPlan, budget_bytes, check_room, plan_extraction
from .extract_video import counted, extracted, facts, make
from .extractors import (
    Extraction,
    build_extractor,
    check_same_extractor,
    device_for,
    extraction_context,
    offers,
    prepare_extractor,
)
from .reporting import Reporter, stage_progress

__all__ = [
    "Extraction",
    "ExtractionPlan",
    "ExtractionReport",
    "build_extractor",
    "check_same_extractor",
    "device_for",
    "extract_all",
    "extracted",
    "extraction_context",
    "make",
    "offers",
    "plan_extraction",
    "prepare_extractor",
]


@dataclass(frozen=True, kw_only=True)
class ExtractionReport:
    """What was done.

    Attributes:
        plan: what was found before.
        extracted: videos whose feature was extracted now.
        elsewhere: videos that another process extracted meanwhile.
        read: videos whose given files were read and are right (extractors without frames).
        frames: frames that were decoded.
        failed: video id → why its file could not be read; all others are kept.
        seconds: wall clock.
    """

    plan: ExtractionPlan
    extracted: int
    elsewhere: int
    read: int
    frames: int
    failed: Mapping[str, str]
    seconds: float

    def line(self) -> str:
        """What was done, in one line."""
        plan = self.plan
        parts = [f"{self.extracted} extracted ({self.frames} frames decoded in {self.seconds:.1f} s)"]
        parts += [f"{plan.kept} were there"] if plan.kept else []
        parts += [f"{plan.same} the same as another of them"] if plan.same else []
        parts += [f"{self.elsewhere} by another process"] if self.elsewhere else []
        parts += [f"{plan.offered} that the edition offers"] if plan.offered else []
        parts += [f"{self.read} read from given files"] if plan.given else []
        parts += [f"{len(self.failed)} could not be read"] if self.failed else []
        return f"{plan.extraction.output.name}: {', '.join(parts)}."

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the plan, and what was done."""
        done = {name: getattr(self, name) for name in ("extracted", "elsewhere", "read", "frames")}
        return {**self.plan.to_dict(), **done, "failed": dict(self.failed), "seconds": round(self.seconds, 3)}


def extract_all(
    extraction: Extraction,
    videos: Sequence[Video],
    cache: FeatureCache,
    *,
    budget: int | None = None,
    reporter: Reporter,
) -> ExtractionReport:
    """Extract what the cache lacks of these videos, one after the other, each kept as soon as it is whole.

    The size is told first, and refused past `budget` bytes (`budget_bytes()` when not given). A video whose
    file is missing or damaged is reported, and the others go on.
    Several processes may do this at once: they share the work.

    Raises:
        StorageError, DiskFullError: it would go past the budget or the disk; nothing was decoded.
        MismatchError: a video without frames.
        PluginError: the extractor gave something else than it declares.
    """
    told = stage_progress(f"look for {extraction.output.name}", reporter.advance)
    plan = plan_extraction(extraction, videos, cache, told)
    reporter.notice(plan.line())
    check_room(plan, cache, budget_bytes() if budget is None else budget)
    return _carry_out(plan, videos, cache, reporter)


def _carry_out(
    plan: ExtractionPlan, videos: Sequence[Video], cache: FeatureCache, reporter: Reporter
) -> ExtractionReport:
    work = _Work(plan, cache, reporter)
    read = 0
    if plan.given:
        for video in videos:
            if not offers(video, plan.extraction.output):
                read += work.given(video)
    waiting = deque(plan.missing)
    postponed: list[tuple[Video, FeatureKey]] = []
    while waiting:
        video, key = waiting.popleft()
        if not work.extract(video, key, wait=False):
            postponed.append((video, key))
    for video, key in postponed:
        work.extract(video, key, wait=True)
    return ExtractionReport(
        plan=plan,
        extracted=work.extracted,
        elsewhere=work.elsewhere,
        read=read,
        frames=work.frames,
        failed={**plan.failed, **work.failed},
        seconds=time.monotonic() - work.begun,
    )


class _Work:
    """Counts, and progress in frames and videos."""

    def __init__(self, plan: ExtractionPlan, cache: FeatureCache, reporter: Reporter) -> None:
        self.extracted = self.elsewhere = self.frames = 0
        self.failed: dict[str, str] = {}
        self.begun = time.monotonic()
        self._plan = plan
        self._cache = cache
        self._reporter = reporter
        self._videos = 0
        self._ahead = plan.frames
        """Frames that this process decodes, as far as it is known."""

    def extract(self, video: Video, key: FeatureKey, *, wait: bool) -> bool:
        """Extract and keep a video; false where another process is at work there and `wait` is not set."""
        extraction = self._plan.extraction
        try:
            with self._cache.working(key, wait=wait):
                if self._cache.holds(key, extraction.output, video.steps):
                    self.elsewhere += 1
                    self._ahead -= video.steps
                else:
                    array = make(counted(video, self._frame), extraction)
                    self._cache.put(key, array, facts(video, extraction))
                    self.extracted += 1
        except BusyError:
            if wait:
                raise
            return False
        except (DataDamagedError, DataMissingError) as error:
            self.failed[video.id] = str(error)
        self._videos += 1
        self._reporter.advance(self._stage("videos"), self._videos, len(self._plan.missing))
        return True

    def given(self, video: Video) -> int:
        """Read the given files of a video once, to see that they are right."""
        try:
            make(video, self._plan.extraction)
        except (DataDamagedError, DataMissingError) as error:
            self.failed[video.id] = str(error)
            return 0
        return 1

    def _frame(self) -> None:
        self.frames += 1
        rate = self.frames / max(time.monotonic() - self.begun, 1e-9)
        total = max(self._ahead, self.frames)
        numbers = {"frames/s": rate, "s left": (total - self.frames) / rate}
        self._reporter.advance(self._stage("frames"), self.frames, total, **numbers)

    def _stage(self, what: str) -> str:
        return f"extract {self._plan.extraction.output.name} ({what})"
