"""Edition `full` of SumMe and TVSum: the preprocessed file joined with ratings in every published form."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eccv16_files as tiny
import h5py
import numpy as np
import pytest
import scipy.io
from vsumbench_datasets.eccv16.content import video_digest
from vsumbench_datasets.summe.spec import SUMME
from vsumbench_datasets.tvsum.spec import TVSUM

from vsumbench.contracts import DatasetSpec
from vsumbench.data import DataRoot, ResolvedEdition, resolve_edition
from vsumbench.errors import DataDamagedError, DataMissingError
from vsumbench.importing import load_implementation


def resolve(spec: DatasetSpec, root: Path, asked: str = "auto") -> ResolvedEdition:
    return resolve_edition(
        spec,
        DataRoot(root, True, "--data-root"),
        asked,
        load=lambda dotted: load_implementation(dotted, what="the test", extras=()),
    )


def test_summe_has_features_and_what_each_person_chose(keyed_originals: Path) -> None:
    dataset = tiny.summe(keyed_originals)
    assert dataset.status().complete and dataset.video_ids() == tuple(f"video_{n}" for n in range(1, 26))
    video, told = dataset.video("video_12"), dataset.annotations("video_12")
    assert (video.n_frames, video.fps, video.duration) == (92, 25.0, 92 / 25)
    assert video.features["googlenet-pool5"].read().shape == (7, 1024) and video.change_points is not None
    assert told.coding == "segment" and told.grid == "frames" and told.importance is not None
    assert (told.importance == tiny.codes_of(12).T).all()
    assert told.user_summaries is not None and (told.user_summaries == (told.importance > 0)).all()
    assert told.gtscore is not None and told.gtscore.shape == (7,)
    assert told.gtsummary is not None and told.gtsummary.dtype == bool
    assert told.importance.max() == 2.0 and told.annotators == 15


def test_tvsum_has_features_ratings_and_summaries(keyed_originals: Path) -> None:
    dataset = tiny.tvsum(keyed_originals)
    assert dataset.status().complete and len(dataset.video_ids()) == 50
    video, told = dataset.video("video_3"), dataset.annotations("video_3")
    assert (video.n_frames, video.duration, video.fps) == (83, 63.0, 83 / 63)
    assert told.importance is not None and (told.importance == tiny.ratings_of(3)).all()
    assert told.coding == "rating" and told.user_summaries is not None
    assert (told.user_summaries == (tiny.ratings_of(3) > 3)).all()
    assert told.gtscore == pytest.approx((tiny.ratings_of(3).mean(axis=0)[::15] - 1) / 4, abs=1e-6)


@pytest.mark.parametrize("form", ["text", "text without lengths", "inside the file"])
def test_tvsum_ratings_are_read_in_every_published_form(
    keyed_originals: Path, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "tvsum"
    tiny.write_tvsum(folder, raw=form == "inside the file")
    if form != "inside the file":
        tiny.write_text(folder / "data", info=form == "text")
    matlab, other = tiny.tvsum(keyed_originals), tiny.tvsum(tmp_path)
    assert other.status().complete
    for video_id in ("video_1", "video_27", "video_50"):
        assert (other.annotations(video_id).importance == matlab.annotations(video_id).importance).all()
        video = other.video(video_id)
        known = matlab.video(video_id)
        if form == "text":
            assert (video.duration, video.fps) == (known.duration, known.fps)
        else:
            assert (video.duration, video.fps) == (known.n_frames / 30, 30.0)
    digests = {video_digest(one.video("video_9"), one.annotations("video_9")) for one in (other, matlab)}
    assert (len(digests) == 1) == (form == "text")


def test_summe_ratings_inside_an_extended_file_are_read(keyed_originals: Path, tmp_path: Path) -> None:
    tiny.write_summe(tmp_path / "summe", raw=True)
    other, known = tiny.summe(tmp_path), tiny.summe(keyed_originals)
    told = other.annotations("video_20")
    assert (told.importance == known.annotations("video_20").importance).all()
    assert told.coding == "segment" and other.video("video_20").fps == 30.0


def test_auto_takes_the_full_edition_where_both_halves_are_there(keyed_originals: Path) -> None:
    for spec in (SUMME, TVSUM):
        assert resolve(spec, keyed_originals).edition.id == "full"
        assert spec.editions[0].id == "full"


def test_ratings_alone_are_the_annotations_edition_and_the_file_is_what_is_missing(keyed_root: Path) -> None:
    for spec, name in ((SUMME, tiny.SUMME), (TVSUM, tiny.TVSUM)):
        (keyed_root / spec.id / name).unlink()
        assert resolve(spec, keyed_root).edition.id == "annotations"
        full = tiny.summe(keyed_root) if spec is SUMME else tiny.tvsum(keyed_root)
        status = full.status()
        assert not status.present and not status.problems
        assert len(status.missing) == 1 and name in status.missing[0] and "kingston.box" in status.missing[0]
        with pytest.raises(DataMissingError, match=name) as caught:
            full.video_ids()
        assert "kingston.box.com" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("spec", "gone", "wanted"),
    [(SUMME, "GT", r"GT/<name>\.mat .*SumMe\.zip"), (TVSUM, "ydata-tvsum50.mat", r"ydata-tvsum50-anno\.tsv")],
)
def test_a_file_without_ratings_says_which_ratings_to_get(
    keyed_root: Path, spec: DatasetSpec, gone: str, wanted: str
) -> None:
    path = keyed_root / spec.id / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    full = tiny.summe(keyed_root) if spec is SUMME else tiny.tvsum(keyed_root)
    (line,) = full.status().problems
    assert not full.status().present and "the raw ratings are not" in line
    for asked in ("auto", "full"):
        with pytest.raises(DataMissingError, match=wanted):
            resolve(spec, keyed_root, asked)


def test_a_truncated_file_is_not_passed_over_for_the_ratings_alone(keyed_root: Path) -> None:
    path = keyed_root / "tvsum" / tiny.TVSUM
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataDamagedError, match=r"edition 'full': .*truncated file") as caught:
        resolve(TVSUM, keyed_root)
    assert "Or use `--edition annotations`" in caught.value.hint
    assert len(resolve(TVSUM, keyed_root, "annotations").status.present) == 50


def test_a_missing_ground_truth_is_one_missing_video(keyed_root: Path) -> None:
    (keyed_root / "summe" / "GT" / "Jumps.mat").unlink()
    dataset = tiny.summe(keyed_root)
    assert dataset.status().missing == ("video_12 (GT/Jumps.mat)",)
    assert len(dataset.video_ids()) == 24 and dataset.status().present == dataset.video_ids()
    assert "video_12 (GT/Jumps.mat)" in resolve(SUMME, keyed_root).notices[0]
    assert dataset.video("video_13").n_frames == 93


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("video_name", lambda v: b"Cooking", "video_name: expected 'Jumps', found 'Cooking'"),
        ("video_name", lambda v: "Jümps".encode(), "video_name: expected 'Jumps', found 'Jümps'"),
        ("video_name", lambda v: b"\xff\xfe", "video_name: expected UTF-8 text"),
        ("video_name", lambda v: 7, "video_name: expected a string, found dtype int64"),
        ("user_summary", lambda v: v[:14], "user_summary: expected 15 to 18 annotators, found 14"),
        (
            "user_summary",
            lambda v: np.vstack([v, v[:1]]),
            r"user_summary: expected shape \(15, 92\), as user_score has, found shape \(16, 92\)",
        ),
        (
            "user_summary",
            lambda v: v[::-1],
            r"user_summary: expected user_score > 0 of SumMe's ground truth, found 0 of annotator 0 at",
        ),
    ],
)
def test_a_file_of_summe_that_is_not_of_these_annotators_is_refused(
    keyed_root: Path, key: str, change: Callable[[Any], Any], message: str
) -> None:
    tiny.change_array(keyed_root / "summe" / tiny.SUMME, f"video_12/{key}", change)
    with pytest.raises(DataDamagedError, match=message) as caught:
        tiny.summe(keyed_root).annotations("video_12")
    assert tiny.SUMME in caught.value.message


def test_a_name_that_is_missing_is_refused(keyed_root: Path) -> None:
    with h5py.File(keyed_root / "summe" / tiny.SUMME, "r+") as file:
        del file["video_12/video_name"]
    with pytest.raises(DataDamagedError, match="video_12/video_name: expected a string, found nothing"):
        tiny.summe(keyed_root).video("video_12")


def test_ratings_of_another_length_are_refused(keyed_root: Path) -> None:
    path = keyed_root / "summe" / "GT" / "Jumps.mat"
    shutil.copy(keyed_root / "summe" / "GT" / "Cooking.mat", path)
    with pytest.raises(
        DataDamagedError, match="video_12/n_frames: expected 88, as the ratings have, found 92"
    ):
        tiny.summe(keyed_root).video("video_12")


def test_a_ground_truth_that_names_other_frames_is_refused(keyed_root: Path) -> None:
    path = keyed_root / "summe" / "GT" / "Jumps.mat"
    codes = np.roll(tiny.codes_of(12), 1, axis=0)
    changed = {"user_score": codes, "gt_score": (codes > 0).mean(axis=1, keepdims=True)}
    kept = {k: v for k, v in scipy.io.loadmat(path).items() if not k.startswith("__")}
    scipy.io.savemat(path, {**kept, **changed})
    with pytest.raises(DataDamagedError, match=r"user_score > 0 .* of 1380 differ\)"):
        tiny.summe(keyed_root).annotations("video_12")


def test_tvsum_needs_all_twenty_annotators(keyed_root: Path) -> None:
    tiny.change_array(keyed_root / "tvsum" / tiny.TVSUM, "video_5/user_summary", lambda v: v[:19])
    with pytest.raises(DataDamagedError, match="video_5/user_summary: expected 20 annotators, found 19"):
        tiny.tvsum(keyed_root).annotations("video_5")


def test_ratings_of_another_video_of_the_same_length_are_recognised_by_gtscore(keyed_root: Path) -> None:
    tiny.change_array(keyed_root / "tvsum" / tiny.TVSUM, "video_5/gtscore", lambda v: v[::-1])
    with pytest.raises(
        DataDamagedError, match=r"video_5/gtscore: expected scores in the order .* ratings of"
    ):
        tiny.tvsum(keyed_root).annotations("video_5")


def test_a_constant_gtscore_is_no_order_and_constant_ratings_ask_for_none(keyed_root: Path) -> None:
    path = keyed_root / "tvsum" / tiny.TVSUM
    tiny.change_array(path, "video_5/gtscore", lambda v: v * 0 + np.float32(0.5))
    with pytest.raises(DataDamagedError, match=r"rank correlation 0\.000"):
        tiny.tvsum(keyed_root).annotations("video_5")
    with h5py.File(keyed_root / "tvsum" / "ydata-tvsum50.mat", "r+") as file:
        for key in ("user_anno", "gt_score"):
            file[f"#refs#/{key}5"][...] = 3.0
    assert tiny.tvsum(keyed_root).annotations("video_5").gtscore is not None


def test_raw_ratings_inside_a_file_are_held_to_their_range(tmp_path: Path) -> None:
    path = tiny.write_tvsum(tmp_path / "tvsum", raw=True)
    for change, message in (
        (lambda v: v * 2, "user_scores: expected values of at most 5"),
        (lambda v: v + np.float32(0.5) * (v < 5), "user_scores: expected whole numbers, found fractions"),
        (lambda v: v[:, :-1], r"user_scores: expected shape \(\*, 84\)"),
    ):
        with h5py.File(path) as file:
            kept = file["video_4/user_scores"][()]
        tiny.change_array(path, "video_4/user_scores", change)
        with pytest.raises(DataDamagedError, match=message):
            tiny.tvsum(tmp_path).annotations("video_4")
        tiny.change_array(path, "video_4/user_scores", lambda _, kept=kept: kept)
    with h5py.File(path, "r+") as file:
        del file["video_4/user_scores"]
    with pytest.raises(DataDamagedError, match="video_4/user_scores: expected ratings, as other videos have"):
        tiny.tvsum(tmp_path).annotations("video_4")
