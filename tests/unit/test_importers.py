"""Result files of importance and of selections: what each becomes, and what is refused."""

from __future__ import annotations

import builtins
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from result_files import FRAMES, SEGMENTS, SELECTED, STEPS, known, read, refused, written

from vsumbench.contracts import Annotations, Video
from vsumbench.defaults.protocols import CHAIN
from vsumbench.errors import DuplicateIdError, PredictionError, UnavailableError
from vsumbench.importers.formats import read_results
from vsumbench.importers.known import Known

KNOWN_KEYS = ("video_1", "Base jumping", "eccv16_dataset_summe_google_pool5/video_1")


@pytest.mark.parametrize("key", KNOWN_KEYS)
def test_a_video_is_known_by_its_key_its_name_or_the_end_of_a_path(tmp_path: Path, key: str) -> None:
    (line,) = read(written(tmp_path, {key: [0.5] * STEPS}), "pgl-sum")
    assert line.id == "video_1"


def test_a_key_nobody_knows_is_refused_with_a_guess(tmp_path: Path) -> None:
    file = written(tmp_path, {"Base jmping": [0.5] * STEPS})
    with pytest.raises(PredictionError, match=r"'Base jmping': expected the id or name.*'Base jumping'"):
        read(file, "pgl-sum")


def test_a_name_of_a_video_that_is_not_tested_is_not_known(tmp_path: Path) -> None:
    refused(written(tmp_path, {"Cooking": [0.5] * STEPS}), "pgl-sum", "1 videos", of=known(("video_1",)))


@pytest.mark.parametrize("name", ["pgl-sum", "csta"])
def test_scores_are_importance_at_the_steps(tmp_path: Path, name: str) -> None:
    lines = read(written(tmp_path, {"video_2": [0.1, 2, -3.5, 1e-9], "video_1": [0, 0, 0, 1]}), name)
    assert [(line.id, line.importance, line.times, line.fold) for line in lines] == [
        ("video_2", [0.1, 2, -3.5, 1e-9], "picks", ""),
        ("video_1", [0, 0, 0, 1], "picks", ""),
    ]


def test_each_split_folder_of_pgl_sum_is_a_fold(tmp_path: Path) -> None:
    results = [
        written(tmp_path, {"video_1": [n] * STEPS}, f"SumMe/results/split{n}/SumMe_9.json") for n in (0, 1)
    ]
    lines = read_results(results, "pgl-sum", known())
    assert [(line.fold, line.importance) for line in lines] == [
        ("split0", [0] * STEPS),
        ("split1", [1] * STEPS),
    ]


def test_one_video_twice_in_a_fold_is_refused(tmp_path: Path) -> None:
    first, second = (written(tmp_path, {"video_1": [0.5] * STEPS}, f"{n}.json") for n in "ab")
    with pytest.raises(DuplicateIdError, match=r"video 'video_1' stands in .*a.json too"):
        read_results([first, second], "pgl-sum", known())
    both = written(tmp_path, {"video_1": [0.5] * STEPS, "Base jumping": [0.5] * STEPS})
    with pytest.raises(DuplicateIdError, match="video 'video_1' stands twice"):
        read_results([both], "pgl-sum", known())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], ("expected a JSON object", "found an empty list")),
        ([1], ("found list",)),
        ({}, ("found an empty object",)),
        ({"video_1": 0.5}, ("video_1", "expected a list of 4 numbers", "found number")),
        ({"video_1": [0.5] * 3}, ("expected 4 values", "found 3")),
        ({"video_1": [0.5] * FRAMES}, ("one for each sampled step", "found 60")),
        ({"video_1": [0.5, True, 0, 0]}, ("video_1[1]", "True")),
        ({"video_1": [0.5, "0.5", 0, 0]}, ("video_1[1]", "'0.5'")),
        ({"video_1": [[0.5] * 4]}, ("expected 4 values", "found 1")),
        ({"video_1": [0, 0, 0, 1e999]}, ("JSON",)),
        ({"video_1": [0, 0, 10**400, 0]}, ("video_1[2]", "a finite number")),
    ],
)
def test_scores_of_another_layout_are_refused(tmp_path: Path, content: Any, words: Sequence[str]) -> None:
    refused(written(tmp_path, content), "pgl-sum", *words)


def test_a_key_that_stands_twice_is_refused_for_json_would_keep_the_last(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text('{"video_1": [0, 0, 0, 1], "video_1": [1, 0, 0, 0]}')
    refused(file, "pgl-sum", "the key 'video_1' twice")


def test_a_binary_summary_becomes_its_runs_of_frames_and_back(tmp_path: Path) -> None:
    (line,) = read(written(tmp_path, {"video_1": SELECTED}), "por")
    assert line.segments == SEGMENTS and line.importance is None
    found = CHAIN.prediction(
        line.summary(), known().video("video_1"), {"prediction": "keyshots", "grid": "frames"}
    )
    assert np.asarray(found).tolist() == [bool(value) for value in SELECTED]


@pytest.mark.parametrize("fps", [24, 25, 29.97, 30000 / 1001, 59.94, 15, 8.3])
def test_every_frame_is_found_again_at_every_rate(tmp_path: Path, fps: float) -> None:
    frames = 20_000
    selected = np.random.default_rng(7).integers(0, 2, frames)
    video = Video(
        id="v",
        duration=frames / fps,
        fps=fps,
        n_frames=frames,
        picks=np.arange(0, frames, 15, dtype=np.int64),
    )
    tested = Known(ids=("v",), video=lambda _: video, annotations=lambda video: Annotations(video_id=video))
    (line,) = read(written(tmp_path, {"v": selected.tolist()}), "por", tested)
    found = CHAIN.prediction(line.summary(), video, {"prediction": "keyshots", "grid": "frames"})
    assert (np.asarray(found) == selected).all()


def test_a_summary_of_nothing_has_no_segment(tmp_path: Path) -> None:
    (line,) = read(written(tmp_path, {"video_1": [0] * FRAMES}), "por")
    assert line.segments == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (SELECTED[:-1], ("expected 60 values", "found 59")),
        ([*SELECTED[:-1], 2], ("video_1[59]", "0 or 1", "2")),
        ([*SELECTED[:-1], 0.5], ("video_1[59]", "0.5")),
        ("0101", ("a list of 60 numbers", "found text")),
    ],
)
def test_a_summary_of_other_values_is_refused(tmp_path: Path, values: Any, words: Sequence[str]) -> None:
    refused(written(tmp_path, {"video_1": values}), "por", *words)


def test_rethinking_evs_names_videos_and_gives_summaries(tmp_path: Path) -> None:
    content = {
        "Cooking": {"summary": SELECTED, "segment": [0, 20, 60]},
        "Base jumping": {"summary": [0] * FRAMES},
    }
    lines = read(written(tmp_path, content), "rethinking-evs")
    assert [(line.id, line.segments) for line in lines] == [("video_2", SEGMENTS), ("video_1", [])]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (SELECTED, ("an object with `summary`", "found list")),
        ({"segment": []}, ("an object with `summary`", "['segment']")),
        ({"summary": SELECTED, "segment": [0, 61]}, ("Cooking.segment", "from 0 to 60", "0 to 61")),
        ({"summary": SELECTED, "segment": "x"}, ("Cooking.segment", "found text")),
        ({"summary": [1], "segment": []}, ("Cooking.summary", "expected 60 values")),
    ],
)
def test_rethinking_evs_of_another_layout_is_refused(
    tmp_path: Path, entry: Any, words: Sequence[str]
) -> None:
    refused(written(tmp_path, {"Cooking": entry}), "rethinking-evs", *words)


def results(folder: Path, prefix: str = "", **changed: Any) -> Path:
    """A result file as pytorch-vsumm-reinforce (or with a prefix VASNet) saves it."""
    h5py = pytest.importorskip("h5py")
    path = folder / "result.h5"
    fields: dict[str, Any] = {
        "score": np.array([0.25, 0.5, 0.75, 1], dtype=np.float32),
        "machine_summary": np.array(SELECTED, dtype=np.float32),
        "gtscore": np.zeros(STEPS),
        "fm": 0.5,
        **changed,
    }
    with h5py.File(path, "w") as file:
        for name, value in fields.items():
            if value is not None:
                file.create_dataset(f"{prefix}video_2/{name}", data=value)
    return path


@pytest.mark.parametrize(("name", "prefix"), [("vsumm-rl", ""), ("vasnet", "eccv16_dataset_summe/")])
def test_an_h5_result_gives_its_scores_or_its_summary(tmp_path: Path, name: str, prefix: str) -> None:
    path = results(tmp_path, prefix, picks=np.arange(0, FRAMES, 15), video_name=b"Cooking")
    (line,) = read(path, name)
    assert (line.id, line.importance, line.segments) == ("video_2", [0.25, 0.5, 0.75, 1], None)
    (line,) = read(path, f"{name}[summary]")
    assert (line.id, line.importance, line.segments) == ("video_2", None, SEGMENTS)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"score": np.zeros(3)}, ("/video_2/score", "shape (4,)", "shape (3,)")),
        ({"score": np.zeros((1, 4))}, ("shape (1, 4)",)),
        ({"score": None}, ("video_2/", "a group with `score`")),
        ({"score": np.array([0, 1, np.nan, 0])}, ("/video_2/score", "finite")),
        ({"score": np.array([b"a"] * 4)}, ("numbers", "dtype")),
        ({"picks": np.arange(STEPS)}, ("video_2/picks", "the sampled steps")),
    ],
)
def test_an_h5_result_of_another_layout_is_refused(
    tmp_path: Path, changed: dict[str, Any], words: Sequence[str]
) -> None:
    refused(results(tmp_path, **changed), "vsumm-rl", *words)


def test_a_machine_summary_of_another_length_is_refused_where_it_is_read(tmp_path: Path) -> None:
    path = results(tmp_path, machine_summary=np.ones(59))
    assert len(read(path, "vsumm-rl")) == 1
    refused(path, "vsumm-rl[summary]", "/video_2/machine_summary", "shape (60,)", "shape (59,)")


def test_a_link_into_another_file_is_not_followed(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    elsewhere = results(tmp_path)
    path = tmp_path / "linked.h5"
    with h5py.File(path, "w") as file:
        file["video_2"] = h5py.ExternalLink(elsewhere.name, "/video_2")
    refused(path, "vsumm-rl", "/video_2", "a link")
    with h5py.File(path, "w") as file:
        file.create_dataset("video_1/score", data=np.zeros(STEPS))
        layout = h5py.VirtualLayout((STEPS,), dtype="f4")
        layout[:] = h5py.VirtualSource(str(elsewhere), "video_2/score", (STEPS,))
        file.create_virtual_dataset("video_2/score", layout)
    refused(path, "vsumm-rl", "/video_2/score", "an array stored in this file")


def test_what_is_no_h5_is_refused_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    refused(written(tmp_path, {"video_1": []}), "vsumm-rl", "an HDF5 file")
    cut = tmp_path / "cut.h5"
    cut.write_bytes(results(tmp_path).read_bytes()[:300])
    refused(cut, "vasnet", "truncated")


def test_without_h5py_the_hint_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name == "h5py":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UnavailableError, match="pip install h5py"):
        read_results([tmp_path / "result.h5"], "vsumm-rl", known())


def test_a_real_file_of_por_names_the_videos_of_summe(shared: Path) -> None:
    with (shared / "data" / "summe" / "index.csv").open(encoding="utf-8") as stream:
        rows = {row["key"]: row for row in csv.DictReader(stream)}
    videos = {
        key: Video(
            id=key,
            duration=float(row["duration_s"]),
            fps=float(row["fps"]),
            n_frames=int(row["n_frames"]),
            picks=np.arange(0, int(row["n_frames"]), 15),
        )
        for key, row in rows.items()
    }
    names = {key: row["name"] for key, row in rows.items()}
    summe = Known(
        ids=tuple(videos),
        video=videos.__getitem__,
        annotations=lambda video: Annotations(video_id=video),
        names=names,
    )
    folder = shared / "data" / "predictions"
    lines = read(folder / "por_example" / "example_binary_summary.json", "por", summe)
    assert {line.id for line in lines} == {"video_4", "video_9", "video_16", "video_21", "video_25"}
    lines = read(folder / "rethinking_evs_example" / "example.json", "rethinking-evs", summe)
    assert {line.id for line in lines} == set(videos)
    for line in lines:
        shown = sum(end - start for start, end in line.segments or [])
        assert 0.1 < shown / videos[line.id].duration < 0.16
