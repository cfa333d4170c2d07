"""VideoXum's edition `full`: annotations with the published features. Planted VideoXum under conformance."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from one_second_commands import command, run
from vsumbench_datasets.videoxum.frames import drawn_from
from vsumbench_datasets.videoxum.reader import open_videoxum
from vsumbench_datasets.videoxum.spec import PARTS, PLANTED_SIZES, VIDEOXUM

from vsumbench.errors import DataDamagedError, DataMissingError
from vsumbench.testing import conformance
from vsumbench.testing.reach import path_to_annotations

STEPS = 60
VIDEO, OTHER = "v_test_0", "v_test_1"
FOLDERS = {"blip": ("features", 768), "vt_clipscore": ("vision", 512)}

Write = Callable[..., Path]


def record(video_id: str) -> dict[str, Any]:
    """A record as published."""
    return {
        "video_id": video_id,
        "duration": STEPS - 0.27,
        "sampled_frames": STEPS,
        "timestamps": [[0.0, 30.0], [29.5, STEPS - 0.27]],
        "tsum": ["A man opens a door.", " He leaves!"],
        "vsum": [[[1, 3]] * 10, [[46, 48]] * 10],
        "vsum_onehot": [[int(person <= step < person + 9) for step in range(STEPS)] for person in range(10)],
    }


def vectors(rows: int, width: int) -> NDArray[np.float16]:
    return (np.arange(rows * width).reshape(rows, width) % 7 / 8).astype(np.float16)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """The tree of the authors' code. `rows(folder, video)`: rows of a feature file, None for no file."""

    def build(rows: Callable[[str, str], int | None] = lambda folder, video: STEPS) -> Path:
        (tmp_path / "ActivityNet" / "anno").mkdir(parents=True)
        ids = {part: [f"v_{part}_{n}" for n in range(2)] for part in PARTS}
        for part, videos in ids.items():
            path = tmp_path / "ActivityNet" / "anno" / PARTS[part]
            path.write_text(json.dumps([record(video) for video in videos]), encoding="utf-8")
        for folder, (key, width) in FOLDERS.items():
            home = tmp_path / "ActivityNet" / "feat" / folder
            home.mkdir(parents=True)
            for video in (video for videos in ids.values() for video in videos):
                count = rows(folder, video)
                if count is not None:
                    # As published: the CLIP files also hold an embedding of the reference text.
                    text = {} if folder == "blip" else {"text": np.ones((1, width), np.float16)}
                    np.savez(home / f"{video}.npz", **{key: vectors(count, width)}, **text)
        return tmp_path

    return build


def feature_path(folder: Path, kind: str, video: str = VIDEO) -> Path:
    return folder / "ActivityNet" / "feat" / kind / f"{video}.npz"


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A few planted videos, in a folder of these tests, instead of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_PLANTED", str(tmp_path_factory.mktemp("planted")))
        patch.setitem(PLANTED_SIZES, "planted", {"train": 8, "validation": 3, "test": 5})
        yield tmp_path_factory.mktemp("runs")


test_conformance = conformance("dataset", "videoxum")


def test_features_lie_beside_annotations_and_have_a_row_a_step(write: Write) -> None:
    videoxum = open_videoxum(write(), "full")
    assert videoxum.status().complete and len(videoxum.video_ids()) == 6 and videoxum.remarks() == ()
    video = videoxum.video(VIDEO)
    blip, clip = video.features["blip-vit-b16"].read(), video.features["vt-clip-vit-b16"].read()
    assert blip.shape == (STEPS, 768) and clip.shape == (STEPS, 512) and video.steps == STEPS
    assert blip.dtype == clip.dtype == np.float32 and (blip == vectors(STEPS, 768)).all()
    assert [edition.id for edition in VIDEOXUM.editions][:2] == ["full", "annotations"]


def test_the_embedding_of_the_reference_text_cannot_be_reached_from_a_video(write: Write) -> None:
    video = open_videoxum(write(), "full").video(VIDEO)
    assert set(video.features) == {"blip-vit-b16", "vt-clip-vit-b16"}
    assert path_to_annotations({"video": video}) is None
    read = video.features["vt-clip-vit-b16"].read
    assert "text" not in repr(read) and (read() != 1).all()


@pytest.mark.parametrize(
    ("clip", "blip", "steps"), [(STEPS - 1, STEPS, STEPS - 1), (STEPS + 1, STEPS + 2, STEPS), (57, 58, 57)]
)
def test_labels_and_features_of_other_lengths_are_cut_to_the_least_and_told_of(
    write: Write, clip: int, blip: int, steps: int
) -> None:
    counts = {"vt_clipscore": clip, "blip": blip}
    folder = write(lambda kind, video: counts[kind] if video == VIDEO else STEPS)
    videoxum = open_videoxum(folder, "full")
    video, told = videoxum.video(VIDEO), videoxum.annotations(VIDEO)
    assert video.steps == video.n_frames == steps
    assert told.user_summaries is not None and told.user_summaries.shape == (10, steps)
    for feature in video.features.values():
        assert feature.steps == len(feature.read()) == steps
    whole = open_videoxum(folder, "annotations")
    assert whole.video(VIDEO).steps == STEPS
    rows = whole.annotations(VIDEO).user_summaries
    assert rows is not None and (rows[:, :steps] == told.user_summaries).all()
    (line,) = videoxum.remarks()
    assert line.startswith("1 of 6 videos have other numbers of labels and feature rows and are cut to")
    assert f"{VIDEO} ({STEPS} labels, {blip} of blip-vit-b16, {clip} of vt-clip-vit-b16)" in line
    assert videoxum.video(OTHER).steps == STEPS


@pytest.mark.parametrize("rows", [STEPS - 4, STEPS + 4, 3, 900])
def test_features_of_another_video_are_refused(write: Write, rows: int) -> None:
    folder = write(lambda kind, video: rows if (kind, video) == ("blip", VIDEO) else STEPS)
    videoxum = open_videoxum(folder, "full")
    for ask in (videoxum.video, videoxum.annotations):
        with pytest.raises(
            DataDamagedError, match=rf"'{VIDEO}': expected about 60 rows, .* {rows} of blip-vit"
        ):
            ask(VIDEO)
    assert videoxum.video(OTHER).steps == STEPS


def test_full_is_present_only_where_both_feature_files_of_a_video_are(write: Write) -> None:
    folder = write(lambda kind, video: None if (kind, video) == ("vt_clipscore", VIDEO) else STEPS)
    videoxum = open_videoxum(folder, "full")
    status = videoxum.status()
    assert VIDEO not in status.present and status.present == videoxum.video_ids()
    assert status.missing == (f"ActivityNet/feat/vt_clipscore/{VIDEO}.npz",)
    assert VIDEO in videoxum.folds("official")[0].test


def test_without_features_a_command_gets_the_annotations(write: Write) -> None:
    folder = write(lambda kind, video: None)
    assert not open_videoxum(folder, "full").status().present
    (folder / "videoxum").mkdir()
    (folder / "ActivityNet").rename(folder / "videoxum" / "ActivityNet")
    code, out, _ = command("data", "verify", "videoxum", "--json", "--data-root", str(folder))
    assert code == 80 and json.loads(out)["edition"] == "annotations"  # six of 14 001 videos


def test_a_command_gets_the_edition_with_features_where_they_are(write: Write, small: Path) -> None:
    folder = write()
    (folder / "videoxum").mkdir()
    (folder / "ActivityNet").rename(folder / "videoxum" / "ActivityNet")
    code, out, _ = command("data", "verify", "videoxum", "--json", "--data-root", str(folder))
    assert code == 80 and json.loads(out)["edition"] == "full"
    found = run(small, "mean-position", "videoxum", "--data-root", str(folder), edition="auto")
    assert found["videoxum-top15/f1"] > 0


def _savez(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _zip(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def _pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}] * STEPS, dtype=object), allow_pickle=True)
    return _zip(features=stream.getvalue())


WHOLE = _savez(features=vectors(STEPS, 768))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected an npz file"),
        (b"not found", "expected an npz file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "expected an npz file"),
        (WHOLE[: len(WHOLE) // 2], "expected an npz file"),
        (WHOLE[:-10], "expected an npz file"),
        (_savez(vision=vectors(STEPS, 768)), "features: expected an array of this name, found only"),
        (
            _savez(features=vectors(STEPS, 512)),
            r"expected shape \(\*, 768\), found shape \(60, 512\)",
        ),
        (_savez(features=np.zeros(STEPS)), r"features: expected shape \(\*, 768\), found shape \(60,\)"),
        (_savez(features=np.zeros((1, STEPS, 768))), r"features: expected shape \(\*, 768\)"),
        (
            _savez(features=np.zeros((0, 768))),
            r"expected shape \(\*, 768\), found shape \(0, 768\)",
        ),
        (_zip(features=b"\x93NUMPY\x09\x00"), "expected an npz file"),
        (_zip(features=b"nothing of the kind"), "expected an npz file"),
        (_pickled(), r"features: expected shape \(\*, 768\), found shape \(60,\)"),
    ],
)
def test_a_damaged_feature_file_is_refused_by_name_before_it_is_read(
    write: Write, content: bytes, message: str
) -> None:
    folder = write()
    feature_path(folder, "blip").write_bytes(content)
    with pytest.raises(DataDamagedError, match=message) as caught:
        open_videoxum(folder, "full").video(VIDEO)
    assert f"{VIDEO}.npz" in caught.value.message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_no_numbers_are_refused_when_they_are_read(write: Write, value: float) -> None:
    folder = write()
    values = vectors(STEPS, 512)
    values[5, 7] = value
    np.savez(feature_path(folder, "vt_clipscore"), vision=values, text=values[:1])
    feature = open_videoxum(folder, "full").video(VIDEO).features["vt-clip-vit-b16"]
    with pytest.raises(DataDamagedError, match=r"v_test_0\.npz: vision: expected finite numbers"):
        feature.read()


def test_a_byte_that_changed_inside_a_feature_file_is_refused_when_it_is_read(write: Write) -> None:
    folder = write()
    path = feature_path(folder, "blip")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataDamagedError, match=r"v_test_0\.npz: expected an npz file"):
        open_videoxum(folder, "full").video(VIDEO).features["blip-vit-b16"].read()


def test_a_feature_file_that_goes_away_is_named(write: Write) -> None:
    folder = write()
    videoxum = open_videoxum(folder, "full")
    feature = videoxum.video(VIDEO).features["blip-vit-b16"]
    feature_path(folder, "blip").unlink()
    with pytest.raises(DataMissingError, match=r"v_test_0\.npz does not exist"):
        feature.read()


def test_the_fingerprint_follows_annotations_and_arrays_but_not_how_they_are_packed(write: Write) -> None:
    folder = write()
    whole = open_videoxum(folder, "full").fingerprint()
    assert whole != open_videoxum(folder, "annotations").fingerprint()
    path = feature_path(folder, "blip")
    np.savez_compressed(path, features=vectors(STEPS, 768))
    assert open_videoxum(folder, "full").fingerprint() == whole
    np.savez(path, features=vectors(STEPS, 768) + 1)
    assert open_videoxum(folder, "full").fingerprint() != whole


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("vsum_onehot", [[float("0.5")] * STEPS] * 10, "values 0 and 1"),
        ("vsum_onehot", {"a": 1}, "expected 10 rows, one an annotator, found dict"),
        ("sampled_frames", "60", "sampled_frames: expected a whole number above 0, found '60'"),
        ("duration", True, "duration: expected a positive number of seconds, found True"),
        ("duration", None, "duration: expected a positive number of seconds, found None"),
        ("tsum", ["Fine.", 7], r"tsum\[1\]: expected a sentence, found 7"),
        ("timestamps", [[0, 30], ["29", 59]], r"timestamps\[1\]: expected a start and an end"),
        ("timestamps", "all", "timestamps: expected 2 segments, one a sentence, found str"),
        ("vsum", [[[3, 1]] * 10, [[46, 48]] * 10], r"vsum\[0\]\[0\]: expected a segment within"),
    ],
)
def test_further_records_of_another_layout_are_refused_in_every_edition(
    write: Write, key: str, value: Any, message: str
) -> None:
    folder = write()
    path = folder / "ActivityNet" / "anno" / PARTS["test"]
    records = json.loads(path.read_text(encoding="utf-8"))
    records[0][key] = value
    path.write_text(json.dumps(records), encoding="utf-8")
    for edition in ("full", "annotations"):
        videoxum = open_videoxum(folder, edition)
        with pytest.raises(DataDamagedError, match=message):
            videoxum.annotations(VIDEO)
        assert videoxum.annotations(OTHER).annotators == 10


def test_a_segment_that_was_turned_round_is_told_of(write: Write) -> None:
    folder = write()
    path = folder / "ActivityNet" / "anno" / PARTS["train"]
    records = json.loads(path.read_text(encoding="utf-8"))
    records[0] |= {"video_id": "v_rhOtqArO-3Y", "timestamps": [[30.0, 0.0], [29.5, 59.0]]}
    path.write_text(json.dumps(records), encoding="utf-8")
    (line,) = open_videoxum(folder, "annotations").remarks()
    assert "'v_rhOtqArO-3Y'" in line and "turned round" in line


def test_planted_videos_say_what_their_frames_are_drawn_from(small: Path) -> None:
    code, out, _ = command("data", "make", "videoxum", "--json")
    assert code == 0
    videoxum = open_videoxum(Path(json.loads(out)["folder"]), "planted")
    one, other = (videoxum.video(video) for video in videoxum.video_ids()[:2])
    assert one.source is not None and other.source is not None
    assert one.source() == drawn_from(one.id) != other.source()
    assert drawn_from("v_planted00000") == (
        "f9dcde194566c7555fa3aee2b34e51e3ef5e8485458d77ef173a1bf867d429a3"
    )
