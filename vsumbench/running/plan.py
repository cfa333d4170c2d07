"""From a request to a plan: every name resolved, every choice made, nothing computed yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from vsumbench.config.options import Composed
from vsumbench.contracts import (
    Dataset,
    DatasetSpec,
    FeatureSpec,
    Fold,
    HasRemarks,
    MetricSpec,
    ModelSpec,
    Preset,
    ProtocolSpec,
    Seeds,
    Selection,
    SplitSetSpec,
    TrainsOnMore,
    Variant,
)
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data.editions import ResolvedEdition
from vsumbench.data.splits import folds_digest, inner_validation
from vsumbench.entrypoints import Entry, Kind
from vsumbench.errors import (
    DataDamagedError,
    MismatchError,
    OptionValueError,
    UsageError,
)
from vsumbench.plugins import Plugins

from .ablation import check_ablation
from .choices import chosen_device, chosen_form, chosen_selection, chosen_split_set, chosen_variant
from .editions import find_edition
from .extracting import Extraction
from .featured import WithFeatures, chosen_extractions, with_outputs
from .matching import Column, check_inputs, choose_columns, protocol_named
from .monitoring import monitored
from .presence import is_own, present_folds
from .request import RunRequest

NO_SELECTION = "none"
"""The selection rule of a model that does not train."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A run, resolved.

    Attributes:
        folds: what will run: ids present on disk only, validation filled in by the selection rule.
        missing: test ids of the split set whose data are not there.
        missing_training: ids that would have trained the model, or chosen its checkpoint, likewise.
        official: how many videos the official split tests.
        selection: the rule's id, or `none` for models that do not train.
        select_by: protocol and metric that score validation samples; None where the rule looks at none.
        extractions: extractors whose features the model is given beside those of the edition.
        notices: lines to show: a planted edition, defaults left out, missing videos, what the
            dataset reads otherwise than it is published.
    """

    request: RunRequest
    model: ModelSpec
    model_entry: Entry
    variant: Variant | None
    preset: Preset | None
    composed: Composed
    dataset: DatasetSpec
    dataset_entry: Entry
    resolved: ResolvedEdition = field(repr=False)
    split_set: str
    split_digest: str
    folds: tuple[Fold, ...] = field(repr=False)
    missing: tuple[str, ...]
    missing_training: tuple[str, ...]
    official: int
    selection: str
    select_by: tuple[ProtocolSpec, MetricSpec] | None
    columns: tuple[Column, ...]
    extractions: tuple[Extraction, ...] = field(repr=False)
    repetitions: int
    device: str
    notices: tuple[str, ...]

    @property
    def offered(self) -> Dataset:
        """The dataset as a model meets it, unless its input is spoilt: with the extracted features."""
        return (
            WithFeatures(self.resolved.dataset, self.extractions)
            if self.extractions
            else self.resolved.dataset
        )

    @property
    def features(self) -> tuple[FeatureSpec, ...]:
        """Every feature a model is offered."""
        return with_outputs(self.resolved.edition, self.extractions).provides.features

    @property
    def test_ids(self) -> tuple[str, ...]:
        """Every id that is tested, each once."""
        return tuple(dict.fromkeys(video for fold in self.folds for video in fold.test))


def make_plan(request: RunRequest, plugins: Plugins, progress: ProgressCallback | None = None) -> Plan:
    """Resolve a request. `progress` is told (done, total) while a generated edition is made.

    Raises:
        UnknownNameError, MismatchError, DataMissingError, OptionValueError, …: the first thing that does not
        fit.
    """
    name, _, variant_name = request.model.partition("@")
    model_entry = plugins.origin(Kind.MODEL, name)
    model = plugins.model(name)
    dataset_entry = plugins.origin(Kind.DATASET, request.dataset)
    dataset = plugins.dataset(request.dataset)
    variant = chosen_variant(model, variant_name)
    model = model.as_variant(variant)
    metrics = (*request.metrics, request.select_by) if request.select_by else request.metrics
    for asked in (*metrics, *request.protocols):
        # Names are looked up before anything is read, so that a typing mistake costs nothing.
        if asked in metrics:
            plugins.metric(asked)
        else:
            protocol_named(plugins, asked)
    device = chosen_device(request.device, model)
    preset, composed = chosen_form(model, variant, dataset, request, request.edition, device)
    split_set = chosen_split_set(dataset, request.split_set)
    rule = chosen_selection(dataset, request.selection)
    if request.repetitions is not None and request.repetitions < 1:
        raise OptionValueError(f"--repetitions {request.repetitions}: there must be at least one.")

    resolved = find_edition(plugins, dataset, request.edition, request.data_root, progress)
    if request.edition == "auto":
        preset, composed = chosen_form(model, variant, dataset, request, resolved.edition.id, device)
    extractions = chosen_extractions(
        plugins, request.features, resolved.edition, request.device, request.dtype
    )
    check_inputs(model, dataset, with_outputs(resolved.edition, extractions))
    columns, notices = choose_columns(
        plugins,
        model,
        dataset,
        resolved.edition,
        request.protocols,
        request.metrics,
        predict_only=request.predict_only,
        narrowed=variant is not None and bool(variant.tasks),
    )
    published = resolved.dataset.folds(split_set)
    digest = folds_digest(published)
    declared = dataset.split_set(split_set)
    assert declared is not None
    if declared.digest is not None and declared.digest != digest:
        raise DataDamagedError(
            f"split set {split_set!r} of {dataset.id!r} has digest {digest[:12]}, expected "
            f"{declared.digest[:12]}: "
            "its folds are not the published ones."
        )
    present = present_folds(published, resolved, dataset, split_set, model.trainable)
    notices += present.notices(split_set)
    own = is_own if isinstance(resolved.dataset, TrainsOnMore) else lambda video: True
    folds = tuple(
        _with_validation(fold, rule, split_set, own) if model.trainable else fold for fold in present.folds
    )
    check_ablation(request.ablate_input, model, resolved.edition, folds)
    looks = model.trainable and rule in (Selection.INNER_VAL, Selection.VALIDATION, Selection.BEST_TEST_EPOCH)
    if request.select_by and not looks:
        why = (
            f"selection {rule.value} looks at no samples" if model.trainable else f"{model.id} learns nothing"
        )
        raise UsageError(f"--select-by {request.select_by}: {why}.", "Leave it out.")
    return Plan(
        request=request,
        model=model,
        model_entry=model_entry,
        variant=variant,
        preset=preset,
        composed=composed,
        dataset=dataset,
        dataset_entry=dataset_entry,
        resolved=resolved,
        split_set=split_set,
        split_digest=digest,
        folds=folds,
        missing=present.missing,
        missing_training=present.missing_training,
        official=official_videos(declared, resolved, published),
        selection=rule.value if model.trainable else NO_SELECTION,
        select_by=monitored(plugins, model, dataset, resolved.edition, request.select_by) if looks else None,
        columns=tuple(columns),
        extractions=extractions,
        repetitions=request.repetitions or model.repetitions,
        device=device,
        notices=(*resolved.notices, *notices, *_remarks(dataset, resolved.dataset)),
    )


def _remarks(spec: DatasetSpec, dataset: Dataset) -> list[str]:
    """What the dataset reads otherwise than it is published: videos that were cut, a segment turned round."""
    return [f"{spec.id}: {line}" for line in dataset.remarks()] if isinstance(dataset, HasRemarks) else []


def official_videos(declared: SplitSetSpec, resolved: ResolvedEdition, published: tuple[Fold, ...]) -> int:
    """How many videos the split tests: as published for real data, as generated for generated ones."""
    if declared.official_videos is not None and not resolved.edition.generated:
        return declared.official_videos
    return len({video for fold in published for video in fold.test})


def _with_validation(fold: Fold, rule: Selection, split_set: str, own: Callable[[str], bool]) -> Fold:
    if not fold.train:
        raise MismatchError(
            f"fold {fold.name!r} has no training videos, and the model learns from them.",
            "Choose another split set with --split-set.",
        )
    if rule is Selection.INNER_VAL:
        # Seeded by split set and fold alone: every model and every seed holds out the same videos.
        return inner_validation(fold, split_set, Seeds(0), own)
    if rule is Selection.VALIDATION and not fold.validation:
        raise MismatchError(
            f"fold {fold.name!r} has no official validation videos.",
            "Use --selection inner-val or last-epoch.",
        )
    if rule is Selection.BEST_TEST_EPOCH:
        return replace(fold, validation=fold.test)
    return fold if rule is Selection.VALIDATION else replace(fold, validation=())
