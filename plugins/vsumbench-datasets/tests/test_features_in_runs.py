"""`vsumbench run --features`: a model is given what is extracted from frames, and the run says by whom."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_clip import save_tiny_clip

from vsumbench.cli import main
from vsumbench.data import planted_folder
from vsumbench.data.features import FeatureCache
from vsumbench.data.video import encode
from vsumbench.records.provenance import source_digest
from vsumbench.records.record import load_record


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are written. Features lie in the folder of the session: what is there costs nothing."""
    monkeypatch.delenv("VSUMBENCH_DATA", raising=False)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], places: Path, *words: str) -> tuple[int, Any, str]:
    asked = ("run", "-m", "clustering", "-d", "folder", "--edition", "planted", "--split-set", "own")
    with pytest.raises(SystemExit) as left:
        main([*asked, "--runs", str(places / "runs"), "--json", *words])
    said = capsys.readouterr()
    return int(left.value.code or 0), json.loads(said.out) if said.out else None, said.err


def cached() -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in FeatureCache().files()}


def test_the_model_is_given_the_feature_and_the_record_names_its_extractor(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, outcome, said = run(capsys, places, "--features", "color-motion")
    assert code == 0 and "color-motion (184 float32 a step) of 5 videos" in said
    record = load_record(Path(outcome["folder"]))
    assert record.dataset.features["color-motion"] == "color-motion@1"
    assert "--features color-motion" in record.command
    assert len(cached()) >= record.coverage.evaluated == 5


def test_a_second_run_decodes_nothing_again(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, places, "--features", "color-motion")
    before = cached()
    code, outcome, _ = run(capsys, places, "--features", "color-motion", "--seed", "1")
    assert code == 0 and outcome["state"] == "sealed"
    assert cached() == before
    # Named twice it is the same feature, and the same run.
    twice = ("--features", "color-motion", "--features", "color-motion")
    code, outcome, _ = run(capsys, places, *twice, "--seed", "1")
    assert outcome["state"] == "already sealed"


HELPED = """
from vsumbench.contracts import ExtractorSpec, FeatureSpec

SPEC = ExtractorSpec(
    id="helped", version="1", title="helped", implementation="helped.extractors.steps:build", frames=False,
    output=FeatureSpec(name="helped", shape=(1,), extractor="helped@1"),
)
"""
STEPS = """
import numpy as np

from helped.tools.numbers import of_video

class Steps:
    def extract(self, video):
        yield np.full((video.steps, 1), of_video(video), dtype=np.float32)

def build(context):
    return Steps()
"""


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that an extractor of this package uses, in another of its folders."""
    for name, content in {"spec": HELPED, "extractors/steps": STEPS, "tools/numbers": ""}.items():
        path = tmp_path / "code" / "helped" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(content)
    path.write_text("def of_video(video):\n    return video.duration\n")
    monkeypatch.syspath_prepend(tmp_path / "code")
    yield path
    source_digest.cache_clear()


def test_an_edit_of_whatever_the_extractor_uses_is_another_run(
    places: Path, helper: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--features", "helped.spec:SPEC", "--predict-only")
    code, before, said = run(capsys, places, *words)
    assert code == 0 and before["state"] == "sealed", said
    helper.write_text("def of_video(video):\n    return video.duration + 1\n")
    source_digest.cache_clear()
    _, after, _ = run(capsys, places, *words)
    assert after["state"] == "sealed" and after["prediction_digest"] != before["prediction_digest"]


def test_the_command_of_a_record_names_files_by_their_last_part_and_checkpoints_of_a_hub_whole(
    places: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(places / "weights"))
    (places / "weights" / "nobody" / "tiny-clip").mkdir(parents=True)
    save_tiny_clip(places / "weights" / "nobody" / "tiny-clip")
    shutil.copytree(places / "weights" / "nobody" / "tiny-clip", places / "elsewhere" / "other-clip")
    names = ("clip[nobody/tiny-clip]", f"clip[{places}/elsewhere/other-clip]")
    code, outcome, said = run(capsys, places, *(f"--features={name}" for name in names), "--predict-only")
    assert code == 0, said
    command = load_record(Path(outcome["folder"])).command
    assert "'clip[nobody/tiny-clip]' --features 'clip[other-clip]'" in command


def test_a_run_made_for_no_protocol_says_how_it_can_be_scored(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (places / "data" / "folder").mkdir(parents=True)
    grey = (np.full((32, 48, 3), 40 + 5 * step, dtype=np.uint8) for step in range(30))
    encode(places / "data" / "folder" / "one.mp4", grey, 10)
    of_videos = ("--edition", "videos", "--split-set", "all", "--data-root", str(places / "data"))
    made = (*of_videos, "--features", "color-motion", "--predict-only")
    folders = []
    for seed in "01":
        code, outcome, said = run(capsys, places, *made, "--seed", seed)
        assert code == 0, said
        folders.append(outcome["folder"])
    for words in ([folders[0]], [*folders, "--common"]):
        with pytest.raises(SystemExit) as left:
            main(["score", *words])
        said = capsys.readouterr().err
        assert left.value.code == 20 and "was made for no protocol" in said
        assert f"{folders[0]}/predictions.jsonl --references FILE" in said
    # What is said can be done.
    line = json.loads((Path(folders[0]) / "predictions.jsonl").read_text())
    rated = {"id": "one", "importance": [[step % 5 for step in range(len(line["importance"]))]]}
    (places / "rated.jsonl").write_text(json.dumps(rated))
    words = ["--references", str(places / "rated.jsonl"), "--protocol", "peruser-2fps", "--json"]
    with pytest.raises(SystemExit) as left:
        main(["score", f"{folders[0]}/predictions.jsonl", *words])
    assert not left.value.code and "kendall" in capsys.readouterr().out


def test_without_features_the_error_says_how_to_have_them(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = run(capsys, places)
    assert code == 20
    assert "needs any feature" in said and "--features" in said and "vsumbench list extractors" in said


def test_features_of_an_edition_without_frames_are_refused(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--features", f"i3d[{places}]")
    words = ("-d", "toy", "--split-set", "folds", *given, "--features", "color-motion")
    code, _, said = run(capsys, places, *words)
    assert code == 20 and "--features color-motion" in said and "has no frames to extract from" in said


OTHER = """
from vsumbench.contracts import ExtractorSpec, FeatureSpec

SPEC = ExtractorSpec(
    id="other", version="2", title="other", implementation="nowhere:build", frames=False,
    output=FeatureSpec(name="{name}", shape=({width},), extractor="other@2"),
)
"""


@pytest.mark.parametrize(
    ("name", "width", "dataset", "split_set"),
    [("toy-8", 8, "toy", "folds"), ("color-motion", 16, "folder", "own")],
)
def test_two_extractors_of_one_feature_are_not_mixed(
    places: Path, capsys: pytest.CaptureFixture[str], name: str, width: int, dataset: str, split_set: str
) -> None:
    path = places / f"other_{width}.py"  # each file a module name of its own
    path.write_text(OTHER.format(name=name, width=width))
    words = ["-d", dataset, "--split-set", split_set, "--features", f"{path}:SPEC"]
    if name == "color-motion":
        words += ["--features", "color-motion"]
    code, _, said = run(capsys, places, *words)
    assert code == 20, said
    assert f"feature '{name}' is of" in said and "'other@2'" in said


def test_what_was_trained_on_a_feature_summarizes_a_file_by_the_same_extractor(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = f"{Path(__file__).with_name('learned_motion.py')}:SPEC"
    words = ("-m", model, "--features", "color-motion", "--selection", "last-epoch")
    code, outcome, said = run(capsys, places, *words)
    assert code == 0, said
    record = load_record(Path(outcome["folder"]))
    assert record.dataset.features["color-motion"] == "color-motion@1"
    clip = next(planted_folder("folder", record.dataset.edition_version).rglob("*.mp4"))
    with pytest.raises(SystemExit) as left:
        main(["summarize", str(clip), "--from", outcome["folder"], "--out", str(places / "out"), "--json"])
    said = capsys.readouterr().err
    assert not left.value.code, said
    document = json.loads((places / "out" / "summary.json").read_text())
    assert document["cut_by"] == "learned-motion"
    assert document["feature"] == {"name": "color-motion", "extractor": "color-motion@1"}
    scores = document["importance"]["scores"]
    assert len(set(scores)) > 1

    # The same run, had it been made by another version of the extractor.
    sealed = Path(outcome["folder"]) / "record.json"
    sealed.write_text(sealed.read_text().replace("color-motion@1", "color-motion@0"))
    with pytest.raises(SystemExit) as left:
        main(["summarize", str(clip), "--from", outcome["folder"], "--out", str(places / "other")])
    said = capsys.readouterr().err
    assert left.value.code == 20 and "color-motion@0" in said and "color-motion@1" in said
    assert not (places / "other").exists()
