"""The whole method as the command line runs it: conformance, and learning on planted videos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from online_support import write_tiny
from runs_support import Machine, asked, facts, lines, texts

from vsumbench.data.weights import WEIGHTS_VARIABLE, weights_root
from vsumbench.testing import conformance

HERE = Path(__file__).parent
MODEL = "videollm-online"
LEARN = tuple(
    word
    for option in ("max_frames=4", "max_new_tokens=8", "epochs=1", "batch_size=6")
    for word in ("--set", option)
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with random weights in the place of the tiny ones."""
    home = tmp_path_factory.mktemp("machine")
    write_tiny(home / "weights")
    return Machine(weights=home / "weights", home=home)


@pytest.fixture
def random_weights(bare: Machine) -> Iterator[None]:
    """Those weights, in use in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WEIGHTS_VARIABLE, str(bare.weights))
        yield


def run(machine: Machine, model: str, *words: str) -> Path:
    """The folder of a sealed run on the small dataset."""
    done = machine.call(*asked(machine.home / "runs", *words, model=model, learn=LEARN))
    assert done.result["state"] == "sealed"
    return Path(done.result["folder"])


def test_a_run_learns_seals_and_verifies(bare: Machine) -> None:
    folder = run(bare, MODEL)
    record = facts(folder)
    assert (record["status"], record["model"]["variant"]) == ("complete", "offline")
    assert record["model"]["weights"].keys() == {"videollm-online-tiny"}
    assert set(record["tasks"]) == {"v2t"} and len(texts(folder)) == 4
    (report,) = record["fit"]
    assert report["facts"]["steps"] == 2
    assert report["facts"]["tower_parameters"] < report["facts"]["total_parameters"]
    names = ["adapter_config.json", "adapter_model.safetensors", "online_config.json"]
    assert sorted(path.name for path in (folder / "folds/official/weights").iterdir()) == names
    assert bare.call("verify", folder).code == 0


@pytest.mark.slow
def test_a_stream_learns_from_timed_captions_and_answers_with_scores(bare: Machine) -> None:
    folder = run(bare, f"{MODEL}@stream")
    record = facts(folder)
    assert record["status"] == "complete" and record["fit"][0]["facts"]["stream_videos"] == 12
    for line in lines(folder / "predictions.jsonl"):
        assert len(line["importance"]) == 4 and "text" in line


@pytest.mark.slow
def test_the_row_without_tuning_is_sealed_without_a_step(bare: Machine) -> None:
    folder = run(bare, MODEL, "--set", "tuning=none")
    (report,) = facts(folder)["fit"]
    assert report["facts"]["trainable_parameters"] == 0 and "steps" not in report["facts"]


@pytest.mark.slow
@pytest.mark.usefixtures("random_weights")
class TestConformance:
    """The suite of both variants, with random weights in the place of the tiny ones."""

    test_offline = staticmethod(conformance("model", MODEL))
    test_stream = staticmethod(conformance("model", f"{HERE / 'online_stream.py'}:SPEC"))


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_on_planted_videoxum_training_beats_the_frozen_backbone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One seed. The tiny weights are made if they are not there: minutes."""
    home = tmp_path_factory.mktemp("planted")
    root = weights_root() if WEIGHTS_VARIABLE in os.environ else home / "weights"
    machine = Machine(weights=root, home=home)
    found = {}
    for tuning in ("none", "lora"):
        words = ("--dataset", "videoxum", "--edition", "planted", "--preset", "tiny", "--device", "cpu")
        asked_for = ("--metrics", "rougeL", "--json", "--quiet", "--set", f"tuning={tuning}")
        done = machine.call("run", "--model", MODEL, *words, *asked_for, "--runs", home / "runs")
        (score,) = facts(Path(done.result["folder"]))["scores"]
        found[tuning] = score["value"]
    print(f"ROUGE-L, frozen and trained: {found}")
    assert found["lora"] > found["none"] + 2.0
