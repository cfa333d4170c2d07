"""`vsumbench features`: what it prints, what it exits with, and that nothing is extracted twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsumbench.cli import VERBS, main
from vsumbench.data.features import FeatureCache
from vsumbench.data.video import encode

EXTRACTOR = "pixel_mean:SPEC"
FRAMED = "framed_dataset:SPEC"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_FEATURES", str(tmp_path / "features"))
    monkeypatch.delenv("VSUMBENCH_FEATURES_BUDGET", raising=False)
    return tmp_path / "features"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two clips of 3 s and 2 s at 10 frames a second, each a grey that changes."""
    folder = tmp_path_factory.mktemp("clips")
    for name, frames in (("one", 30), ("two", 20)):
        greys = (np.full((32, 48, 3), 40 + 5 * step, dtype=np.uint8) for step in range(frames))
        encode(folder / f"{name}.mp4", greys, 10)
    return [folder / "one.mp4", folder / "two.mp4"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "framed"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}.vid").write_text(name)
    return tmp_path / "data"


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as done:
        main(["features", *map(str, arguments)])
    captured = capsys.readouterr()
    code = done.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err


def call_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, err = call(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_the_verb_and_every_command_of_it_say_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert "features" in VERBS
    for name in ("extract", "list", "verify", "remove"):
        code, out, _ = call(capsys, name, "--help")
        assert code == 0 and "--json" in out and len(out.splitlines()) > 5


def test_files_are_extracted_once(capsys: pytest.CaptureFixture[str], clips: list[Path], root: Path) -> None:
    code, out, err = call(capsys, "extract", EXTRACTOR, *clips)
    assert code == 0 and "pixel-mean: 2 extracted (10 frames decoded" in out
    assert "of 2 videos: 120 B (120 bytes), none there, 2 to extract" in err
    again = call_json(capsys, "extract", EXTRACTOR, *clips)
    assert (again["extracted"], again["frames"], again["kept"], again["root"]) == (0, 0, 2, str(root))
    assert again["extractor"] == "pixel-mean@1" and again["shape"] == [3] and again["failed"] == {}
    assert len(FeatureCache().files()) == 2
    # A copy under another name is the same video.
    copy = root.parent / "copy.mp4"
    copy.write_bytes(clips[0].read_bytes())
    assert call_json(capsys, "extract", EXTRACTOR, copy)["frames"] == 0


@pytest.mark.parametrize(
    ("rule", "steps"),
    [((), 6), (("--fps", 1), 3), (("--count", 4), 4), (("--every", 10), 3), (("--fps", 0.5), 2)],
)
def test_the_rule_for_steps_is_the_users(
    capsys: pytest.CaptureFixture[str], clips: list[Path], rule: tuple[object, ...], steps: int
) -> None:
    assert call_json(capsys, "extract", EXTRACTOR, clips[0], *rule)["frames"] == steps


def test_a_dry_run_says_the_size_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], clips: list[Path], root: Path
) -> None:
    code, out, _ = call(capsys, "extract", EXTRACTOR, *clips, "--dry-run")
    assert code == 0 and "120 B (120 bytes)" in out and not root.exists()
    found = call_json(capsys, "extract", EXTRACTOR, *clips, "--dry-run")
    assert found["missing"] == ["one", "two"] and found["missing_bytes"] == 120


def test_past_the_budget_it_stops_before_it_starts(
    capsys: pytest.CaptureFixture[str], clips: list[Path], root: Path
) -> None:
    code, _, err = call(capsys, "extract", EXTRACTOR, *clips, "--budget", "100B")
    assert code == 50 and "would add 120 B" in err and "--budget" in err
    assert FeatureCache().files() == []
    assert call(capsys, "extract", EXTRACTOR, *clips, "--budget", "lots")[0] == 2


def test_what_is_listed_verified_and_removed(
    capsys: pytest.CaptureFixture[str], clips: list[Path], root: Path
) -> None:
    assert call_json(capsys, "list")["features"] == []
    call(capsys, "extract", EXTRACTOR, *clips)
    code, out, _ = call(capsys, "list")
    assert code == 0 and "pixel-mean@1" in out and f"Features: {root}" in out
    (row,) = [line.split() for line in out.splitlines() if line.startswith("pixel-mean")]
    assert row[:5] == ["pixel-mean", "pixel-mean@1", "float32", "2", "10"]
    listed = call_json(capsys, "list")
    assert {entry["video"] for entry in listed["features"]} == {"one", "two"}
    assert listed["bytes"] == sum(entry["bytes"] for entry in listed["features"])
    assert "all is well" in call(capsys, "verify")[1]
    damaged = FeatureCache().files()[0]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    code, out, err = call(capsys, "verify")
    assert code == 80 and f"problem: {damaged}" in out and "1 of 2 features" in err
    code, out, _ = call(capsys, "verify", "--json")
    assert code == 80 and [one["path"] for one in json.loads(out)["damaged"]] == [str(damaged)]
    assert "1 cannot be read" in call(capsys, "list")[1]
    assert call_json(capsys, "remove", "--damaged")["removed"] == 1
    assert call(capsys, "verify")[0] == 0
    assert call_json(capsys, "remove", "resnet50@1")["removed"] == 0
    assert call_json(capsys, "remove", "pixel-mean@1")["removed"] == 1
    call(capsys, "extract", EXTRACTOR, *clips)
    assert call_json(capsys, "remove", "--all")["removed"] == 2 and FeatureCache().files() == []


def test_the_videos_of_a_dataset_are_extracted_or_some_of_them(
    capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    asked = ("extract", EXTRACTOR, "--dataset", FRAMED, "--data-root", data)
    assert call_json(capsys, *asked, "--video", "b")["extracted"] == 1
    found = call_json(capsys, *asked)
    assert (found["extracted"], found["kept"], found["frames"]) == (1, 1, 5)


def test_an_edition_without_frames_is_refused_by_name(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    asked = ("extract", EXTRACTOR, "--dataset", FRAMED, "--data-root", data)
    code, _, err = call(capsys, *asked, "--edition", "bare")
    assert code == 20 and "dataset 'framed', edition 'bare', has none" in err and "--edition full" in err
    (data / "framed" / "mute.vid").write_text("m")
    code, _, err = call(capsys, *asked)
    assert code == 20 and "does not say what they are drawn from for video 'mute'" in err


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ((EXTRACTOR,), 2, "there is neither here"),
        ((EXTRACTOR, "CLIP", "--dataset", FRAMED), 2, "not both"),
        ((EXTRACTOR, "CLIP", "--fps", "1", "--every", "2"), 2, "--fps and --every are two rules"),
        ((EXTRACTOR, "CLIP", "--video", "one"), 2, "--video names videos of a dataset"),
        ((EXTRACTOR, "--dataset", FRAMED, "--count", "3"), 2, "are for files"),
        ((EXTRACTOR, "CLIP", "--edition", "planted"), 2, "--edition is of a dataset"),
        ((EXTRACTOR, "CLIP", "--data-root", "."), 2, "--data-root is of a dataset"),
        ((EXTRACTOR, "CLIP", "--fps", "0"), 16, "above 0"),
        ((EXTRACTOR, "CLIP", "--batch", "0"), 2, "--batch"),
        ((EXTRACTOR, "CLIP", "--device", "gpu"), 2, "'gpu' is not a device"),
        ((EXTRACTOR, "/nowhere.mp4"), 30, "/nowhere.mp4"),
        (("no-such-thing", "CLIP"), 9, "'no-such-thing' is not known"),
        (("pixel_mean:WEIGHTED", "CLIP"), 2, "needs a file with a number in brackets"),
    ],
)
def test_what_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str],
    clips: list[Path],
    arguments: tuple[str, ...],
    code: int,
    expected: str,
) -> None:
    given = [str(clips[0]) if argument == "CLIP" else argument for argument in arguments]
    found, out, err = call(capsys, "extract", *given)
    assert (found, out) == (code, "") and expected in err and len(err.splitlines()) == 1


def test_nothing_to_remove_has_to_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ((), ("--all", "--damaged"), ("pixel-mean@1", "--all")):
        code, _, err = call(capsys, "remove", *arguments)
        assert code == 2 and "say what to remove" in err


def test_a_video_that_breaks_off_is_reported_and_the_others_are_kept(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pixel_mean

    whole = pixel_mean.draw

    def short(path: Path, told: Any, steps: Any) -> Any:
        return whole(path, told, list(steps)[:2] if path.stem == "a" else steps)

    monkeypatch.setattr(pixel_mean, "draw", short)
    code, out, err = call(capsys, "extract", EXTRACTOR, "--dataset", FRAMED, "--data-root", data)
    assert code == 31 and "a: video 'a': 2 frames were decoded for 5 steps" in out
    assert "1 of 2 videos could not be read" in err and "1 extracted" in out
    assert [entry.facts["video"] for entry in FeatureCache().entries()] == ["b"]
