"""Makes `video-llama-tiny`: corpus, vision stage, caption stage, folder. Every number of it is fixed here.

Steps are counted, never seconds, so that the weights do not depend on how busy the machine is.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from vsumbench.contracts import Context, Seeds
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.planted import words
from vsumbench.training.alone import training_context
from vsumbench.training.drawing import drawn_from
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone
from vsumbench_milora.video_llama.checkpoint import save_backbone
from vsumbench_milora.video_llama.config import INSTRUCTION, TINY, BackboneConfig
from vsumbench_milora.video_llama.loading import Language
from vsumbench_milora.video_llama.text import TextCodec, word_tokenizer

from .captions import CaptionLoss, Teller, held_out_loss, vision_outputs
from .corpus import Corpus, make_corpus
from .stages import Shown, frame_visits, learn
from .vision import FrameLoss, FrameReader, accuracy

LONGEST = 96
"""Tokens of a caption; none is longer."""
TRAINING = ".training"
"""Folder of checkpoints, gone when the weights are there."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is learned from how many videos. Rates are peak rates."""

    videos: int = 3_000
    held_out: int = 200
    frames: int = 8
    vision_steps: int = 800
    vision_batch: int = 64
    vision_rate: float = 3e-3
    caption_steps: int = 1_000
    caption_batch: int = 32
    caption_rate: float = 1e-3
    decay: float = 0.05
    config: BackboneConfig = TINY


def make_backbone(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Train the tiny backbone and write it into an empty folder, with what it reached on held-out videos.

    Raises:
        OSError: the folder cannot be written.
        RunFailedError: a loss that is not finite.
    """
    make_planned(Plan(), folder, progress)


def make_planned(plan: Plan, folder: Path, progress: ProgressCallback | None = None) -> None:
    """As `make_backbone`, with other amounts."""
    seeds = Seeds(0).child("video-llama-tiny")
    stages = {"vision": plan.vision_steps, "captions": plan.caption_steps}
    told = Shown(plan.videos, stages, progress)
    tokenizer = word_tokenizer([*words(), *INSTRUCTION.strip(".").split()])
    sized = replace(plan.config, language=replace(plan.config.language, vocabulary=len(tokenizer)))
    backbone = new_backbone(sized, seeds.child("init").integer())
    side, patch = plan.config.vision.image, plan.config.vision.patch
    learned = make_corpus(
        [f"p_{number:05d}" for number in range(plan.videos)], plan.frames, side, patch, told.drawn
    )
    held_out = make_corpus([f"h_{number:05d}" for number in range(plan.held_out)], plan.frames, side, patch)
    context = training_context(folder / TRAINING, seeds, told)
    facts = _learn_to_see(backbone, learned, held_out, plan, context)
    codec = TextCodec(tokenizer)
    language = Language(codec, codec.prompt(INSTRUCTION), LONGEST)
    facts |= _learn_to_tell(backbone, language, learned, held_out, plan, context)
    save_backbone(folder, backbone, tokenizer)
    shutil.rmtree(folder / TRAINING)
    report = {"plan": asdict(plan), "held out": facts}
    (folder / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _learn_to_see(
    backbone: Backbone, learned: Corpus, held_out: Corpus, plan: Plan, context: Context
) -> dict[str, float]:
    with drawn_from(context.seeds.child("vision heads")):
        reader = FrameReader(backbone)
    trained = reader.vision_parameters()
    _train_only(reader, trained)
    count = plan.vision_steps * plan.vision_batch
    frames = frame_visits(plan.videos, plan.frames, count, context.seeds.child("frames"))
    learn(
        *(reader, trained, frames, FrameLoss(learned, context.device), context, "vision"),
        batch=plan.vision_batch,
        rate=plan.vision_rate,
        decay=plan.decay,
    )
    unseen = [(video, step) for video in range(len(held_out)) for step in range(plan.frames)]
    return {
        f"frames.{name}": round(share, 4)
        for name, share in accuracy(reader, FrameLoss(held_out, context.device), unseen).items()
    }


def _learn_to_tell(
    backbone: Backbone, language: Language, learned: Corpus, held_out: Corpus, plan: Plan, context: Context
) -> dict[str, float]:
    with drawn_from(context.seeds.child("caption heads")):
        teller = Teller(backbone)
    trained = teller.told_parameters()
    _train_only(teller, trained)
    backbone.eval()
    # Each visit of a video has a wording of its own; wording 0 is left to held-out captions.
    visits = [
        (number % plan.videos, 1 + number // plan.videos)
        for number in range(plan.caption_steps * plan.caption_batch)
    ]
    seen = vision_outputs(backbone, learned.pixels, context.device)
    loss = CaptionLoss(learned, seen, language, context.device)
    learn(
        *(teller, trained, visits, loss, context, "captions"),
        batch=plan.caption_batch,
        rate=plan.caption_rate,
        decay=plan.decay,
    )
    unseen = vision_outputs(backbone, held_out.pixels, context.device)
    return held_out_loss(teller, CaptionLoss(held_out, unseen, language, context.device))


def _train_only(module: torch.nn.Module, trained: Sequence[torch.nn.Parameter]) -> None:
    module.requires_grad_(False)
    for parameter in trained:
        parameter.requires_grad_(True)
