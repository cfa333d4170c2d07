"""Many runs from one description: models x datasets x settings x seeds, each an ordinary run of its own."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from vsumbench.config.options import read_mapping
from vsumbench.entrypoints import Kind
from vsumbench.errors import UnknownDatasetError, UnknownModelError, UsageError, VsumbenchError, close_matches
from vsumbench.plugins import Plugins

from .pipeline import run
from .reporting import Reporter
from .request import RunRequest


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """Axes of a sweep; an empty one stays as the base request has it. Models may be globs (`clip-*@*`).

    Attributes:
        ablate_inputs: `none`, `shuffle-pairs`, `permute-time`.
        features: extractors whose features every run is given, all together: no axis.
        options: for each model (by id or glob), option overrides; a list of values makes an axis.
    """

    models: tuple[str, ...]
    datasets: tuple[str, ...]
    editions: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    split_sets: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    ablate_inputs: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    protocols: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    repetitions: int | None = None
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class SweepResult:
    """How one run of a sweep ended."""

    request: RunRequest
    state: Literal["sealed", "already sealed", "scored again", "failed"]
    folder: Path | None = None
    reason: str = ""


NONE = "none"
"""Stands for an input as it is, in the axis `ablate_inputs`."""
_LISTS = {
    "models": str, "datasets": str, "editions": str, "presets": str, "split_sets": str, "selections": str,
    "seeds": int, "protocols": str, "metrics": str, "ablate_inputs": str,
    "features": str,
}  # fmt: skip


def read_sweep(path: Path) -> SweepSpec:
    """A sweep from a YAML file.

    Raises:
        UsageError: an unknown key (with the nearest), or a value of the wrong type.
    """
    content = dict(read_mapping(path))
    values: dict[str, Any] = {}
    for key, value in content.items():
        name = key.replace("-", "_")
        if name not in (*_LISTS, "repetitions", "options"):
            near = close_matches(name, (*_LISTS, "repetitions", "options"))
            raise UsageError(
                f"{path}: key {key!r} is not known.", f"Did you mean {near[0]!r}?" if near else ""
            )
        if name in _LISTS:
            items = value if isinstance(value, list) else [value]
            if not all(type(item) is _LISTS[name] for item in items):
                raise UsageError(f"{path}: {key} must be a list of {_LISTS[name].__name__}, found {value!r}.")
            values[name] = tuple(items)
        elif name == "repetitions":
            if type(value) is not int:
                raise UsageError(f"{path}: {key} must be a whole number, found {value!r}.")
            values[name] = value
        else:
            if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
                raise UsageError(f"{path}: {key} must map models to options, found {value!r}.")
            values[name] = value
    for name in ("models", "datasets"):
        if not values.get(name):
            raise UsageError(f"{path}: {name} is missing.", f"Example: {name}: [random]")
    return SweepSpec(**values)


def expand(spec: SweepSpec, base: RunRequest, plugins: Plugins) -> list[RunRequest]:
    """Every run of a sweep, in order: datasets, then models with their variants, then the other axes.

    Raises:
        UnknownModelError, UnknownDatasetError: a name or glob that matches nothing.
    """
    models = [name for pattern in spec.models for name in _models(pattern, plugins)]
    datasets = [name for pattern in spec.datasets for name in _datasets(pattern, plugins)]
    requests = []
    settings = itertools.product(
        spec.editions or (base.edition,),
        spec.presets or (base.preset,),
        spec.split_sets or (base.split_set,),
        spec.selections or (base.selection,),
        spec.seeds or (base.seed,),
        spec.ablate_inputs or (base.ablate_input,),
    )
    axes = itertools.product(dict.fromkeys(datasets), dict.fromkeys(models), settings)
    for dataset, model, (edition, preset, split_set, selection, seed, ablated) in axes:
        for overrides in _overrides(spec.options, model):
            requests.append(
                replace(
                    base,
                    model=model,
                    dataset=dataset,
                    edition=edition,
                    preset=preset,
                    split_set=split_set,
                    selection=selection,
                    seed=seed,
                    ablate_input="" if ablated == NONE else ablated,
                    protocols=spec.protocols or base.protocols,
                    metrics=spec.metrics or base.metrics,
                    features=spec.features or base.features,
                    repetitions=spec.repetitions or base.repetitions,
                    overrides=(*base.overrides, *overrides),
                )
            )
    return requests


def sweep(requests: Sequence[RunRequest], plugins: Plugins, reporter: Reporter) -> Iterable[SweepResult]:
    """Run each; one that fails says why and stops nothing else."""
    for request in requests:
        try:
            outcome = run(request, plugins, reporter)
        except VsumbenchError as error:
            yield SweepResult(request, "failed", reason=str(error))
        else:
            yield SweepResult(request, outcome.state, outcome.folder)


def is_glob(name: str) -> bool:
    """Whether a model or dataset name stands for several."""
    return any(character in name for character in "*?")


def _models(pattern: str, plugins: Plugins) -> list[str]:
    name, at, variant = pattern.partition("@")
    if not is_glob(pattern):
        return [pattern]
    specs, _ = plugins.specs(Kind.MODEL) if is_glob(name) else ([plugins.model(name)], [])
    found = []
    for spec in specs:
        if not fnmatch.fnmatchcase(spec.id, name if is_glob(name) else spec.id):
            continue
        if not at:
            found.append(spec.id)
        found += [f"{spec.id}@{v.id}" for v in spec.variants if at and fnmatch.fnmatchcase(v.id, variant)]
    if not found:
        raise UnknownModelError(f"no installed model matches {pattern!r}.", "See `vsumbench list models`.")
    return found


def _datasets(pattern: str, plugins: Plugins) -> list[str]:
    if not is_glob(pattern):
        return [pattern]
    specs, _ = plugins.specs(Kind.DATASET)
    found = [spec.id for spec in specs if fnmatch.fnmatchcase(spec.id, pattern)]
    if not found:
        raise UnknownDatasetError(
            f"no installed dataset matches {pattern!r}.", "See `vsumbench list datasets`."
        )
    return found


def _overrides(options: Mapping[str, Mapping[str, Any]], model: str) -> list[tuple[str, ...]]:
    """Every combination of the option axes that apply to a model, as `key=value` texts."""
    import json

    axes: dict[str, list[Any]] = {}
    for pattern, values in options.items():
        if fnmatch.fnmatchcase(model, pattern) or fnmatch.fnmatchcase(model.partition("@")[0], pattern):
            axes |= {key: value if isinstance(value, list) else [value] for key, value in values.items()}
    combinations = itertools.product(*axes.values())

    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    return [
        tuple(f"{key}={text(value)}" for key, value in zip(axes, chosen, strict=True))
        for chosen in combinations
    ]
