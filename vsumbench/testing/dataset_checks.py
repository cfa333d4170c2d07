"""Checks of a dataset: metadata, status, folds, videos, annotations, fingerprint, and that nothing leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsumbench.contracts import Annotations, Dataset, DatasetSpec, Fold, SplitSetSpec, TrainsOnMore, Video
from vsumbench.data.checks import check_change_points, check_finite, check_picks, check_unique
from vsumbench.data.editions import open_edition
from vsumbench.data.splits import folds_digest

from .checks import Check, Failed, require
from .common_checks import require_texts
from .dataset_subject import DatasetSubject, OpenEdition
from .reach import path_to_annotations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDED = 0.05
"""How far a duration may be from frames / fps: published frame rates are rounded (SumMe)."""


def metadata(subject: DatasetSubject) -> None:
    """Title, licence, tasks, editions, split sets, and default protocols that are known."""
    spec: DatasetSpec = subject.spec
    require_texts(subject, ("title", "licence"))
    for name in ("tasks", "editions", "split_sets", "default_protocols"):
        require(getattr(spec, name), f"the spec's {name} is empty")
    for what, names in (
        ("edition", [edition.id for edition in spec.editions]),
        ("split set", [split.id for split in spec.split_sets]),
    ):
        require(len(set(names)) == len(names), f"two {what}s have the same id: {', '.join(names)}")
    for edition in spec.editions:
        require(edition.tasks, f"edition {edition.id!r} names no task")
        unknown = set(edition.tasks) - set(spec.tasks)
        require(not unknown, f"edition {edition.id!r} has tasks the dataset has not: {sorted(unknown)}")
    for source in spec.sources:
        require(source.path and source.origin, f"source {source.path!r} does not say where it comes from")


def opens(subject: DatasetSubject) -> str:
    """Every edition that is there opens, and its status and list of videos agree."""
    for edition in subject.editions:
        status, ids = edition.dataset.status(), edition.dataset.video_ids()
        named = f"edition {edition.spec.id!r}"
        require(not status.problems, f"{named}: {next(iter(status.problems), '')}")
        check_unique(ids, named)
        require(all(isinstance(i, str) and i for i in ids), f"{named}: ids must be non-empty texts")
        require(
            set(status.present) == set(ids),
            f"{named}: status finds {len(status.present)} videos, video_ids lists {len(ids)}",
        )
    return f"looked at {', '.join(edition.spec.id for edition in subject.editions)}"


def folds(subject: DatasetSubject) -> None:
    """Each split set has folds with other test than training videos, and the digest the spec names."""
    for edition in subject.editions:
        status = edition.dataset.status()
        known = {*status.present, *status.missing}
        elsewhere = _Elsewhere(subject.spec.id, edition.dataset)
        for split in subject.spec.split_sets:
            found = edition.dataset.folds(split.id)
            require(found, f"split set {split.id!r} has no folds")
            whole, official = bool(status.complete), _is_official(subject, edition)
            _check_split_set(split, found, known, elsewhere, whole, official)
            require(
                folds_digest(edition.dataset.folds(split.id)) == folds_digest(found),
                f"split set {split.id!r} gives other folds when asked again",
            )


def _is_official(subject: DatasetSubject, edition: OpenEdition) -> bool:
    """A generated edition beside a real one has fewer videos than the official split."""
    return not edition.spec.generated or all(one.generated for one in subject.spec.editions)


class _Elsewhere:
    """Which ids `DATASET/ID` a dataset that trains on more may train on.

    Where something of another dataset is there, what is not there of it does not exist; where nothing is,
    nothing can be said.
    """

    def __init__(self, own: str, dataset: Dataset) -> None:
        self._own = own
        self._trains_on_more = isinstance(dataset, TrainsOnMore)
        self._there = set(dataset.training_ids()) if isinstance(dataset, TrainsOnMore) else set()
        self._datasets = {_dataset_of(video) for video in self._there}

    def may_train_on(self, video: str) -> bool:
        dataset = _dataset_of(video)
        if not self._trains_on_more or dataset in ("", self._own):
            return False
        return video in self._there or dataset not in self._datasets


def _dataset_of(video: str) -> str:
    return video.partition("/")[0] if "/" in video else ""


def _check_split_set(
    split: SplitSetSpec,
    found: tuple[Fold, ...],
    known: set[str],
    elsewhere: _Elsewhere,
    complete: bool,
    official: bool,
) -> None:
    named = f"split set {split.id!r}"
    check_unique((fold.name for fold in found), f"{named}, fold names")
    for fold in found:
        parts = {"train": fold.train, "validation": fold.validation, "test": fold.test}
        for part, ids in parts.items():
            check_unique(ids, f"{named}, fold {fold.name!r}, {part}")
        require(fold.test, f"{named}, fold {fold.name!r}: nothing is tested")
        seen = set(fold.test) & {*fold.train, *fold.validation}
        require(
            not seen, f"{named}, fold {fold.name!r}: {min(seen, default='')!r} is both trained on and tested"
        )
        both = set(fold.train) & set(fold.validation)
        require(
            not both, f"{named}, fold {fold.name!r}: {min(both, default='')!r} is in train and validation"
        )
        if complete:
            train = {video for video in fold.train if not elsewhere.may_train_on(video)}
            unknown = {*train, *fold.validation, *fold.test} - known
            require(not unknown, f"{named}, fold {fold.name!r}: no video {min(unknown, default='')!r}")
    if split.digest is not None:
        digest = folds_digest(found)
        require(digest == split.digest, f"{named} has digest {digest}, the spec says {split.digest}")
    tested = {video for fold in found for video in fold.test}
    require(
        not official or split.official_videos is None or len(tested) == split.official_videos,
        f"{named} tests {len(tested)} videos, the spec says {split.official_videos}",
    )


def videos(subject: DatasetSubject) -> None:
    """Picks increase within the video, shots cover it, features have the declared type and one row a pick."""
    for edition in subject.editions:
        for video_id in edition.ids:
            video = edition.dataset.video(video_id)
            require(video.id == video_id, f"asked for {video_id!r}, video() gave {video.id!r}")
            _check_video(video, edition)


def _check_video(video: Video, edition: OpenEdition) -> None:
    named, provides = f"video {video.id!r}", edition.spec.provides
    require(video.fps > 0 and video.n_frames > 0, f"{named}: {video.fps} fps, {video.n_frames} frames")
    require(
        abs(video.duration - video.n_frames / video.fps) <= max(1.0, ROUNDED * video.duration),
        f"{named} lasts {video.duration:g} s; {video.n_frames} frames at {video.fps:g} fps are "
        f"{video.n_frames / video.fps:g} s",
    )
    check_picks(video.picks, video.n_frames, named)
    shots = video.change_points
    require(
        shots is not None or not provides.change_points, f"{named} has no change points; its edition says so"
    )
    if shots is not None:
        check_change_points(shots, video.n_frames, named)
    for declared in provides.features:
        require(
            declared.name in video.features, f"{named} lacks the feature {declared.name!r} of its edition"
        )
    for name, feature in video.features.items():
        values = feature.read()
        expected = (
            feature.steps,
            *(
                want if want is not None else got
                for want, got in zip(feature.spec.shape, values.shape[1:], strict=False)
            ),
        )
        require(values.shape == expected, f"{named}, {name}: shape {values.shape}, declared {expected}")
        require(
            values.dtype == feature.spec.dtype,
            f"{named}, {name}: {values.dtype}, declared {feature.spec.dtype}",
        )
        check_finite(values, named, name)
    require(
        (video.frames is not None) == provides.frames,
        f"{named} {'has' if video.frames else 'has no'} frames, against what its edition says",
    )
    if video.frames is not None:
        _check_frames(video, named)
    for text in video.text:
        require(0 <= text.start <= text.end, f"{named}: text from {text.start} to {text.end}")


def _check_frames(video: Video, named: str) -> None:
    """The first frames belong to the first picks, and are the same whichever way they are asked for."""
    import itertools

    assert video.frames is not None
    steps = range(min(2, video.steps))
    streamed = list(itertools.islice(video.frames(), len(steps)))
    require(len(streamed) == len(steps), f"{named} has {len(streamed)} frames, expected one a pick")
    for step, frame in zip(steps, streamed, strict=True):
        pixels = frame.pixels
        require(
            pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == "uint8",
            f"{named}, frame {frame.index}: {pixels.dtype} {pixels.shape}, expected uint8 (height, width, 3)",
        )
        require(frame.index == video.picks[step], f"{named}: frame {frame.index} at pick {video.picks[step]}")
    for streamed_one, picked in zip(streamed, video.sampled_frames(steps), strict=True):
        same = streamed_one.index == picked.index and (streamed_one.pixels == picked.pixels).all()
        require(same, f"{named}: frames_at gives another frame {picked.index} than the stream")


def annotation_shapes(subject: DatasetSubject) -> None:
    """Annotations belong to their video, have its length, and hold what the edition says."""
    for edition in subject.editions:
        for video_id in edition.ids:
            found = edition.dataset.annotations(video_id)
            require(
                found.video_id == video_id, f"annotations of {video_id!r} are those of {found.video_id!r}"
            )
            _check_annotations(found, edition.dataset.video(video_id), edition)


def _check_annotations(found: Annotations, video: Video, edition: OpenEdition) -> None:
    named, provides = f"annotations of {video.id!r}", edition.spec.provides
    length = video.n_frames if found.grid == "frames" else video.steps
    rows: dict[str, NDArray[np.float64] | NDArray[np.bool_] | None] = {
        "importance": found.importance,
        "user_summaries": found.user_summaries,
    }
    for name, matrix in rows.items():
        require(
            matrix is not None or not getattr(provides, name), f"{named} lack {name}, which the edition has"
        )
        if matrix is None:
            continue
        require(
            matrix.ndim == 2 and matrix.shape[0] > 0 and matrix.shape[1] == length,
            f"{named}: {name} has shape {matrix.shape}, expected (annotators, {length}) on {found.grid}",
        )
        check_finite(matrix, named, name)
    if found.user_summaries is not None:
        require(
            found.user_summaries.dtype == bool, f"{named}: user_summaries are {found.user_summaries.dtype}"
        )
    require(found.texts or not provides.text_references, f"{named} lack texts, which the edition has")
    require(all(text.strip() for text in found.texts), f"{named}: an empty text")
    require(
        found.captions or not provides.timed_captions, f"{named} lack timed captions, which the edition has"
    )


def fingerprint(subject: DatasetSubject) -> None:
    """The fingerprint is a sha256, the same when the edition is opened again."""
    for edition in subject.editions:
        first = edition.dataset.fingerprint()
        require(
            len(first) == 64 and set(first) <= set("0123456789abcdef"),
            f"{first!r} is no sha256 in hex digits",
        )
        # What was opened before has been read from by other checks: reading must not change it.
        second = _reopened(subject, edition).fingerprint()
        require(second == first, "the fingerprint differs when the edition is opened again")


def _reopened(subject: DatasetSubject, edition: OpenEdition) -> Dataset:
    return open_edition(subject.spec, edition.spec, edition.folder, subject.load)


def leaks(subject: DatasetSubject) -> None:
    """Nothing a Video refers to leads to annotations, before or after its features and frames are read."""
    for edition in subject.editions:
        for video_id in edition.ids[:3]:
            video = edition.dataset.video(video_id)
            for feature in video.features.values():
                feature.read()
            way = path_to_annotations({"video": video})
            if way is not None:
                raise Failed(f"from a video of edition {edition.spec.id!r} annotations can be reached: {way}")


CHECKS = (
    Check("metadata", "title, licence, tasks, editions, split sets and protocols are given", metadata),
    Check("opens", "every edition on this machine opens, and its status is true", opens),
    Check("folds", "folds test other videos than they train on, and have the declared digest", folds),
    Check("videos", "videos have valid picks, shots and features", videos),
    Check("annotations", "annotations have the length of their video", annotation_shapes),
    Check("fingerprint", "the fingerprint is stable", fingerprint),
    Check("no-leak", "nothing a video refers to leads to annotations", leaks),
)
