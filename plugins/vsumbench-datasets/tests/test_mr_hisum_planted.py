"""Planted Mr. HiSum: the published layout again, its split file, conformance and whole runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from one_second_commands import run
from vsumbench_datasets.mr_hisum import planted
from vsumbench_datasets.mr_hisum.planted import arrays, make, planted_script
from vsumbench_datasets.mr_hisum.reader import open_mr_hisum
from vsumbench_datasets.mr_hisum.spec import H5, METADATA, MR_HISUM, PLANTED_SIZES, SPLIT

from vsumbench.data import sha256_arrays, verify_edition
from vsumbench.errors import DataDamagedError, DuplicateIdError
from vsumbench.testing import conformance

FINGERPRINT = "0b74c1f914880707db7774d72931b3ba7d48954161a138531c0580f9d4837674"
"""Version 1.1 of the planted edition. It must never change: another generator is another version."""
DIGESTS = {
    1: "bd2d43201d76b6cf9686b78d4672955f3f3f72f59b4bdbb25d4cae3ee1bf6180",
    400: "644386db0d97f6bc5dcfe7f88ff3a08c175cac7bcfb5e0589c27104f427bfcfe",
}
"""Number of a planted video → digest of the arrays of its group."""
SMALL = {"train": 12, "val": 4, "test": 5}


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A few planted videos, in a folder of these tests, instead of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_PLANTED", str(tmp_path_factory.mktemp("planted")))
        patch.setattr(planted, "PLANTED_SIZES", SMALL)
        yield tmp_path_factory.mktemp("runs")


test_conformance = conformance("dataset", "mr-hisum")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    make(folder)
    return folder


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("[]", DataDamagedError, "expected an object with train_keys, val_keys, test_keys, found list"),
        ('{"train_keys": ["video_1"]}', DataDamagedError, "expected an object with train_keys, val_keys"),
        (
            '{"train_keys": [], "val_keys": ["video_1"], "test_keys": ["video_2"]}',
            DataDamagedError,
            "train_keys: expected a list of video ids, not empty",
        ),
        (
            '{"train_keys": [7], "val_keys": ["video_1"], "test_keys": ["video_2"]}',
            DataDamagedError,
            "train_keys: expected ids like video_1, found 7",
        ),
        (
            '{"train_keys": ["video_1"], "val_keys": ["video_2"], "test_keys": ["video_1"]}',
            DuplicateIdError,
            "'video_1' stands twice: in train_keys and in test_keys",
        ),
        ('{"train_keys": ["video_1"', DataDamagedError, "expected JSON"),
    ],
)
def test_a_split_file_of_another_layout_is_refused(
    edition: Path, tmp_path: Path, content: str, error: type[Exception], message: str
) -> None:
    (tmp_path / H5).symlink_to(edition / H5)
    (tmp_path / SPLIT).write_text(content, encoding="utf-8")
    with pytest.raises(error, match=message):
        open_mr_hisum(tmp_path, "planted").folds("official")


def test_the_planted_edition_is_read_by_the_same_reader(edition: Path) -> None:
    hisum = open_mr_hisum(edition, "planted")
    assert hisum.status().complete
    (fold,) = hisum.folds("official")
    assert [len(part) for part in (fold.train, fold.validation, fold.test)] == list(SMALL.values())
    agreement = []
    for video_id in hisum.video_ids():
        video, told = hisum.video(video_id), hisum.annotations(video_id)
        script = planted_script(int(video_id.removeprefix("video_")))
        assert video.steps == script.seconds and hisum.youtube_id(video_id) == script.id
        assert video.change_points is not None and told.gtscore is not None and told.gtsummary is not None
        # No scene shares a shot, and the summary fills its budget with whole shots.
        starts = set(video.change_points[:, 0].tolist())
        assert {scene.start for scene in script.scenes} <= starts
        assert 0 < told.gtsummary.sum() <= 3 * script.seconds // 20
        assert told.gtscore.min() >= 0 and told.gtscore.max() <= 1
        agreement.append(np.corrcoef(told.gtscore, script.salience())[0, 1])
    # Many viewers together find what is salient.
    assert np.mean(agreement) > 0.8


def test_what_a_planted_video_holds_is_version_1_1() -> None:
    found = {number: sha256_arrays(arrays(planted_script(number))) for number in (1, 400)}
    assert found == DIGESTS


def test_two_makes_write_the_same_arrays(edition: Path, tmp_path: Path) -> None:
    make(tmp_path)
    one, other = (open_mr_hisum(folder, "planted").fingerprint() for folder in (edition, tmp_path))
    assert one == other
    for name in (METADATA, SPLIT):
        assert (edition / name).read_bytes() == (tmp_path / name).read_bytes()


def test_reference_rows_run_on_the_planted_edition(small: Path) -> None:
    values = {model: run(small, model, "mr-hisum") for model in ("random", "mean-position", "oracle")}
    assert all(
        set(found) == {f"mrhisum/{name}" for name in ("f1", "map50", "map15")} for found in values.values()
    )
    for floor in ("random", "mean-position"):
        assert all(values["oracle"][name] > values[floor][name] for name in values["oracle"])
    assert values["oracle"]["mrhisum/map15"] == 100 and values["oracle"]["mrhisum/f1"] > 60


@pytest.mark.slow
def test_the_whole_planted_edition_is_version_1_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planted, "PLANTED_SIZES", PLANTED_SIZES)
    make(tmp_path)
    spec = MR_HISUM.edition("planted")
    assert spec is not None and spec.version == "1.1"
    found = verify_edition(MR_HISUM, spec, tmp_path, open_mr_hisum(tmp_path, "planted"))
    # Only the manifest, which `vsumbench data make` writes, is not here.
    assert [line for line in found.problems if "planted.json" not in line] == []
    assert found.statistics["videos"] == 400
    assert found.fingerprint == FINGERPRINT
