"""`vsumbench data` on the datasets of this distribution."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vsumbench.cli import main


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VSUMBENCH_DATA", raising=False)


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_PLANTED", str(tmp_path / "planted"))
    return tmp_path / "planted"


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["data", *arguments])
    out, err = capsys.readouterr()
    return int(stopped.value.code or 0), out, err


def test_specs_are_light_to_import() -> None:
    source = (
        "import sys, vsumbench_datasets.summe.spec, vsumbench_datasets.tvsum.spec\n"
        "import vsumbench_datasets.videoxum.spec\n"
        "print([name for name in ('numpy', 'scipy', 'h5py', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_list_names_all_three_with_their_licences(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["id"]: row for row in json.loads(call(capsys, "list", "--json")[1])}
    assert {"summe", "tvsum", "videoxum"} <= rows.keys()
    assert all(rows[name]["licence"] for name in ("summe", "tvsum", "videoxum"))
    assert rows["videoxum"]["editions"] == ["full", "annotations", "planted", "planted-xl"]


def test_the_real_files_verify(capsys: pytest.CaptureFixture[str], shared_data: Path) -> None:
    for name, frames in (("summe", 109_820), ("tvsum", 352_353)):
        code, out, _ = call(capsys, "verify", name, "--json", "--data-root", str(shared_data))
        assert code == 0 and json.loads(out)["statistics"]["frames"] == frames


def test_a_part_of_summe_is_shown_as_a_part_and_does_not_verify(
    capsys: pytest.CaptureFixture[str], write_ground_truth: Callable[..., Path]
) -> None:
    root = str(write_ground_truth().parent)
    code, out, _ = call(capsys, "status", "summe", "--data-root", root)
    assert code == 0 and "partial" in out and "1/25 (4 %)" in out
    assert "video_1 (GT/Air_Force_One.mat) is missing" in out and "research only" in out
    code, out, err = call(capsys, "verify", "summe", "--json", "--data-root", root)
    assert code == 80 and "does not verify" in err
    problems = json.loads(out)["problems"]
    assert any("sha256" in line for line in problems) and "annotations: expected 390, found 15" in problems


def test_a_damaged_file_is_a_problem_that_verify_names(
    capsys: pytest.CaptureFixture[str], write_tvsum: Callable[..., Path]
) -> None:
    folder = write_tvsum()
    (folder / "ydata-tvsum50.mat").write_text("not found")
    code, out, err = call(capsys, "verify", "tvsum", "--data-root", str(folder.parent))
    assert code == 80 and "ydata-tvsum50.mat" in out and "HDF5" in out + err


def test_make_makes_once_and_a_changed_file_does_not_verify(
    capsys: pytest.CaptureFixture[str], own_folders: Path
) -> None:
    assert call(capsys, "status", "youtube-39")[1].count("not made yet") == 1
    code, out, _ = call(capsys, "make", "youtube-39", "--edition", "planted", "--json")
    folder = Path(json.loads(out)["folder"])
    assert code == 0 and json.loads(out)["made"] and own_folders in folder.parents
    assert "is there already" in call(capsys, "make", "youtube-39")[1]
    with (folder / "eccv16_dataset_youtube_google_pool5.h5").open("ab") as file:
        file.write(b"more")
    code, out, _ = call(capsys, "verify", "youtube-39", "--edition", "planted")
    assert code == 80 and "eccv16_dataset_youtube_google_pool5.h5: was changed" in out
    assert json.loads(call(capsys, "make", "youtube-39", "--force", "--json")[1])["made"]
    assert call(capsys, "verify", "youtube-39", "--edition", "planted")[0] == 0


def test_a_bare_machine_gets_the_planted_edition_with_one_loud_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "bare"))
    code, out, err = call(capsys, "verify", "youtube-39", "--json")
    assert code == 0 and json.loads(out)["statistics"]["videos"] == 39
    # A slow machine also sees progress.
    progress = ("vsumbench: make youtube-39: ", "vsumbench: verify youtube-39: ")
    said = [line for line in err.splitlines() if not line.startswith(progress)]
    assert len(said) == 1 and "PLANTED DATA" in said[0]


def test_a_named_root_without_the_data_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = call(capsys, "verify", "videoxum", "--data-root", str(tmp_path / "root"))
    assert code == 30 and out == "" and "--edition planted" in err and err.count("\n") == 1


def test_two_processes_that_make_at_once_make_one(own_folders: Path) -> None:
    command = [sys.executable, "-m", "vsumbench", "data", "make", "youtube-39", "--json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    made = [json.loads(process.communicate(timeout=120)[0])["made"] for process in running]
    assert sorted(made) == [False, True]
    assert [path.name for path in (own_folders / "youtube-39").iterdir() if path.is_dir()] == ["v1"]
