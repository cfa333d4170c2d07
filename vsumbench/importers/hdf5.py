"""HDF5 results of pytorch-vsumm-reinforce and of VASNet: a group a video with `score` and `machine_summary`.

The groups are `video_3` (pytorch-vsumm-reinforce) or `eccv16_dataset_summe_google_pool5/video_3` (VASNet).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vsumbench.contracts import Video
from vsumbench.data import check_finite
from vsumbench.errors import UnavailableError
from vsumbench.records.predictions import PredictionLine

from .files import check_file, wrong
from .known import Known
from .selections import segments_of

_MOST_GROUPS = 100_000


def read_scores(path: Path, known: Known) -> list[PredictionLine]:
    """One line a video with its `score` (T,), which every protocol turns into what it compares.

    Raises:
        UnavailableError: h5py is not installed.
        DataMissingError, DataDamagedError: no such file, or another layout.
        PredictionError: a key no tested video has.
    """
    return [
        PredictionLine(id=video.id, importance=_array(group, "score", (video.steps,), path).tolist())
        for video, group in _videos(path, known)
    ]


def read_summaries(path: Path, known: Known) -> list[PredictionLine]:
    """One line a video with the segments of its `machine_summary` (N,), as the code itself selected them.

    Raises:
        UnavailableError, DataMissingError, DataDamagedError, PredictionError: as `read_scores`.
    """
    lines = []
    for video, group in _videos(path, known):
        selected = _array(group, "machine_summary", (video.n_frames,), path)
        key = f"{group.name}/machine_summary"
        lines.append(PredictionLine(id=video.id, segments=segments_of(selected, video, path, key)))
    return lines


def _videos(path: Path, known: Known) -> Iterator[tuple[Video, Any]]:
    """The tested video and the group of each result. Other fields of a group are results, not needed here."""
    try:
        import h5py
    except ImportError:
        raise UnavailableError(
            f"{path} is HDF5, which is read with h5py, and h5py is not installed.", "Run: pip install h5py"
        ) from None
    check_file(path)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise wrong(path, "", "an HDF5 file", f"something else or a truncated file ({error})") from None
    with file:
        found = 0
        for key, group in _groups(file, path):
            found += 1
            video = known.video(known.id_of(key, path))
            if "picks" in group and (_array(group, "picks", (video.steps,), path) != video.picks).any():
                raise wrong(path, f"{key}/picks", f"the sampled steps of {video.id!r}", "others")
            yield video, group
        if not found:
            raise wrong(path, "", "a group for each video, with `score`", "none")


def _groups(file: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """The groups that hold a result, below the file or one group further down."""
    import h5py

    if len(file) > _MOST_GROUPS:
        raise wrong(path, "", f"at most {_MOST_GROUPS} groups", len(file))
    for key in file:
        group = _own(file, key, path)
        if isinstance(group, h5py.Group) and "score" not in group:
            for inner in group:
                yield f"{key}/{inner}", _result(_own(group, inner, path), path, f"{key}/{inner}")
        else:
            yield key, _result(group, path, key)


def _result(group: Any, path: Path, key: str) -> Any:
    import h5py

    if not isinstance(group, h5py.Group) or "score" not in group:
        raise wrong(path, key, "a group with `score`", "something else")
    return group


def _own(group: Any, key: str, path: Path) -> Any:
    """A member that lies in this file: a link into another file is not followed."""
    import h5py

    if not isinstance(group.get(key, getlink=True), h5py.HardLink):
        raise wrong(path, f"{group.name}/{key}", "a member of this file", "a link")
    return group[key]


def _array(group: Any, field: str, shape: tuple[int, ...], path: Path) -> Any:
    """A stored array of numbers; its shape is known before it is read."""
    import h5py

    key = f"{group.name}/{field}"
    if field not in group:
        raise wrong(path, key, f"an array of shape {shape}", "nothing")
    stored = _own(group, field, path)
    if not isinstance(stored, h5py.Dataset) or stored.is_virtual or stored.external:
        raise wrong(path, key, "an array stored in this file", "something else")
    if stored.shape != shape:
        raise wrong(path, key, f"shape {shape}", f"shape {stored.shape}")
    if stored.dtype.kind not in "biuf":
        raise wrong(path, key, "numbers", f"dtype {stored.dtype}")
    try:
        array = stored[()]
    except OSError as error:
        raise wrong(path, key, "a readable array", f"a damaged file ({error})") from None
    check_finite(array, path, key)
    return array
