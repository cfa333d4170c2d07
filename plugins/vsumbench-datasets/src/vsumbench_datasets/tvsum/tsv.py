"""TVSum's ratings as text: `ydata-tvsum50-anno.tsv`, 20 rows a video (protocols.md a.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, EditionStatus, Video
from vsumbench.data import check_unique, damaged
from vsumbench.errors import DataMissingError
from vsumbench_datasets.eccv16.layout import LAYOUTS, NOMINAL_FPS
from vsumbench_datasets.keyed import STEP

FILES = ("ydata-tvsum50-anno.tsv", "ydata-anno.tsv")
"""As TVSum's authors name it, and as CSTA does."""
INFO = "ydata-tvsum50-info.tsv"
PLACES = ("", "data", "ydata-tvsum50-v1_1/data", "ydata-tvsum50-data/data")
"""Where it is looked for in the dataset's folder: itself, and what the published archives unpack to."""
IDS = LAYOUTS["tvsum"].ids
ANNOTATORS = 20


class TsvRatings:
    """Rows of a video stand together, videos in the order of the keys; the k-th block is `video_k`.

    Durations come from the file beside it that lists titles and lengths; without it the frame rate is
    nominal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, folder: Path) -> TsvRatings | None:
        """The ratings of a folder that has such a file in one of the usual places."""
        paths = (folder / place / name for place in PLACES for name in FILES)
        return next((cls(path) for path in paths if path.is_file()), None)

    def status(self) -> EditionStatus:
        """One file holds all videos."""
        if self.path.stat().st_size == 0:
            return EditionStatus(problems=(f"{self.path} is empty",))
        return EditionStatus(present=IDS)

    def video_ids(self) -> tuple[str, ...]:
        """All 50, once the file is seen to be readable.

        Raises:
            DataDamagedError: another number of rows or columns, ratings that are not 1 to 5, rows of one
                video that differ in length.
            DuplicateIdError: a video stands in two places.
        """
        return tuple(self._ratings)

    def video(self, video_id: str) -> Video:
        """Frames as rated; fps is frames by length where a length is stated."""
        frames = self._ratings[video_id].shape[1]
        duration = self._lengths.get(self._names[IDS.index(video_id)])
        return Video(
            id=video_id,
            duration=duration or frames / NOMINAL_FPS,
            fps=frames / duration if duration else NOMINAL_FPS,
            n_frames=frames,
            picks=np.arange(0, frames, STEP, dtype=np.int64),
        )

    def annotations(self, video_id: str) -> Annotations:
        """Ratings (20, N)."""
        ratings = self._ratings[video_id].astype(np.float64)
        return Annotations(video_id=video_id, importance=ratings, grid="frames")

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._blocks)

    @cached_property
    def _ratings(self) -> Mapping[str, NDArray[np.uint8]]:
        """Video id → ratings (20, N)."""
        return dict(zip(IDS, self._blocks.values(), strict=True))

    @cached_property
    def _blocks(self) -> Mapping[str, NDArray[np.uint8]]:
        """YouTube id → ratings (20, N), in the order of the file."""
        rows = [line.split("\t") for line in _lines(self.path)]
        if len(rows) != ANNOTATORS * len(IDS):
            expected = f"{ANNOTATORS} rows for each of {len(IDS)} videos ({ANNOTATORS * len(IDS)})"
            raise damaged(self.path, "", expected, f"{len(rows)} rows")
        blocks: list[tuple[str, NDArray[np.uint8]]] = []
        for start in range(0, len(rows), ANNOTATORS):
            block = [self._row(rows[n], n) for n in range(start, start + ANNOTATORS)]
            for number, (name, ratings) in enumerate(block, start=start):
                if name != block[0][0]:
                    expected = f"{block[0][0]!r}, the video of row {start + 1}"
                    raise damaged(self.path, f"row {number + 1}", expected, repr(name))
                if len(ratings) != len(block[0][1]):
                    expected = f"{len(block[0][1])} ratings, as row {start + 1} has"
                    raise damaged(self.path, f"row {number + 1}", expected, len(ratings))
            blocks.append((block[0][0], np.stack([ratings for _, ratings in block])))
        check_unique((name for name, _ in blocks), str(self.path))
        return dict(blocks)

    def _row(self, row: list[str], number: int) -> tuple[str, NDArray[np.uint8]]:
        where = f"row {number + 1}"
        if len(row) != 3 or not row[0].strip():
            raise damaged(self.path, where, "a video, a category and ratings, by tabs", f"{len(row)} columns")
        text = row[2].strip().strip('"')
        codes = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
        # One digit, a comma, one digit, …: read at once, for there are seven million of them.
        ratings = codes[::2] - np.uint8(ord("0"))
        wrong = len(codes) % 2 == 0 or (codes[1::2] != ord(",")).any() or (ratings < 1).any()
        if wrong or (ratings > 5).any():
            raise damaged(self.path, where, "ratings 1 to 5 by commas", repr(text[:24]))
        return row[0].strip().strip('"'), ratings

    @cached_property
    def _lengths(self) -> Mapping[str, float]:
        """YouTube id → seconds, where the list of lengths lies beside."""
        path = self.path.parent / INFO
        if not path.is_file():
            return {}
        head, *rows = [line.split("\t") for line in _lines(path)] or [[]]
        if "video_id" not in head or "length" not in head:
            raise damaged(path, "row 1", "the columns video_id and length", ", ".join(head) or "nothing")
        name, length = head.index("video_id"), head.index("length")
        lengths: dict[str, float] = {}
        for number, row in enumerate(rows, start=2):
            if len(row) != len(head):
                raise damaged(path, f"row {number}", f"{len(head)} columns", len(row))
            lengths[row[name].strip()] = _seconds(row[length].strip(), path, number)
        unknown = [one for one in self._names if one not in lengths]
        if unknown:
            raise damaged(path, "", f"a length of each video of {self.path.name}", f"none of {unknown[0]!r}")
        return lengths


def _seconds(text: str, path: Path, number: int) -> float:
    """`5:54`, `1:02:03` or a number of seconds."""
    if re.fullmatch(r"\d+(:[0-5]?\d){0,2}", text):
        seconds = 0
        for part in text.split(":"):
            seconds = 60 * seconds + int(part)
        if seconds:
            return float(seconds)
    raise damaged(path, f"row {number}", "a length, minutes:seconds", repr(text[:24]))


def _lines(path: Path) -> list[str]:
    """The lines that are not blank.

    Raises:
        DataMissingError: it cannot be read.
        DataDamagedError: it is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise damaged(path, f"byte {error.start}", "UTF-8 text", "other bytes") from None
    return [line for line in text.split("\n") if line.strip()]
