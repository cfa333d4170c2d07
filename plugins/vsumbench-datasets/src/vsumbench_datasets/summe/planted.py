"""Writes SumMe's planted edition: the four preprocessed files and the ground truth in MATLAB v5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.planted import FRAMES, PlantedVideo, planted_video, write_files

HEADER = b"MATLAB 5.0 MAT-file, Platform: planted"
HEADER_SIZE = 116
LAYOUT = LAYOUTS["summe"]


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same content on every machine.

    Files have the names of SumMe's, for readers know the videos by them. The files of the other three sets
    lie beside, as in the published archive, so augmented and transfer folds have what they train on.

    Raises:
        OSError: the folder cannot be written.
    """
    step = write_files(folder, ("summe", "tvsum", "ovp", "youtube-39"), len(LAYOUT.ids), progress)
    (folder / "GT").mkdir()
    for number, name in enumerate(LAYOUT.names):
        write_truth(folder / "GT" / f"{name}.mat", planted_video(LAYOUT, number))
        step()


def write_truth(path: Path, video: PlantedVideo) -> None:
    """Write the ground truth of one video."""
    scipy.io.savemat(path, truth_arrays(video), do_compression=True)
    # The library writes the time of day into the header.
    with path.open("r+b") as stream:
        stream.write(HEADER.ljust(HEADER_SIZE))


def truth_arrays(video: PlantedVideo) -> dict[str, Any]:
    """Variable → value. An annotator's k-th segment, in time, is coded k."""
    codes = segment_codes(video)
    people = codes.shape[1]
    spans, names = np.empty((1, people), dtype=object), np.empty((1, people), dtype=object)
    for person in range(people):
        spans[0, person] = video.simulated.spans[:, person].astype(np.float64)
        names[0, person] = f"P{person + 1:02d}"
    return {
        "all_userIDs": names,
        "segments": spans,
        "nFrames": np.uint16(video.n_frames),
        "video_duration": np.float64(video.script.seconds),
        "FPS": np.uint8(FRAMES),
        "gt_score": (codes > 0).mean(axis=1, keepdims=True),
        "user_score": codes,
    }


def segment_codes(video: PlantedVideo) -> NDArray[np.uint8]:
    """(N, U): 0, or the number of the segment of this annotator that the frame belongs to."""
    spans = video.simulated.spans
    codes = np.zeros((spans.shape[1], video.script.seconds), dtype=np.uint8)
    for number, people in enumerate(spans, start=1):
        for person, (start, end) in enumerate(people):
            codes[person, start:end] = number
    return np.ascontiguousarray(video.per_frame(codes).T)
