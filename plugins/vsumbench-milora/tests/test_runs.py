"""Both models through the whole pipeline, as the command line runs them: sealed once and verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from milora_support import MICRO, TINY_ID
from runs_support import FOLD, QUICK, Machine, asked, contents, facts, texts, tree
from vsumbench_milora.video_llama.backbone import new_backbone

from vsumbench.records.record import ABLATED_INPUTS

VARIANTS = ("combined", "temporal-only", "spatial-only")


@pytest.fixture(scope="module")
def variants(machine: Machine, sealed: Path) -> dict[str, Path]:
    """The run folders of all three."""
    runs = machine.home / "variants"
    found = {
        name: Path(machine.call(*asked(runs, model=f"milora@{name}")).result["folder"])
        for name in VARIANTS[1:]
    }
    return {"combined": sealed} | found


@pytest.fixture(scope="module")
def frozen(machine: Machine) -> Path:
    """The run folder of `video-llama`."""
    done = machine.call(*asked(machine.home / "frozen", model="video-llama", learn=QUICK))
    return Path(done.result["folder"])


def fit_facts(folder: Path) -> dict[str, float]:
    (report,) = facts(folder)["fit"]
    found: dict[str, float] = report["facts"]
    return found


def test_a_run_says_in_its_record_what_was_learned_and_what_chose_the_checkpoint(sealed: Path) -> None:
    record = facts(sealed)
    assert record["status"] == "complete" and record["evidence"] == "planted"
    assert record["setting"]["selection"] == "validation"
    assert record["setting"]["selected_by"] == "paragraph/rougeL"
    model = record["model"]
    assert (model["variant"], model["preset"], model["ablated"]) == ("combined", "tiny", "")
    assert model["weights"].keys() == {TINY_ID} and len(model["weights"][TINY_ID]) == 64
    assert set(model["set_by_hand"]) == {
        "num_frames",
        "max_new_tokens",
        "epochs",
        "batch_size",
        "learning_rate",
    }
    assert {score["metric"] for score in record["scores"]} == {"rougeL", "rouge1"}
    assert all(0 < score["value"] < 100 for score in record["scores"])
    found = fit_facts(sealed)
    assert found["steps"] == 6
    assert 0 < found["trainable_parameters"] < found["branch_parameters"] < found["total_parameters"]
    assert 0 < found["tower_parameters"] < found["total_parameters"]
    history = json.loads((sealed / FOLD / "fit.json").read_text(encoding="utf-8"))["history"]
    assert history[1]["loss"] < history[0]["loss"]
    best = max(range(2), key=lambda epoch: history[epoch]["score"])
    assert record["fit"][0]["selected_epoch"] == best + 1


def test_each_test_video_gets_one_text_and_training_changes_texts(sealed: Path, frozen: Path) -> None:
    told = texts(sealed)
    assert sorted(told) == ["small_016", "small_017", "small_018", "small_019"]
    assert all(told.values()) and told != texts(frozen)


def test_what_is_kept_of_a_training_is_a_folder_of_peft(sealed: Path) -> None:
    folder = sealed / FOLD / "weights"
    names = ["adapter_config.json", "adapter_model.safetensors", "milora_config.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    config = json.loads((folder / names[0]).read_text(encoding="utf-8"))
    assert config["peft_type"] == "LORA" and config["modules_to_save"] == ["fusion", "alignment"]
    settings = json.loads((folder / names[2]).read_text(encoding="utf-8"))
    assert settings["backbone"] == TINY_ID and settings["branches"] == "both"


def test_a_sealed_run_is_not_repeated_and_verifies(machine: Machine, sealed: Path) -> None:
    before = tree(sealed)
    assert machine.call(*asked(sealed.parent)).result["state"] == "already sealed"
    done = machine.call("verify", sealed)
    assert done.code == 0, done.err
    assert tree(sealed) == before


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_trains_its_own_branches_and_seals(variants: dict[str, Path], name: str) -> None:
    record = facts(variants[name])
    assert record["status"] == "complete" and record["model"]["variant"] == name
    assert ("fusion" in fit_facts(variants[name])) == (name != "temporal-only")
    kept = (variants[name] / FOLD / "weights" / "adapter_model.safetensors").read_bytes()
    assert (b"video_qformer" in kept) == (name != "spatial-only")
    assert (b"image_qformer" in kept) == (name != "temporal-only")


def test_the_parameters_of_the_branches_add_up(variants: dict[str, Path]) -> None:
    found = {name: fit_facts(folder) for name, folder in variants.items()}
    trained = {name: value["trainable_parameters"] for name, value in found.items()}
    # Each has the alignment block: layer norms, three maps in and one out, of width 24 and inner width 16.
    alignment = 4 * 24 + 3 * (24 * 16 + 16) + 16 * 24 + 24
    assert trained["combined"] == trained["temporal-only"] + trained["spatial-only"] - alignment
    assert {value["alignment_parameters"] for value in found.values()} == {alignment}
    assert len(set(trained.values())) == 3
    backbone = {value["total_parameters"] - value["trainable_parameters"] for value in found.values()}
    assert backbone == {sum(p.numel() for p in new_backbone(MICRO, 0).parameters())}
    assert len({value["branch_parameters"] for value in found.values()}) == 1


def test_the_frozen_backbone_is_sealed_without_training_and_writes_something_else(
    machine: Machine, frozen: Path, sealed: Path
) -> None:
    record = facts(frozen)
    assert record["status"] == "complete" and not record["model"]["trainable"]
    assert record["fit"] == () and record["setting"]["selected_by"] == ""
    assert not (frozen / FOLD / "weights").exists()
    assert machine.call("verify", frozen).code == 0
    assert texts(frozen).keys() == texts(sealed).keys() and texts(frozen) != texts(sealed)


@pytest.mark.parametrize("ablation", ["shuffle-pairs", "permute-time"])
def test_spoilt_input_leads_to_other_weights_and_is_in_the_record(
    machine: Machine, sealed: Path, tmp_path: Path, ablation: str
) -> None:
    done = machine.call(*asked(tmp_path, "--ablate-input", ablation))
    folder = Path(done.result["folder"])
    record = facts(folder)
    assert done.result["state"] == "sealed" and record["status"] == "complete"
    assert record["model"]["ablated"] == done.result["ablated"] == ablation
    assert ablation in record["command"]
    assert record["prediction_digest"] != facts(sealed)["prediction_digest"]
    mine, theirs = (contents(run, f"{FOLD}/weights/*") for run in (folder, sealed))
    name = f"{FOLD}/weights/adapter_model.safetensors"
    assert mine.keys() == theirs.keys() and mine[name] != theirs[name]
    del mine[name], theirs[name]
    assert mine == theirs, "the structure is the same"
    assert machine.call("verify", folder).code == 0
    words = [word for word in asked(tmp_path, "--ablate-input", ablation) if word != "--json"]
    assert f"input: {ABLATED_INPUTS[ablation]}" in machine.call(*words).out
