"""Read everything of an edition; hold it to its checksums, published statistics and split digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vsumbench.contracts.dataset import (
    Dataset,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    HasRemarks,
    ProgressCallback,
    Source,
)
from vsumbench.errors import VsumbenchError

from .coverage import split_coverage
from .digests import sha256_file
from .making import MANIFEST, check_manifest
from .obtaining import files_of_source
from .sources.addresses import is_pattern
from .sources.record import SourceRecord, read_record


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What reading everything showed.

    Attributes:
        statistics: `videos`, `annotations` (annotators summed over videos), `frames` (native), `texts`.
        checksums: files whose checksum is known, from the publisher or since they came, and agrees.
        problems: what is wrong, one line each; empty where all is well.
        notes: what is not wrong but should be known: videos of other datasets that some folds train on and
            that are not here.
    """

    status: EditionStatus
    fingerprint: str
    statistics: dict[str, int]
    checksums: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def verify_edition(
    spec: DatasetSpec,
    edition: EditionSpec,
    folder: Path,
    dataset: Dataset,
    progress: ProgressCallback | None = None,
) -> Verification:
    """Read every video, feature and annotation once.

    `expected` of the spec holds the statistics of the published data; keys of the form `EDITION:videos` are
    those of a generated edition, and no other apply to it. Missing videos are a problem, whether a split set
    tests them or trains on them, so a part of a dataset does not verify. Nothing is raised for what is wrong
    with the data: every problem found is a line.
    """
    status = dataset.status()
    problems = [*status.problems, *(f"{name} is missing" for name in status.missing)]
    agree = _check_sources(spec, edition, folder, problems)
    statistics = dict.fromkeys(("videos", "annotations", "frames", "texts"), 0)
    fingerprint = ""
    try:
        fingerprint = dataset.fingerprint()
        ids = dataset.video_ids()
    except VsumbenchError as error:
        problems.append(error.message)
        ids = ()
    for done, video_id in enumerate(ids, start=1):
        try:
            for name, count in _read(dataset, video_id).items():
                statistics[name] += count
        except VsumbenchError as error:
            problems.append(error.message)
        if progress is not None:
            progress(done, len(ids))
    _check_statistics(spec, edition, statistics, problems)
    notes = _check_splits(spec, edition, dataset, status.present, problems)
    if isinstance(dataset, HasRemarks) and fingerprint:
        notes = [*notes, *dataset.remarks()]
    return Verification(
        status=status,
        fingerprint=fingerprint,
        statistics=statistics,
        checksums=agree,
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(notes),
    )


def check_source(folder: Path, source: Source, record: SourceRecord) -> tuple[int, list[str]]:
    """Read the files of a source that are there: how many agree with a known checksum, and what is wrong."""
    agree, wrong = 0, []
    for path in files_of_source(folder, source):
        name = path.relative_to(folder).as_posix()
        before = record.files.get(name)
        stated = None if is_pattern(source.path) else source.sha256
        expected = stated or (before.sha256 if before is not None else None)
        if expected is None:
            continue
        found = sha256_file(path)
        if found == expected:
            agree += 1
        elif stated is not None:
            wrong.append(f"{path}: sha256 is {found}, expected {expected}")
        elif before is not None:
            wrong.append(f"{path}: sha256 is {found}; it was {expected} when it came on {before.date}")
    return agree, wrong


def _read(dataset: Dataset, video_id: str) -> dict[str, int]:
    video, annotations = dataset.video(video_id), dataset.annotations(video_id)
    for feature in video.features.values():
        feature.read()
    return {
        "videos": 1,
        "annotations": annotations.annotators,
        "frames": video.n_frames,
        "texts": len(annotations.texts),
    }


def _check_sources(spec: DatasetSpec, edition: EditionSpec, folder: Path, problems: list[str]) -> int:
    """Append a line per file with a wrong checksum; return how many agree."""
    if edition.generated:
        if not edition.maker:
            return 0
        try:
            wrong = check_manifest(folder)
        except VsumbenchError as error:
            wrong = [error.message]
        problems.extend(wrong)
        return 0 if wrong else sum(path.is_file() and path.name != MANIFEST for path in folder.rglob("*"))
    try:
        record = read_record(folder)
    except VsumbenchError as error:
        problems.append(error.message)
        record = SourceRecord()
    agree = 0
    for source in spec.sources:
        if source.editions and edition.id not in source.editions:
            continue
        count, wrong = check_source(folder, source, record)
        agree += count
        problems.extend(wrong)
    return agree


def _check_statistics(
    spec: DatasetSpec, edition: EditionSpec, found: dict[str, int], problems: list[str]
) -> None:
    for key, expected in spec.expected.items():
        whose, _, name = key.rpartition(":")
        applies = whose == (edition.id if edition.generated else "")
        if applies and name in found and found[name] != expected:
            problems.append(f"{name}: expected {expected}, found {found[name]}")


def _check_splits(
    spec: DatasetSpec,
    edition: EditionSpec,
    dataset: Dataset,
    present: Sequence[str],
    problems: list[str],
) -> list[str]:
    """Append what is wrong with split sets; return lines about videos of other datasets."""
    notes = []
    covered = split_coverage(spec, dataset, present, edition.generated)
    for split, found in zip(spec.split_sets, covered, strict=True):
        if found.problem:
            problems.append(f"split set {split.id}: {found.problem}")
            continue
        if split.digest is not None and found.digest != split.digest:
            problems.append(f"split set {split.id}: digest is {found.digest}, expected {split.digest}")
        if gap := found.gap():
            problems.append(gap)
        if gap := found.gap(of_others=True):
            notes.append(gap)
    return notes
