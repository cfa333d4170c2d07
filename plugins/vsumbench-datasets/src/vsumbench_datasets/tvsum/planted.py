"""Writes TVSum's planted edition: the four preprocessed files and the ratings as MATLAB wrote them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.planted import sentences
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.planted import planted_video, write_files

FILE = "ydata-tvsum50.mat"
USERBLOCK = 512
HEADER = b"MATLAB 7.3 MAT-file, Platform: planted, HDF5 schema 1.00 ."
CATEGORIES = ("VT", "VU", "GA", "MS", "PK", "PR", "FM", "BK", "BT", "DS")
LAYOUT = LAYOUTS["tvsum"]


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same content on every machine.

    The files of the other three sets lie beside, as in the published archive, so augmented and transfer folds
    have what they train on.

    Raises:
        OSError: the folder cannot be written.
    """
    step = write_files(folder, ("tvsum", "summe", "ovp", "youtube-39"), 1, progress)
    write_ratings(folder / FILE)
    step()


def write_ratings(path: Path) -> None:
    """Write `ydata-tvsum50.mat` of the planted videos: a struct of cell arrays, as MATLAB v7.3 stores it."""
    with h5py.File(path, "w", userblock_size=USERBLOCK) as file:
        struct = file.create_group("tvsum50")
        struct.attrs["MATLAB_class"] = np.bytes_("struct")
        columns: dict[str, list[h5py.Reference]] = {}
        for number in range(len(LAYOUT.ids)):
            for key, (value, kind) in rating_arrays(number).items():
                packed = {"compression": "gzip"} if value.size > 1000 else {}
                made = file.create_dataset(f"#refs#/{key}{number}", data=value, **packed)
                made.attrs["MATLAB_class"] = np.bytes_(kind)
                columns.setdefault(key, []).append(made.ref)
        for key, references in columns.items():
            column = struct.create_dataset(key, (len(references), 1), dtype=h5py.ref_dtype)
            for number, reference in enumerate(references):
                column[number, 0] = reference
    with path.open("r+b") as stream:
        stream.write(HEADER.ljust(124) + b"\x00\x02IM")


def rating_arrays(number: int) -> dict[str, tuple[NDArray[np.generic], str]]:
    """Key → value of one (zero-based) video, and its class in MATLAB."""
    video = planted_video(LAYOUT, number)
    ratings = video.per_frame(video.simulated.ratings.astype(np.float64))
    return {
        "video": (_characters(f"planted{number + 1:04d}"), "char"),
        "category": (_characters(CATEGORIES[number // 5]), "char"),
        "title": (_characters(sentences(video.script)[0]), "char"),
        "length": (np.array([[float(video.script.seconds)]]), "double"),
        "nframes": (np.array([[float(video.n_frames)]]), "double"),
        "user_anno": (ratings, "double"),
        "gt_score": (ratings.mean(axis=0, keepdims=True), "double"),
    }


def _characters(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le"), dtype="<u2").reshape(-1, 1)
