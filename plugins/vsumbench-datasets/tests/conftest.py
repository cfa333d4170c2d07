"""Real data where they are, and tiny files in the real layouts where not; helpers become importable."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real annotations; the test is skipped without it."""
    folder = Path(os.environ.get("VSUMBENCH_SHARED", ROOT.parent / "shared")) / "data"
    if not (folder / "summe" / "GT").is_dir():
        pytest.skip("no real annotations: set VSUMBENCH_SHARED")
    return folder


@pytest.fixture(scope="session")
def keyed_originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with tiny whole files of all four keyed sets; not to be changed."""
    import eccv16_files

    return eccv16_files.write_root(tmp_path_factory.mktemp("keyed"))


@pytest.fixture
def keyed_root(keyed_originals: Path, tmp_path: Path) -> Path:
    """A copy to be changed."""
    return Path(shutil.copytree(keyed_originals, tmp_path / "root"))


def ground_truth(frames: int = 60, users: int = 15) -> dict[str, Any]:
    """The variables of a SumMe file, consistent with one another."""
    scores = np.zeros((frames, users), dtype=np.uint8)
    for user in range(users):
        scores[user : user + 8, user] = 1 + user % 3
    return {
        "user_score": scores,
        "gt_score": (scores > 0).mean(axis=1, keepdims=True),
        "nFrames": np.uint16(frames),
        "FPS": np.float64(25.0),
        "video_duration": np.float64(frames / 25.0),
    }


@pytest.fixture
def write_ground_truth(tmp_path: Path) -> Callable[..., Path]:
    """Writes `GT/<name>.mat` with changed (None: missing) variables; returns the dataset's folder."""

    def write(name: str = "Jumps", compress: bool = False, **changes: Any) -> Path:
        folder = tmp_path / "summe"
        (folder / "GT").mkdir(parents=True, exist_ok=True)
        variables = {**ground_truth(), **changes}
        kept = {key: value for key, value in variables.items() if value is not None}
        scipy.io.savemat(folder / "GT" / f"{name}.mat", kept, do_compression=compress)
        return folder

    return write


@pytest.fixture
def write_tvsum(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of 50 tiny videos; `change(key, index, array)` alters or drops (None) a cell."""

    def write(
        change: Callable[[str, int, Any], Any] = lambda key, index, array: array, videos: int = 50
    ) -> Path:
        folder = tmp_path / "tvsum"
        folder.mkdir(exist_ok=True)
        with h5py.File(folder / "ydata-tvsum50.mat", "w") as file:
            columns: dict[str, list[Any]] = {}
            for index in range(videos):
                ratings = 1.0 + (np.arange(20)[:, None] + np.arange(40 + index)[None, :]) % 5
                cells = {
                    "video": np.array([[ord(c)] for c in f"youtube{index:04d}"], dtype=np.uint16),
                    "length": np.array([[2.0 + index]]),
                    "nframes": np.array([[40.0 + index]]),
                    "user_anno": ratings,
                    "gt_score": ratings.mean(axis=0, keepdims=True),
                }
                for key, array in cells.items():
                    stored = change(key, index, array)
                    if stored is not None:
                        made = file.create_dataset(f"#refs#/{key}{index}", data=stored)
                        columns.setdefault(key, []).append(made.ref)
            for key, refs in columns.items():
                column = file.create_dataset(f"tvsum50/{key}", (len(refs), 1), dtype=h5py.ref_dtype)
                for index, ref in enumerate(refs):
                    column[index, 0] = ref
        return folder

    return write
