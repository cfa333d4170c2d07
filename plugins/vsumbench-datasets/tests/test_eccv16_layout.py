"""The preprocessed files, read from tiny ones written by hand: whole, and damaged in every way we know."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eccv16_files as tiny
import h5py
import numpy as np
import pytest
from vsumbench_datasets.eccv16.content import video_digest
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.ovp.reader import open_ovp
from vsumbench_datasets.ovp.spec import OVP
from vsumbench_datasets.youtube39.reader import open_youtube39
from vsumbench_datasets.youtube39.spec import YOUTUBE_39

from vsumbench.data import folds_digest
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    DuplicateIdError,
    UnknownSettingError,
    VsumbenchError,
)

Damage = Callable[[h5py.Group], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of OVP without damage."""
    return tiny.write_ovp(tmp_path_factory.mktemp("ovp"))


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return Path(shutil.copy(whole, tmp_path / whole.name))


def read(folder: Path) -> None:
    """Read everything of the video that is damaged."""
    ovp = open_ovp(folder, "full")
    ovp.video_ids()
    ovp.video("video_7").features["googlenet-pool5"].read()
    ovp.annotations("video_7")


def test_a_video_is_read_as_it_was_written_key_by_key(whole: Path) -> None:
    ovp = open_ovp(whole.parent, "full")
    video, told = ovp.video("video_7"), ovp.annotations("video_7")
    written = dict(tiny.training_groups([7]))[7]
    assert (video.id, video.n_frames, video.fps, video.duration) == ("video_7", 87, 30.0, 87 / 30)
    assert video.picks.tolist() == [0, 15, 30, 45, 60, 75] and video.picks.dtype == np.int64
    assert video.change_points is not None and video.change_points.tolist() == [[0, 29], [30, 44], [45, 86]]
    feature = video.features["googlenet-pool5"]
    assert feature.spec.extractor == "googlenet-pool5@eccv16" and feature.steps == 6
    found = feature.read()
    assert found.dtype == np.float32 and (found == written["features"]).all()
    assert told.gtscore is not None and told.gtsummary is not None and told.user_summaries is not None
    assert told.gtscore.dtype == np.float64 and (told.gtscore == written["gtscore"]).all()
    assert told.gtsummary.tolist() == [False, False, True, False, False, False]
    assert told.user_summaries.dtype == bool and (told.user_summaries == written["user_summary"]).all()
    assert told.importance is None


def test_user_summaries_may_be_missing_from_a_set_for_training(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        del file["video_7/user_summary"]
    told = open_ovp(copy.parent, "full").annotations("video_7")
    assert told.user_summaries is None and told.annotators == 0 and told.gtscore is not None


def test_youtube_has_the_keys_of_the_published_split_files(tmp_path: Path) -> None:
    tiny.write_youtube(tmp_path)
    youtube = open_youtube39(tmp_path, "full")
    assert youtube.video_ids() == tuple(f"video_{n}" for n in tiny.YOUTUBE_NUMBERS)
    assert len(youtube.video_ids()) == 39 and youtube.status().complete
    with pytest.raises(UnknownSettingError, match="video_22"):
        youtube.video("video_22")


@pytest.mark.parametrize("place", ["", "datasets", "data"])
def test_the_file_is_found_where_published_archives_put_it(whole: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "ovp" / place).mkdir(parents=True)
    shutil.copy(whole, tmp_path / "ovp" / place)
    ovp = open_ovp(tmp_path / "ovp", "full")
    assert ovp.status().complete and ovp.video_ids() == tuple(f"video_{n}" for n in range(1, 51))


def test_an_absent_file_is_named_with_its_places_and_its_origin(tmp_path: Path) -> None:
    ovp = open_ovp(tmp_path, "full")
    assert ovp.status().present == () and "kingston.box.com" in ovp.status().missing[0]
    with pytest.raises(DataMissingError, match=r"nor in its datasets/ or data/") as caught:
        ovp.video_ids()
    assert "kingston.box.com" in str(caught.value.hint)


def test_folds_have_the_declared_digest_without_any_file(tmp_path: Path) -> None:
    for spec, dataset in ((OVP, open_ovp(tmp_path, "full")), (YOUTUBE_39, open_youtube39(tmp_path, "full"))):
        (split,) = spec.split_sets
        assert folds_digest(dataset.folds(split.id)) == split.digest
        assert len(dataset.folds(split.id)[0].test) == split.official_videos
        with pytest.raises(UnknownSettingError, match=f"{spec.id} split set 'canonical-nonoverlap'"):
            dataset.folds("canonical-nonoverlap")


def _set(key: str, change: Callable[[Any], Any]) -> Damage:
    def damage(group: h5py.Group) -> None:
        value = group[key][()]
        del group[key]
        group[key] = change(value)

    return damage


def _put(key: str, index: Any, value: Any) -> Damage:
    def damage(group: h5py.Group) -> None:
        group[key][index] = value

    return damage


def _gone(key: str) -> Damage:
    def damage(group: h5py.Group) -> None:
        del group[key]

    return damage


def _shots(*rows: tuple[int, int]) -> Damage:
    return _set("change_points", lambda _: np.array(rows, dtype=np.int64).reshape(-1, 2))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_gone("features"), r"video_7/features: expected an array, found only .*picks"),
        (_gone("gtscore"), r"video_7/gtscore: expected an array"),
        (_gone("gtsummary"), r"video_7/gtsummary: expected an array"),
        (_gone("change_points"), r"video_7/change_points: expected an array"),
        (_gone("n_frame_per_seg"), r"video_7/n_frame_per_seg: expected an array"),
        (_gone("n_frames"), r"video_7/n_frames: expected an array"),
        (_gone("n_steps"), r"video_7/n_steps: expected an array"),
        (_gone("picks"), r"video_7/picks: expected an array"),
        (_set("features", lambda a: a.astype(np.float64)), "features: expected float32, found dtype float64"),
        (_set("features", lambda a: a.astype(np.int32)), "features: expected float32, found dtype int32"),
        (_set("features", lambda a: a[:, :512]), r"features: expected shape \(6, 1024\), found shape \(6, 5"),
        (_set("features", lambda a: a[:-1]), r"features: expected shape \(6, 1024\), found shape \(5, 1024"),
        (_put("features", (3, 5), np.nan), r"features: expected finite numbers, found nan at \(3, 5\)"),
        (_set("gtscore", lambda a: a[1:]), r"gtscore: expected shape \(6\), found shape \(5,\)"),
        (_set("gtscore", lambda a: a[:, None]), r"gtscore: expected shape \(6\), found shape \(6, 1\)"),
        (_set("gtscore", lambda a: a.astype(int)), r"gtscore: expected real numbers .*found dtype int64"),
        (_put("gtscore", 2, np.inf), "gtscore: expected finite numbers, found inf at 2"),
        (_put("gtscore", 2, -0.5), "gtscore: expected values of at least 0, found -0.5 at 2"),
        (_put("gtsummary", 2, 0.5), "gtsummary: expected 0 and 1 alone"),
        (_set("gtsummary", lambda a: np.array([b"yes"] * 6)), "gtsummary: expected numbers, found dtype"),
        (_put("user_summary", (1, 4), 2), "user_summary: expected values of at most 1, found 2.0"),
        (_put("user_summary", (1, 4), np.nan), "user_summary: expected finite numbers"),
        (_set("user_summary", lambda a: a.T), r"user_summary: expected shape \(\*, 87\), found shape \(87,"),
        (_set("user_summary", lambda a: a[:0]), r"user_summary: expected shape \(\*, 87\), found shape \(0,"),
        (_set("n_frames", lambda a: a + 15), r"n_steps: expected 7: every 15th of 102 frames, found 6"),
        (_set("n_frames", lambda a: a - 1), r"change_points: expected shots from 0 to 85, found 0 to 86"),
        (_set("n_frames", lambda a: np.int64(0)), "n_frames: expected a number of at least 1, found 0"),
        (_set("n_frames", lambda a: a[None]), r"n_frames: expected shape \(\), found shape \(1,\)"),
        (_set("n_frames", lambda a: float(a)), "n_frames: expected whole numbers .*found dtype float64"),
        (_set("n_steps", lambda a: a + 1), "n_steps: expected 6: every 15th of 87 frames, found 7"),
        (_set("picks", lambda a: a[:-1]), r"picks: expected shape \(6\), found shape \(5,\)"),
        (_put("picks", 5, 87), "picks: expected strictly increasing frame indices below 87"),
        (_put("picks", 2, 15), "picks: expected strictly increasing frame indices below 87"),
        (_put("picks", 2, 29), "picks: expected 30 at 2, found 29"),
        (_set("picks", lambda a: a.astype(float)), "picks: expected whole numbers .*found dtype float64"),
        (_shots((0, 29), (31, 86)), "change_points: expected contiguous shots, found gaps"),
        (_shots((0, 29), (29, 86)), "change_points: expected contiguous shots, found gaps"),
        (_shots((1, 29), (30, 86)), "change_points: expected shots from 0 to 86, found 1 to 86"),
        (_shots((0, 29), (30, 87)), "change_points: expected shots from 0 to 86, found 0 to 87"),
        (_shots((0, 29), (30, 80)), "change_points: expected shots from 0 to 86, found 0 to 80"),
        (_shots(), r"change_points: expected shape \(\*, 2\), found shape \(0, 2\)"),
        (_set("change_points", lambda a: a[:, :1]), r"change_points: expected shape \(\*, 2\)"),
        (_set("change_points", lambda a: a + 0.5), "change_points: expected whole numbers"),
        (_put("n_frame_per_seg", 1, 16), "n_frame_per_seg: expected 15, the frames of shot 1, found 16"),
        (_set("n_frame_per_seg", lambda a: a[:2]), r"n_frame_per_seg: expected shape \(3\), found"),
    ],
)
def test_a_damaged_group_is_refused_with_file_and_key(copy: Path, damage: Damage, message: str) -> None:
    with h5py.File(copy, "r+") as file:
        damage(file["video_7"])
    with pytest.raises(DataDamagedError, match=message) as caught:
        read(copy.parent)
    assert copy.name in caught.value.message and "video_7/" in caught.value.message
    assert open_ovp(copy.parent, "full").video("video_8").n_frames == 88  # the others stay readable


def _rename(new: str) -> Damage:
    return lambda file: file.move("video_7", new)


def _array_for_group(file: h5py.Group) -> None:
    del file["video_7"]
    file["video_7"] = np.zeros(3)


def _twice(file: h5py.Group) -> None:
    del file["video_7"]
    file["video_7"] = file["video_6"]


def _soft_link(file: h5py.Group) -> None:
    del file["video_7"]
    file["video_7"] = h5py.SoftLink("/video_6")


def _external_link(file: h5py.Group) -> None:
    del file["video_7"]
    file["video_7"] = h5py.ExternalLink("/etc/hostname", "/video_7")


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (_gone("video_7"), DataDamagedError, r"expected the 50 groups .* found 49 groups, video_7 missing"),
        (lambda f: f.create_group("video_51"), DataDamagedError, r"found 51 groups, 'video_51' unknown"),
        (lambda f: f.create_group("vidéo_7"), DataDamagedError, r"found 51 groups, 'vidéo_7' unknown"),
        (_rename("video_07"), DataDamagedError, r"50 groups, video_7 missing, 'video_07' unknown"),
        (_array_for_group, DataDamagedError, r"video_7: expected a group, found an array"),
        (_twice, DuplicateIdError, r"video_7 is the same group as video_6"),
        (_soft_link, DataDamagedError, r"video_7: expected data in the file itself, found a link \(SoftLink"),
        (_external_link, DataDamagedError, r"video_7: expected data in the file itself, found a link"),
    ],
)
def test_a_file_with_other_groups_is_refused_and_is_a_problem(
    copy: Path, damage: Damage, error: type[VsumbenchError], message: str
) -> None:
    with h5py.File(copy, "r+") as file:
        damage(file)
    ovp = open_ovp(copy.parent, "full")
    assert ovp.status().present == () and copy.name in ovp.status().problems[0]
    with pytest.raises(error, match=message):
        ovp.video_ids()


def test_arrays_that_lie_in_other_files_are_not_read(copy: Path) -> None:
    def swap(make: Callable[[h5py.Group], None]) -> None:
        with h5py.File(copy, "r+") as file:
            del file["video_7/gtscore"]
            make(file["video_7"])
        with pytest.raises(DataDamagedError, match=r"gtscore: expected data in the file itself"):
            read(copy.parent)

    raw = copy.parent / "raw.bin"
    raw.write_bytes(np.zeros(6, np.float32).tobytes())
    swap(lambda g: g.create_dataset("gtscore", (6,), "f4", external=[(str(raw), 0, h5py.h5f.UNLIMITED)]))
    virtual = h5py.VirtualLayout((6,), "f4")
    virtual[:] = h5py.VirtualSource(str(copy), "video_6/gtscore", shape=(6,))
    swap(lambda g: g.create_virtual_dataset("gtscore", virtual))
    swap(lambda g: g.__setitem__("gtscore", h5py.SoftLink("/video_6/gtscore")))


def test_text_empty_and_truncated_files_are_refused_by_name(copy: Path) -> None:
    content = copy.read_bytes()
    cuts = [content[: len(content) * part // 8] for part in range(8)]
    for wrong in (b"<html>404</html>", *cuts, content[:-1]):
        copy.write_bytes(wrong)
        assert copy.name in open_ovp(copy.parent, "full").status().problems[0]
        with pytest.raises(DataDamagedError, match=f"{copy.name}: expected an HDF5 file"):
            read(copy.parent)


def test_flipped_bytes_never_end_in_anything_but_a_named_error(copy: Path) -> None:
    content = copy.read_bytes()
    # Of the structure, not of the features, which fill most of the file and where any bits are some number.
    structure = np.ones(len(content), dtype=bool)
    with h5py.File(copy) as file:
        for number in range(1, 51):
            stored = file[f"video_{number}/features"].id
            structure[stored.get_offset() : stored.get_offset() + stored.get_storage_size()] = False
    places = np.flatnonzero(structure).tolist()
    dice, refused = random.Random(5), 0
    for _ in range(60):
        changed = bytearray(content)
        for place in dice.sample(places, 20):
            changed[place] ^= 1 << dice.randrange(8)
        copy.write_bytes(changed)
        try:
            read(copy.parent)
        except VsumbenchError as error:
            assert copy.name in error.message
            refused += 1
    assert refused > 15


def test_the_fingerprint_follows_content_and_not_how_it_is_stored(copy: Path) -> None:
    def digest() -> str:
        ovp = open_ovp(copy.parent, "full")
        return video_digest(ovp.video("video_7"), ovp.annotations("video_7"))

    first, seventh = open_ovp(copy.parent, "full").fingerprint(), digest()
    with h5py.File(copy, "r+") as file:
        for name, dtype in (("change_points", np.int64), ("user_summary", np.uint8), ("picks", np.int32)):
            _set(name, lambda a, to=dtype: a.astype(to))(file["video_7"])  # type: ignore[misc]
    assert digest() == seventh
    with h5py.File(copy, "r+") as file:
        file["video_7/gtscore"][3] += 0.25
    assert open_ovp(copy.parent, "full").fingerprint() != first


def test_layouts_name_the_published_files_and_their_counts() -> None:
    assert {name: (layout.file, len(layout.ids)) for name, layout in LAYOUTS.items()} == {
        "summe": (tiny.SUMME, 25),
        "tvsum": (tiny.TVSUM, 50),
        "ovp": (tiny.OVP, 50),
        "youtube-39": (tiny.YOUTUBE, 39),
    }
    assert LAYOUTS["summe"].names == tiny.NAMES
