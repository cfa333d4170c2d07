"""`vsumbench weights import` converts the published files, and what it left is what a model runs on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from milora_support import Bench, noise_video
from release_support import BRANCH, fake
from vsumbench_milora.specs import VIDEO_LLAMA
from vsumbench_milora.video_llama.model import VideoLlama
from vsumbench_milora.video_llama.options import BranchOptions
from vsumbench_milora.video_llama.weights import RELEASED

from vsumbench.cli import main
from vsumbench.data.weights import read_weights_manifest, weights_folder

SMALL = replace(
    RELEASED, id="video-llama-small", converter="vsumbench_milora.video_llama.release.convert:convert"
)
SPEC = replace(VIDEO_LLAMA, id="video-llama-small-reader", weights=(SMALL,), presets=(), aliases=())


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path


def imported(weights_id: str, source: Path, *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["weights", "import", weights_id, str(source), "--accept-licence", *more])
    return int(ended.value.code or 0)


def test_the_published_layout_is_imported_and_runs(root: Path, capsys: Any) -> None:
    source = fake().write(root / "published")
    spec = f"{Path(__file__)}:SPEC"
    assert imported(SMALL.id, source, "--model", spec) == 0
    assert "imported to" in capsys.readouterr().out
    manifest = read_weights_manifest(weights_folder(SMALL.id))
    assert manifest.origin == "imported" and not manifest.pickles
    options = BranchOptions(
        backbone=SMALL.id,
        num_frames=2,
        prompt="Summarize the video.",
        max_new_tokens=5,
        conversation="plain",
    )
    context = Bench(root).context()
    (summary,) = VideoLlama(options, context).summarize([noise_video("v", side=32)], context)
    assert summary.video_id == "v" and summary.cost is not None
    assert imported(SMALL.id, source, "--model", spec) == 0
    assert "is there already" in capsys.readouterr().out


def test_a_spoilt_checkpoint_is_one_line_and_leaves_nothing(root: Path, capsys: Any) -> None:
    source = fake().write(root / "published")
    (source / BRANCH).write_bytes((source / BRANCH).read_bytes()[:1000])
    assert imported(SMALL.id, source, "--model", f"{Path(__file__)}:SPEC") != 0
    said = capsys.readouterr().err.strip()
    assert BRANCH in said and "not a whole checkpoint" in said and "Traceback" not in said
    assert not weights_folder(SMALL.id).exists()


def test_the_released_id_takes_no_checkpoint_of_another_size(root: Path, capsys: Any) -> None:
    assert imported(RELEASED.id, fake().write(root / "published")) != 0
    assert "the release has" in capsys.readouterr().err
    (root / "empty").mkdir()
    assert imported(RELEASED.id, root / "empty") != 0
    said = capsys.readouterr().err
    assert "VL_LLaMA_2_*.pth" in said and "eva_vit_g.pth" in said and "get-weights" in said
