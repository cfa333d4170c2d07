"""Two stages: a run starts from the adapters another one left, and its record says from which."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import Bench, options_of, samples, write_manifest
from runs_support import FOLD, Machine, asked, facts
from vsumbench_milora.milora.model import Milora

from vsumbench.data.weights import read_weights_manifest
from vsumbench.errors import MismatchError, WeightsMissingError

GENERAL = "milora-general"
SMALL = {"num_frames": 2, "max_new_tokens": 12, "epochs": 2, "learning_rate": 0.05}


def trained(folder: Path, count: int, prefix: str, **changes: Any) -> tuple[Milora, Bench]:
    options = options_of(**SMALL | changes)
    bench = Bench(folder, options)
    model = Milora(options, bench.context())
    model.fit(samples(count, prefix), [], bench.context())
    return model, bench


def tensors(model: Milora) -> dict[str, torch.Tensor]:
    assert model._built is not None
    return {name: p.detach() for name, p in model._built[0].named_parameters() if p.requires_grad}


@pytest.fixture
def first(micro_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Milora:
    """A first stage, whose adapters lie among the weights."""
    root = tmp_path / "weights"
    shutil.copytree(micro_root, root)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(root))
    model, _ = trained(tmp_path / "first", 3, "g")
    (root / GENERAL).mkdir()
    model.save(root / GENERAL)
    write_manifest(root / GENERAL)
    return model


def test_a_second_stage_starts_where_the_first_ended_and_trains_the_same(
    first: Milora, tmp_path: Path
) -> None:
    options = options_of(**SMALL, pretrained_adapter=GENERAL)
    bench = Bench(tmp_path / "second", options)
    model = Milora(options, bench.context())
    began = tensors_of_new(model)
    left = tensors(first)
    assert began.keys() == left.keys()
    assert all(torch.equal(value, left[name]) for name, value in began.items())
    model.fit(samples(3), [], bench.context())
    ended = tensors(model)
    assert ended.keys() == left.keys()
    assert sum(not torch.equal(value, left[name]) for name, value in ended.items()) > len(left) / 2


def tensors_of_new(model: Milora) -> dict[str, torch.Tensor]:
    built, _ = model._new()
    return {name: p.detach().clone() for name, p in built.named_parameters() if p.requires_grad}


def test_what_a_second_stage_saves_says_where_it_began_and_loads_without_it(
    first: Milora, tmp_path: Path
) -> None:
    model, bench = trained(tmp_path / "second", 3, "v", pretrained_adapter=GENERAL)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    settings = json.loads((folder / "milora_config.json").read_text())
    root = tmp_path / "weights" / GENERAL
    assert settings["pretrained_adapter"] == GENERAL
    assert settings["pretrained_digest"] == read_weights_manifest(root).digest
    shutil.rmtree(root)
    fresh = Milora(bench.options, bench.context())
    fresh.load(folder)
    assert fresh._built is not None
    loaded = {name: p.detach() for name, p in fresh._built[0].named_parameters()}
    assert all(torch.equal(value, loaded[name]) for name, value in tensors(model).items())
    with pytest.raises(WeightsMissingError, match="milora-general"):
        Milora(bench.options, bench.context()).fit(samples(2), [], bench.context())


def test_a_first_stage_of_another_structure_is_refused(first: Milora, tmp_path: Path) -> None:
    options = replace(options_of(**SMALL, pretrained_adapter=GENERAL), experts=2)
    bench = Bench(tmp_path / "second", options)
    with pytest.raises(MismatchError, match="experts=4"):
        Milora(options, bench.context()).fit(samples(2), [], bench.context())


@pytest.mark.slow
def test_a_chain_of_two_runs_is_two_commands_and_an_import(machine: Machine, tmp_path: Path) -> None:
    root = tmp_path / "weights"
    shutil.copytree(machine.weights, root)
    own = replace(machine, weights=root)
    general = Path(own.call(*asked(tmp_path / "general", "--seed", "3")).result["folder"])
    preset = ("--preset", "tiny-second-stage")
    refused = own.call(*asked(tmp_path / "runs", *preset))
    assert refused.code == WeightsMissingError.exit_code and "vsumbench weights import" in refused.err
    done = own.call("weights", "import", GENERAL, general / FOLD / "weights", "--accept-licence")
    assert done.code == 0, done.err
    second = Path(own.call(*asked(tmp_path / "runs", *preset)).result["folder"])
    record = facts(second)
    assert record["model"]["weights"][GENERAL] == read_weights_manifest(root / GENERAL).digest
    # A second stage learns something else than a training that starts anew.
    anew = facts(Path(own.call(*asked(tmp_path / "runs")).result["folder"]))
    assert anew["prediction_digest"] != record["prediction_digest"]
