"""Video-LLaMA: frozen it writes summaries (zero-shot); its own branch can be trained (fine-tuned)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.data import damaged
from vsumbench.errors import MismatchError
from vsumbench.training import loop
from vsumbench.training.recipe import Recipe

from .counting import BRANCH, backbone_parameters, branch_parameters, empty_backbone
from .loading import Language, backbone_config, backbone_identity, load, read_settings, write_settings
from .options import BranchOptions
from .seeing import Sight, looks_at_features
from .teaching import TextLoss, TrainedBranch, examples_of
from .towers import tower_of
from .writing import write_summaries

SETTINGS, TENSORS = "video_llama.json", "branch.safetensors"
_AGAIN = "Train again."


class VideoLlama:
    """A Video-LLaMA on the weights of its preset; `save` notes which, and writes the branch it trained."""

    def __init__(self, options: BranchOptions, context: Context) -> None:
        self._options = options
        self._config = backbone_config(options)
        self._device, self._dtype, self._seeds = context.device, context.dtype, context.seeds
        self._built: tuple[TrainedBranch, Language] | None = None

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train frame positions, video Q-Former and projection on the first text of each video.

        Raises:
            MismatchError: the options train nothing.
        """
        if self._options.trains == "nothing":
            raise MismatchError("video-llama@zero-shot trains nothing.", "Use video-llama@fine-tuned.")
        if self._options.load == "sharded":
            raise MismatchError(
                "option load = 'sharded' spreads the language model to write summaries; a training holds it "
                "whole in every process.",
                "Train with load=full or load=8bit.",
            )
        model, language = self._built = self._new()
        sight = self._sight(model, read=True, budget_mib=self._options.cache_mib)
        loss, held = TextLoss(sight, language), examples_of(validation)
        validate, options = context.validate, self._options

        def score() -> float:
            assert validate is not None
            if options.monitor == "val_loss":
                return -loss.mean(model, held, context.dtype, options.batch_size)
            videos = [example.video for example in held]
            return validate(
                [
                    *write_summaries(
                        videos,
                        sight,
                        model.see,
                        model.backbone,
                        language,
                        dtype=context.dtype,
                        progress=context.progress,
                        stage="validate",
                    )
                ]
            )

        report = loop.train(
            model,
            _optimizer(model, options),
            examples_of(train),
            loss,
            _recipe(options),
            context,
            validate=score if validate is not None else None,
        )
        model.to(self._device)
        counts = backbone_parameters(model.backbone)
        facts = {
            "branch_parameters": float(branch_parameters(counts)),
            "tower_parameters": float(counts["vision model"]),
        }
        return replace(
            report,
            facts={**report.facts, **facts},
            selected_by="validation loss" if options.monitor == "val_loss" else "",
        )

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Summaries, in order."""
        model, language = self._ready()
        # Zero-shot, the frames of a whole batch go through the image Q-Former at once; it is kept out of what
        # is seen one by one only where something is kept.
        read = self._options.trains == "branch" or self._options.disk_gib > 0 or looks_at_features(videos)
        return write_summaries(
            videos,
            self._sight(model, read=read),
            model.see if read else model.backbone.see,
            model.backbone,
            language.drawing(context.seeds),
            dtype=context.dtype,
            progress=context.progress,
        )

    def save(self, folder: Path) -> None:
        """Which weights it stands on, and the branch where it was trained."""
        write_settings(folder / SETTINGS, {"trains": self._options.trains} | backbone_identity(self._options))
        if self._options.trains == "branch":
            save_file(self._ready()[0].branch(), folder / TENSORS, metadata={"format": "pt"})

    def load(self, folder: Path) -> None:
        """Make sure that the weights here are those, and read the branch.

        Raises:
            DataDamagedError: a file is missing or unreadable, or holds another branch.
            MismatchError: it was saved for another backbone, or for another variant.
        """
        found = read_settings(folder / SETTINGS, self._options).get("trains", "nothing")
        if found != self._options.trains:
            raise MismatchError(
                f"{folder} was saved with trains={found!r}; the option here is {self._options.trains!r}.",
                "Give the variant it was saved by.",
            )
        if found == "nothing":
            return
        model, _ = self._built = self._new()
        path = folder / TENSORS
        try:
            tensors = load_file(path)
        except (OSError, SafetensorError) as error:
            raise damaged(path, "", "a whole safetensors file", error, _AGAIN) from None
        wanted, there = (
            {name: tuple(tensor.shape) for name, tensor in state.items()}
            for state in (model.branch(), tensors)
        )
        for name in sorted(wanted.keys() | there.keys()):
            if wanted.get(name) != there.get(name):
                asked = str(wanted.get(name, "no such tensor"))
                raise damaged(path, name, asked, there.get(name, "nothing"), _AGAIN)
        model.backbone.load_state_dict(tensors, strict=False)

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable)."""
        counts = backbone_parameters(empty_backbone(self._config))
        trained = BRANCH if self._options.trains == "branch" else ()
        return {part: (count, count if part in trained else 0) for part, count in counts.items()}

    def _new(self) -> tuple[TrainedBranch, Language]:
        backbone, language = load(self._options, self._seeds, self._device, self._dtype)
        return TrainedBranch(backbone).eval(), language

    def _ready(self) -> tuple[TrainedBranch, Language]:
        if self._built is None:
            self._built = self._new()
        return self._built

    def _sight(self, model: TrainedBranch, *, read: bool, budget_mib: int = 0) -> Sight:
        return Sight(
            model,
            model.front if read else model.backbone.encode_frames,
            frames=self._options.num_frames,
            side=self._config.vision.image,
            dtype=self._dtype,
            budget_mib=budget_mib,
            tower=tower_of(self._options, "read", self._dtype) if read else None,
        )


def _optimizer(model: TrainedBranch, options: BranchOptions) -> torch.optim.Optimizer:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(
        trained, lr=options.learning_rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=options.weight_decay
    )


def _recipe(options: BranchOptions) -> Recipe:
    """Linear warm-up, then half a cosine down to eta_min; clipping; early stopping."""
    return Recipe(
        epochs=options.epochs,
        batch_size=options.batch_size,
        warmup=options.warmup,
        schedule="cosine",
        minimum=options.eta_min / options.learning_rate,
        clip_norm=options.clip_norm,
        accumulation=options.accumulation,
        patience=options.patience,
    )
