"""Makes `videollm-online-tiny`: corpus, frame stage, telling stage, folder. Every number of it is fixed here.

Steps are counted, never seconds, so that the weights do not depend on how busy the machine is.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from safetensors.torch import save_file
from transformers import LlamaForCausalLM, SiglipVisionModel

from vsumbench.contracts import Context, Seeds
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.planted import words
from vsumbench.training.alone import training_context
from vsumbench.training.drawing import drawn_from
from vsumbench_milora.pretraining.corpus import Corpus, make_corpus
from vsumbench_milora.pretraining.stages import Shown, frame_visits, learn
from vsumbench_milora.pretraining.vision import accuracy
from vsumbench_milora.videollm_online.live.network import CONNECTOR, connected, new_connector, new_language
from vsumbench_milora.videollm_online.live.seeing import Eyes
from vsumbench_milora.videollm_online.live.sizes import TINY, LiveSize
from vsumbench_milora.videollm_online.live.template import Layout
from vsumbench_milora.videollm_online.live.wording import Wording, live_tokenizer
from vsumbench_milora.videollm_online.options import STREAM_INSTRUCTION

from .telling import Teller, TellingLoss, Told, frames_seen, held_out
from .vision import FrameReader, SiglipFrameLoss

SYSTEM, PROMPT = "Watch the video.", "Summarize the video."
TRAINING = ".training"
"""Folder of checkpoints, gone when the weights are there."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is learned from how many videos. Rates are peak rates."""

    videos: int = 1_200
    held_out: int = 100
    frames: int = 8
    grid: int = 3
    vision_steps: int = 240
    vision_batch: int = 64
    vision_rate: float = 3e-3
    telling_steps: int = 320
    telling_batch: int = 24
    telling_rate: float = 3e-3
    decay: float = 0.05
    size: LiveSize = TINY


def make_backbone(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Train the tiny backbone and write it into an empty folder, with what it reached on held-out videos.

    Raises:
        OSError: the folder cannot be written.
        RunFailedError: a loss that is not finite.
    """
    make_planned(Plan(), folder, progress)


def vocabulary() -> list[str]:
    """Every word the tiny backbone can read or write."""
    said = " ".join((SYSTEM, PROMPT, STREAM_INSTRUCTION, "User", "Assistant"))
    return [*words(), *said.replace(".", " ").split()]


def make_planned(plan: Plan, folder: Path, progress: ProgressCallback | None = None) -> None:
    """As `make_backbone`, with other amounts."""
    seeds = Seeds(0).child("videollm-online-tiny")
    stages = {"vision": plan.vision_steps, "telling": plan.telling_steps}
    shown = Shown(plan.videos, stages, progress)
    tokenizer = live_tokenizer(vocabulary())
    (folder / "language").mkdir()
    tokenizer.save_pretrained(folder / "language")
    eyes, language = _drawn(plan, len(tokenizer), seeds.child("init"))
    wording = Wording(tokenizer)
    image, patch = plan.size.vision.image, plan.size.vision.patch
    learned = make_corpus(
        [f"p_{number:05d}" for number in range(plan.videos)], plan.frames, image, patch, shown.drawn
    )
    unseen = make_corpus([f"h_{number:05d}" for number in range(plan.held_out)], plan.frames, image, patch)
    context = training_context(folder / TRAINING, seeds, shown)
    facts = _learn_to_see(eyes, learned, unseen, plan, context)
    told = Told(wording, Layout.of(plan.grid), SYSTEM, PROMPT, STREAM_INSTRUCTION)
    facts |= _learn_to_tell(eyes, language, told, learned, unseen, plan, context)
    _save(folder, eyes, language)
    shutil.rmtree(folder / TRAINING)
    report = {"plan": asdict(plan), "held out": facts}
    (folder / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _drawn(plan: Plan, vocabulary: int, seeds: Seeds) -> tuple[Eyes, LlamaForCausalLM]:
    """Frame encoder and connected language model with random weights."""
    sizes = plan.size
    with drawn_from(seeds):
        vision = SiglipVisionModel(sizes.vision.config())
        language = new_language(replace(sizes.language, vocabulary=vocabulary).config())
        connector = new_connector(sizes.vision.width, sizes.language.width)
    return Eyes(vision, plan.grid), connected(language, connector)


def _learn_to_see(
    eyes: Eyes, learned: Corpus, unseen: Corpus, plan: Plan, context: Context
) -> dict[str, float]:
    with drawn_from(context.seeds.child("vision heads")):
        reader = FrameReader(eyes)
    count = plan.vision_steps * plan.vision_batch
    frames = frame_visits(plan.videos, plan.frames, count, context.seeds.child("frames"))
    learn(
        *(
            reader,
            [*reader.parameters()],
            frames,
            SiglipFrameLoss(learned, context.device),
            context,
            "vision",
        ),
        batch=plan.vision_batch,
        rate=plan.vision_rate,
        decay=plan.decay,
    )
    eyes.requires_grad_(False).eval()
    places = [(video, step) for video in range(len(unseen)) for step in range(plan.frames)]
    loss = SiglipFrameLoss(unseen, context.device)
    # The frame loss was written for another reader of the same frames; it looks at what both give.
    found = accuracy(reader, loss, places)  # type: ignore[arg-type]
    return {f"frames.{name}": round(share, 4) for name, share in found.items()}


def _learn_to_tell(
    eyes: Eyes,
    language: LlamaForCausalLM,
    told: Told,
    learned: Corpus,
    unseen: Corpus,
    plan: Plan,
    context: Context,
) -> dict[str, float]:
    with drawn_from(context.seeds.child("telling heads")):
        teller = Teller(language, plan.size.language.width, told.wording.placeholder)
    # Each visit of a video has a wording of its own; wording 0 is left to held-out captions.
    visits = [
        (number % plan.videos, 1 + number // plan.videos, bool((number + number // plan.videos) % 2))
        for number in range(plan.telling_steps * plan.telling_batch)
    ]
    loss = TellingLoss(learned, frames_seen(eyes, learned.pixels, context.device), told, context.device)
    learn(
        *(teller, [*teller.parameters()], visits, loss, context, "telling"),
        batch=plan.telling_batch,
        rate=plan.telling_rate,
        decay=plan.decay,
    )
    seen = frames_seen(eyes, unseen.pixels, context.device)
    return held_out(teller, TellingLoss(unseen, seen, told, context.device), unseen)


def _save(folder: Path, eyes: Eyes, language: LlamaForCausalLM) -> None:
    connector = language.get_submodule(CONNECTOR)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in connector.state_dict().items()}
    save_file(state, folder / "connector.safetensors", metadata={"format": "pt"})
    del language.connector
    language.save_pretrained(folder / "language")
    eyes.vision.save_pretrained(folder / "vision")
