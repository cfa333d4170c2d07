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
    """A method as data. `implementation` is `module:callable`, called as `build(options, context)`; as
    `build(options, context, argument)` by a model that wraps another one.

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
        requires: other plugins it calls through its context. A model that is called gets the preset of the
            same name where it has one, its default variant, and else its defaults.
        wraps: the task of models that may stand in brackets behind its name: `frames-to-text[csta]` calls
            `context.model("csta")`. None for a model that takes nothing. `plugins.model("name[other]")` gives
            the spec `around` the other one, with the id `name[other]`.
        argument: the model that is wrapped if nothing is said.
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
    wraps: Task | None = None
    argument: str = ""
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
        """This model with the tasks of a variant that has its own, and without training where it has none."""
        if variant is None:
            return self
        trainable = self.trainable if variant.trainable is None else variant.trainable
        return replace(self, tasks=variant.tasks or self.tasks, trainable=trainable)

    @property
    def default_variant(self) -> Variant | None:
        """The first variant, or None."""
        return self.variants[0] if self.variants else None

    @property
    def takes(self) -> str:
        """What stands in the brackets behind its name, in words; empty for nothing."""
        return f"a model for {self.wraps.value}" if self.wraps else ""

    def around(self, wrapped: ModelSpec) -> ModelSpec:
        """This model with `wrapped` in its brackets.

        It learns if that does, reads what both read, needs the weights of both, and is run as often as that
        is; a checkpoint is chosen as that of `wrapped` is.
        """
        listed = {one.id for one in self.weights}
        return replace(
            self,
            inputs=_both(self.inputs, wrapped.inputs),
            trainable=wrapped.trainable,
            uses_annotations=self.uses_annotations or wrapped.uses_annotations,
            repetitions=max(self.repetitions, wrapped.repetitions),
            requires=replace(self.requires, models=(*self.requires.models, self.argument)),
            presets=tuple(_with_wrapped(one, wrapped.preset(one.id)) for one in self.presets),
            weights=(*self.weights, *(one for one in wrapped.weights if one.id not in listed)),
            extras=tuple(dict.fromkeys((*self.extras, *wrapped.extras))),
        )

    def preset(self, name: str) -> Preset | None:
        """The preset of this id, or None."""
        return next((preset for preset in self.presets if preset.id == name), None)


def _both(one: tuple[Inputs, ...], other: tuple[Inputs, ...]) -> tuple[Inputs, ...]:
    """Every way to have what two models read."""
    return tuple(a.beside(b) for a in one for b in other) or one or other


def _with_wrapped(own: Preset, wrapped: Preset | None) -> Preset:
    """A preset with the weights and the memory that the model in the brackets needs besides."""
    if wrapped is None:
        return own
    needed = tuple(dict.fromkeys((*own.weights, *wrapped.weights)))
    memory = [one.memory_gib for one in (own, wrapped) if one.memory_gib is not None]
    return replace(own, weights=needed, memory_gib=sum(memory) if memory else None)


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """What training did.

    Attributes:
        epochs: epochs run.
        selected_epoch: the epoch whose weights are used, counted from 1; 0 if there was no selection.
        selected_by: what the epoch was selected by, as `validation loss`, where the model did not use
            `Context.validate`; empty where it did.
        history: one mapping an epoch: losses and selection scores.
        facts: further numbers to store (parameters, steps).
    """

    epochs: int = 0
    selected_epoch: int = 0
    history: tuple[Mapping[str, float], ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    selected_by: str = ""


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
