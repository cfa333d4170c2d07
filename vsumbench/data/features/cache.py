"""The folder of extracted features: found by key, written whole, shared by processes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.contracts.specs import FeatureSpec
from vsumbench.errors import BusyError, DataDamagedError, DiskFullError, StorageError

from .files import check_content, check_facts, read_facts, read_feature, write_feature
from .keys import FeatureKey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES_VARIABLE = "VSUMBENCH_FEATURES"
SUFFIX = ".safetensors"


def feature_root() -> Path:
    """Where extracted features lie: $VSUMBENCH_FEATURES, else `features` in the platform's cache folder."""
    named = os.environ.get(FEATURES_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("vsumbench", appauthor=False) / "features"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file: where it lies, its bytes, and what its header says (video, extractor, weights, steps, …)."""

    path: Path
    bytes: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A file that is not what was written, and why, in one line."""

    path: Path
    reason: str


class FeatureCache:
    """Extracted features below one folder, each in `DD/DIGEST.safetensors`, DD the first two digits.

    Args:
        root: the folder; `feature_root()` when not given. It need not exist.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = feature_root() if root is None else root

    def path(self, key: FeatureKey) -> Path:
        """The file of a key, whether it is there or not."""
        return self.root / key.digest[:2] / f"{key.digest}{SUFFIX}"

    def holds(self, key: FeatureKey, spec: FeatureSpec, steps: int) -> bool:
        """Whether a file of this key is there whole, by its header and size; its content is not read."""
        path = self.path(key)
        try:
            check_facts(path, read_facts(path), spec, steps)
        except (FileNotFoundError, DataDamagedError):
            return False
        return True

    def get(self, key: FeatureKey, spec: FeatureSpec, steps: int) -> NDArray[np.float32] | None:
        """The array (steps, *spec.shape) of a key, or None where there is none.

        Its digest is checked once a process; a file that changes is checked again.

        Raises:
            DataDamagedError: there is a file, and it is not what was written.
        """
        try:
            return read_feature(self.path(key), spec, steps)
        except FileNotFoundError:
            return None

    def put(self, key: FeatureKey, array: NDArray[np.float32], facts: Mapping[str, Any]) -> Path:
        """Keep an array (steps, …) float32 with facts about it; what was there is replaced.

        Raises:
            StorageError, DiskFullError: the folder cannot be written. Nothing half written is left.
        """
        path = self.path(key)
        with self._storage_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_feature(path, key, array, facts)
        return path

    @contextmanager
    def working(self, key: FeatureKey, *, wait: bool = True) -> Iterator[None]:
        """Alone among processes with this key (and the 1 in 256 others of its folder), to extract it.

        What a killed process left half written of it is removed first.

        Raises:
            BusyError: another process is at it, and `wait` is false.
            StorageError: the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        folder = self.path(key).parent
        with self._storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / ".lock")
            try:
                lock.acquire(timeout=-1 if wait else 0)
            except Timeout:
                raise BusyError(
                    f"another process extracts into {folder}.", "Wait until it is done."
                ) from None
        try:
            for left in folder.glob(f".{key.digest}.*.tmp"):
                left.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def files(self) -> list[Path]:
        """Every file of a feature, sorted by name."""
        return sorted(self.root.glob(f"[0-9a-f][0-9a-f]/*{SUFFIX}"))

    def entries(self) -> Iterator[Entry]:
        """What is there, by the headers; files that cannot be read are left to `verify`."""
        for path in self.files():
            try:
                yield Entry(path=path, bytes=path.stat().st_size, facts=read_facts(path))
            except (FileNotFoundError, DataDamagedError):
                continue

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.files())

    def verify(self, progress: Callable[[int, int], None] | None = None) -> list[Trouble]:
        """Read every file again; those that are not what was written. Nothing is changed."""
        found, files = [], self.files()
        for number, path in enumerate(files, 1):
            try:
                check_content(path)
            except DataDamagedError as error:
                found.append(Trouble(path=path, reason=error.message))
            except FileNotFoundError:
                pass  # Removed by another process since it was listed.
            if progress is not None:
                progress(number, len(files))
        return found

    def remove(self, path: Path) -> None:
        """Remove one file.

        Raises:
            StorageError: it cannot be removed.
        """
        with self._storage_errors():
            path.unlink(missing_ok=True)

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageError
            raise kind(
                f"features cannot be written to {self.root}: {error.strerror or error}.",
                f"Free some space, or name another folder with {FEATURES_VARIABLE}; what is there is kept.",
            ) from None
