"""The tiny backbone's training on few videos: repeatable, whole, and told of as it goes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from online_support import MICRO, options_of
from transformers import SiglipVisionModel
from vsumbench_milora.pretraining.corpus import CLASSES, make_corpus
from vsumbench_milora.videollm_online.live.seeing import Eyes
from vsumbench_milora.videollm_online.live.sizes import TINY, LiveSize, VisionSize
from vsumbench_milora.videollm_online.live.template import Assistant, Frames, Layout, User
from vsumbench_milora.videollm_online.live.wording import Wording, live_tokenizer
from vsumbench_milora.videollm_online.making.make import PROMPT, SYSTEM, Plan, make_planned, vocabulary
from vsumbench_milora.videollm_online.making.telling import TellingLoss, Told, frames_seen
from vsumbench_milora.videollm_online.parts import first_model, load_language, load_vision
from vsumbench_milora.videollm_online.spec import TINY as TINY_WEIGHTS
from vsumbench_milora.videollm_online.spec import VIDEOLLM_ONLINE

from vsumbench.contracts import Seeds
from vsumbench.data.weights import WEIGHTS_MANIFEST

SMALL = Plan(
    videos=8,
    held_out=2,
    frames=4,
    vision_steps=3,
    vision_batch=8,
    telling_steps=3,
    telling_batch=4,
    size=LiveSize(
        vision=VisionSize(width=16, layers=1, heads=2, mlp=16, image=64, patch=16), language=MICRO.language
    ),
)
FILES = ("connector.safetensors", "language/model.safetensors", "vision/model.safetensors")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("root") / TINY_WEIGHTS.id
    folder.mkdir()
    make_planned(SMALL, folder)
    return folder


def test_making_the_backbone_twice_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    make_planned(SMALL, tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name


def test_what_is_made_is_what_the_preset_reads(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [name for name in TINY_WEIGHTS.files if not (made / name).is_file()]
    assert not missing and not (made / ".training").exists()
    manifest = {"id": made.name, "origin": "made", "licence": "x", "files": dict.fromkeys(FILES, "0")}
    (made / WEIGHTS_MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(made.parent))
    options = options_of()
    language, wording = load_language(options)
    model = first_model(language, options, Seeds(0))
    assert load_vision(options).config.image_size == 64
    for option in ("system", "prompt", "stream_prompt"):
        wording.require_known(option, getattr(options, option))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert trained and all(torch.isfinite(parameter).all() for parameter in trained)


def test_the_report_says_what_was_reached_on_held_out_videos(made: Path) -> None:
    report = json.loads((made / "report.json").read_text(encoding="utf-8"))
    found = report["held out"]
    assert {f"frames.{name}" for name in CLASSES} | {f"shown.{name}" for name in CLASSES} < set(found)
    assert found["words"] > 0 and found["stream"] > 0
    assert report["plan"]["telling_steps"] == SMALL.telling_steps


def test_every_other_visit_of_a_video_is_a_stream_that_answers_at_the_end_of_each_scene() -> None:
    corpus = make_corpus([f"p_{number:05d}" for number in range(6)], 10, 64, 16)
    told = Told(Wording(live_tokenizer(vocabulary())), Layout.of(3), SYSTEM, PROMPT, "Say what happened.")
    eyes = Eyes(SiglipVisionModel(SMALL.size.vision.config()), 3).eval()
    loss = TellingLoss(corpus, frames_seen(eyes, corpus.pixels, "cpu"), told, "cpu")
    for video, script in enumerate(corpus.scripts):
        whole, stream = loss._turns((video, 1, False)), loss._turns((video, 1, True))
        assert whole[:2] == [Frames(10), User(PROMPT)]
        said = [turn.text for turn in stream if isinstance(turn, Assistant)]
        assert 1 <= len(said) <= len(script.scenes)
        assert [Assistant(" ".join(said))] == whole[2:]
        assert sum(turn.count for turn in stream if isinstance(turn, Frames)) == 10


def test_progress_counts_up_through_every_stage_and_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, /, *, stage: str = "", **numbers: float) -> None:
        told.append((done, total, stage))

    make_planned(replace(SMALL, videos=100, vision_steps=1, telling_steps=1), tmp_path, progress)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == told[-1][1] and {stage for _, _, stage in told} == {"drawing", "vision", "telling"}


def test_the_plan_and_the_preset_agree_on_frames_and_grid() -> None:
    preset = VIDEOLLM_ONLINE.preset("tiny")
    assert preset is not None and preset.options["max_frames"] == Plan().frames
    assert options_of().grid == Plan().grid and Plan().size is TINY
    assert (options_of().system, options_of().prompt) == (SYSTEM, PROMPT)
