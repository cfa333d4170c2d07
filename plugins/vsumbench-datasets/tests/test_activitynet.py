"""ActivityNet Captions: small files in the real layout, whole and damaged; the planted and the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from one_second_commands import command, run
from vsumbench_datasets.activitynet import planted
from vsumbench_datasets.activitynet.entities import entities_tests, is_published
from vsumbench_datasets.activitynet.planted import entry, make, planted_id
from vsumbench_datasets.activitynet.reader import ActivityNetCaptions, open_activitynet
from vsumbench_datasets.activitynet.spec import ACTIVITYNET_CAPTIONS, FILES, PLANTED_SIZES

from vsumbench.data import sha256_arrays, sha256_json, verify_edition
from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError, UnknownSettingError
from vsumbench.planted import TARGET, step_features, write_script
from vsumbench.running.caption_references import read_captions
from vsumbench.testing import conformance

FINGERPRINT = "5131fdfddf5e59619b677d8d15378e02b83009a5ab8b284f66c2c2676056272d"
"""Version 1.1 of the planted edition. It must never change: another generator is another version."""
DIGESTS = {
    0: "3888826fb31c36538ec785c384701945187c599459d8cf3c79b01280265114bc",
    799: "51b3f33b13130e2518307a0c39a6843ea34dec302158175139669f64bb9aeee7",
}
"""Number of a planted video → digest of what both people say of it and of its features."""
SMALL = {"train": 10, "validation": 6}
TRAIN, BOTH, ONE = "v_train000000", "v_heldout0001", "v_heldout0002"

Files = dict[str, dict[str, Any]]
Write = Callable[..., Path]


def told(*sentences: str, seconds: float = 20.5) -> dict[str, Any]:
    """An entry as published: later sentences start with a blank, the last segment ends with the video."""
    step = seconds / len(sentences)
    return {
        "duration": seconds,
        "timestamps": [[round(i * step, 2), round((i + 1) * step, 2)] for i in range(len(sentences))],
        "sentences": [text if not i else f" {text}" for i, text in enumerate(sentences)],
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the three files, after `change(files)`; returns the folder."""

    def build(change: Callable[[Files], Any] = lambda files: None, place: str = "") -> Path:
        files: Files = {
            "train.json": {TRAIN: told("A man opens a door.", "He leaves!")},
            "val_1.json": {BOTH: told("A dog runs.", "It jumps."), ONE: told("Rain falls.")},
            "val_2.json": {BOTH: told("There is a dog.")},
        }
        change(files)
        (tmp_path / place).mkdir(exist_ok=True)
        for name, entries in files.items():
            (tmp_path / place / name).write_text(json.dumps(entries), encoding="utf-8")
        return tmp_path

    return build


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A few planted videos, in a folder of these tests, instead of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_PLANTED", str(tmp_path_factory.mktemp("planted")))
        patch.setattr(planted, "PLANTED_SIZES", SMALL)
        yield tmp_path_factory.mktemp("runs")


test_conformance = conformance("dataset", "activitynet-captions")


@pytest.mark.parametrize("place", ["", "captions"])
def test_a_video_is_read_as_it_is_stored_wherever_the_archive_was_unpacked(write: Write, place: str) -> None:
    captions = open_activitynet(write(place=place), "annotations")
    assert captions.video_ids() == (TRAIN, BOTH, ONE)
    video, said = captions.video(TRAIN), captions.annotations(TRAIN)
    assert (video.duration, video.fps, video.n_frames, video.steps) == (20.5, 1.0, 21, 21)
    assert said.texts == ("A man opens a door. He leaves!",)
    assert (said.captions[0][1].start, said.captions[0][1].end) == (10.25, 20.5)
    assert said.captions[0][1].text == " He leaves!"


def test_a_validation_video_has_the_texts_of_each_person_who_told_it(write: Write) -> None:
    captions = open_activitynet(write(), "annotations")
    assert captions.annotations(BOTH).texts == ("A dog runs. It jumps.", "There is a dog.")
    assert [len(sentences) for sentences in captions.annotations(BOTH).captions] == [2, 1]
    assert captions.annotations(ONE).texts == ("Rain falls.",)
    (fold,) = captions.folds("official")
    assert (fold.train, fold.validation, fold.test) == ((TRAIN,), (), (BOTH, ONE))


def test_references_are_those_that_score_reads_from_the_same_files(write: Write) -> None:
    folder = write()
    captions = open_activitynet(folder, "annotations")
    other = read_captions([folder / "val_1.json", folder / "val_2.json"])
    for video_id in (BOTH, ONE):
        assert captions.annotations(video_id) == other.annotations(video_id)
        assert captions.video(video_id).n_frames == other.video(video_id).n_frames


def _entry(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    return lambda files: edit(files["val_1.json"][BOTH])


def _set(key: str, value: Any) -> Callable[[Files], None]:
    return lambda files: files["val_1.json"][BOTH].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_entry(lambda e: e.pop("duration")), "duration: expected a positive number of seconds, found None"),
        (_set("duration", "20.5"), "duration: expected a positive number of seconds, found '20.5'"),
        (_set("duration", 0), "duration: expected a positive number"),
        (_set("duration", True), "duration: expected a positive number"),
        (_set("duration", 10**400), "duration: expected a positive number"),
        (_set("sentences", []), "sentences: expected a list of sentences, found 0 of them"),
        (_set("sentences", "A dog."), "sentences: expected a list of sentences, found str"),
        (_set("sentences", ["A dog.", " \n"]), r"sentences\[1\]: expected a sentence"),
        (_set("sentences", ["A dog.", 7]), r"sentences\[1\]: expected a sentence, found 7"),
        (_entry(lambda e: e.pop("timestamps")), "timestamps: expected 2 segments, one a sentence, found No"),
        (_entry(lambda e: e["timestamps"].pop()), "timestamps: expected 2 segments, one a sentence, found 1"),
        (_set("timestamps", [[0, 5], [5]]), r"timestamps\[1\]: expected a start and an end"),
        (_set("timestamps", [[0, 5], [5, "9"]]), r"timestamps\[1\]: expected a start and an end"),
        (_set("timestamps", [[0, 5], None]), r"timestamps\[1\]: expected a start and an end"),
        (_set("timestamps", [[-0.5, 5], [5, 9]]), r"timestamps\[0\]: expected a segment within \[0, 20.5\]"),
        (_set("timestamps", [[0, 5], [5, 20.6]]), r"timestamps\[1\]: expected a segment within \[0, 20.5\]"),
        (_set("timestamps", [[0, 5], [9, 5]]), r"timestamps\[1\]: expected a segment within"),
        (lambda files: files["val_1.json"].update({BOTH: []}), "entry: expected an object, found list"),
        (
            lambda files: files["val_2.json"][BOTH].update(duration=21.0),
            r"duration: expected 20.5 s as in val_1.json, found 21 s",
        ),
    ],
)
def test_an_entry_of_another_layout_is_refused_with_video_and_field(
    write: Write, change: Callable[[Files], None], message: str
) -> None:
    captions = open_activitynet(write(change), "annotations")
    with pytest.raises(DataDamagedError, match=message) as caught:
        captions.annotations(BOTH)
    assert f"'{BOTH}'" in caught.value.message and "val_" in caught.value.message
    assert captions.annotations(ONE).texts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"v_heldout0001": {"dura', "line 1, column"),
        (b"", "line 1, column 1: expected JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "expected JSON"),
        (b"\xff\xfe\x00", "expected UTF-8 text"),
        (b"[]", "expected an object, video id → entry, found list"),
        (b"{}", "expected an object, video id → entry, found an empty object"),
        (b'{"v_heldout0001": {"duration": NaN}}', "NaN"),
        (b'{"v_heldout0001": {}, "v_heldout0001": {}}', "the key 'v_heldout0001' twice"),
        (b'{"v_heldout0001": {"duration": 2, "duration": 3}}', "the key 'duration' twice"),
        ('{"v_hél\u0064out001": {}}'.encode(), "expected ids of `v_` and the 11 characters"),
        (b'{"heldout0001": {}}', "expected ids of `v_` and the 11 characters"),
        (b'{"v_heldout0001\\n": {}}', "expected ids of `v_` and the 11 characters"),
        (b"[" * 100_000, "expected JSON"),
    ],
)
def test_a_file_that_is_no_object_of_entries_is_refused_by_name(
    write: Write, content: bytes, message: str
) -> None:
    folder = write()
    (folder / "val_2.json").write_bytes(content)
    captions = open_activitynet(folder, "annotations")
    with pytest.raises(DataDamagedError, match=message) as caught:
        captions.video_ids()
    assert "val_2.json" in caught.value.message
    assert captions.status().problems and not captions.status().present


def test_a_training_video_that_is_also_a_validation_video_is_refused(write: Write) -> None:
    folder = write(lambda files: files["val_1.json"].update({TRAIN: told("Leaked.")}))
    with pytest.raises(DuplicateIdError, match=r"'v_train000000' stands in train\.json and in val_1\.json"):
        open_activitynet(folder, "annotations").video_ids()


def test_published_segments_that_end_before_they_start_are_turned_round_and_told_of(write: Write) -> None:
    def change(files: Files) -> None:
        files["train.json"]["v_0bosp4-pyTM"] = told("One.", "Two.") | {"timestamps": [[5.0, 0.5], [6, 9]]}

    captions = open_activitynet(write(change), "annotations")
    first = captions.annotations("v_0bosp4-pyTM").captions[0][0]
    assert (first.start, first.end) == (0.5, 5.0)
    (line,) = captions.remarks()
    assert "train.json: video 'v_0bosp4-pyTM', segment 0 is published as [5, 0.5]" in line


def test_what_is_missing_is_listed_and_without_validation_files_there_are_no_folds(write: Write) -> None:
    folder = write()
    (folder / "val_1.json").unlink()
    captions = open_activitynet(folder, "annotations")
    assert captions.status().missing == ("val_1.json",) and captions.video_ids() == (TRAIN, BOTH)
    (folder / "val_2.json").unlink()
    with pytest.raises(DataMissingError, match=r"val_2\.json is there; they list the test videos"):
        open_activitynet(folder, "annotations").folds("official")


def test_the_re_split_needs_the_published_validation_videos_whole(write: Write) -> None:
    captions = open_activitynet(write(), "annotations")
    with pytest.raises(DataMissingError, match="4,917 published validation videos"):
        captions.folds("anet-entities")
    with pytest.raises(UnknownSettingError, match="anet-entities"):
        captions.folds("anet-entity")
    with pytest.raises(UnknownSettingError, match="v_heldout0003"):
        captions.video("v_heldout0003")
    assert not is_published([BOTH, ONE])
    with pytest.raises(ValueError, match="2 ids"):
        entities_tests([BOTH, ONE])


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    make(folder)
    return folder


def test_the_planted_edition_is_read_by_the_same_reader(edition: Path) -> None:
    captions = open_activitynet(edition, "planted")
    assert captions.status().complete and captions.remarks() == ()
    (fold,) = captions.folds("official")
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (10, 0, 6)
    (fold,) = captions.folds("anet-entities")
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (10, 3, 3)
    script = write_script(TARGET, fold.test[0])
    one, other = captions.annotations(fold.test[0]).captions
    assert len(one) == len(other) == len(script.scenes) and one != other
    video = captions.video(fold.test[0])
    assert video.steps == script.seconds and video.features["planted-20"].read().shape == (video.steps, 20)
    (frame,) = video.sampled_frames([3])
    assert frame.index == 3 and frame.pixels.shape == (64, 64, 3)
    assert video.source is not None and len(video.source()) == 64
    assert video.source() != captions.video(fold.test[1]).source()  # type: ignore[misc]


def test_what_a_planted_video_holds_is_version_1_1() -> None:
    digests = {}
    for number in (0, 799):
        script = write_script(TARGET, planted_id(number))
        both = [entry(script, person) for person in (0, 1)]
        digests[number] = sha256_json([both, sha256_arrays({"features": step_features(script)})])
    assert digests == DIGESTS
    assert planted_id(799) == "v_anetplan799" and len(planted_id(0)) == 13


def test_two_makes_write_the_same_files(edition: Path, tmp_path: Path) -> None:
    make(tmp_path)
    names = sorted(path.relative_to(edition) for path in edition.rglob("*") if path.is_file())
    assert len(names) == 3 + 4 + sum(SMALL.values())
    assert all((edition / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


@pytest.mark.parametrize("damage", ["cut", "shape", "nan", "key", "gone"])
def test_a_damaged_feature_file_of_the_planted_edition_is_refused_by_name(
    edition: Path, tmp_path: Path, damage: str
) -> None:
    path = edition / "features" / "planted-20" / "v_anetplan000.npz"
    whole, values = path.read_bytes(), np.load(path)["features"]
    try:
        if damage == "cut":
            path.write_bytes(whole[:500])
        elif damage == "shape":
            np.savez(path, features=values[:-1])
        elif damage == "nan":
            np.savez(path, features=np.where(values == values[0, 0], np.nan, values))
        elif damage == "key":
            np.savez(path, other=values)
        else:
            path.unlink()
        feature = open_activitynet(edition, "planted").video("v_anetplan000").features["planted-20"]
        with pytest.raises((DataDamagedError, DataMissingError), match=r"v_anetplan000\.npz"):
            feature.read()
    finally:
        path.write_bytes(whole)


def test_files_of_the_re_split_that_do_not_divide_the_validation_videos_are_refused(
    edition: Path, tmp_path: Path
) -> None:
    for name in (*FILES, *(f"anet_entities_{part}_{n}.json" for part in ("val", "test") for n in (1, 2))):
        entries = json.loads((edition / name).read_text(encoding="utf-8"))
        if name == "anet_entities_test_1.json":
            validating = json.loads((edition / "anet_entities_val_1.json").read_text(encoding="utf-8"))
            entries |= dict([validating.popitem()])
        (tmp_path / name).write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(DataDamagedError, match=r"anet_entities_test_1\.json: expected a division"):
        open_activitynet(tmp_path, "planted").folds("anet-entities")


@pytest.mark.parametrize("split_set", ["official", "anet-entities"])
def test_reference_rows_run_on_the_planted_edition(small: Path, split_set: str) -> None:
    words = ("--metrics", "rougeL", "--split-set", split_set)
    values = {
        model: run(small, model, "activitynet", *words) for model in ("random", "constant-caption", "oracle")
    }
    assert values["oracle"] == {"paragraph/rougeL": 100, "paragraph-joined/rougeL": 100}
    for found in (values["random"], values["constant-caption"]):
        assert 10 < found["paragraph-joined/rougeL"] < 90


def test_a_video_that_one_person_told_is_left_out_of_human_agreement(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The last of six validation videos is told once.
    monkeypatch.setattr(planted, "UNTOLD", 6)
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path))
    words = ("--model", "human", "--dataset", "activitynet", "--edition", "planted", "--metrics", "rougeL")
    code, out, err = command("run", *words, "--runs", str(tmp_path / "runs"))
    assert code == 0, err
    (line,) = (line for line in out.splitlines() if line.split()[0] == "paragraph")
    assert "1 undefined by the reference left out" in line and 10 < float(line.split()[2]) < 90


def test_dense_captions_are_scored_against_both_reference_files(small: Path, tmp_path: Path) -> None:
    home = Path(json.loads(command("data", "make", "activitynet", "--json")[1])["folder"])
    second = json.loads((home / "val_2.json").read_text(encoding="utf-8"))
    results = {
        video: [
            {"sentence": text, "timestamp": span}
            for text, span in zip(entry["sentences"], entry["timestamps"], strict=True)
        ]
        for video, entry in second.items()
    }
    path = tmp_path / "dense.json"
    path.write_text(json.dumps({"results": results}), encoding="utf-8")
    words = ("--format", "densevid", "--dataset", "activitynet", "--edition", "planted")
    more = ("--protocol", "dense-2019", "--metrics", "rougeL-coco,dense-recall,dense-precision", "--json")
    code, out, err = command("score", str(path), *words, *more)
    assert code == 0, err
    scores = {score["metric"]: score["value"] for score in json.loads(out)["results"]}
    assert scores["dense-recall"] == scores["dense-precision"] == 100
    # Where both people mean the same second, a caption meets the other person's words too.
    assert 50 < scores["rougeL-coco"] < 100


@pytest.mark.slow
def test_the_whole_planted_edition_is_version_1_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planted, "PLANTED_SIZES", PLANTED_SIZES)
    make(tmp_path)
    spec = ACTIVITYNET_CAPTIONS.edition("planted")
    assert spec is not None and spec.version == "1.1"
    captions = open_activitynet(tmp_path, "planted")
    found = verify_edition(ACTIVITYNET_CAPTIONS, spec, tmp_path, captions)
    # Only the manifest, which `vsumbench data make` writes, is not here.
    assert [line for line in found.problems if "planted.json" not in line] == []
    assert found.statistics["videos"] == 800 and found.statistics["texts"] == 992
    assert found.fingerprint == FINGERPRINT


@pytest.fixture(scope="module")
def real(shared_data: Path) -> ActivityNetCaptions:
    return open_activitynet(shared_data / "activitynet_captions", "annotations")


def test_the_real_files_have_the_published_counts_and_their_oddities_are_told(
    real: ActivityNetCaptions,
) -> None:
    captions = real
    counts = {name: len(entries) for name, entries in captions._files.items()}
    assert counts == {"train.json": 10_009, "val_1.json": 4_917, "val_2.json": 4_885}
    spec = ACTIVITYNET_CAPTIONS.edition("annotations")
    assert spec is not None
    found = verify_edition(ACTIVITYNET_CAPTIONS, spec, captions.folder, captions)
    assert found.problems == () and found.checksums == 3
    assert (found.statistics["videos"], found.statistics["texts"]) == (14_926, 19_811)
    lines = captions.remarks()
    assert len(lines) == 2
    assert "'v_0bosp4-pyTM', segment 3 is published as [61.29, 60.71]" in lines[0]
    assert "'v_rhOtqArO-3Y', segment 5 is published as [173.44, 150.31]" in lines[1]
    sentences = {
        name: sum(len(entry["sentences"]) for entry in entries.values())
        for name, entries in captions._files.items()
    }
    assert sentences == {"train.json": 37_421, "val_1.json": 17_505, "val_2.json": 17_031}


def test_the_stored_re_split_is_that_of_the_real_files(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "activitynet_captions"
    captions = open_activitynet(folder, "annotations")
    listed = {
        part: set().union(
            *(json.loads((folder / f"anet_entities_{part}_{n}.json").read_text()) for n in (1, 2))
        )
        for part in ("val", "test")
    }
    (official,), (fold,) = captions.folds("official"), captions.folds("anet-entities")
    assert set(fold.test) == listed["test"] and set(fold.validation) == listed["val"]
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (10_009, 2_460, 2_457)
    assert (len(official.train), len(official.test)) == (10_009, 4_917)
    assert entities_tests(official.test) == listed["test"]
    # The same without the files of the re-split.
    for name in FILES:
        (tmp_path / name).symlink_to(folder / name)
    assert open_activitynet(tmp_path, "annotations").folds("anet-entities") == (fold,)
