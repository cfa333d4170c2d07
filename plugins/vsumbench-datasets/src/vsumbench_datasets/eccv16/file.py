"""A preprocessed file in its dataset's folder: is it there, does it hold its groups, and what is in one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Feature, Video
from vsumbench.data import damaged
from vsumbench.errors import DataMissingError, DuplicateIdError, VsumbenchError
from vsumbench_datasets.keyed_hdf5 import open_hdf5, own

from .layout import NOMINAL_FPS, ORIGIN, PLACES, POOL5, Layout
from .record import Steps, Told, read_features, read_steps, read_told, read_user_scores


def find(folder: Path, layout: Layout) -> Path | None:
    """The file in the first of the usual places that has it, or None."""
    places = (folder / place / layout.file for place in PLACES)
    return next((path for path in places if path.is_file()), None)


def fetch_line(layout: Layout, folder: Path) -> str:
    """What is missing and how it is had, one line without a full stop."""
    return f"{layout.file} (get it from {ORIGIN}, which holds all four sets, and put it into {folder})"


class Eccv16File:
    """One of the four files; opened for each reading and closed after it."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self.found = find(folder, layout)
        self._read: dict[str, Steps] = {}

    @property
    def path(self) -> Path:
        """Where it lies.

        Raises:
            DataMissingError: in none of the usual places.
        """
        if self.found is None:
            raise DataMissingError(
                f"{self.layout.file} is not in {self.folder}, nor in its "
                f"{' or '.join(f'{place}/' for place in PLACES if place)}.",
                f"Get it from {ORIGIN}, which holds all four sets, and put it into {self.folder}.",
            )
        return self.found

    def check(self) -> None:
        """The file opens and its groups are exactly the published ones.

        Raises:
            DataMissingError: no such file.
            DataDamagedError: not HDF5, truncated; groups missing, unknown, or linked from elsewhere.
            DuplicateIdError: two names for one group.
        """
        path, wanted = self.path, self.layout.ids
        with open_hdf5(path) as file:
            missing = [key for key in wanted if key not in file]
            unknown = sorted(key for key in file if key not in wanted)
            if missing or unknown:
                told = [f"{len(file)} groups"]
                told += [f"{', '.join(missing[:3])}{' …' * (len(missing) > 3)} missing"] if missing else []
                told += [f"{', '.join(map(repr, unknown[:3]))} unknown"] if unknown else []
                raise damaged(
                    path, "", f"the {len(wanted)} groups {wanted[0]} … {wanted[-1]}", ", ".join(told)
                )
            seen: dict[object, str] = {}
            for key in wanted:
                group = own(file, key, path, key)
                if not isinstance(group, h5py.Group):
                    raise damaged(path, key, "a group", "an array")
                first = seen.setdefault(h5py.h5o.get_info(group.id).addr, key)
                if first != key:
                    raise DuplicateIdError(
                        f"{path}: {key} is the same group as {first}.", "Fetch the file again."
                    )

    def problem(self) -> str:
        """What is wrong with the file as a whole, one line; empty where nothing is."""
        try:
            self.check()
        except VsumbenchError as error:
            return error.message.removesuffix(".")
        return ""

    def steps(self, key: str) -> Steps:
        """Frames, picks and shots of a video; read once."""
        if key not in self._read:
            self._read[key] = read_steps(self.path, self.layout, key)
        return self._read[key]

    def told(self, key: str, at: Steps) -> Told:
        """Training targets and user summaries of a video."""
        return read_told(self.path, self.layout, key, at)

    def user_scores(self, key: str, frames: int, low: float, high: float) -> NDArray[np.float64] | None:
        """Raw ratings (U, N) of an extended file; None in an original one."""
        return read_user_scores(self.path, key, frames, low, high)

    def video(self, key: str, video_id: str = "", fps: float = NOMINAL_FPS, duration: float = 0.0) -> Video:
        """The video of a group, with lazy features.

        Args:
            key: the group.
            video_id: its id, if other than the key.
            fps: frames a second; nominal where nothing states it.
            duration: seconds; 0 for frames by fps.
        """
        at = self.steps(key)
        steps = len(at.picks)
        read = partial(read_features, self.path, key, steps)
        return Video(
            id=video_id or key,
            duration=duration or at.n_frames / fps,
            fps=fps,
            n_frames=at.n_frames,
            picks=at.picks.copy(),
            change_points=at.shots.copy(),
            features={POOL5.name: Feature(spec=POOL5, steps=steps, read=read)},
        )
