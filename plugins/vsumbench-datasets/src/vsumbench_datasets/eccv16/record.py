"""Reads one group of a preprocessed file; every check of protocols.md a.1 comes before a value is handed on.

Shots that do not end with the last frame are refused: the published capacity rules differ there (a.4), so a
keyshot summary would depend on who made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.data import check_change_points, check_finite, check_picks, damaged
from vsumbench_datasets.keyed import STEP
from vsumbench_datasets.keyed_hdf5 import array, declared, open_hdf5, own, place, text, whole_number

from .layout import POOL5, Layout


@dataclass(frozen=True)
class Steps:
    """What a model may see: N native frames, picks (T,) and shots (S, 2), both ends inclusive."""

    n_frames: int
    picks: NDArray[np.int64] = field(repr=False)
    shots: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True)
class Told:
    """What people said: gtscore (T,), gtsummary (T,), and user summaries (U, N) where the file has them."""

    gtscore: NDArray[np.float64] = field(repr=False)
    gtsummary: NDArray[np.bool_] = field(repr=False)
    user_summaries: NDArray[np.bool_] | None = field(repr=False)


def read_steps(path: Path, layout: Layout, key: str) -> Steps:
    """Frames, picks and shots of a video; types and sizes of its features are checked, not their values.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: the file or one of these keys is not as published.
    """
    with _open_group(path, key) as group:
        frames = whole_number(group, "n_frames", path)
        steps = -(-frames // STEP)
        stored = whole_number(group, "n_steps", path)
        if stored != steps:
            raise damaged(path, f"{key}/n_steps", f"{steps}: every {STEP}th of {frames} frames", stored)
        picks = array(group, "picks", path, (steps,), "whole").astype(np.int64)
        check_picks(picks, frames, path, f"{key}/picks")
        if (picks != np.arange(0, frames, STEP)).any():
            wrong = int(np.argmax(picks != np.arange(0, frames, STEP)))
            raise damaged(path, f"{key}/picks", f"{STEP * wrong} at {wrong}", picks[wrong])
        shots = array(group, "change_points", path, (None, 2), "whole").astype(np.int64)
        check_change_points(shots, frames, path, f"{key}/change_points")
        lengths = array(group, "n_frame_per_seg", path, (len(shots),), "whole").astype(np.int64)
        differs = lengths != shots[:, 1] - shots[:, 0] + 1
        if differs.any():
            wrong = int(np.argmax(differs))
            expected = f"{shots[wrong, 1] - shots[wrong, 0] + 1}, the frames of shot {wrong}"
            raise damaged(path, f"{key}/n_frame_per_seg", expected, lengths[wrong])
        declared(group, "features", path, (steps, *POOL5.shape), "real", POOL5.dtype)
        if layout.names:
            name, expected = text(group, "video_name", path), layout.names[layout.number(key)]
            if name != expected:
                raise damaged(path, f"{key}/video_name", repr(expected), repr(name))
    return Steps(frames, picks, shots)


def read_features(path: Path, key: str, steps: int) -> NDArray[np.float32]:
    """(steps, 1024) float32.

    Raises:
        DataMissingError, DataDamagedError: as `read_steps`; or values that are not finite.
    """
    with _open_group(path, key) as group:
        features = array(group, "features", path, (steps, *POOL5.shape), "real", POOL5.dtype)
    check_finite(features, path, f"{key}/features")
    return features


def read_told(path: Path, layout: Layout, key: str, at: Steps) -> Told:
    """Training targets and user summaries of a video whose steps were read.

    Raises:
        DataMissingError, DataDamagedError: as `read_steps`; another number of annotators, values that are
            not finite, negative scores, selections other than 0 and 1.
    """
    steps = len(at.picks)
    with _open_group(path, key) as group:
        scores = array(group, "gtscore", path, (steps,), "real")
        check_finite(scores, path, f"{key}/gtscore", low=0)
        summary = _binary(group, "gtsummary", path, (steps,))
        people = None
        if layout.annotators is not None or own(group, "user_summary", path, f"{key}/user_summary"):
            people = _binary(group, "user_summary", path, (None, at.n_frames))
            low, high = layout.annotators or (1, len(people))
            if not low <= len(people) <= high:
                expected = f"{low} annotators" if low == high else f"{low} to {high} annotators"
                raise damaged(path, f"{key}/user_summary", expected, len(people))
    return Told(scores.astype(np.float64), summary, people)


def read_user_scores(
    path: Path, key: str, frames: int, low: float, high: float
) -> NDArray[np.float64] | None:
    """(U, N) raw ratings of an extended file, whole numbers in [low, high]; None in an original one.

    Raises:
        DataMissingError, DataDamagedError: as `read_steps`; other values.
    """
    with _open_group(path, key) as group:
        where = place(group, "user_scores")
        if own(group, "user_scores", path, where) is None:
            return None
        scores = array(group, "user_scores", path, (None, frames), "number").astype(np.float64)
    check_finite(scores, path, where, low=low, high=high)
    if (scores != np.floor(scores)).any():
        raise damaged(path, where, "whole numbers", "fractions")
    return scores


def _binary(group: h5py.Group, name: str, path: Path, shape: tuple[int | None, ...]) -> NDArray[np.bool_]:
    values = array(group, name, path, shape, "number")
    check_finite(values, path, place(group, name), low=0, high=1)
    selected: NDArray[np.bool_] = values == 1
    if (selected != (values != 0)).any():
        raise damaged(path, place(group, name), "0 and 1 alone", "values between them")
    return selected


@contextmanager
def _open_group(path: Path, key: str) -> Iterator[h5py.Group]:
    with open_hdf5(path) as file:
        group = own(file, key, path, key)
        if not isinstance(group, h5py.Group):
            raise damaged(path, key, "a group", "nothing" if group is None else "an array")
        yield group
