"""`vsumbench data` with what the core alone provides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vsumbench.cli import main


@pytest.fixture(autouse=True)
def core_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    monkeypatch.delenv("VSUMBENCH_DATA", raising=False)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["data", *arguments])
    out, err = capsys.readouterr()
    return int(stopped.value.code or 0), out, err


def test_list_shows_the_toy_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "list", "--json")
    toy = next(row for row in json.loads(out) if row["id"] == "toy")
    assert code == 0 and toy["editions"] == ["planted"] and toy["split_sets"] == ["folds", "all"]
    assert "Toy (planted, in memory)" in call(capsys, "list")[1]


def test_status_of_a_dataset_in_memory_is_whole(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = call(capsys, "status", "toy", "--json", "--data-root", str(tmp_path))
    shown = json.loads(out)
    assert code == 0 and shown["data_root"] == str(tmp_path) and shown["origin"] == "--data-root"
    (row,) = shown["editions"]
    assert (row["state"], row["present"], row["tested"], row["official"]) == ("in memory", 12, 12, 12)


def test_verify_reads_everything(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "verify", "toy")
    assert code == 0 and "all is well" in out and err == ""


def test_what_is_not_generated_into_files_is_not_made(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "make", "toy")
    assert code == 2 and "it is held in memory" in err


def test_unknown_names_and_editions_have_their_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "verify", "toi")[0] == 11
    code, _, err = call(capsys, "verify", "toy", "--edition", "full")
    assert code == 15 and "It has planted" in err and err.count("\n") == 1


def test_importing_specs_and_the_data_room_imports_nothing_heavy() -> None:
    source = (
        "import sys, vsumbench.data, vsumbench.planted, vsumbench.cli.data, vsumbench.defaults.toy_spec\n"
        "heavy = ('numpy', 'scipy', 'h5py', 'torch', 'rich', 'pydantic')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
