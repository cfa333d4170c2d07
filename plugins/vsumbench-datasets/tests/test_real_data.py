"""The real annotations, where they are: what is published about them holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from vsumbench_datasets.summe.reader import SumMe, open_summe
from vsumbench_datasets.summe.spec import SUMME
from vsumbench_datasets.tvsum.reader import TvSum, open_tvsum
from vsumbench_datasets.tvsum.spec import TVSUM

from vsumbench.contracts import DatasetSpec
from vsumbench.data import open_edition, verify_edition
from vsumbench.importing import load_implementation


@pytest.fixture(scope="module")
def summe(shared_data: Path) -> SumMe:
    return open_summe(shared_data / "summe", "annotations")


@pytest.fixture(scope="module")
def tvsum(shared_data: Path) -> TvSum:
    return open_tvsum(shared_data / "tvsum", "annotations")


@pytest.mark.parametrize(
    ("spec", "videos", "annotations", "frames", "files"),
    [(SUMME, 25, 390, 109_820, 25), (TVSUM, 50, 1_000, 352_353, 1)],
    ids=["summe", "tvsum"],
)
def test_the_real_files_verify_with_the_published_counts(
    shared_data: Path, spec: DatasetSpec, videos: int, annotations: int, frames: int, files: int
) -> None:
    edition = spec.edition("annotations")
    assert edition is not None
    folder = shared_data / spec.id
    dataset = open_edition(
        spec, edition, folder, lambda dotted: load_implementation(dotted, what="the test", extras=())
    )
    found = verify_edition(spec, edition, folder, dataset)
    assert found.problems == ()
    assert found.statistics == {"videos": videos, "annotations": annotations, "frames": frames, "texts": 0}
    assert found.checksums == files
    assert found.status.complete


def test_names_follow_the_published_index(shared_data: Path, summe: SumMe, tvsum: TvSum) -> None:
    for reader, column in ((summe, "name"), (tvsum, "video_id")):
        lines = (reader.folder / "index.csv").read_text(encoding="utf-8").splitlines()
        head = lines[0].split(",")
        rows = [dict(zip(head, line.split(","), strict=True)) for line in lines[1:]]
        assert {row["key"]: row[column] for row in rows} == reader.names
        assert [int(row["n_frames"]) for row in rows] == [
            reader.video(v).n_frames for v in reader.video_ids()
        ]


def test_an_annotator_of_summe_selects_between_5_and_16_percent_of_a_video(summe: SumMe) -> None:
    shares = []
    for video_id in summe.video_ids():
        told = summe.annotations(video_id)
        assert told.importance is not None and told.user_summaries is not None
        assert ((told.importance > 0) == told.user_summaries).all()
        shares.extend(told.user_summaries.mean(axis=1))
    assert len(shares) == 390
    assert min(shares) > 0.045 and max(shares) < 0.16


def test_the_agreement_of_summe_annotators_is_the_measured_one(shared_data: Path, summe: SumMe) -> None:
    checks = json.loads((shared_data / "checks.json").read_text(encoding="utf-8"))
    expected = checks["rank_correlation"]["measured"]["summe_rank_coded_pair_per_video"]["Jumps"]
    video_id = next(video for video, name in summe.names.items() if name == "Jumps")
    rows = summe.annotations(video_id).importance
    assert rows is not None
    taus = [
        scipy.stats.kendalltau(rows[a], rows[b]).statistic
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
    ]
    assert np.mean(taus) == pytest.approx(expected["tau"], abs=1e-9)


def test_tvsum_ratings_are_whole_numbers_on_two_second_shots(tvsum: TvSum) -> None:
    video = tvsum.video("video_1")
    rows = tvsum.annotations("video_1").importance
    assert rows is not None and rows.shape == (20, 10_597) and tvsum.name("video_1") == "AwmHb44_ouw"
    assert set(np.unique(rows)) == {1.0, 2.0, 3.0, 4.0, 5.0}
    changes = np.flatnonzero((np.diff(rows, axis=1) != 0).any(axis=0))
    assert np.diff(changes).min() > 1.9 * video.fps
    assert video.duration * video.fps == pytest.approx(video.n_frames)
    assert video.steps == -(-video.n_frames // 15)


@pytest.mark.parametrize(("reader", "name"), [("summe", "SumMe"), ("tvsum", "TVSum")])
def test_the_folds_equal_the_published_files(
    shared_data: Path, reader: str, name: str, request: pytest.FixtureRequest
) -> None:
    dataset = request.getfixturevalue(reader)
    lines = (shared_data / "splits" / "csta" / f"{name}_splits.txt").read_text(encoding="utf-8").split()
    csta = [line.split("/") for line in lines]
    redraw = json.loads((shared_data / "splits" / "pglsum" / f"{reader}_splits.json").read_text())
    for fold, (_, split, train, test) in zip(dataset.folds("canonical-nonoverlap"), csta, strict=True):
        assert fold.name == split
        assert (set(fold.train), set(fold.test)) == (set(train.split(",")), set(test.split(",")))
    for fold, split in zip(dataset.folds("canonical-redraw"), redraw, strict=True):
        assert (set(fold.train), set(fold.test)) == (set(split["train_keys"]), set(split["test_keys"]))


def test_a_real_file_cut_short_is_refused_by_name(shared_data: Path, tmp_path: Path) -> None:
    from vsumbench.errors import DataDamagedError

    content = (shared_data / "summe" / "GT" / "Jumps.mat").read_bytes()
    (tmp_path / "GT").mkdir()
    for share in (0.01, 0.3, 0.9, 0.999):
        (tmp_path / "GT" / "Jumps.mat").write_bytes(content[: int(share * len(content))])
        with pytest.raises(DataDamagedError, match=r"Jumps\.mat"):
            open_summe(tmp_path, "annotations").video("video_12")
    content = (shared_data / "tvsum" / "ydata-tvsum50.mat").read_bytes()
    for share in (0.001, 0.5, 0.99):
        (tmp_path / "ydata-tvsum50.mat").write_bytes(content[: int(share * len(content))])
        with pytest.raises(DataDamagedError, match=r"ydata-tvsum50\.mat"):
            open_tvsum(tmp_path, "annotations").video("video_1")
