"""From a request to a plan: every name resolved, every choice made, both digests known, nothing computed yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..config.options import Composed, compose_options
from ..contracts import (
    DatasetSpec,
    Fold,
    MetricSpec,
    ModelSpec,
    Preset,
    ProtocolSpec,
    Seeds,
    Selection,
    SplitSetSpec,
    Variant,
)
from ..contracts.dataset import ProgressCallback
from ..contracts.setting import SELECTION_ALIASES
from ..data.editions import ResolvedEdition, resolve_edition
from ..data.roots import resolve_data_root
from ..data.splits import folds_digest, inner_validation
from ..entrypoints import Entry, Kind
from ..errors import (
    DataDamagedError,
    DataMissingError,
    MismatchError,
    OptionValueError,
    UnknownOptionError,
    UnknownSettingError,
    UsageError,
)
from ..plugins import Plugins
from .matching import Column, check_inputs, choose_columns, short_name
from .readiness import check_memory, check_weights, fits, has_weights
from .request import RunRequest

NO_SELECTION = "none"
"""The selection rule of a model that does not train."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A run, resolved.

    Attributes:
        folds: what will run: ids present on disk only, validation filled in by the selection rule.
        missing: test ids of the split set whose data are not there.
        official: how many videos the official split tests.
        selection: the rule's id, or `none` for models that do not train.
        select_by: protocol and metric that score validation samples; None where the rule looks at none.
        notices: lines to show: a planted edition, defaults left out, missing videos.
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
    official: int
    selection: str
    select_by: tuple[ProtocolSpec, MetricSpec] | None
    columns: tuple[Column, ...]
    repetitions: int
    device: str
    notices: tuple[str, ...]

    @property
    def test_ids(self) -> tuple[str, ...]:
        """Every id that is tested, each once."""
        return tuple(dict.fromkeys(video for fold in self.folds for video in fold.test))


def make_plan(request: RunRequest, plugins: Plugins, progress: ProgressCallback | None = None) -> Plan:
    """Resolve a request. `progress` is told (done, total) while a generated edition is made.

    Raises:
        UnknownNameError, MismatchError, DataMissingError, OptionValueError, …: the first thing that does not fit.
    """
    name, _, variant_name = request.model.partition("@")
    model_entry = plugins.origin(Kind.MODEL, name)
    model = plugins.model(name)
    dataset_entry = plugins.origin(Kind.DATASET, request.dataset)
    dataset = plugins.dataset(request.dataset)
    variant = _variant(model, variant_name)
    for asked in (*request.metrics, *request.protocols):
        # Names are looked up before anything is read, so that a typing mistake costs nothing.
        kind = Kind.METRIC if asked in request.metrics else Kind.PROTOCOL
        plugins.spec(kind, asked if kind is Kind.METRIC else short_name(asked))
    device = _device(request.device, model)
    preset, composed = _form(model, variant, dataset, request, request.edition, device)
    split_set = chosen_split_set(dataset, request.split_set)
    rule = _selection(dataset, request.selection)
    if request.repetitions is not None and request.repetitions < 1:
        raise OptionValueError(f"--repetitions {request.repetitions}: there must be at least one.")

    resolved = resolve_edition(
        dataset,
        resolve_data_root(request.data_root),
        request.edition,
        load=lambda dotted: plugins.load(dotted, what=f"dataset {dataset.id!r}"),
        progress=progress,
    )
    if request.edition == "auto":
        preset, composed = _form(model, variant, dataset, request, resolved.edition.id, device)
    check_inputs(model, dataset, resolved.edition)
    columns, notices = choose_columns(
        plugins, model, dataset, resolved.edition, request.protocols, request.metrics
    )
    published = resolved.dataset.folds(split_set)
    digest = folds_digest(published)
    declared = dataset.split_set(split_set)
    assert declared is not None
    if declared.digest is not None and declared.digest != digest:
        raise DataDamagedError(
            f"split set {split_set!r} of {dataset.id!r} has digest {digest[:12]}, expected {declared.digest[:12]}: "
            "its folds are not the published ones."
        )
    folds, missing = _present(published, resolved, dataset, model, rule, split_set)
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        notices.append(f"{len(missing)} test videos of split set {split_set!r} are missing: {shown}.")
    looks = model.trainable and rule in (Selection.INNER_VAL, Selection.VALIDATION, Selection.BEST_TEST_EPOCH)
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
        missing=missing,
        official=official_videos(declared, resolved, published),
        selection=rule.value if model.trainable else NO_SELECTION,
        select_by=_select_by(plugins, model, dataset, resolved) if looks else None,
        columns=tuple(columns),
        repetitions=request.repetitions or model.repetitions,
        device=device,
        notices=(*resolved.notices, *notices),
    )


def official_videos(declared: SplitSetSpec, resolved: ResolvedEdition, published: tuple[Fold, ...]) -> int:
    """How many videos the split tests: as published for real data, as generated for generated ones."""
    if declared.official_videos is not None and not resolved.edition.maker:
        return declared.official_videos
    return len({video for fold in published for video in fold.test})


def _variant(model: ModelSpec, name: str) -> Variant | None:
    if not name:
        return model.variants[0] if model.variants else None
    variant = model.variant(name)
    if variant is None:
        known = [v.id for v in model.variants]
        extra = (
            f"Model {model.id!r} has {', '.join(known)}." if known else f"Model {model.id!r} has no variants."
        )
        raise UnknownOptionError.about(
            "variant", name, known, where=f"vsumbench info {model.id}", extra=extra
        )
    return variant


def _form(
    model: ModelSpec,
    variant: Variant | None,
    dataset: DatasetSpec,
    request: RunRequest,
    edition: str,
    device: str,
) -> tuple[Preset | None, Composed]:
    """The preset for an edition (`auto` while it is not known) and the options it leads to."""
    preset = _preset(model, dataset, request, edition, device)
    composed = compose_options(
        model, variant=variant, preset=preset, file=request.options_file, overrides=request.overrides
    )
    return preset, composed


def _preset(
    model: ModelSpec, dataset: DatasetSpec, request: RunRequest, edition: str, device: str
) -> Preset | None:
    """The preset asked for; `auto` takes the first that applies, has its weights and fits the device."""
    if request.preset == "auto":
        usable = (p for p in model.presets if _applies(p, dataset, edition))
        preset = next((p for p in usable if has_weights(p) and fits(p, device)), None)
        if preset is None and model.presets:
            last = next((p for p in reversed(model.presets) if _applies(p, dataset, edition)), None)
            check_weights(model, last)
            check_memory(model, last, device)
            raise MismatchError(
                f"no preset of model {model.id!r} is meant for dataset {dataset.id!r}, edition {edition!r}.",
                f"See `vsumbench info {model.id}`.",
            )
        return preset
    preset = model.preset(request.preset)
    if preset is None:
        known = [p.id for p in model.presets]
        extra = (
            f"Model {model.id!r} has {', '.join(known)}."
            if known
            else f"Model {model.id!r} has a single form."
        )
        raise UnknownOptionError.about(
            "preset", request.preset, known, where=f"vsumbench info {model.id}", extra=extra
        )
    if not _applies(preset, dataset, edition):
        meant = ", ".join((*preset.condition.datasets, *preset.condition.editions))
        raise MismatchError(
            f"preset {preset.id!r} of model {model.id!r} is meant for {meant}, not for {dataset.id!r}, "
            f"edition {edition!r}.",
            f"See `vsumbench info {model.id}`.",
        )
    check_weights(model, preset)
    check_memory(model, preset, device)
    return preset


def _applies(preset: Preset, dataset: DatasetSpec, edition: str) -> bool:
    condition = preset.condition
    return (not condition.datasets or dataset.id in condition.datasets) and (
        not condition.editions or edition in ("auto", *condition.editions)
    )


def chosen_split_set(dataset: DatasetSpec, name: str | None) -> str:
    """The split set asked for, or the dataset's first."""
    if name is None:
        return dataset.split_sets[0].id
    if dataset.split_set(name) is None:
        known = [split.id for split in dataset.split_sets]
        raise UnknownSettingError.about(
            f"split set of dataset {dataset.id!r}",
            name,
            known,
            where=f"vsumbench info {dataset.id}",
            extra=f"It has {', '.join(known)}.",
        )
    return name


def _selection(dataset: DatasetSpec, name: str | None) -> Selection:
    if name is None:
        return dataset.default_selection
    if name in SELECTION_ALIASES:
        return SELECTION_ALIASES[name]
    known = [rule.value for rule in Selection]
    if name not in known:
        raise UnknownSettingError.about(
            "selection rule", name, known, where="vsumbench run --help", extra=f"Rules: {', '.join(known)}."
        )
    return Selection(name)


def _present(
    published: tuple[Fold, ...],
    resolved: ResolvedEdition,
    dataset: DatasetSpec,
    model: ModelSpec,
    rule: Selection,
    split_set: str,
) -> tuple[tuple[Fold, ...], tuple[str, ...]]:
    """The folds with ids that are there, their validation part filled in, and the test ids that are not there."""
    there = frozenset(resolved.status.present)
    missing = dict.fromkeys(video for fold in published for video in fold.test if video not in there)
    folds = []
    for whole in published:
        fold = Fold(
            whole.name,
            train=tuple(video for video in whole.train if video in there),
            validation=tuple(video for video in whole.validation if video in there),
            test=tuple(video for video in whole.test if video in there),
        )
        if not fold.test:
            raise DataMissingError(
                f"dataset {dataset.id!r}: fold {fold.name!r} has none of its {len(whole.test)} test videos.",
                f"See `vsumbench data status {dataset.id}`.",
            )
        learns = model.trainable
        folds.append(
            _with_validation(fold, rule, split_set) if learns else replace(fold, train=(), validation=())
        )
    return tuple(folds), tuple(missing)


def _with_validation(fold: Fold, rule: Selection, split_set: str) -> Fold:
    if not fold.train:
        raise MismatchError(
            f"fold {fold.name!r} has no training videos, and the model learns from them.",
            "Choose another split set with --split-set.",
        )
    if rule is Selection.INNER_VAL:
        # Seeded by split set and fold alone: every model and every seed holds out the same videos.
        return inner_validation(fold, split_set, Seeds(0))
    if rule is Selection.VALIDATION and not fold.validation:
        raise MismatchError(
            f"fold {fold.name!r} has no official validation videos.",
            "Use --selection inner-val or last-epoch.",
        )
    if rule is Selection.BEST_TEST_EPOCH:
        return replace(fold, validation=fold.test)
    return fold if rule is Selection.VALIDATION else replace(fold, validation=())


def _select_by(
    plugins: Plugins, model: ModelSpec, dataset: DatasetSpec, resolved: ResolvedEdition
) -> tuple[ProtocolSpec, MetricSpec]:
    """The first default protocol and its first metric: what is asked for beside them must not change training."""
    columns, _ = choose_columns(plugins, model, dataset, resolved.edition, (), ())
    return columns[0].protocol, columns[0].metrics[0]


def _device(asked: str, model: ModelSpec) -> str:
    if asked == "cpu":
        return asked
    wants_torch = any(extra.module == "torch" for extra in model.extras)
    if asked == "auto":
        return "cuda" if wants_torch and _cuda_devices() else "cpu"
    kind, _, number = asked.partition(":")
    if kind not in ("cuda", "mps") or (number and not number.isdigit()):
        raise UsageError(f"--device {asked!r} is not a device.", "Use auto, cpu, cuda, cuda:N or mps.")
    if kind == "cuda" and int(number or 0) >= _cuda_devices():
        raise MismatchError(
            f"--device {asked}: torch sees {_cuda_devices()} CUDA devices here.", "Use --device cpu."
        )
    return asked


def _cuda_devices() -> int:
    try:
        import torch
    except ImportError:
        return 0
    return int(torch.cuda.device_count())
