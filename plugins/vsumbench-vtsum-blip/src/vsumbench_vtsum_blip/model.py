"""VTSUM-BLIP as a model of the harness: frame scores, a paragraph, or both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vsumbench.contracts import Context, Feature, FitReport, Sample, Summary, Video
from vsumbench.data.learned import Learned, choose_feature, read_rows, refuse_other
from vsumbench.data.weights import weights_folder
from vsumbench.errors import MismatchError
from vsumbench.training import loop, saving
from vsumbench.training.drawing import drawn_from
from vsumbench.training.examples import Examples
from vsumbench.training.official import load_official, released_file
from vsumbench.training.precision import autocast, kept_in
from vsumbench.training.recipe import Recipe

from .backbone import Backbone, check_lengths, load_backbone, sizes_of
from .examples import Batch, Example, collate, selected_of, text_of
from .loss import joint_loss, saliency_loss
from .network import (
    LEFT_OUT,
    OFFICIAL_LEFT_OUT,
    VtsumNetwork,
    init_positions,
    official_keys,
    parts_of,
)
from .options import VtsumOptions
from .sizes import Sizes
from .specs import FEATURE, VTSUM_BLIP
from .summaries import Writer, summarize
from .temporal.network import Seen
from .text.decoder import caption_loss


class VtsumBlip:
    """Both heads, or one of them, trained together on frozen frame vectors (vtsum-blip.md)."""

    def __init__(self, options: VtsumOptions, context: Context) -> None:
        self.options = options
        self._device, self._dtype, self._seeds = context.device, context.dtype, context.seeds
        self._backbone: Backbone | None = None
        self._built: tuple[VtsumNetwork, Learned] | None = None

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train on the selections and the first text of each video, from the backbone or a checkpoint.

        Raises:
            MismatchError: a video has no selection, or no text, where one is learned.
        """
        network, learned = self._built = self._start(train[0].video)
        if not self.options.epochs:
            return FitReport(facts=_facts(network))
        held = [sample.video for sample in validation]
        validate = context.validate

        def score() -> float:
            assert validate is not None
            # Scores alone choose an epoch where there are any: a text takes a hundred times as long.
            writer = None if self.options.structure.scores else self._writer(network)
            return validate([*self._summaries(held, network, learned, writer, context, "validate")])

        report = loop.train(
            network,
            self._optimizer(network),
            self._examples(train, learned),
            self._loss,
            self._recipe(),
            context,
            validate=score if validate else None,
        )
        network.to(self._device)
        return report

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Scores, the top 15 % as segments, a paragraph, and links between both: what the variant gives."""
        if not videos:
            return
        network, learned = self._built = self._built or self._start(videos[0])
        writer = self._writer(network) if self.options.structure.writes else None
        yield from self._summaries(videos, network, learned, writer, context, "summarize")

    def save(self, folder: Path) -> None:
        """Write the weights (safetensors) and what they belong to (JSON).

        Raises:
            MismatchError: there is no network yet: nothing was trained or summarized.
        """
        network, learned = self._ready()
        saving.save(network, folder, VTSUM_BLIP.id, learned, self._structure(), LEFT_OUT)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            DataDamagedError: a file is missing or unreadable, or holds other tensors.
            MismatchError: another model, other options, or another backbone.
        """
        learned = saving.read_settings(folder, VTSUM_BLIP.id, self._structure())
        network = self._new(learned)
        saving.load(network, folder, LEFT_OUT)
        self._built = self._placed(network), learned

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable). The image tower, which gives features, is not counted."""
        sizes = sizes_of(self.options.backbone)
        with torch.device("meta"):
            network = self._network(sizes, _projection(sizes.feature, sizes) if sizes.feature else None)
        if network.projection is not None:
            network.projection.requires_grad_(False)
        return parts_of(network)

    # Building.

    def _start(self, video: Video) -> tuple[VtsumNetwork, Learned]:
        """A network before training: as the checkpoint has it, or drawn around the backbone."""
        learned = Learned.of(self._feature(video).spec)
        checkpoint = self.options.checkpoint
        if checkpoint and (weights_folder(checkpoint) / saving.SETTINGS).is_file():
            folder = weights_folder(checkpoint)
            stored = saving.read_settings(folder, VTSUM_BLIP.id, self._structure())
            if self.options.same_as != stored.name or stored.width != learned.width:
                refuse_other(VTSUM_BLIP.id, stored, (self._feature(video),), video)
            network = self._new(stored)
            saving.load(network, folder, LEFT_OUT)
        else:
            network = self._new(learned)
            if checkpoint:
                self._refuse_other_structure(network, learned)
                file = released_file(checkpoint)
                load_official(network, official_keys(network), file, OFFICIAL_LEFT_OUT)
        return self._placed(network), learned

    def _refuse_other_structure(self, network: VtsumNetwork, learned: Learned) -> None:
        """Refuse to fill from an official checkpoint what no such checkpoint holds."""
        options = self.options
        same = options.temporal in ("tt", "tt-ca") and options.answers == "both" and options.positions
        if not same or options.kernel != 5 or options.tt_depth != 1 or network.projection is not None:
            raise MismatchError(
                "a released checkpoint is of vtsum-blip@tt or @tt-ca with kernel=5, on vectors as wide as "
                f"the decoder; asked for are temporal={options.temporal}, answers={options.answers}, "
                f"kernel={options.kernel}, on {learned.describe()}.",
                "Name the variant of the checkpoint, and leave the options of structure as they are.",
            )

    def _new(self, learned: Learned) -> VtsumNetwork:
        backbone = self._stands_on()
        sizes = backbone.sizes
        with drawn_from(self._seeds.child("init")):
            own = learned.name == backbone.reads and learned.width == sizes.feature
            wide = learned.width == sizes.width and not sizes.feature
            network = self._network(sizes, None if wide else _projection(learned.width, sizes))
            init_positions(network, self.options, backbone.decoder)
        if own and network.projection is not None:
            network.projection.load_state_dict(dict(backbone.projection))
            network.projection.requires_grad_(False)
        if network.decoder is not None:
            network.decoder.load_state_dict(dict(backbone.decoder), strict=False)
        return network.eval()

    def _network(self, sizes: Sizes, projection: nn.Linear | None) -> VtsumNetwork:
        return VtsumNetwork(
            sizes,
            self.options.structure,
            projection=projection,
            label_smoothing=self.options.label_smoothing,
        )

    def _placed(self, network: VtsumNetwork) -> VtsumNetwork:
        return network.eval().to(self._device, kept_in(self._dtype))

    def _stands_on(self) -> Backbone:
        if self._backbone is None:
            self._backbone = load_backbone(self.options.backbone)
            if self.options.structure.writes:
                check_lengths(self._backbone.sizes, self.options.max_length, self.options.max_tokens)
        return self._backbone

    def _structure(self) -> dict[str, Any]:
        stands_on = {"backbone": self.options.backbone, "backbone_digest": self._stands_on().digest}
        return self.options.structure.to_json() | stands_on

    def _ready(self) -> tuple[VtsumNetwork, Learned]:
        if self._built is None:
            raise MismatchError(f"model {VTSUM_BLIP.id!r} has no weights to save.", "Train it first.")
        return self._built

    # Training.

    def _loss(self, network: nn.Module, examples: Sequence[Example]) -> loop.Loss:
        assert isinstance(network, VtsumNetwork)
        options, batch = self.options, collate(examples)
        seen: Seen = network(batch.features, batch.mask)
        parts: dict[str, Tensor] = {}
        if seen.logits is not None:
            assert batch.selected is not None
            parts["saliency"] = saliency_loss(
                seen.logits,
                batch.selected,
                batch.mask,
                kind=options.saliency_loss,
                reduction=options.bce_reduction,
            )
        if network.decoder is not None:
            tokens = self._stands_on().codec.batch(batch.texts, options.max_tokens).to(self._device)
            parts["words"] = caption_loss(network.decoder, seen, tokens)
        total = joint_loss(parts.get("saliency"), parts.get("words"), options.lambda_v, options.lambda_t)
        return loop.Loss(total=total * len(examples), items=len(examples), parts=parts)

    def _optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        return torch.optim.AdamW(
            trained, lr=self.options.learning_rate, weight_decay=self.options.weight_decay
        )

    def _recipe(self) -> Recipe:
        """A cosine to 0 without warm-up."""
        return Recipe(
            epochs=self.options.epochs,
            batch_size=self.options.batch_size,
            warmup=0.0,
            schedule="cosine",
            clip_norm=self.options.clip_norm or None,
            accumulation=self.options.accumulation,
        )

    def _examples(self, samples: Sequence[Sample], learned: Learned) -> Examples[Example]:
        structure, limit = self.options.structure, self.options.max_frames

        def make(sample: Sample) -> Example:
            selected = None
            if structure.scores:
                share = torch.from_numpy(selected_of(sample)[:limit])
                selected = share.to(self._device, kept_in(self._dtype))
            text = text_of(sample, self.options) if structure.writes else ""
            return Example(self._read(sample.video, learned)[:limit], selected, text)

        return Examples(samples, make, lambda example: (example.features,), self.options.cache_mib)

    # Summaries.

    def _summaries(
        self,
        videos: Sequence[Video],
        network: VtsumNetwork,
        learned: Learned,
        writer: Writer | None,
        context: Context,
        stage: str,
    ) -> Iterator[Summary]:
        def see(batch: Batch) -> Seen:
            with autocast(self._device, self._dtype):
                seen: Seen = network(batch.features, batch.mask)
            return seen

        def read(video: Video) -> Tensor:
            return self._read(video, learned)

        return summarize(videos, read, see, writer, context.progress, stage)

    def _writer(self, network: VtsumNetwork) -> Writer:
        return Writer(network.decoder, self._stands_on().codec, self.options)

    def _feature(self, video: Video) -> Feature:
        return choose_feature(VTSUM_BLIP.id, video, self.options.feature, FEATURE)

    def _read(self, video: Video, learned: Learned) -> Tensor:
        feature = self._feature(video)
        refuse_other(VTSUM_BLIP.id, learned, (feature,), video)
        return torch.from_numpy(read_rows(feature, video)).to(self._device, kept_in(self._dtype))


def _projection(width: int, sizes: Sizes) -> nn.Linear:
    return nn.Linear(width, sizes.width)


def _facts(network: nn.Module) -> dict[str, float]:
    return {"total_parameters": sum(parameter.numel() for parameter in network.parameters())}
