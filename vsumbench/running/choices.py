"""What a request leaves open or names: variant, preset, options, split set, selection rule, device."""

from __future__ import annotations

from vsumbench.config.options import Composed, compose_options
from vsumbench.contracts import DatasetSpec, ExtractorSpec, ModelSpec, Preset, Selection, Variant
from vsumbench.contracts.setting import SELECTION_ALIASES
from vsumbench.errors import MismatchError, UnknownOptionError, UnknownSettingError, UsageError

from .readiness import check_memory, fits
from .request import RunRequest
from .weights import lacking, require_weights


def chosen_variant(model: ModelSpec, name: str) -> Variant | None:
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


def chosen_form(
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
    """The preset asked for; `auto` takes the first that applies, fits the device and has its weights.

    Where none has, it takes the first whose missing weights can be made here.
    """
    if request.preset == "auto":
        usable = [p for p in model.presets if _applies(p, dataset, edition) and fits(p, device)]
        missing = [lacking(model, p) for p in usable]
        preset = next((p for p, gaps in zip(usable, missing, strict=True) if not gaps), None) or next(
            (p for p, gaps in zip(usable, missing, strict=True) if all(w.maker for w in gaps)), None
        )
        if preset is None and model.presets:
            last = next((p for p in reversed(model.presets) if _applies(p, dataset, edition)), None)
            require_weights(model, last, makeable=True)
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
    require_weights(model, preset, makeable=True)
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


def chosen_selection(dataset: DatasetSpec, name: str | None) -> Selection:
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


def chosen_device(asked: str, spec: ModelSpec | ExtractorSpec) -> str:
    if asked == "cpu":
        return asked
    wants_torch = any(extra.module == "torch" for extra in spec.extras)
    if asked == "auto":
        return default_device() if wants_torch else "cpu"
    kind, _, number = asked.partition(":")
    if kind not in ("cuda", "mps") or (number and not number.isdigit()):
        raise UsageError(f"--device {asked!r} is not a device.", "Use auto, cpu, cuda, cuda:N or mps.")
    if kind == "cuda" and int(number or 0) >= _cuda_devices():
        raise MismatchError(
            f"--device {asked}: torch sees {_cuda_devices()} CUDA devices here.", "Use --device cpu."
        )
    return asked


def default_device() -> str:
    """`cuda` where torch sees a device of that kind, else `cpu`."""
    return "cuda" if _cuda_devices() else "cpu"


def _cuda_devices() -> int:
    try:
        import torch
    except ImportError:
        return 0
    return int(torch.cuda.device_count())
