"""What cannot work is refused in one line that names the next command, before anything is made or trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs_support import Machine, asked

from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    MismatchError,
    OptionValueError,
    UnknownSettingError,
    VsumbenchError,
    WeightsMissingError,
)
from vsumbench.running import readiness

RELEASED = "video-llama-2-7b-finetuned"


@pytest.fixture
def bare(tmp_path: Path) -> Machine:
    """A machine without weights and data."""
    return Machine(weights=tmp_path / "weights", home=tmp_path / "home")


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does not tell how much memory it has: no preset is too large for it."""
    monkeypatch.setattr(readiness, "free_memory_gib", lambda device: None)


def refusal(machine: Machine, error: type[VsumbenchError], *words: object) -> str:
    """The one line a command is refused with."""
    done = machine.call(*words)
    assert done.code == error.exit_code and done.out == "", done.err
    (said,) = done.err.splitlines()
    assert said.startswith("vsumbench: ")
    return said


def there(folder: Path) -> list[Path]:
    return [*folder.rglob("*")]


def nothing_trained(runs: Path) -> bool:
    """A run folder may be there, which says in its log why it failed; no step of a training is."""
    found = {path.name for path in there(runs) if path.is_file()}
    return found <= {".lock", "request.json", "environment.json", "events.jsonl"}


def import_released(machine: Machine, published: Path) -> None:
    """Import a folder with the names, but not the content, of a backbone."""
    published.mkdir()
    for name in (
        "backbone.json",
        "model.safetensors.index.json",
        "model-00001.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ):
        (published / name).write_bytes(b"released")
    done = machine.call("weights", "import", RELEASED, published, "--accept-licence")
    assert done.code == 0, done.err


def milora(dataset: str, runs: Path, *words: str) -> tuple[str, ...]:
    return ("run", "--model", "milora", "--dataset", dataset, "--runs", str(runs), "--device", "cpu", *words)


def test_an_edition_that_does_not_exist(bare: Machine, tmp_path: Path) -> None:
    said = refusal(bare, UnknownSettingError, *milora("videoxum", tmp_path / "runs", "--edition", "whole"))
    folder = tmp_path / "home" / "data" / "videoxum"
    assert "It has full, annotations, planted, planted-xl." in said
    assert "`hf download jylins/videoxum " in said and f"--local-dir {folder}`" in said
    assert "`--edition full`" in said
    assert not there(tmp_path)


def test_an_edition_whose_files_are_not_there(bare: Machine, tmp_path: Path) -> None:
    words = milora("videoxum", tmp_path / "runs", "--edition", "annotations")
    said = refusal(bare, DataMissingError, *words)
    folder = tmp_path / "home" / "data" / "videoxum"
    assert "`hf download jylins/videoxum " in said and f"--local-dir {folder}`" in said
    assert "`--edition planted`" in said
    assert not there(tmp_path)


@pytest.mark.parametrize("model", ["milora", "video-llama"])
def test_the_preset_of_the_paper_without_its_weights(
    bare: Machine, tmp_path: Path, model: str, plenty: None
) -> None:
    words = asked(tmp_path / "runs", "--preset", "paper", model=model, learn=())
    said = refusal(bare, WeightsMissingError, *words)
    assert f"`vsumbench weights import {RELEASED} FOLDER`" in said
    assert "huggingface.co/DAMO-NLP-SG/Video-LLaMA-2-7B-Finetuned" in said
    assert "--preset tiny" in said
    assert not there(tmp_path)


def test_the_preset_of_the_paper_with_weights_of_no_form(bare: Machine, tmp_path: Path, plenty: None) -> None:
    import_released(bare, tmp_path / "published")
    runs = tmp_path / "runs"
    said = refusal(bare, DataDamagedError, *asked(runs, "--preset", "paper", learn=()))
    assert "backbone.json is not the description of a backbone" in said
    assert nothing_trained(runs)


def test_an_option_of_no_known_value(bare: Machine, tmp_path: Path) -> None:
    words = asked(tmp_path / "runs", "--set", "branches=nonsense")
    said = refusal(bare, OptionValueError, *words)
    assert "branches = 'nonsense'" in said and "'both', 'temporal' or 'spatial'" in said
    assert "`vsumbench info" in said
    assert not there(tmp_path)


def test_more_frames_than_the_backbone_has_positions_for(machine: Machine, tmp_path: Path) -> None:
    said = refusal(machine, OptionValueError, *asked(tmp_path, "--set", "num_frames=40"))
    assert "num_frames = 40" in said and "positions for 32 frames" in said
    assert "num_frames=32" in said
    assert nothing_trained(tmp_path)


def test_a_dataset_without_frames(bare: Machine, tmp_path: Path) -> None:
    said = refusal(bare, MismatchError, *milora("toy", tmp_path / "runs"))
    assert "'milora' needs frames" in said and "`vsumbench info toy`" in said
    assert not there(tmp_path)


def test_a_preset_too_large_for_the_machine(
    bare: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_released(bare, tmp_path / "published")
    monkeypatch.setattr(readiness, "free_memory_gib", lambda device: 2.0)
    said = refusal(bare, MismatchError, *asked(tmp_path / "runs", "--preset", "paper", learn=()))
    assert "needs 20 GiB" in said and "2.0 GiB free" in said and "--preset" in said
    assert not (tmp_path / "runs").exists()
