"""What a model plugin declares and does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from .annotations import Sample
from .context import Context
from .specs import FIRST_API_VERSION, Citation, Extra, Inputs, Preset, Requires, Task, Variant, Weights
from .summary import Summary
from .video import Video


@dataclass(frozen=True)
class NoOptions:
    """The options of a model that has none."""


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A method as data. `implementation` is `module:callable`, called as `build(options, context)`.

    Attributes:
        tasks: what it can produce.
        inputs: alternatives, any of which is enough; empty if it reads nothing but a video's length.
        options: a frozen dataclass whose fields have defaults and types; the only place a value can be set.
        variants: ablation rows, `model@variant`; the first is the default.
        presets: named option values; with none, the model has a single form.
        trainable: it has `fit`.
        baseline: a floor that looks at nothing (`random`, `uniform`); grouped apart in tables.
        uses_annotations: a reference row that looks at annotations of the test videos; marked in every table.
        repetitions: how many times it is run with other seeds by default (100 for `random`).
        monitor: id of the metric its checkpoint is chosen by, under selection rules that look at samples;
            empty for the first metric of the first default protocol.
        requires: other plugins it calls through its context.
        source: further packages whose source enters the prediction digest, beside the implementation's own
            folder.
        extras: packages it needs beyond its distribution's requirements.
    """

    id: str
    title: str
    tasks: tuple[Task, ...]
    implementation: str
    inputs: tuple[Inputs, ...] = ()
    options: type = NoOptions
    variants: tuple[Variant, ...] = ()
    presets: tuple[Preset, ...] = ()
    trainable: bool = False
    baseline: bool = False
    uses_annotations: bool = False
    repetitions: int = 1
    monitor: str = ""
    requires: Requires = Requires()
    weights: tuple[Weights, ...] = ()
    source: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    licence: str = ""
    citation: Citation | None = None
    note: str = ""
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION

    def variant(self, name: str) -> Variant | None:
        """The variant of this id, or None."""
        return next((variant for variant in self.variants if variant.id == name), None)

    def as_variant(self, variant: Variant | None) -> ModelSpec:
        """This model with the tasks of a variant that has its own."""
        return replace(self, tasks=variant.tasks) if variant is not None and variant.tasks else self

    def preset(self, name: str) -> Preset | None:
        """The preset of this id, or None."""
        return next((preset for preset in self.presets if preset.id == name), None)


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """What training did.

    Attributes:
        epochs: epochs run.
        selected_epoch: the epoch whose weights are used, counted from 1; 0 if there was no selection.
        history: one mapping an epoch: losses and selection scores.
        facts: further numbers to store (parameters, steps).
    """

    epochs: int = 0
    selected_epoch: int = 0
    history: tuple[Mapping[str, float], ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class Model(Protocol):
    """A built model.

    A trainable model also has

        fit(train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport

    which resumes from what an interrupted call left in `context.folders.checkpoints` and ends with the
    weights of the same training run without interruption. `parameters()` is optional: parts by name, each
    (total, trainable), without allocating them (the meta device).
    """

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterable[Summary]:
        """Summaries in the order of `videos`, streamed: one a video, or one an annotator, together."""
        ...

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and settings (JSON)."""
        ...

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        ...


@runtime_checkable
class TrainableModel(Model, Protocol):
    """A model that learns."""

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train, or go on where an interrupted call stopped."""
        ...


@runtime_checkable
class CountsParameters(Protocol):
    """A model that can say how large it is without being allocated."""

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part name → (total, trainable)."""
        ...
