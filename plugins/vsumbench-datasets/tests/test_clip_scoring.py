"""Numbers seen through CLIP, from the command line; frames of planted videos are drawn as they are read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file
from tiny_clip import save_tiny_clip
from vsumbench_datasets.videoxum.reader import open_videoxum
from vsumbench_datasets.videoxum.spec import PLANTED_SIZES

from vsumbench.cli import main
from vsumbench.contracts import Requires, Video
from vsumbench.data import planted_folder, sha256_file
from vsumbench.plugins import default_plugins
from vsumbench.running.identity import prediction_identity
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest

pytest.importorskip("vsumbench_text_metrics")

ON_PLANTED = ("--dataset", "videoxum", "--edition", "planted")


@pytest.fixture(autouse=True)
def few_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted edition with three test videos, and weights nowhere but where a test puts them."""
    monkeypatch.setitem(PLANTED_SIZES, "planted", {"train": 1, "validation": 1, "test": 3})
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-clip"
    folder.mkdir()
    save_tiny_clip(folder)
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return int(stopped.value.code or 0), out, err


def results(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, dict[str, Any]]:
    """The results of a command by metric."""
    code, out, err = call(capsys, *arguments, "--json")
    assert code == 0, err
    return {score["metric"]: score for score in json.loads(out)["results"]}


def planted_videos(capsys: pytest.CaptureFixture[str]) -> list[Video]:
    assert call(capsys, "data", "make", "videoxum", "--edition", "planted")[0] == 0
    dataset = open_videoxum(planted_folder("videoxum", "1.1"), "planted")
    (fold,) = dataset.folds("official")
    return [dataset.video(video) for video in fold.test]


def predictions(path: Path, videos: list[Video], **more: Any) -> Path:
    """The first ten seconds of each video, with what else is said of it."""
    lines = [{"id": video.id, "segments": [[0, 10]], **more} for video in videos]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def other_weights(clip: Path) -> None:
    """Weights in which every frame gets another vector."""
    path = clip / "model.safetensors"
    tensors = load_file(path)
    tensors["visual_projection.weight"] = tensors["visual_projection.weight"].flip(0).pow(3) * 100
    path.unlink()
    save_file(tensors, path, metadata={"format": "pt"})


def test_sets_of_frames_and_sentences_of_a_file_are_scored_beside_random_ones(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = predictions(tmp_path / "p.jsonl", planted_videos(capsys)[:2], text="A dog. It runs over a field.")
    asked = ("score", file, *ON_PLANTED, "--protocol", "clip-sets", "--common")
    names = f"f-clip[{clip}],cross-f-clip[{clip}]"
    found = results(capsys, *asked, "--metrics", names)
    assert list(found) == ["f-clip[tiny-clip]", "cross-f-clip[tiny-clip]"]
    digest = sha256_file(clip / "model.safetensors")[:16]
    for score in found.values():
        assert 0 < score["value"] < 1 and score["items"] == 2
        assert score["note"].startswith("random: 0.") and digest in score["note"]
    assert "truncated texts a video" in found["cross-f-clip[tiny-clip]"]["note"]
    code, out, _ = call(capsys, *asked, "--metrics", names)
    assert code == 0 and "2 of 3 videos" in out
    (line,) = (line for line in out.splitlines() if "f-clip[tiny-clip]" in line and "cross" not in line)
    value = found["f-clip[tiny-clip]"]["value"]
    assert f"{value:.4f}" in line and "random: 0." in line and digest in line


def test_a_model_that_shows_but_does_not_write_has_an_f_clip_and_no_cross_f_clip(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = predictions(tmp_path / "p.jsonl", planted_videos(capsys))
    names = f"f-clip[{clip}],cross-f-clip[{clip}]"
    found = results(capsys, "score", file, *ON_PLANTED, "--protocol", "clip-sets", "--metrics", names)
    assert found["f-clip[tiny-clip]"]["value"] > 0
    cross = found["cross-f-clip[tiny-clip]"]
    assert cross["value"] is None and cross["reason"] == "the model writes no text"


def test_the_best_frames_meet_the_text(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    videos = planted_videos(capsys)[:1]
    importance = [float(step) for step in range(videos[0].steps)]
    file = predictions(tmp_path / "p.jsonl", videos, text="A dog.", importance=importance)
    asked = (*ON_PLANTED, "--protocol", "clip-selected", "--common", "--metrics", f"vt-clipscore[{clip}]")
    score = results(capsys, "score", file, *asked)["vt-clipscore[tiny-clip]"]
    assert -100 <= score["value"] <= 100 and score["scale"] == "percent"
    assert sha256_file(clip / "model.safetensors")[:16] in score["note"]
    code, _, err = call(capsys, "score", predictions(tmp_path / "q.jsonl", videos), *asked)
    assert code == 20 and "has no importance" in err and "clip-sets" in err


def test_two_checkpoints_of_one_name_are_not_mixed_up(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = predictions(tmp_path / "p.jsonl", planted_videos(capsys))
    names = f"f-clip[{clip}],f-clip[elsewhere/tiny-clip]"
    code, _, err = call(capsys, "score", file, *ON_PLANTED, "--protocol", "clip-sets", "--metrics", names)
    assert code == 2 and "would both be the column 'f-clip[tiny-clip]'" in err


def test_a_run_is_scored_again_when_the_weights_under_a_name_change(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("run", "--model", "random", *ON_PLANTED, "--runs", tmp_path / "runs", "--repetitions", 1)
    scored = (*asked, "--protocol", "clip-sets", "--metrics", f"f-clip[{clip}]", "--json")

    def state() -> tuple[str, dict[str, Any]]:
        code, out, err = call(capsys, *scored)
        assert code == 0, err
        outcome = json.loads(out)
        return outcome["state"], outcome["results"][0]

    (first, before), (again, same) = state(), state()
    assert (first, again) == ("sealed", "already sealed") and same == before
    other_weights(clip)
    changed, after = state()
    assert changed == "scored again" and state()[0] == "already sealed"
    assert after["score_digest"] != before["score_digest"] and after["note"] != before["note"]
    assert after["value"] != pytest.approx(before["value"], abs=1e-4)
    (folder,) = (entry for entry in (tmp_path / "runs").iterdir() if entry.is_dir())
    record = json.loads((folder / "record.json").read_text())
    # Another device rounds float32 otherwise; another number is another result.
    for factor, code in ((1, 0), (1 + 1e-7, 0), (1 + 1e-3, 80)):
        told = after | {"value": after["value"] * factor, "folds": [v * factor for v in after["folds"]]}
        (folder / "record.json").write_text(json.dumps(record | {"scores": [told]}))
        assert call(capsys, "verify", folder)[0] == code, factor


def test_weights_that_come_later_are_scored_with(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = tmp_path / "weights" / "me" / "tiny-clip"
    asked = ("run", "--model", "random", *ON_PLANTED, "--runs", tmp_path / "runs", "--repetitions", 1)
    scored = (*asked, "--protocol", "clip-sets", "--metrics", "f-clip[me/tiny-clip]")
    code, _, err = call(capsys, *scored)
    assert code == 60 and "hf download me/tiny-clip" in err
    later.parent.mkdir(parents=True)
    clip.rename(later)
    found = results(capsys, *scored)["f-clip[tiny-clip]"]
    assert found["value"] > 0 and sha256_file(later / "model.safetensors")[:16] in found["note"]


def test_what_a_model_predicts_through_clip_depends_on_its_weights(clip: Path, tmp_path: Path) -> None:
    plugins = default_plugins()
    plan = make_plan(
        RunRequest(model="random", dataset="videoxum", edition="planted", runs=tmp_path / "runs"), plugins
    )
    seeing = replace(plan, model=replace(plan.model, requires=Requires(encoders=(f"clip[{clip}]",))))

    def required() -> dict[str, list[str]]:
        found: dict[str, list[str]] = prediction_identity(seeing, plugins)["model"]["requires"]
        return found

    before = required()
    assert list(before) == ["encoder:clip[tiny-clip]"]
    assert before["encoder:clip[tiny-clip]"][-1] == sha256_file(clip / "model.safetensors")
    other_weights(clip)
    assert required() != before
