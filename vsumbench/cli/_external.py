"""Scoring files of predictions made elsewhere: the neutral format, or a layout of a published code base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._options import print_json

if TYPE_CHECKING:
    from vsumbench.contracts import ProtocolSpec
    from vsumbench.plugins import Plugins
    from vsumbench.records.predictions import PredictionLine
    from vsumbench.running.external import ExternalScores, OpenedDataset


def score_files(
    files: Sequence[Path],
    layout: str | None,
    plugins: Plugins,
    protocols: Sequence[str],
    metrics: Sequence[str],
    data_root: Path | None,
    as_json: bool,
    *,
    references: Sequence[Path],
    dataset: str | None,
    edition: str,
    split_set: str | None,
    common: bool,
) -> None:
    """Score one file, or the files of a layout, against references of one's own or a dataset; print it."""
    from vsumbench.errors import UsageError
    from vsumbench.importers.formats import format_named
    from vsumbench.running.external import open_dataset, read_external, score_external
    from vsumbench.running.matching import columns_of, protocol_named
    from vsumbench.running.scoring_run import refuse_unavailable

    known = format_named(layout) if layout else None
    if bool(references) == (dataset is not None):
        raise UsageError(
            "A prediction file is scored against --references FILE or --dataset NAME; give one of them.",
            "See `vsumbench score --help`.",
        )
    specs = [protocol_named(plugins, name) for name in protocols]
    neutral = [] if known else read_external(files[0])
    if known.selects if known else all(_selects(line) for line in neutral):
        specs = [_without_shots(spec) for spec in specs]
    if references:
        opened = _own(references, specs, captions=known is not None and known.captions)
    else:
        assert dataset is not None
        opened = open_dataset(plugins, dataset, edition, split_set, data_root, specs)
    for line in opened.notices:
        click.echo(f"vsumbench: {line}", err=True)
    columns = columns_of(plugins, specs, metrics)
    absent: list[str] = []
    lines = _read(files, known.id, opened) if known else neutral
    if known and known.absent_is_empty and not common:
        absent = _add_absent(lines, opened)
    found = score_external(
        lines, opened.dataset, opened.folds, columns, plugins, common=common, official=opened.official
    )
    if absent:
        found = replace(found, evaluated=found.evaluated - len(absent), missing=tuple(absent))
    _print(files, found, as_json)
    refuse_unavailable(columns, found.scores)


def _selects(line: PredictionLine) -> bool:
    return line.segments is not None and line.importance is None


def _without_shots(protocol: ProtocolSpec) -> ProtocolSpec:
    """The protocol for selections made elsewhere: they are taken as they are, so it needs no shots."""
    return replace(protocol, requires=replace(protocol.requires, change_points=False))


def _own(references: Sequence[Path], specs: Sequence[ProtocolSpec], *, captions: bool) -> OpenedDataset:
    from vsumbench.errors import UsageError
    from vsumbench.running.caption_references import read_captions
    from vsumbench.running.external import OpenedDataset
    from vsumbench.running.own_references import ALL, read_references

    if not specs:
        raise UsageError("--references needs --protocol.", "See `vsumbench list protocols`.")
    if len(references) > 1 and not captions:
        raise UsageError(
            f"{len(references)} files of references were given; only --format densevid takes several.",
            "Write all references of a video in one line, as `texts`.",
        )
    own = read_captions(references) if captions else read_references(references[0])
    return OpenedDataset(own, own.folds(ALL), len(own.video_ids()), ())


def _read(files: Sequence[Path], layout: str, opened: OpenedDataset) -> list[PredictionLine]:
    from vsumbench.importers.formats import read_results
    from vsumbench.importers.known import Known

    dataset = opened.dataset
    known = Known(
        ids=_tested(opened),
        video=dataset.video,
        annotations=dataset.annotations,
        names=getattr(dataset, "names", {}),
    )
    return read_results(files, layout, known)


def _tested(opened: OpenedDataset) -> tuple[str, ...]:
    """The ids some fold tests, in the order of the dataset."""
    tested = {video for fold in opened.folds for video in fold.test}
    return tuple(video for video in opened.dataset.video_ids() if video in tested)


def _add_absent(lines: list[PredictionLine], opened: OpenedDataset) -> list[str]:
    """Add an empty prediction for each tested video the files lack, and say so; their ids."""
    from vsumbench.records.predictions import PredictionLine

    given = {line.id for line in lines}
    tested = _tested(opened)
    absent = [video for video in tested if video not in given]
    lines += [PredictionLine(id=video, segments=[], text="") for video in absent]
    if absent:
        click.echo(
            f"vsumbench: {len(absent)} of {len(tested)} videos have no prediction and are scored as empty, "
            f"the first is {absent[0]!r}. --common leaves them out.",
            err=True,
        )
    return absent


def _print(files: Sequence[Path], found: ExternalScores, as_json: bool) -> None:
    from ._results import print_scores

    if as_json:
        coverage = {
            "evaluated": found.evaluated,
            "official": found.official,
            "share": found.evaluated / found.official,
            "missing": found.missing,
        }
        results = [asdict(score) for score in found.scores]
        named = {"file": str(files[0])} if len(files) == 1 else {"files": [str(file) for file in files]}
        print_json(named | {"coverage": coverage, "results": results})
        return
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    click.echo(f"{files[0]}{more}: {found.evaluated} of {found.official} videos")
    print_scores(found.scores)
