"""Runs opened for viewing: the same data, the first summary of each video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vsumbench.contracts import Summary
from vsumbench.errors import MismatchError, UnknownSettingError
from vsumbench.plugins import Plugins
from vsumbench.records.folder import safe_name
from vsumbench.records.predictions import read_predictions
from vsumbench.running.rescoring import OldRun, open_run
from vsumbench.running.sealing import check_predictions


@dataclass(frozen=True)
class Shown:
    """The summary of a video that is shown: the first one of `count` in the run, made in `fold`."""

    summary: Summary
    fold: str
    count: int


@dataclass(frozen=True)
class ViewedRun:
    """A run, the name it has on the page, and what it predicted by video id."""

    name: str
    old: OldRun
    shown: Mapping[str, Shown]


def open_runs(paths: Sequence[Path], plugins: Plugins, data_root: Path | None) -> tuple[ViewedRun, ...]:
    """Open sealed runs of one dataset and edition.

    Raises:
        RecordError: not a sealed run, or one whose predictions changed since.
        DataMissingError: the data of the runs are not here.
        MismatchError: runs of different data.
    """
    opened = [open_run(path, plugins, data_root) for path in paths]
    first = opened[0].record
    for old in opened[1:]:
        one = old.record
        for what, ours, theirs in (
            ("dataset", first.dataset.id, one.dataset.id),
            ("edition", first.dataset.edition, one.dataset.edition),
            ("fingerprint", first.dataset.fingerprint[:12], one.dataset.fingerprint[:12]),
        ):
            if ours != theirs:
                raise MismatchError(
                    f"run {one.run} has {what} {theirs!r}, run {first.run} has {ours!r}.",
                    "View runs of the same dataset and edition together.",
                )
    runs = []
    for old in opened:
        check_predictions(old.folder, old.record)
        runs.append(ViewedRun(_title(old, opened), old, _first_summaries(old)))
    return tuple(runs)


def common_videos(runs: Sequence[ViewedRun]) -> tuple[str, ...]:
    """The videos every run predicted, in the order of the first.

    Raises:
        MismatchError: there is none.
    """
    found = tuple(video for video in runs[0].shown if all(video in run.shown for run in runs))
    if not found:
        raise MismatchError("the runs predicted no video in common.", "View one of them alone.")
    return found


def require_video(runs: Sequence[ViewedRun], video: str) -> None:
    """Refuse a video that one of the runs did not predict.

    Raises:
        UnknownSettingError: naming near ids, and the folds of the videos that are there.
    """
    for run in runs:
        if video in run.shown:
            continue
        folds: dict[str, list[str]] = {}
        for name, shown in run.shown.items():
            folds.setdefault(shown.fold, []).append(name)
        places = "; ".join(
            f"fold {fold or '(unnamed)'}: {', '.join(ids[:4])}{', …' if len(ids) > 4 else ''}"
            for fold, ids in folds.items()
        )
        raise UnknownSettingError.about(
            f"video of run {run.old.record.run}",
            video,
            list(run.shown),
            where="vsumbench view RUN… --list",
            extra=f"It predicted {len(run.shown)} videos ({places}).",
        )


def page_name(dataset: str, video: str) -> str:
    """The file a page is written to where no name was given."""
    return f"view-{safe_name(dataset)}-{safe_name(video)}.html"


def _title(old: OldRun, all_runs: Sequence[OldRun]) -> str:
    model = old.record.model
    name = model.title or model.id
    name += f" ({model.variant})" if model.variant else ""
    alike = [
        one
        for one in all_runs
        if (one.record.model.id, one.record.model.variant) == (model.id, model.variant)
    ]
    return f"{name} · {old.record.run}" if len(alike) > 1 else name


def _first_summaries(old: OldRun) -> dict[str, Shown]:
    found: dict[str, Shown] = {}
    for line in read_predictions(old.folder.predictions):
        before = found.get(line.id)
        if before is None:
            found[line.id] = Shown(line.summary(), line.fold, 1)
        else:
            found[line.id] = Shown(before.summary, before.fold, before.count + 1)
    return found
