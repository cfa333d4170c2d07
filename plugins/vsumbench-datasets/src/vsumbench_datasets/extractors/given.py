"""`i3d` and `vggish`: loaders of feature files that others made, brought to the picks of a video by time.

A file holds rows (T', width) float32 that follow each other evenly over the whole video: row k stands for the
time from k / T' to (k + 1) / T' of its duration. A pick gets the row whose centre is nearest to its time, the
earlier of two that are equally near. So a row may serve several picks, and where the file has more rows than
the video has picks, some rows serve none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import Context, FeatureSpec, Video
from vsumbench.data import check_finite, check_shape, damaged, sha256_json
from vsumbench.data.digests import sha256_file_kept
from vsumbench.errors import DataMissingError, UnavailableError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

I3D_STREAMS = {"rgb": "_rgb.npy", "flow": "_flow.npy"}
I3D_WIDTH = 1024
VGGISH_SUFFIX = "_vggish.npy"
VGGISH_WIDTH = 128
AGAIN = "Get the file again, or name the folder that holds the right ones."


@dataclass(frozen=True)
class GivenFiles:
    """A folder of files `<id><suffix>`, whose columns are joined in the order of the suffixes."""

    folder: Path
    suffixes: tuple[str, ...]
    width: int
    name: str

    def sha256(self) -> str:
        """Digest over the names and contents of all such files of the folder, whatever else lies there."""
        names = sorted(
            path.name
            for path in self.folder.iterdir()
            if path.name.endswith(self.suffixes) and path.is_file()
        )
        return sha256_json({name: sha256_file_kept(self.folder / name) for name in names})

    def complete(self, output: FeatureSpec) -> FeatureSpec:
        """The output with its name and width: both streams of I3D side by side are twice as wide as one."""
        return replace(output, name=self.name, shape=(self.width * len(self.suffixes),))

    def rows(self, video_id: str) -> list[NDArray[np.float32]]:
        """One array (T', width) a suffix, as it is in the file; all of a video have the same T'.

        Raises:
            DataMissingError: a file of the video is not there.
            DataDamagedError: no npy file, pickled, truncated, or of another shape, type or finiteness.
        """
        found: list[NDArray[np.float32]] = []
        for suffix in self.suffixes:
            path = self.folder / f"{video_id}{suffix}"
            if "/" in video_id or not path.is_file():
                raise DataMissingError(
                    f"{path} is not there: the features of video {video_id!r}.",
                    f"Put the file into {self.folder}, or name another folder in the brackets.",
                )
            found.append(_read(path, self.width))
        lengths = [len(rows) for rows in found]
        if len(set(lengths)) > 1:
            where = ", ".join(f"{n} in {video_id}{s}" for n, s in zip(lengths, self.suffixes, strict=True))
            raise damaged(self.folder, "", f"as many rows in each file of video {video_id!r}", where, AGAIN)
        return found


def find_i3d(argument: str) -> GivenFiles:
    """`FOLDER` for both streams, rgb before flow (2048); `FOLDER,rgb` or `FOLDER,flow` for one (1024).

    Raises:
        UsageError: another stream.
        UnavailableError: no such folder.
    """
    folder, comma, stream = argument.rpartition(",")
    if not comma:
        return GivenFiles(_folder(argument), tuple(I3D_STREAMS.values()), I3D_WIDTH, "i3d")
    if stream.strip() not in I3D_STREAMS:
        raise UsageError(
            f"i3d[{argument}]: {stream.strip()!r} is no stream.",
            "Write i3d[FOLDER], i3d[FOLDER,rgb] or i3d[FOLDER,flow].",
        )
    name = stream.strip()
    return GivenFiles(_folder(folder.strip()), (I3D_STREAMS[name],), I3D_WIDTH, f"i3d-{name}")


def find_vggish(argument: str) -> GivenFiles:
    """The files `<id>_vggish.npy` of a folder.

    Raises:
        UnavailableError: no such folder.
    """
    return GivenFiles(_folder(argument), (VGGISH_SUFFIX,), VGGISH_WIDTH, "vggish")


class GivenExtractor:
    """An `Extractor` that looks at no frame."""

    def __init__(self, files: GivenFiles) -> None:
        self._files = files

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """One block (T, width): for each pick the row of the file that is nearest in time.

        Raises:
            DataMissingError, DataDamagedError: as `GivenFiles.rows`.
        """
        import numpy as np

        arrays = self._files.rows(video.id)
        rows = nearest_rows(video.pick_times, video.duration, len(arrays[0]))
        yield np.concatenate([array[rows] for array in arrays], axis=1)


def nearest_rows(times: NDArray[np.float64], duration: float, count: int) -> NDArray[np.int64]:
    """(T,) which of `count` rows that share `duration` seconds evenly is nearest to each time (seconds).

    The centre of row k is (k + 1/2) * duration / count; of two equally near ones the earlier is taken.
    """
    import numpy as np

    places = np.asarray(times, dtype=np.float64) * count / duration
    # Nearest centre is the row a time lies in; on the border of two rows the earlier.
    rows: NDArray[np.int64] = np.clip(np.ceil(places) - 1, 0, count - 1).astype(np.int64)
    return rows


def build_i3d(context: Context, argument: str) -> GivenExtractor:
    """The loader of a folder of I3D files; see `find_i3d`."""
    return GivenExtractor(find_i3d(argument))


def build_vggish(context: Context, argument: str) -> GivenExtractor:
    """The loader of a folder of VGGish files; see `find_vggish`."""
    return GivenExtractor(find_vggish(argument))


def _folder(argument: str) -> Path:
    folder = Path(argument).expanduser()
    if not folder.is_dir():
        raise UnavailableError(
            f"the folder of feature files {argument!r} is not there.",
            "Put the path of a folder into the brackets.",
        )
    return folder


def _read(path: Path, width: int) -> NDArray[np.float32]:
    import numpy as np

    try:
        array: Any = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(
            path, "", "an npy file", f"something else or a truncated file ({error})", AGAIN
        ) from None
    if not isinstance(array, np.ndarray):
        array.close()
        raise damaged(path, "", "an npy file", "an archive of several", AGAIN)
    if array.dtype != np.float32:
        raise damaged(path, "", "dtype float32", f"dtype {array.dtype}", AGAIN)
    check_shape(array, (None, width), path, "")
    check_finite(array, path, "")
    return array
