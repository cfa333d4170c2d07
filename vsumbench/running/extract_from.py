"""The videos that features are extracted of: files, or those of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vsumbench.contracts import DatasetSpec, EditionSpec, ExtractorSpec, Video
from vsumbench.errors import MismatchError, UsageError
from vsumbench.plugins import Plugins

from .editions import find_edition
from .extractors import Extraction, offers
from .reporting import Reporter, stage_progress
from .samples import open_videos

_HELP = "See `vsumbench features extract --help`."


def videos_of_files(
    files: Sequence[Path], ids: Sequence[str], rules: Mapping[str, float | None], spec: ExtractorSpec
) -> list[Video]:
    """The videos of these files, their steps picked by the one rule that has a value.

    If none has, by the rule the extractor is meant for, else 2 a second.

    Args:
        files: video files.
        ids: must be empty: a file is named by its path.
        rules: `fps`, `count` and `every`.
        spec: the extractor.

    Raises:
        UsageError: two rules, or ids.
        OptionValueError: a value that is not above zero.
        DataMissingError, DataDamagedError: a file that is not there or no video.
    """
    from vsumbench.data.video import Sampling, open_video

    named = {rule: value for rule, value in rules.items() if value is not None}
    if ids:
        raise UsageError("--video names videos of a dataset; there is none here.", _HELP)
    if len(named) > 1:
        raise UsageError(f"{' and '.join(f'--{rule}' for rule in named)} are two rules.", _HELP)
    wish = ("fps", 2.0) if spec.sampling == "picks" or spec.rate is None else (spec.sampling, spec.rate)
    rule, value = next(iter(named.items()), wish)
    sampling = Sampling.parse(f"{rule}={value}")
    return [open_video(path, sampling=sampling) for path in files]


def videos_of_dataset(
    plugins: Plugins,
    name: str,
    edition: str,
    ids: Sequence[str],
    data_root: Path | None,
    rules: Mapping[str, float | None],
    extraction: Extraction,
    reporter: Reporter,
) -> list[Video]:
    """The videos of an edition, or those of `ids` alone; a generated edition is made if it is not there.

    Raises:
        UsageError: a rule for picks, which the dataset has.
        UnknownNameError, UnknownSettingError: no such dataset, edition or video.
        DataMissingError, DataDamagedError: there is no data for it.
        MismatchError: the edition has no frames, and the extraction needs them.
    """
    if any(value is not None for value in rules.values()):
        raise UsageError(
            "--fps, --count and --every are for files; a dataset says which frames are its steps.",
            "Leave them out.",
        )
    spec = plugins.dataset(name)
    told = stage_progress(f"make {spec.id}", reporter.advance)
    resolved = find_edition(plugins, spec, edition, data_root, told)
    for notice in resolved.notices:
        reporter.notice(notice)
    videos = list(open_videos(resolved.dataset, tuple(ids) or resolved.dataset.video_ids()))
    if extraction.spec.frames:
        _check_frames(videos, extraction, spec, resolved.edition)
    return videos


def _check_frames(
    videos: Sequence[Video], extraction: Extraction, dataset: DatasetSpec, edition: EditionSpec
) -> None:
    lacking = [video for video in videos if not offers(video, extraction.output)]
    where = f"dataset {dataset.id!r}, edition {edition.id!r},"
    if lacking and not edition.provides.frames:
        others = [one.id for one in dataset.editions if one.provides.frames]
        raise MismatchError(
            f"extractor {extraction.spec.id!r} looks at frames; {where} has none.",
            f"Use --edition {others[0]}." if others else "Name the video files themselves.",
        )
    for video in lacking:
        if video.frames is None or video.source is None:
            lacks = "has none" if video.frames is None else "does not say what they are drawn from"
            raise MismatchError(
                f"extractor {extraction.spec.id!r} looks at frames; {where} {lacks} for video {video.id!r}.",
                "Name other videos with --video.",
            )
