"""A run whose model is given features that are extracted here (`run --features`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vsumbench.contracts import Dataset, EditionSpec, Video
from vsumbench.data.features import FeatureCache
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.plugins import Plugins

from .extracting import (
    Extraction,
    check_same_extractor,
    device_for,
    extract_all,
    extracted,
    extraction_context,
    prepare_extractor,
)
from .reporting import Reporter
from .samples import open_videos
from .views import View

if TYPE_CHECKING:
    from .plan import Plan


class WithFeatures(View):
    """A dataset whose videos have extracted features besides their own; read from the cache, else made."""

    def __init__(self, dataset: Dataset, extractions: Sequence[Extraction]) -> None:
        super().__init__(dataset)
        self._extractions = tuple(extractions)
        self._cache = FeatureCache()

    def video(self, video_id: str) -> Video:
        """The video with every feature that was asked for."""
        video = self._dataset.video(video_id)
        more = {one.output.name: extracted(video, one, self._cache) for one in self._extractions}
        return replace(video, features={**video.features, **more})


def chosen_extractions(
    plugins: Plugins, names: Sequence[str], edition: EditionSpec, device: str, dtype: str
) -> tuple[Extraction, ...]:
    """The extractors a request names, each once, found and identified; built on the device asked for.

    Raises:
        UnknownNameError: nobody provides one of them.
        UnavailableError, DataMissingError, DataDamagedError: its weights cannot be used.
        MismatchError: the edition has no frames, or the same feature by another extractor.
    """
    if not names:
        return ()
    specs = [plugins.extractor(name) for name in names]
    looking = [spec for spec in specs if spec.frames]
    if looking and not edition.provides.frames:
        raise MismatchError(
            f"--features {looking[0].id}: edition {edition.id!r} has no frames to extract from.",
            "Use an edition with frames; see `vsumbench data list`.",
        )
    found = tuple(
        prepare_extractor(plugins, spec, extraction_context(plugins, device_for(spec, device), dtype))
        for spec in specs
    )
    for number, one in enumerate(found):
        check_same_extractor(
            (f"edition {edition.id!r}", edition.provides.features),
            *((f"--features {other.spec.id}", (other.output,)) for other in (*found[:number], one)),
        )
    return tuple({one.output: one for one in found}.values())


def with_outputs(edition: EditionSpec, extractions: Sequence[Extraction]) -> EditionSpec:
    """The edition as it is with the extracted features."""
    features = (*edition.provides.features, *(one.output for one in extractions))
    return replace(edition, provides=replace(edition.provides, features=tuple(dict.fromkeys(features))))


def ensure_features(plan: Plan, reporter: Reporter) -> None:
    """Extract what the cache lacks of every video of the run, before a model is built.

    Raises:
        StorageError, DiskFullError: it goes past the budget or the disk.
        DataDamagedError: a video that cannot be read; what was extracted of the others is kept.
    """
    if not plan.extractions:
        return
    ids = {v: None for fold in plan.folds for v in (*fold.train, *fold.validation, *fold.test)}
    videos = open_videos(plan.resolved.dataset, tuple(ids))
    for one in plan.extractions:
        report = extract_all(one, videos, FeatureCache(), reporter=reporter)
        if report.failed:
            video_id, reason = next(iter(report.failed.items()))
            raise DataDamagedError(
                f"{one.output.name} cannot be extracted of {len(report.failed)} videos; the first is "
                f"{video_id!r}: {reason}",
                "Mend or remove the file, then repeat the command; what was extracted is kept.",
            )
