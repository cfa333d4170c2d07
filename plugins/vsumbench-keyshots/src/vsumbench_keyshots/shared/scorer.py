"""The model that scores a video's features; each method says what is its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vsumbench.contracts import Context, Feature, FitReport, ModelSpec, Sample, Summary, Video
from vsumbench.data.learned import Learned, refuse_other
from vsumbench.errors import MismatchError
from vsumbench.training import loop, saving
from vsumbench.training.drawing import drawn_from
from vsumbench.training.examples import Examples
from vsumbench.training.official import Keys, load_official, released_file
from vsumbench.training.precision import autocast, kept_in
from vsumbench.training.recipe import Recipe

from .examples import Example
from .features import choose, padded, read
from .inputs import POOL5_WIDTH
from .options import FrameOptions
from .projected import Projected
from .targets import Scores

O = TypeVar("O", bound=FrameOptions)  # noqa: E741
NEVER_USED = "never used"
"""The part of the parameters that the published code has and no score depends on."""


class FrameScorer(ABC, Generic[O]):
    """One score a step from a video's features, learned from annotated videos.

    Class attributes:
        spec: of the method.
        structure: the options that decide which tensors there are.
        shortest: fewest steps the network takes; shorter videos are padded and the padding's scores dropped.
        unused: beginnings of the names of parameters that no score depends on.
        left_out: names in official checkpoints of tensors that nobody learned.
    """

    spec: ClassVar[ModelSpec]
    structure: ClassVar[tuple[str, ...]] = ()
    shortest: ClassVar[int] = 1
    unused: ClassVar[tuple[str, ...]] = ()
    left_out: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: O, context: Context) -> None:
        self.options = options
        self._device, self._dtype = context.device, context.dtype
        self._seeds = context.seeds
        self._built: tuple[nn.Module, Learned] | None = None

    # What a method says of itself.

    @abstractmethod
    def network(self, width: int) -> nn.Module:
        """The network on features of this width, initialised by torch's generator. (T, width) to (T,)."""

    @abstractmethod
    def target(self, sample: Sample) -> Scores:
        """What is learned of a video."""

    @abstractmethod
    def keys(self, network: nn.Module) -> Keys:
        """The official names of every tensor of `network`."""

    def features(self, video: Video) -> tuple[Feature, ...]:
        """What is read of a video: by default one feature. Several stand side by side, equally wide."""
        return (choose(self.spec.id, video, self.options.feature, self.options.input_dim),)

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """The loss of one video; by default the squared error, meaned over its steps."""
        return mse_loss(self.scores(network, example.features, example.video), example.target)

    def learns_from(self, example: Example) -> bool:
        """Whether a training video has anything to learn from; else no step is taken on it."""
        return True

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,) scores of features (T, input_dim), also where T is below the network's minimum."""
        found: Tensor = network(padded(features, self.shortest))
        return found[: len(features)]

    def summary(self, network: nn.Module, features: Tensor, video: Video) -> Summary:
        """What is answered for features (T, input_dim): by default the scores."""
        importance = self.scores(network, features, video).double().cpu().numpy()
        return Summary(video_id=video.id, importance=importance)

    def prepare(self, network: nn.Module) -> None:
        """What happens to a new network before it is trained: pretrained parts are loaded."""

    def recipe(self, videos: int) -> Recipe:
        """One video a step, a constant rate, no clipping, unless the method says otherwise."""
        return Recipe(
            epochs=self.options.epochs, batch_size=1, warmup=0.0, schedule="constant", clip_norm=None
        )

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Adam with weight decay in the gradient."""
        return torch.optim.Adam(
            network.parameters(),
            lr=self.options.learning_rate,
            weight_decay=self.options.weight_decay,
            fused=True,
        )

    # What the harness calls.

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train on the targets of these videos, or take an official checkpoint as it is."""
        learned = self._learned(self.features(train[0].video))
        network = self._new(learned)
        self._built = network, learned
        if self.options.checkpoint:
            return self._released(network)
        self.prepare(network)
        held = [sample.video for sample in validation]
        validate = context.validate

        def score() -> float:
            assert validate is not None
            return validate([*self._summaries(held, context)])

        report = self.train(network, self._examples(train, learned), context, score if validate else None)
        network.to(self._device)
        return report

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """The training itself."""
        return loop.train(
            network,
            self.optimizer(network),
            examples,
            self._loss,
            self.recipe(len(examples)),
            context,
            validate=validate,
        )

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One score a sampled step."""
        for done, summary in enumerate(self._summaries(videos, context), start=1):
            yield summary
            context.progress.advance("score", done, len(videos))

    def save(self, folder: Path) -> None:
        """Write the weights (safetensors) and what they belong to (JSON).

        Raises:
            MismatchError: there is no network yet: nothing was trained, loaded or scored.
        """
        if self._built is None:
            raise MismatchError(f"model {self.spec.id!r} has no weights to save.", "Train it first.")
        network, learned = self._built
        saving.save(network, folder, self.spec.id, learned, self._structure())

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            DataDamagedError: a file is missing or unreadable, or holds other tensors.
            MismatchError: another model, or other options.
        """
        learned = saving.read_settings(folder, self.spec.id, self._structure())
        network = self._new(learned)
        saving.load(network, folder)
        self._built = network, learned

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable), for the option `input_dim` or, without it, the 1,024 of pool5."""
        with torch.device("meta"):
            network = self._assembled(self.options.input_dim or POOL5_WIDTH)
        counts: Counter[str] = Counter()
        for name, parameter in network.named_parameters():
            plain = name.removeprefix("network.")
            part = NEVER_USED if plain.startswith(self.unused or ("\0",)) else plain.partition(".")[0]
            counts[part] += parameter.numel()
        return {part: (count, count) for part, count in counts.items()}

    # Between the two.

    def _summaries(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        for video in videos:
            given = self.features(video)
            network, learned = self._ready(given)
            refuse_other(self.spec.id, learned, given, video)
            features = read(given, self._device, self._dtype)
            with torch.no_grad(), autocast(self._device, self._dtype):
                found = self.summary(network, features, video)
            yield found

    def _loss(self, network: nn.Module, examples: Sequence[Example]) -> loop.Loss:
        losses = [self.loss(network, example) for example in examples if self.learns_from(example)]
        if not losses:
            return loop.Loss(total=torch.zeros((), device=self._device), items=0)
        return loop.Loss(total=torch.stack(losses).sum(), items=len(losses))

    def _examples(self, samples: Sequence[Sample], learned: Learned) -> Examples[Example]:
        def make(sample: Sample) -> Example:
            given = self.features(sample.video)
            refuse_other(self.spec.id, learned, given, sample.video)
            target = torch.from_numpy(self.target(sample)).to(self._device, kept_in(self._dtype))
            return Example(read(given, self._device, self._dtype), target, sample.video)

        return Examples(samples, make, lambda example: example.tensors, self.options.cache_mib)

    def _learned(self, features: Sequence[Feature]) -> Learned:
        return Learned.of(*(feature.spec for feature in features))

    def _assembled(self, input_dim: int) -> nn.Module:
        network = self.network(self.options.network_width(input_dim))
        if not self.options.projection:
            return network
        return Projected(input_dim, self.options.projection, network)

    def _new(self, learned: Learned) -> nn.Module:
        with drawn_from(self._seeds.child("init")):
            network = self._assembled(learned.width)
        return network.eval().to(self._device, kept_in(self._dtype))

    def _ready(self, features: Sequence[Feature]) -> tuple[nn.Module, Learned]:
        if self._built is None:
            learned = self._learned(features)
            self._built = self._new(learned), learned
        return self._built

    def _released(self, network: nn.Module) -> FitReport:
        if self.options.projection:
            raise MismatchError(
                f"model {self.spec.id!r}: an official checkpoint has no projection.", "Set projection=0."
            )
        file = released_file(self.options.checkpoint)
        load_official(network, self.keys(network), file, self.left_out)
        return FitReport(facts={"total_parameters": sum(p.numel() for p in network.parameters())})

    def _structure(self) -> dict[str, object]:
        return {name: getattr(self.options, name) for name in ("projection", *self.structure)}
