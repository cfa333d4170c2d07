"""Predicted on one machine and scored on another gives what one machine gives, and so do two processes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from runs_support import FOLD, HERE, LASTING, Machine, asked, contents, facts, lines, texts

from vsumbench.records.record import load_record

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


@pytest.fixture
def another(tmp_path: Path) -> Machine:
    """A machine without weights, that has a copy of the dataset's file."""
    folders = {name: tmp_path / "another" / name for name in ("weights", "home", "at")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    shutil.copy(HERE / "small_planted.py", folders["at"])
    return Machine(**folders)


def scored_elsewhere(predicted: Path, another: Machine) -> Path:
    """A copy of a run folder, scored by another machine."""
    folder = another.home / predicted.name
    shutil.copytree(predicted, folder)
    done = another.start("score", folder)
    assert done.code == 0, done.err
    assert not list(another.weights.iterdir()), "nothing was made or trained"
    assert (folder / FOLD / "fit.json").stat().st_mtime == (predicted / FOLD / "fit.json").stat().st_mtime
    return folder


def test_predicted_here_and_scored_there_is_the_run_of_one_machine(
    machine: Machine, another: Machine, sealed: Path, tmp_path: Path
) -> None:
    done = machine.call(*asked(tmp_path / "runs", "--predict-only"))
    predicted = Path(done.result["folder"])
    assert load_record(predicted).status == "predicted" and not (predicted / "scores").exists()
    # What lies in checkpoints is of no use to who scores.
    shutil.rmtree(predicted / FOLD / "checkpoints")
    folder = scored_elsewhere(predicted, another)
    assert facts(folder) == facts(sealed)
    same = contents(sealed, *LASTING)
    assert contents(folder, *LASTING) == same
    tables = [name for name in same if name.endswith(".csv")]
    assert sorted(tables) == ["scores/paragraph/rouge1.csv", "scores/paragraph/rougeL.csv"]
    assert same[tables[0]].count(b"small_") == 4


def test_scoring_imports_nothing_of_the_model(
    machine: Machine, another: Machine, sealed: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(sealed, another.home / sealed.name)
    source = (
        "import sys\n"
        "from vsumbench.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    heavy = [name for name in ('torch', 'peft', 'transformers') if name in sys.modules]\n"
        "    print('imported:', heavy)\n"
    )
    words = ("score", folder, "--protocol", "paragraph-joined", "--metrics", "rougeL")
    done = another.start(*words, python=("-c", source))
    assert done.code == 0, done.err
    assert "imported: []" in done.out
    assert {score.protocol for score in load_record(folder).scores} == {"paragraph", "paragraph-joined"}


@pytest.mark.gpu
def test_predicted_on_a_gpu_and_scored_without_one_is_the_run_of_one_machine(
    machine: Machine, another: Machine, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    words = ("--device", "cuda")
    whole = Path(machine.call(*asked(tmp_path / "whole", *words)).result["folder"])
    done = machine.call(*asked(tmp_path / "runs", *words, "--predict-only"))
    predicted = Path(done.result["folder"])
    assert predicted.name == whole.name and load_record(predicted).device == "cuda"
    folder = another.home / predicted.name
    shutil.copytree(predicted, folder)
    done = another.start("score", folder, CUDA_VISIBLE_DEVICES="")
    assert done.code == 0, done.err
    assert texts(folder) == texts(whole)
    assert contents(folder, "scores/**/*") == contents(whole, "scores/**/*")
    assert load_record(folder).scores == load_record(whole).scores


@pytest.mark.slow
def test_two_processes_learn_and_write_what_one_does(machine: Machine, sealed: Path, tmp_path: Path) -> None:
    done = machine.start(*asked(tmp_path), python=(*TORCHRUN, "-m", "vsumbench"))
    folder = Path(done.result["folder"])
    assert folder.name == sealed.name
    (fitted,) = (line for line in lines(folder / "events.jsonl") if line["event"] == "fitted")
    assert fitted["processes"] == 2
    mine, theirs = (
        json.loads((run / FOLD / "fit.json").read_text(encoding="utf-8")) for run in (folder, sealed)
    )
    assert mine["facts"] == pytest.approx(theirs["facts"], rel=0, abs=1e-5)
    assert mine["selected_epoch"] == theirs["selected_epoch"]
    for one, other in zip(mine["history"], theirs["history"], strict=True):
        assert one == pytest.approx(other, rel=0, abs=1e-5)
    assert texts(folder) == texts(sealed)
    assert [s.value for s in load_record(folder).scores] == [s.value for s in load_record(sealed).scores]
