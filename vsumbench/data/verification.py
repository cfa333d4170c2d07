"""Read everything of an edition; hold it to its checksums, published statistics and split digests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsumbench.contracts.dataset import (
    Dataset,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    ProgressCallback,
)
from vsumbench.errors import VsumbenchError

from .digests import sha256_file
from .making import MANIFEST, check_manifest
from .splits import folds_digest


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What reading everything showed.

    Attributes:
        statistics: `videos`, `annotations` (annotators summed over videos), `frames` (native), `texts`.
        checksums: files whose checksum is known and agrees.
        problems: what is wrong, one line each; empty where all is well.
    """

    status: EditionStatus
    fingerprint: str
    statistics: dict[str, int]
    checksums: int
    problems: tuple[str, ...]


def verify_edition(
    spec: DatasetSpec,
    edition: EditionSpec,
    folder: Path,
    dataset: Dataset,
    progress: ProgressCallback | None = None,
) -> Verification:
    """Read every video, feature and annotation once.

    `expected` of the spec holds the statistics of the published data; keys of the form `EDITION:videos` are
    those of a generated edition, and no other apply to it. Missing videos are a problem, so a part of a
    dataset does not verify. Nothing is raised for what is wrong with the data: every problem found is a line.
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
    _check_splits(spec, dataset, problems)
    return Verification(
        status=status,
        fingerprint=fingerprint,
        statistics=statistics,
        checksums=agree,
        problems=tuple(dict.fromkeys(problems)),
    )


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
    agree = 0
    for source in spec.sources:
        path = folder / source.path
        if source.sha256 is None or not path.is_file():
            continue
        found = sha256_file(path)
        if found == source.sha256:
            agree += 1
        else:
            problems.append(f"{path}: sha256 is {found}, expected {source.sha256}")
    return agree


def _check_statistics(
    spec: DatasetSpec, edition: EditionSpec, found: dict[str, int], problems: list[str]
) -> None:
    for key, expected in spec.expected.items():
        whose, _, name = key.rpartition(":")
        applies = whose == (edition.id if edition.generated else "")
        if applies and name in found and found[name] != expected:
            problems.append(f"{name}: expected {expected}, found {found[name]}")


def _check_splits(spec: DatasetSpec, dataset: Dataset, problems: list[str]) -> None:
    for split in spec.split_sets:
        try:
            digest = folds_digest(dataset.folds(split.id))
        except VsumbenchError as error:
            problems.append(f"split set {split.id}: {error.message}")
            continue
        if split.digest is not None and digest != split.digest:
            problems.append(f"split set {split.id}: digest is {digest}, expected {split.digest}")
