"""A model under test: built, trained and asked for summaries as a run would do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from vsumbench.config.options import compose_options
from vsumbench.contracts import (
    Annotations,
    Context,
    Folders,
    Inputs,
    Model,
    ModelSpec,
    Preset,
    Seeds,
    Selection,
    Summary,
    Task,
    TrainableModel,
    Variant,
    Video,
)
from vsumbench.contracts.context import Progress, Validate
from vsumbench.running.building import build_model, requirements
from vsumbench.running.evaluation import Evaluator
from vsumbench.running.monitoring import monitored
from vsumbench.running.samples import TestAnnotations
from vsumbench.running.weights import require_weights

from .checks import Failed, require
from .interrupting import StepCounter
from .material import Material, make_material
from .saved_files import file_digests
from .subject import Subject

SEED = 7


class Validation:
    """`context.validate`: scores summaries as a run on the toy dataset would choose the checkpoint."""

    def __init__(self, subject: ModelSubject, material: Material) -> None:
        protocol, self._metric = monitored(subject.plugins, subject.spec, material.dataset, material.edition)
        self._ids = material.fold.validation
        self._evaluator = Evaluator(material.bench, protocol, (self._metric,), subject.plugins)

    def __call__(self, summaries: Sequence[Summary]) -> float:
        value = self._evaluator.fold_value(self._ids, summaries, self._metric)
        return value if self._metric.direction == "higher" else -value


@dataclass(frozen=True)
class Trained:
    """A model ready to summarize, and what its training left.

    Attributes:
        saved: the folder `save` wrote, and `files` the digests of what is in it.
        checkpoints: what training left beside it.
        steps: calls of `progress.advance` during `fit`.
    """

    model: Model
    saved: Path
    checkpoints: Path
    files: Mapping[str, str]
    steps: int


@dataclass
class ModelSubject(Subject):
    """Builds the model with the options of its smallest usable preset, on the CPU, in float32."""

    _trained: Trained | Exception | None = field(default=None, repr=False)

    @cached_property
    def material(self) -> Material:
        """Toy videos with the declared inputs."""
        return make_material(self.plugins, self.spec)

    def stripped(self, inputs: Inputs | None) -> Material:
        """Toy videos with these inputs alone."""
        return make_material(self.plugins, self.spec, (inputs,))

    @cached_property
    def preset(self) -> Preset | None:
        """`tiny`, else the first that needs no weights, else the first; None where there are none."""
        presets = self.spec.presets
        free = [preset for preset in presets if not preset.weights]
        return self.spec.preset("tiny") or next(iter((*free, *presets)), None)

    @cached_property
    def variant(self) -> Variant | None:
        """The default one, where the model has variants."""
        spec: ModelSpec = self.spec
        return spec.default_variant

    @property
    def trainable(self) -> bool:
        """Whether the default variant is trained."""
        return bool(self.spec.as_variant(self.variant).trainable)

    @cached_property
    def options(self) -> Any:
        """The composed options of the default variant and the preset."""
        return compose_options(self.spec, variant=self.variant, preset=self.preset).options

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What the default variant does: a model may do more in another one."""
        spec: ModelSpec = self.spec
        return spec.as_variant(self.variant).tasks

    def context(
        self,
        folder: Path,
        *,
        seed: int = SEED,
        progress: Progress | None = None,
        selection: Selection = Selection.LAST_EPOCH,
        validate: Validate | None = None,
        annotations: Mapping[str, Annotations] | None = None,
    ) -> Context:
        """A context as a run makes it, with its own folders below `folder`."""
        folders = Folders(checkpoints=folder / "checkpoints", scratch=folder / "scratch")
        for made in (folders.checkpoints, folders.scratch):
            made.mkdir(parents=True, exist_ok=True)
        return Context(
            device="cpu",
            dtype="float32",
            seeds=Seeds(seed).child("conformance", "fold0"),
            folders=folders,
            progress=progress or StepCounter(),
            options=self.options,
            selection=selection,
            validate=validate,
            annotations=annotations,
            **requirements(
                self.spec,
                self.plugins,
                lambda: self.context(folder, seed=seed),
                self.preset.id if self.preset else "",
            ),
        )

    def summarize_context(
        self, folder: Path, *, seed: int = SEED, annotations: Mapping[str, Annotations] | None = None
    ) -> Context:
        """The context handed to `summarize`; annotations for models that declare to look at them."""
        if annotations is None and self.spec.uses_annotations:
            annotations = TestAnnotations(self.material.bench, self.material.fold.test)
        return self.context(folder, seed=seed, annotations=annotations)

    def build(self, folder: Path, *, seed: int = SEED) -> Model:
        """A new instance.

        Raises:
            WeightsMissingError: the preset's weights are not there; a check never makes them.
        """
        require_weights(self.spec, self.preset)
        return build_model(self.spec, self.plugins, self.options, self.summarize_context(folder, seed=seed))

    def train(
        self,
        folder: Path,
        *,
        seed: int = SEED,
        stop_at: int | None = None,
        material: Material | None = None,
        selection: Selection = Selection.INNER_VAL,
    ) -> Trained:
        """Build, fit if it learns, save, and load what was saved, as a run does.

        Raises:
            Stopped: at step `stop_at`.
        """
        material = material or self.material
        model = self.build(folder, seed=seed)
        progress = StepCounter(stop_at)
        if self.trainable:
            require(
                isinstance(model, TrainableModel),
                "the spec says trainable=True, but the model has no fit method",
            )
            looks = selection is Selection.INNER_VAL
            context = self.context(
                folder,
                seed=seed,
                progress=progress,
                selection=selection,
                validate=Validation(self, material) if looks else None,
            )
            validation = material.fold.validation if looks else ()
            model.fit(material.samples(material.fold.train), material.samples(validation), context)  # type: ignore[attr-defined]
        saved = folder / "saved"
        saved.mkdir(exist_ok=True)
        model.save(saved)
        if self.trainable:
            model.load(saved)
        return Trained(model, saved, folder / "checkpoints", file_digests(saved), progress.steps)

    @property
    def trained(self) -> Trained:
        """A model trained once, without interruption, shared by the checks. Its failure is remembered too."""
        if self._trained is None:
            try:
                self._trained = self.train(self.new_folder())
            except Exception as error:
                self._trained = error
        if isinstance(self._trained, Exception):
            raise self._trained
        return self._trained

    def summarize(
        self,
        model: Model,
        videos: Sequence[Video] | None = None,
        *,
        seed: int = SEED,
        annotations: Mapping[str, Annotations] | None = None,
    ) -> list[Summary]:
        """All summaries of the videos (the test videos where none are given)."""
        context = self.summarize_context(self.new_folder(), seed=seed, annotations=annotations)
        summaries = list(model.summarize(self.material.videos() if videos is None else videos, context))
        for summary in summaries:
            if not isinstance(summary, Summary):
                raise Failed(f"summarize yielded a {type(summary).__name__}, expected a Summary")
        return summaries
