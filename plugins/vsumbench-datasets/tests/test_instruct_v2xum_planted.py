"""Planted Instruct-V2Xum: the published layout again, conformance and whole runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from one_second_commands import run
from vsumbench_datasets.instruct_v2xum import planted
from vsumbench_datasets.instruct_v2xum.planted import make, planted_id
from vsumbench_datasets.instruct_v2xum.planted import record as planted_record
from vsumbench_datasets.instruct_v2xum.reader import open_instruct_v2xum
from vsumbench_datasets.instruct_v2xum.references import split_answer
from vsumbench_datasets.instruct_v2xum.spec import INSTRUCT_V2XUM, PLANTED_SIZES

from vsumbench.data import sha256_arrays, sha256_json, verify_edition
from vsumbench.planted import TARGET, step_features, write_script
from vsumbench.testing import conformance

FINGERPRINT = "c3849ca32b25150ad5acefa22cf4ce60c9fc1f9254a64ab05912fdff3c228dfc"
"""Version 1.1 of the planted edition. It must never change: another generator is another version."""
DIGESTS = {
    0: "87204ca9d97a7da34f24ced0515b7948f288433887b6f94b0bad3c31f26ff061",
    599: "cdabe688d7a0ea968840d65147f53b82f6845d7806b85d730dc2cc39684b5fdc",
}
"""Number of a planted video → digest of its record and of its features."""
SMALL = {"train": 10, "validation": 3, "test": 6}


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A few planted videos, in a folder of these tests, instead of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_PLANTED", str(tmp_path_factory.mktemp("planted")))
        patch.setattr(planted, "PLANTED_SIZES", SMALL)
        yield tmp_path_factory.mktemp("runs")


test_conformance = conformance("dataset", "instruct-v2xum")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    make(folder)
    return folder


def test_the_planted_edition_is_read_by_the_same_reader(edition: Path) -> None:
    instruct = open_instruct_v2xum(edition, "planted")
    assert instruct.status().complete and instruct.remarks() == ()
    (fold,) = instruct.folds("official")
    assert [len(part) for part in (fold.train, fold.validation, fold.test)] == list(SMALL.values())
    for video_id in instruct.video_ids():
        script = write_script(TARGET, video_id)
        video, told = instruct.video(video_id), instruct.annotations(video_id)
        assert video.steps == script.seconds and told.user_summaries is not None
        assert len(told.captions[0]) == len(script.scenes)
        for scene, sentence in zip(script.scenes, told.captions[0], strict=True):
            assert scene.start <= sentence.start < sentence.end <= scene.end
        # References are the selected frames, no more and no less.
        referred = {
            int(second)
            for sentence in split_answer(instruct.referring_texts(video_id)[0], {})
            for second in sentence.seconds
        }
        assert referred == set(np.flatnonzero(told.user_summaries[0]).tolist())
    assert video.features["planted-20"].read().shape == (video.steps, 20)
    (frame,) = video.sampled_frames([3])
    assert frame.index == 3 and frame.pixels.shape == (64, 64, 3)
    assert video.source is not None and len(video.source()) == 64


def test_what_a_planted_video_holds_is_version_1_1() -> None:
    digests = {}
    for number in (0, 599):
        script = write_script(TARGET, planted_id(number))
        features = sha256_arrays({"features": step_features(script)})
        digests[number] = sha256_json([planted_record(script), features])
    assert digests == DIGESTS
    assert planted_id(599) == "instruct599"


def test_two_makes_write_the_same_files(edition: Path, tmp_path: Path) -> None:
    make(tmp_path)
    names = sorted(path.relative_to(edition) for path in edition.rglob("*") if path.is_file())
    assert len(names) == 3 + sum(SMALL.values())
    assert all((edition / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_reference_rows_run_on_the_planted_edition(small: Path) -> None:
    shown = ("--protocol", "videoxum-top15", "--protocol", "videoxum-meanuser", "--metrics", "f1,kendall")
    values = {
        model: run(small, model, "instruct-v2xum", *shown) for model in ("random", "mean-position", "oracle")
    }
    for floor in ("random", "mean-position"):
        assert values["oracle"]["videoxum-top15/f1"] > values[floor]["videoxum-top15/f1"]
    assert values["oracle"]["videoxum-meanuser/kendall"] == pytest.approx(1)
    told = ("--protocol", "paragraph", "--metrics", "rougeL")
    assert 10 < run(small, "constant-caption", "instruct-v2xum", *told)["paragraph/rougeL"] < 60
    assert run(small, "oracle", "instruct-v2xum", *told)["paragraph/rougeL"] == 100


@pytest.mark.slow
def test_the_whole_planted_edition_is_version_1_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planted, "PLANTED_SIZES", PLANTED_SIZES)
    make(tmp_path)
    spec = INSTRUCT_V2XUM.edition("planted")
    assert spec is not None and spec.version == "1.1"
    found = verify_edition(INSTRUCT_V2XUM, spec, tmp_path, open_instruct_v2xum(tmp_path, "planted"))
    # Only the manifest, which `vsumbench data make` writes, is not here.
    assert [line for line in found.problems if "planted.json" not in line] == []
    assert (found.statistics["videos"], found.statistics["annotations"]) == (600, 600)
    assert found.fingerprint == FINGERPRINT
