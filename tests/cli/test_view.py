"""`vsumbench view`: a page of one video, the list of videos, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness import only_run, vsumbench

from vsumbench.records.record import load_record


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Uniform and oracle on the toy dataset, predicted only."""
    found = []
    for model in ("uniform", "oracle"):
        folder = tmp_path_factory.mktemp(model)
        made = vsumbench(
            "run", "--model", model, "--dataset", "toy", "--predict-only", "-q", "--runs", folder
        )
        assert made.returncode == 0, made.stderr
        found.append(only_run(folder))
    return found[0], found[1]


def test_a_page_is_one_file_that_asks_for_no_other(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = vsumbench("view", *runs, "--video", "toy_02", "--out", out)
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    assert "toy_02" in page and "Planted data" in page and "has no frames" in page
    assert 'src="' not in page and "http" not in page.replace("http-equiv", "")
    again = tmp_path / "made" / "too" / "again.html"
    vsumbench("view", *runs, "--video", "toy_02", "--out", again)
    assert again.read_bytes() == out.read_bytes()
    below = vsumbench("view", *runs, "--video", "toy_02", "--out", out / "page.html")
    assert below.returncode == 50 and "Name another file with --out." in below.stderr


def test_the_list_is_most_disagreement_first_and_its_first_is_the_default(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    listed = json.loads(vsumbench("view", *runs, "--list", "--json").stdout)
    values = [one["disagreement"] for one in listed]
    assert len(values) == 12 and values == sorted(values, reverse=True) and values[0] > values[-1]
    done = vsumbench("view", *runs, "--json", "--out", tmp_path / "x.html")
    assert json.loads(done.stdout)["video"] == listed[0]["video"]
    assert listed[0]["video"] in done.stderr


def test_a_video_the_run_lacks_is_refused_with_near_ids_and_folds(runs: tuple[Path, Path]) -> None:
    done = vsumbench("view", *runs, "--video", "toy_2")
    assert done.returncode != 0
    assert "'toy_2'" in done.stderr and "toy_02" in done.stderr and "fold fold0: toy_01" in done.stderr


@pytest.mark.slow
def test_runs_of_other_data_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    made = vsumbench(
        *("run", "--model", "uniform", "--dataset", "summe", "--edition", "planted", "-q"),
        *("--predict-only", "--runs", tmp_path),
        VSUMBENCH_DATA=str(tmp_path / "data"),
    )
    assert made.returncode == 0, made.stderr
    (other,) = (entry for entry in tmp_path.iterdir() if entry.name.startswith("uniform"))
    assert load_record(other).dataset.id == "summe"
    done = vsumbench("view", runs[0], other, VSUMBENCH_DATA=str(tmp_path / "data"))
    assert done.returncode != 0
    assert "has dataset 'summe'" in done.stderr and "'toy'" in done.stderr


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    done = vsumbench("view", tmp_path)
    assert done.returncode != 0
    assert str(tmp_path) in done.stderr
