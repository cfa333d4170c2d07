"""`vsumbench view`: a page of one video, the list of videos, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness import only_run, vsumbench
from scene_clips import write_clip

from vsumbench.cli.run import command as run_command
from vsumbench.cli.view import command
from vsumbench.errors import (
    DataMissingError,
    MismatchError,
    RecordError,
    StorageError,
    UnknownProtocolError,
    UnknownSettingError,
)
from vsumbench.records.record import load_record


def view(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=False)


def made(folder: Path, model: str, dataset: str, *options: str) -> Path:
    """A run, predicted only."""
    asked = ["--model", model, "--dataset", dataset, *options, "--predict-only", "-q", "--runs", str(folder)]
    CliRunner().invoke(run_command, asked, catch_exceptions=False)
    return only_run(folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Uniform and oracle on the toy dataset."""
    uniform, oracle = (made(tmp_path_factory.mktemp(one), one, "toy") for one in ("uniform", "oracle"))
    return uniform, oracle


def test_a_page_is_one_file_that_asks_for_no_other(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert view(*runs, "--video", "toy_02", "--out", out).exit_code == 0
    page = out.read_text(encoding="utf-8")
    assert "toy_02" in page and "Planted data" in page and "has no frames" in page
    assert 'src="' not in page and "http" not in page.replace("http-equiv", "")
    again = tmp_path / "made" / "too" / "again.html"
    view(*runs, "--video", "toy_02", "--out", again)
    assert again.read_bytes() == out.read_bytes()
    with pytest.raises(StorageError) as found:
        view(*runs, "--video", "toy_02", "--out", out / "page.html")
    assert found.value.exit_code == 50 and "Name another file with --out." in str(found.value)


def test_the_list_is_most_disagreement_first_and_its_first_is_the_default(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    listed = json.loads(view(*runs, "--list", "--json").stdout)
    values = [one["disagreement"] for one in listed]
    assert len(values) == 12 and values == sorted(values, reverse=True) and values[0] > values[-1]
    done = view(*runs, "--json", "--out", tmp_path / "x.html")
    assert json.loads(done.stdout)["video"] == listed[0]["video"]
    assert listed[0]["video"] in done.stderr


def test_without_out_the_file_is_named_after_dataset_and_video(
    runs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    view(*runs, "--video", "toy_02")
    assert [one.name for one in tmp_path.iterdir()] == ["view-toy-toy_02.html"]


def test_a_video_the_run_lacks_is_refused_with_near_ids_and_folds(runs: tuple[Path, Path]) -> None:
    with pytest.raises(UnknownSettingError) as found:
        view(*runs, "--video", "toy_2")
    said = str(found.value)
    assert "'toy_2'" in said and "toy_02" in said and "fold fold0: toy_01" in said


def test_a_protocol_nobody_knows_is_refused_with_near_names(runs: tuple[Path, Path]) -> None:
    with pytest.raises(
        UnknownProtocolError, match=r"'peruser-2fp' is not known.*Did you mean 'peruser-2fps'"
    ):
        view(*runs, "--protocol", "peruser-2fp")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=re.escape(str(tmp_path))):
        view(tmp_path)


def test_errors_are_one_line_with_their_exit_code(runs: tuple[Path, Path]) -> None:
    done = vsumbench("view", *runs, "--video", "toy_2")
    assert done.returncode == 15
    assert "Traceback" not in done.stderr and "toy_02" in done.stderr


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The oracle on the planted folder, whose videos are files with frames."""
    return made(tmp_path_factory.mktemp("framed"), "oracle", "folder", "--edition", "planted")


@pytest.mark.slow
def test_a_page_with_frames_stays_small(framed: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    video = json.loads(view(framed, "--list", "--json").stdout)[0]["video"]
    assert view(framed, "--video", video, "--out", out).exit_code == 0
    page = out.read_text(encoding="utf-8")
    assert page.count("data:image/jpeg") == page.count("{ background-image: url(") >= 10
    assert out.stat().st_size < 2_000_000
    bare = tmp_path / "bare.html"
    view(framed, "--video", video, "--frames", "0", "--out", bare)
    assert "data:image/jpeg" not in bare.read_text(encoding="utf-8")


@pytest.mark.slow
def test_data_that_went_away_are_said_to_be_missing(tmp_path: Path) -> None:
    root = tmp_path / "data"
    (root / "folder" / "videos").mkdir(parents=True)
    write_clip(root / "folder" / "videos" / "one.mp4", (2, 3))
    run = made(tmp_path / "runs", "uniform", "folder", "--edition", "videos", "--data-root", str(root))
    (root / "folder").rename(tmp_path / "elsewhere")
    with pytest.raises(DataMissingError, match="folder"):
        view(run)


@pytest.mark.slow
def test_a_published_summary_and_its_scores_have_rows(tmp_path: Path) -> None:
    run = made(tmp_path / "runs", "uniform", "summe", "--edition", "planted")
    out = tmp_path / "page.html"
    view(run, "--out", out)
    page = out.read_text(encoding="utf-8")
    assert 'data-row="gtscore"' in page and 'data-row="gtsummary"' in page


@pytest.mark.slow
def test_runs_of_other_data_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    other = made(tmp_path / "runs", "uniform", "summe", "--edition", "planted")
    assert load_record(other).dataset.id == "summe"
    with pytest.raises(MismatchError, match=r"has dataset 'summe'.*'toy'"):
        view(runs[0], other)
