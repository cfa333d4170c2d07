"""Published features of VideoXum: an npz a video, frame vectors by a BLIP and by a fine-tuned CLIP.

The files of `vt_clipscore` hold a second array, `text`, which embeds the reference text of the video. No
model may see it, so nothing here reads it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Feature, FeatureSpec
from vsumbench.data import check_finite, check_shape, damaged, read_npz
from vsumbench.errors import DataMissingError

from .spec import BLIP, VT_CLIP


@dataclass(frozen=True)
class Published:
    """One published kind of feature: its type, the folder of its files, and the array in them."""

    spec: FeatureSpec
    folder: str
    key: str


PUBLISHED = (
    Published(BLIP, "ActivityNet/feat/blip", "features"),
    Published(VT_CLIP, "ActivityNet/feat/vt_clipscore", "vision"),
)
_PATCH = 2
_SHARE = 0.05


def rows_of(path: Path, kind: Published) -> int:
    """How many rows an array has, from its header alone.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: not an npz file, truncated, without the array, or of another shape.
    """
    with _member(path, kind.key) as (archive, member), archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read:
            raise ValueError(f"npy version {version}")
        shape, _, _ = read[version](stream)
    if len(shape) != 2 or shape[0] < 1 or shape[1:] != kind.spec.shape:
        raise damaged(path, kind.key, f"shape (*, {kind.spec.shape[0]})", f"shape {shape}")
    return int(shape[0])


def content_of(path: Path, kind: Published) -> tuple[int, int]:
    """Checksum and size of an array as the archive states them; the array is not read, but held to it when it
    is.

    Raises:
        DataMissingError, DataDamagedError: as `rows_of`.
    """
    with _member(path, kind.key) as (_, member):
        return member.CRC, member.file_size


def common_steps(labels: int, rows: dict[str, int], path: Path | str, video_id: str) -> int:
    """The steps of a video whose labels and features differ in number: the least, as the released code cuts.

    Raises:
        DataDamagedError: they differ by more than two and more than 5 %, so they are of different videos.
    """
    least, most = min(labels, *rows.values()), max(labels, *rows.values())
    if most - least > max(_PATCH, _SHARE * labels):
        found = ", ".join(f"{count} of {name}" for name, count in rows.items())
        raise damaged(path, f"video {video_id!r}", f"about {labels} rows, one a label", found)
    return least


def feature_of(path: Path, kind: Published, rows: int, steps: int) -> Feature:
    """The first `steps` rows of a file that has `rows`."""
    return Feature(spec=kind.spec, steps=steps, read=partial(_read, path, kind.key, rows, steps))


def _read(path: Path, key: str, rows: int, steps: int) -> NDArray[np.float32]:
    values = read_npz(path, key)
    check_shape(values, (rows, None), path, key)
    check_finite(values, path, key)
    return np.ascontiguousarray(values[:steps], dtype=np.float32)


@contextmanager
def _member(path: Path, key: str) -> Iterator[tuple[zipfile.ZipFile, zipfile.ZipInfo]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if f"{key}.npy" not in archive.namelist():
                names = [name.removesuffix(".npy") for name in archive.namelist()]
                raise damaged(path, key, "an array of this name", f"only {names}")
            yield archive, archive.getinfo(f"{key}.npy")
    except FileNotFoundError:
        raise DataMissingError(f"{path} does not exist.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise damaged(path, "", "an npz file", f"something else or a truncated file ({error})") from None
