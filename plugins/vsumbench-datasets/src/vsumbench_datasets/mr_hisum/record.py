"""One group of `mr_hisum.h5`, checked dataset by dataset (protocols.md f)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.data import check_change_points, check_finite, check_shape, damaged, sha256_arrays
from vsumbench.errors import DataMissingError, VsumbenchError

SUMMARY_KEYS = ("gt_summary", "gtsummary")
"""The summary is called one way by the authors' loader and another by their documentation."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the file says of one video, a step a second.

    Attributes:
        scores: (T,) the most-replayed curve, in [0, 1].
        shots: (S, 2) both ends inclusive, from 0 to T - 1; the file has the ends exclusive.
        summary: (T,) booleans, the summary that was made from both.
    """

    scores: NDArray[np.float64] = field(repr=False)
    shots: NDArray[np.int64] = field(repr=False)
    summary: NDArray[np.bool_] = field(repr=False)


@contextmanager
def open_h5(path: Path) -> Iterator[h5py.File]:
    """An open HDF5 file; errors of the library inside the block become a named one.

    Raises:
        DataMissingError: there is no such file.
        DataDamagedError: not HDF5, truncated, or broken inside.
    """
    if not path.is_file():
        raise DataMissingError(f"{path} does not exist.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except VsumbenchError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise damaged(path, "", "an HDF5 file", f"something else or a truncated file ({error})") from None


def read_labels(file: h5py.File, video_id: str) -> Labels:
    """The labels of a video.

    Raises:
        DataDamagedError: a dataset is missing, of the wrong type or shape, or does not fit the others; names
            file, video and dataset.
    """
    where, group = file.filename, _group(file, video_id)
    scores = _array(group, "gtscore", where)
    check_shape(scores, (None,), where, f"{video_id}/gtscore")
    check_finite(scores, where, f"{video_id}/gtscore", low=0, high=1)
    steps = len(scores)
    there = [key for key in SUMMARY_KEYS if key in group]
    if len(there) > 1:
        raise damaged(where, video_id, "one summary", f"both {' and '.join(there)}")
    key = there[0] if there else SUMMARY_KEYS[0]
    summary = _array(group, key, where)
    check_shape(summary, (steps,), where, f"{video_id}/{key}")
    check_finite(summary, where, f"{video_id}/{key}")
    if not np.isin(summary, (0, 1)).all():
        raise damaged(where, f"{video_id}/{key}", "values 0 and 1", "others")
    return Labels(
        scores=scores.astype(np.float64),
        shots=_shots(_array(group, "change_points", where), steps, where, video_id),
        summary=summary.astype(np.bool_),
    )


def feature_shape(file: h5py.File, video_id: str) -> tuple[int, ...] | None:
    """The shape of the features of a video; None where they were not added.

    Raises:
        DataDamagedError: no such group, or `features` is no array.
    """
    group = _group(file, video_id)
    if "features" not in group:
        return None
    found = group["features"]
    if not isinstance(found, h5py.Dataset):
        raise damaged(file.filename, f"{video_id}/features", "an array", "a group")
    return tuple(int(side) for side in found.shape)


def stored_digest(file: h5py.File, video_id: str, features: bool) -> str:
    """Sha256 hex over the labels of a video as they are stored, and with `features` over their shape and
    middle row. Nothing is checked."""
    group = _group(file, video_id)
    keys = [key for key in ("gtscore", "change_points", *SUMMARY_KEYS) if key in group]
    arrays = {key: np.asarray(group[key][()]) for key in keys}
    if features and (shape := feature_shape(file, video_id)):
        arrays["features"] = np.asarray(group["features"][shape[0] // 2 : shape[0] // 2 + 1])
        arrays["shape"] = np.array(shape, dtype=np.int64)
    return sha256_arrays(arrays)


def _shots(stored: NDArray[np.generic], steps: int, where: str, video_id: str) -> NDArray[np.int64]:
    key = f"{video_id}/change_points"
    check_shape(stored, (None, 2), where, key)
    check_finite(stored, where, key)
    shots = stored.astype(np.int64)
    if (shots != stored).any():
        raise damaged(where, key, "whole numbers", "fractions")
    if shots[-1, 1] == steps - 1 and steps > 1:
        expected = f"ends that are exclusive, the last one {steps}"
        raise damaged(where, key, expected, f"{steps - 1} as the last one")
    shots[:, 1] -= 1
    check_change_points(shots, steps, where, f"{key} (ends lowered by one)")
    return shots


def _group(file: h5py.File, video_id: str) -> h5py.Group:
    found = file.get(video_id)
    if not isinstance(found, h5py.Group):
        raise damaged(
            file.filename, video_id, "a group of this name", "an array" if video_id in file else "nothing"
        )
    return found


def _array(group: h5py.Group, key: str, where: str) -> NDArray[np.generic]:
    found = group.get(key)
    video_id = group.name.lstrip("/")
    if not isinstance(found, h5py.Dataset):
        raise damaged(where, f"{video_id}/{key}", "an array of this name", f"only {', '.join(sorted(group))}")
    values: NDArray[np.generic] = np.asarray(found[()])
    if values.dtype.kind not in "biuf":
        raise damaged(where, f"{video_id}/{key}", "numbers", f"dtype {values.dtype}")
    return values
