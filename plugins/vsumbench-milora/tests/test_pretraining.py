"""The corpus the tiny backbone learns from, and its training: disjoint, labelled rightly, repeatable."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from quick_backbone import small_plan
from vsumbench_milora.pretraining.corpus import CLASSES, IGNORED, Corpus, make_corpus
from vsumbench_milora.pretraining.make import make_planned
from vsumbench_milora.pretraining.vision import FrameLoss, FrameReader
from vsumbench_milora.video_llama.backbone import new_backbone
from vsumbench_milora.video_llama.checkpoint import load_backbone
from vsumbench_milora.video_llama.config import TINY
from vsumbench_milora.video_llama.frames import sample_steps

from vsumbench.planted import PRETRAINING, TARGET, words, write_script

SMALL = small_plan()
MICRO = SMALL.config


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return make_corpus([f"p_{number:05d}" for number in range(12)], 8, 64, 8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_planned(SMALL, folder)
    return folder


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_every_label_is_what_the_script_says(corpus: Corpus) -> None:
    for video, script in enumerate(corpus.scripts):
        for step, second in enumerate(sample_steps(script.seconds, 8)):
            scene = script.scene_at(second)
            found = {name: CLASSES[name][corpus.frames[name][video, step]] for name in CLASSES}
            seen = scene.event if scene.highlight_start <= second < scene.highlight_end else None
            assert found == {
                "shape": scene.shape,
                "colour": scene.colour,
                "count": str(scene.count),
                "background": scene.background,
                "motion": scene.motion,
                "event": seen or "none",
            }
        told = [CLASSES["motion"][label] for label in corpus.scenes["motion"][video] if label != IGNORED]
        assert told == [scene.motion for scene in script.scenes]


def test_patches_that_are_covered_differ_from_bare_background(corpus: Corpus) -> None:
    inside, outside = [], []
    for video, script in enumerate(corpus.scripts):
        if script.scenes[0].event:
            continue
        # The first frame of a scene: nothing has moved yet, so nothing has left a trail.
        pixels = corpus.pixels[video, 0].reshape(8, 8, 8, 8, 3).swapaxes(1, 2).astype(float)
        middles = pixels[:, :, 3:5, 3:5].mean(axis=(2, 3))
        usual = np.median(middles.reshape(-1, 3), axis=0)
        away = np.abs(middles - usual).max(axis=2)
        inside.append(away[corpus.covered[video, 0]].mean())
        outside.append(away[~corpus.covered[video, 0]].mean())
    assert inside and np.mean(inside) > 2 * np.mean(outside)


def test_places_lie_in_the_frame_and_covered_patches_around_them(corpus: Corpus) -> None:
    assert np.abs(corpus.places[..., :2]).max() <= 0.5 and corpus.places[..., 2].min() > 0.05
    assert corpus.covered.any(axis=(2, 3)).mean() > 0.95


def test_the_corpus_shares_words_with_the_edition_but_no_video() -> None:
    edition = {write_script(TARGET, f"v_planted{number:05d}").scenes for number in range(400)}
    learned = {write_script(PRETRAINING, f"p_{number:05d}").scenes for number in range(400)}
    assert not edition & learned
    said = {
        word.strip(".,").lower()
        for corpus in [make_corpus([f"p_{number:05d}" for number in range(40)], 2, 64, 8)]
        for video in range(40)
        for wording in range(1, 6)
        for word in corpus.caption(video, wording).split()
    }
    assert said <= set(words())


def test_every_visit_of_a_video_brings_another_wording(corpus: Corpus) -> None:
    told = {corpus.caption(0, wording) for wording in range(1, 9)}
    assert len(told) >= 6


def test_making_the_backbone_twice_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    make_planned(SMALL, tmp_path)
    assert digest(tmp_path) == digest(made)


def test_more_steps_give_other_weights(made: Path, tmp_path: Path) -> None:
    make_planned(replace(SMALL, caption_steps=7), tmp_path)
    assert digest(tmp_path) != digest(made)


def test_what_is_made_is_a_backbone_with_its_tokenizer_and_a_report(made: Path) -> None:
    backbone, _ = load_backbone(made)
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    report = json.loads((made / "report.json").read_text(encoding="utf-8"))
    held_out = report["held out"]
    assert report["plan"]["videos"] == SMALL.videos
    assert {f"frames.{name}" for name in CLASSES} | {f"scenes.{name}" for name in CLASSES} < set(held_out)
    assert all(0 <= share <= 1 for name, share in held_out.items() if name != "words")
    assert not any(path.name.startswith(".") for path in made.iterdir())


def test_progress_counts_up_through_every_stage_and_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, /, *, stage: str = "", **numbers: float) -> None:
        told.append((done, total, stage))
        assert stage == "drawing" or "loss" in numbers

    make_planned(replace(SMALL, videos=100), tmp_path, progress)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == told[-1][1] and {stage for _, _, stage in told} == {"drawing", "vision", "captions"}


def test_the_vision_stage_leaves_the_rest_of_the_backbone_alone(corpus: Corpus) -> None:
    config = replace(MICRO, language=replace(MICRO.language, vocabulary=10))
    backbone = new_backbone(config, 0)
    reader = FrameReader(backbone)
    trained = {id(parameter) for parameter in reader.vision_parameters()}
    others = (
        *backbone.video_qformer.parameters(),
        *backbone.language.parameters(),
        *backbone.projection.parameters(),
    )
    assert not any(id(parameter) in trained for parameter in others)


def test_the_frame_loss_falls_when_it_is_learned(corpus: Corpus) -> None:
    config = replace(TINY, language=replace(TINY.language, vocabulary=10))
    reader = FrameReader(new_backbone(config, 0))
    loss = FrameLoss(corpus, "cpu")
    frames = [(video, step) for video in range(4) for step in (0, 4)]
    optimizer = torch.optim.Adam(reader.vision_parameters(), lr=3e-3)
    values = []
    for _ in range(25):
        found = loss(reader, frames)
        optimizer.zero_grad()
        (found.total / found.items).backward()
        optimizer.step()
        values.append(float(found.total.detach()) / found.items)
    assert values[-1] < 0.6 * values[0]
