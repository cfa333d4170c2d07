"""MiLoRA-ViSum as a model of the harness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from peft import PeftModel

from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.errors import MismatchError
from vsumbench.training import loop
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.counting import backbone_parameters, branch_parameters, empty_backbone
from vsumbench_milora.video_llama.loading import Language, backbone_config, load, settled
from vsumbench_milora.video_llama.seeing import Sight
from vsumbench_milora.video_llama.teaching import examples_of
from vsumbench_milora.video_llama.towers import tower_of
from vsumbench_milora.video_llama.writing import write_summaries

from .adapters import ADAPTER, add_experts, trainable_parameters
from .dividing import divided
from .features import feature_of
from .learning import CaptionLoss, optimizer_of, recipe_of
from .network import MiloraNetwork, network_for
from .stages import first_stage_folder
from .storing import load_experts, save_experts


class Milora:
    """A frozen Video-LLaMA with mixtures of low-rank experts.

    Before training the experts change nothing. Without fusion it then writes what the backbone writes; with
    it, 1 - sigmoid(fusion_start) of the frames' mean, 0.018 by default, is mixed in from the start. This is
    so of pixels: features go through a layer that starts at random.
    """

    def __init__(self, options: MiloraOptions, context: Context) -> None:
        self._options = options
        self._config = backbone_config(options)
        self._device, self._dtype, self._seeds = context.device, context.dtype, context.seeds
        self._built: tuple[PeftModel, Language] | None = None

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train experts, gates, fusion and alignment on the first text of each video (`MiloraOptions`).

        With `pretrained_adapter` they start as another run left them, else they change nothing at the start.

        Raises:
            MismatchError: a video without text or without the feature that is read, or cross-validation under
                a selection that validates.
        """
        model, language = self._built = self._new()
        network_of(model).note_extractor([sample.video for sample in train], self._options)
        sight = self._sight(model, budget_mib=self._options.cache_mib)
        loss = CaptionLoss(sight, language, self._options)
        examples, held = examples_of(train), examples_of(validation)
        validate, options = context.validate, self._options
        fold = options.cross_validation_fold
        if fold >= 0:
            if validate is not None:
                raise MismatchError(
                    f"option cross_validation_fold = {fold} holds training videos out; selection "
                    f"{context.selection.value!r} looks at others.",
                    "Use --selection last-epoch.",
                )
            examples, held = divided(examples, fold, options.cross_validation_folds)

        def score() -> float:
            if validate is None or options.monitor == "val_loss":
                return -loss.mean(model, held, context.dtype, options.batch_size)
            videos = [example.video for example in held]
            return validate([*self._write(videos, sight, context, "validate")])

        report = loop.train(
            model,
            optimizer_of(model, options),
            examples,
            loss,
            recipe_of(options),
            context,
            validate=score if validate is not None or fold >= 0 else None,
        )
        model.to(self._device)
        return replace(
            report,
            facts={**report.facts, **self._facts(model)},
            selected_by="validation loss" if options.monitor == "val_loss" else "",
        )

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Summaries, in order."""
        model, _ = self._ready()
        yield from self._write(videos, self._sight(model), context, "write")

    def save(self, folder: Path) -> None:
        """A folder of peft with the experts and the fusion, and `milora_config.json`."""
        model, _ = self._ready()
        save_experts(model, self._options, folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            DataDamagedError: a file is missing or unreadable, or has other tensors than its settings ask for.
            MismatchError: it was trained on another backbone, or with another structure than the options say.
        """
        backbone, language = self._load()
        model = load_experts(backbone, self._options, folder)
        self._built = settled(model, self._options, self._device, self._dtype), language

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable). The backbone is frozen."""
        backbone = empty_backbone(self._config)
        counts = {part: (count, 0) for part, count in backbone_parameters(backbone).items()}
        with torch.device("meta"):
            model = add_experts(network_for(backbone, self._options, None), self._options, None)
        return counts | {part: (count, count) for part, count in trainable_parameters(model).items()}

    def _load(self) -> tuple[Backbone, Language]:
        return load(self._options, self._seeds, self._device, self._dtype)

    def _new(self) -> tuple[PeftModel, Language]:
        backbone, language = self._load()
        if self._options.pretrained_adapter:
            model = load_experts(backbone, self._options, first_stage_folder(self._options))
            model.set_adapter(ADAPTER)  # Loaded ones are frozen.
        else:
            network = network_for(backbone, self._options, self._seeds)
            model = add_experts(network, self._options, self._seeds.child("experts"))
        return settled(model.eval(), self._options, self._device, self._dtype), language

    def _ready(self) -> tuple[PeftModel, Language]:
        if self._built is None:
            self._built = self._new()
        return self._built

    def _sight(self, model: PeftModel, budget_mib: int = 0) -> Sight:
        network = network_of(model)
        form: Literal["vision", "read"] = "vision" if network.reads_frames else "read"
        feature = feature_of(self._options, network.feature_extractor)
        return Sight(
            model,
            network.front,
            frames=self._options.num_frames,
            side=self._config.vision.image,
            dtype=self._dtype,
            budget_mib=budget_mib,
            # Experts inside of the tower make its output their own: no feature and no disk holds it.
            tower=None if network.reads_pixels or feature else tower_of(self._options, form, self._dtype),
            given=None if feature is None else feature.rows,
        )

    def _write(
        self, videos: Sequence[Video], sight: Sight, context: Context, stage: str
    ) -> Iterator[Summary]:
        model, language = self._ready()
        network = network_of(model)
        return write_summaries(
            videos,
            sight,
            partial(network.see, prompt=language.prompt),
            network.backbone,
            language.drawing(context.seeds),
            dtype=self._dtype,
            progress=context.progress,
            stage=stage,
        )

    def _facts(self, model: PeftModel) -> dict[str, float]:
        """What the paper's trainable share is taken of, and what became of the fusion.

        The alignment block is counted by itself, for by section 4.3 the low-rank parts alone would train, and
        so is the linear layer of features, which the paper's counts do not have.
        """
        network, sizes = network_of(model), self.parameters()
        counts = backbone_parameters(network.backbone)
        facts: dict[str, float] = {
            "branch_parameters": branch_parameters(counts),
            "tower_parameters": counts["vision model"],
            # What the training engine counts holds peft's second copies of fusion and alignment.
            "total_parameters": sum(total for total, _ in sizes.values()),
        }
        if "alignment" in sizes:
            facts["alignment_parameters"] = sizes["alignment"][0]
        if "feature linear" in sizes:
            facts["feature_linear_parameters"] = sizes["feature linear"][0]
        if network.fusion is not None:
            facts["fusion"] = float(torch.sigmoid(network.fusion.s.detach()))
        return facts


def network_of(model: PeftModel) -> MiloraNetwork:
    """The network inside peft's wrapper."""
    network = model.get_base_model()
    assert isinstance(network, MiloraNetwork)
    return network
