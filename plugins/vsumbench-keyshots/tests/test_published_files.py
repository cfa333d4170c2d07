"""The published files are enough: features and shots in one h5, and TVSum's raw ratings beside it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from vsumbench_datasets.tvsum.planted import make

from vsumbench.cli import main
from vsumbench.records.record import load_record

H5, RATINGS = "eccv16_dataset_tvsum_google_pool5.h5", "ydata-tvsum50.mat"


@pytest.mark.slow
def test_csta_runs_on_the_published_files_alone(tmp_path: Path) -> None:
    """50 generated videos under the published names, keys and types, read as the real ones are."""
    made = tmp_path / "made"
    made.mkdir()
    make(made)
    root = tmp_path / "root" / "tvsum"
    root.mkdir(parents=True)
    for name in (H5, RATINGS):
        (made / name).rename(root / name)
    with h5py.File(root / H5) as file:
        assert sorted(file) == sorted(f"video_{number}" for number in range(1, 51))
        video = file["video_1"]
        assert isinstance(video, h5py.Group)
        kinds = {key: (value.dtype.kind, value.ndim) for key, value in video.items()}
        assert kinds["features"] == ("f", 2) and np.asarray(video["features"]).dtype == np.float32
        assert {key for key, (kind, _) in kinds.items() if kind in "iu"} >= {
            *("change_points", "n_frame_per_seg", "n_frames", "n_steps", "picks")
        }
        assert {"gtscore", "gtsummary", "user_summary"} <= kinds.keys()
    words = ("run", "--model", "csta", "--dataset", "tvsum", "--data-root", str(root.parent))
    with pytest.raises(SystemExit) as ended:
        main([*words, "--runs", str(tmp_path / "runs"), "--set", "epochs=1", "--set", "width=64"])
    assert ended.value.code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    record = load_record(folder)
    assert (record.dataset.edition, record.model.preset, record.evidence) == ("full", "scratch", "full")
    tested = {score.protocol for score in record.scores}
    assert {"keyshot-f1-avg", "peruser-2fps", "peruser-full"} <= tested
