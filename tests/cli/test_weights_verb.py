"""`vsumbench weights`: what it prints, what it exits with, and that a licence is accepted once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from backed.model import SPEC

from vsumbench.cli import VERBS, main
from vsumbench.plugins import Plugins

BACKED = ("--model", "backed.model:SPEC")


@pytest.fixture(autouse=True)
def weights_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"tensor")
    (folder / "config.json").write_text("{}")
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as done:
        main(["weights", *map(str, arguments)])
    captured = capsys.readouterr()
    code = done.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err


def call_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, err = call(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_the_verb_and_every_command_of_it_say_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert "weights" in VERBS
    for command in ("list", "status", "import", "make"):
        code, out, _ = call(capsys, command, "--help")
        assert code == 0 and "--json" in out and len(out.splitlines()) > 5


def test_list_names_users_licence_and_how_they_are_had(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plugins, "specs", lambda self, kind: ([SPEC] if kind == "model" else [], []))
    rows = {row["id"]: row for row in call_json(capsys, "list")}
    assert rows["tower"]["users"] == ["backed (paper)"] and rows["tower"]["licence"] == "CC-BY-NC 4.0"
    assert rows["made-toy"]["from"] == "made here" and rows["made-toy"]["state"] == "absent"
    out = call(capsys, "list")[1]
    assert "backed (tiny)" in out and "https://huggingface.co/nobody/tower" in out


def test_a_licence_is_accepted_once(capsys: pytest.CaptureFixture[str], published: Path) -> None:
    code, out, err = call(capsys, "import", "tower", published, *BACKED)
    assert code == 2 and out == "" and "CC-BY-NC 4.0" in err and "--accept-licence" in err
    found = call_json(capsys, "import", "tower", published, "--accept-licence", *BACKED)
    assert found["written"] and found["files"] == ["config.json", "model.safetensors"]
    code, out, _ = call(capsys, "import", "tower", published, *BACKED)
    assert code == 0 and "is there already" in out
    assert call_json(capsys, "import", "tower", published, "--force", *BACKED)["written"]


def test_status_names_the_next_command_until_all_is_well(
    capsys: pytest.CaptureFixture[str], weights_root: Path
) -> None:
    one = call_json(capsys, "status", "made-toy", *BACKED)
    assert one["root"] == str(weights_root)
    assert one["weights"][0]["next"] == "vsumbench weights make made-toy"
    assert not weights_root.exists(), "status writes nothing"
    made = call_json(capsys, "make", "made-toy", *BACKED)
    assert made["written"] and made["seconds"] >= 0 and len(made["digest"]) == 64
    code, out, _ = call(capsys, "make", "made-toy", *BACKED)
    assert code == 0 and "is there already" in out
    code, out, _ = call(capsys, "status", *BACKED)
    assert code == 0 and "verified, every file as listed" in out and "tower: absent" in out
    assert "vsumbench weights import tower FOLDER" in out
    (weights_root / "made-toy" / "number.json").write_text("changed")
    code, out, _ = call(capsys, "status", "made-toy", *BACKED)
    assert code == 0 and "problem: number.json: was changed" in out
    assert "vsumbench weights make made-toy --force" in out


def test_an_id_nobody_names_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "make", "made-to", *BACKED)
    assert code == 9 and out == "" and "'made-toy'" in err and "vsumbench weights list" in err


def test_a_request_without_data_or_weights_names_the_commands_that_bring_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_DATA", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def refused(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as done:
            main(["run", "--runs", str(tmp_path / "runs"), *arguments])
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
        return int(done.value.code or 0), captured.err

    code, err = refused("-m", "backed.model:SPEC", "-d", "toy", "--preset", "paper")
    assert code == 33 and "vsumbench weights import tower FOLDER" in err
    code, err = refused("-m", "random", "-d", "videoxum", "--edition", "full")
    assert code in (15, 30) and "hf download jylins/videoxum" in err and "--edition" in err
    assert not (tmp_path / "runs").exists()
