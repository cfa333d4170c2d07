"""MiLoRA-ViSum as a model of the harness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from peft import PeftModel

from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.contracts.context import Progress
from vsumbench.training import loop
from vsumbench.training.precision import kept_in
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.counting import backbone_parameters, branch_parameters, empty_backbone
from vsumbench_milora.video_llama.loading import Language, backbone_config, load
from vsumbench_milora.video_llama.seeing import Sight
from vsumbench_milora.video_llama.writing import write_summaries

from .adapters import add_experts, trainable_parameters
from .learning import CaptionLoss, examples_of, optimizer_of, recipe_of
from .network import MiloraNetwork
from .storing import load_experts, save_experts


class Milora:
    """A frozen Video-LLaMA with mixtures of low-rank experts; before training it writes what that writes."""

    def __init__(self, options: MiloraOptions, context: Context) -> None:
        self._options = options
        self._config = backbone_config(options)
        self._device, self._dtype, self._seeds = context.device, context.dtype, context.seeds
        self._built: tuple[PeftModel, Language] | None = None

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train experts, gates and fusion on the first text of each video (`MiloraOptions`)."""
        model, language = self._built = self._new()
        sight = self._sight(model, budget_mib=self._options.cache_mib)
        loss = CaptionLoss(sight, language, self._options)
        held = examples_of(validation)
        validate, options = context.validate, self._options

        def score() -> float:
            assert validate is not None
            if options.monitor == "val_loss":
                return -loss.mean(model, held, context.dtype)
            videos = [example.video for example in held]
            return validate([*self._write(videos, sight, context.progress, "validate")])

        report = loop.train(
            model,
            optimizer_of(model, options),
            examples_of(train),
            loss,
            recipe_of(options),
            context,
            validate=score if validate is not None else None,
        )
        model.to(self._device)
        return replace(report, facts={**report.facts, **self._facts(model)})

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Greedy summaries, in order."""
        model, _ = self._ready()
        yield from self._write(videos, self._sight(model), context.progress, "write")

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
        backbone, language = load(self._options)
        model = load_experts(backbone, self._options, folder)
        self._built = model.to(self._device, kept_in(self._dtype)), language

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable). The backbone is frozen."""
        backbone = empty_backbone(self._config)
        counts = {part: (count, 0) for part, count in backbone_parameters(backbone).items()}
        with torch.device("meta"):
            network = MiloraNetwork(backbone, self._options.branches, self._options.fusion_start)
            model = add_experts(network, self._options, None)
        return counts | {part: (count, count) for part, count in trainable_parameters(model).items()}

    def _new(self) -> tuple[PeftModel, Language]:
        backbone, language = load(self._options)
        network = MiloraNetwork(backbone, self._options.branches, self._options.fusion_start)
        model = add_experts(network, self._options, self._seeds.child("experts"))
        return model.eval().to(self._device, kept_in(self._dtype)), language

    def _ready(self) -> tuple[PeftModel, Language]:
        if self._built is None:
            self._built = self._new()
        return self._built

    def _sight(self, model: PeftModel, budget_mib: int = 0) -> Sight:
        return Sight(
            model,
            network_of(model).front,
            frames=self._options.num_frames,
            side=self._config.vision.image,
            dtype=self._dtype,
            budget_mib=budget_mib,
        )

    def _write(
        self, videos: Sequence[Video], sight: Sight, progress: Progress, stage: str
    ) -> Iterator[Summary]:
        model, language = self._ready()
        network = network_of(model)
        return write_summaries(
            videos,
            sight,
            network.see,
            network.backbone,
            language,
            dtype=self._dtype,
            progress=progress,
            stage=stage,
        )

    def _facts(self, model: PeftModel) -> dict[str, float]:
        """What the paper's trainable share is taken of, and what became of the fusion."""
        network = network_of(model)
        counts = backbone_parameters(network.backbone)
        facts: dict[str, float] = {
            "branch_parameters": branch_parameters(counts),
            "tower_parameters": counts["vision model"],
            # What the training engine counts holds peft's second copy of the fusion.
            "total_parameters": sum(total for total, _ in self.parameters().values()),
        }
        if network.fusion is not None:
            facts["fusion"] = float(torch.sigmoid(network.fusion.s.detach()))
        return facts


def network_of(model: PeftModel) -> MiloraNetwork:
    """The network inside peft's wrapper."""
    network = model.get_base_model()
    assert isinstance(network, MiloraNetwork)
    return network
