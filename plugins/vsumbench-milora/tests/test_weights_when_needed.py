"""On a bare machine `run` makes the weights it needs, says so, and makes them once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from runs_support import Machine, asked, tree

MODEL = "./quick_backbone.py:SPEC"


def weights_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if "WEIGHTS" in line]


def test_a_bare_machine_makes_the_weights_of_the_preset_once_and_says_so(
    machine: Machine, tmp_path: Path
) -> None:
    bare = replace(machine, weights=tmp_path / "weights", home=tmp_path)
    done = bare.call(*asked(tmp_path / "runs", "--preset", "auto", model=MODEL))
    assert done.result["state"] == "sealed" and done.result["preset"] == "tiny"
    (said,) = weights_lines(done.err)
    assert "Quick Video-LLaMA (video-llama-quick) is not there and is made, once" in said
    assert "`vsumbench weights make video-llama-quick`" in said

    folder = tmp_path / "weights" / "video-llama-quick"
    manifest = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
    assert manifest["origin"] == "made" and manifest["recipe"]
    assert {"backbone.json", "model.safetensors", "tokenizer.json", "report.json"} <= manifest["files"].keys()
    assert [path.name for path in (tmp_path / "weights").iterdir() if path.is_dir()] == [folder.name]
    run = Path(done.result["folder"])
    request = json.loads((run / "request.json").read_text(encoding="utf-8"))
    assert list(request["identity"]["model"]["weights"]) == ["video-llama-quick"]

    before = tree(folder)
    again = bare.call(*asked(tmp_path / "runs", "--seed", "1", model=MODEL))
    assert again.result["state"] == "sealed" and again.result["folder"] != done.result["folder"]
    assert not weights_lines(again.err) and tree(folder) == before
    assert bare.call("weights", "status", "video-llama-quick", "--model", MODEL).code == 0


def test_sealed_runs_are_found_again_without_making_weights_anew(machine: Machine, sealed: Path) -> None:
    before = tree(machine.weights)
    done = machine.call(*asked(sealed.parent, "--preset", "auto"))
    assert done.result["state"] == "already sealed"
    assert not weights_lines(done.err) and tree(machine.weights) == before
