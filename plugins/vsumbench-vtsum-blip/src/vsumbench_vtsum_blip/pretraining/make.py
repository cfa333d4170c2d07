"""Makes `blip-tiny`: a decoder that tells what happens in one scene, and the map from features it reads.

BLIP was trained on single images and their captions; the stand-in is trained on single scenes of planted
videos of another mix and their sentences. What the order of scenes means is left to be learned. Steps are
counted, never seconds, so that the weights do not depend on how busy the machine is.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from vsumbench.contracts import Seeds
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.planted import PLANTED_20, PRETRAINING, sentences, step_features, words, write_script
from vsumbench.training.alone import training_context
from vsumbench.training.drawing import drawn_from
from vsumbench.training.loop import Loss, train
from vsumbench.training.recipe import Recipe
from vsumbench_vtsum_blip.backbone import save_backbone
from vsumbench_vtsum_blip.examples import Example, collate
from vsumbench_vtsum_blip.options import PROMPT
from vsumbench_vtsum_blip.sizes import TINY, Sizes
from vsumbench_vtsum_blip.temporal.network import Seen
from vsumbench_vtsum_blip.text.codec import Codec
from vsumbench_vtsum_blip.text.decoder import caption_loss, new_decoder
from vsumbench_vtsum_blip.text.targets import target_text

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
START = ("[DEC]", "[ENC]")
LONGEST = 64
"""Tokens of a sentence; none is longer."""
TRAINING = ".training"
"""Folder of checkpoints, gone when the weights are there."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is learned from how many videos."""

    videos: int = 1_500
    wordings: int = 4
    steps: int = 800
    batch: int = 48
    rate: float = 2e-3
    decay: float = 0.01
    sizes: Sizes = TINY


def make_backbone(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Train the tiny decoder and write it into an empty folder.

    Raises:
        OSError: the folder cannot be written.
        RunFailedError: a loss that is not finite.
    """
    make_planned(Plan(), folder, progress)


def make_planned(plan: Plan, folder: Path, progress: ProgressCallback | None = None) -> None:
    """As `make_backbone`, with other amounts."""
    seeds = Seeds(0).child("blip-tiny")
    tokenizer = planted_tokenizer(plan.sizes.vocabulary)
    codec = Codec(tokenizer, plan.sizes.vocabulary - len(START))
    with drawn_from(seeds.child("init")):
        teller = Teller(plan.sizes)
    scenes = scenes_of([f"p_{number:05d}" for number in range(plan.videos)], plan.wordings)
    order = seeds.child("scenes").generator().permutation(len(scenes))
    visits = [
        Visit(scenes[order[number % len(scenes)]], number // len(scenes) % plan.wordings)
        for number in range(plan.steps * plan.batch)
    ]

    def loss(module: nn.Module, batch: Sequence[Visit]) -> Loss:
        found = module(batch, codec)
        return Loss(total=found * len(batch), items=len(batch))

    report = train(
        teller,
        torch.optim.AdamW(teller.parameters(), lr=plan.rate, weight_decay=plan.decay),
        visits,
        loss,
        Recipe(epochs=1, batch_size=plan.batch, checkpoint_every=plan.steps),
        training_context(folder / TRAINING, seeds, _Told(progress)),
        stage="captions",
    )
    save_backbone(folder, plan.sizes, teller.decoder, teller.projection, tokenizer, PLANTED_20.name)
    shutil.rmtree(folder / TRAINING)
    facts = {"plan": asdict(plan), "loss": [dict(epoch) for epoch in report.history]}
    (folder / "report.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Scene:
    """Features (T, 20) of one scene and its sentence in several wordings."""

    features: NDArray[np.float32]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Visit:
    """A scene in one of its wordings."""

    scene: Scene
    wording: int


class Teller(nn.Module):
    """The map from features and the decoder that reads what it gives."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.projection = nn.Linear(sizes.feature, sizes.width)
        self.decoder: Any = new_decoder(sizes)

    def forward(self, visits: Sequence[Visit], codec: Codec) -> Tensor:
        """Cross-entropy of the sentences, meaned over their words."""
        examples = [
            Example(torch.from_numpy(visit.scene.features), None, visit.scene.texts[visit.wording])
            for visit in visits
        ]
        batch = collate(examples)
        seen = Seen(self.projection(batch.features), None, batch.mask)
        return caption_loss(self.decoder, seen, codec.batch(batch.texts, LONGEST))


def scenes_of(ids: Sequence[str], wordings: int) -> list[Scene]:
    """Every scene of the videos of these ids, none of which is in an edition."""
    scenes = []
    for video_id in ids:
        script = write_script(PRETRAINING, video_id)
        features = step_features(script)
        told = [sentences(script, wording) for wording in range(wordings)]
        for number, scene in enumerate(script.scenes):
            texts = tuple(target_text(one[number], LONGEST) for one in told)
            scenes.append(Scene(features[scene.start : scene.end], texts))
    return scenes


def planted_tokenizer(vocabulary: int) -> Any:
    """A WordPiece tokenizer in BERT's form, with the planted world's words as its pieces.

    Raises:
        ValueError: the words are more than the vocabulary has room for.
    """
    known = sorted({*(word.lower() for word in words()), *PROMPT.split(), ",", "-", "'"})
    free = vocabulary - len(SPECIAL) - len(START) - len(known)
    if free < 0:
        raise ValueError(f"{len(known)} words do not fit into a vocabulary of {vocabulary}")
    pieces = [*SPECIAL, *known, *(f"[unused{number}]" for number in range(free)), *START]
    ids = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    made: Any = PreTrainedTokenizerFast
    return made(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        do_lower_case=True,
    )


class _Told:
    def __init__(self, progress: ProgressCallback | None) -> None:
        self._progress = progress

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        if self._progress is not None:
            self._progress(done, total, stage=stage, **numbers)
