"""Which model is applied: one that needs no training, or the trained one of a sealed run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsumbench.config.options import Composed, compose_options
from vsumbench.contracts import ModelSpec, Preset
from vsumbench.data.digests import sha256_file
from vsumbench.errors import MismatchError, RecordError, UnknownSettingError, UsageError, VerificationError
from vsumbench.plugins import Plugins
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import RunRecord, load_record
from vsumbench.running.choices import chosen_variant
from vsumbench.running.fitting import WEIGHTS
from vsumbench.running.identity import model_source
from vsumbench.running.weights import lacking, require_weights

UNTRAINED = frozenset({"random"})
"""Models that can be trained and give importance without: of `random` only the texts are learned."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """A model with its options and, where it was trained, its weights.

    Attributes:
        asked: the name, or the path, the spec was found by.
        preset: its id, or empty.
        weights: the folder to load, or None.
        record: the run it comes from, or None.
        fold: the fold whose weights these are; empty where none are loaded.
        extractors: extractors of that run, by the names it was given.
        trained_on: feature name → extractor of what that run offered the model; None where not stated.
    """

    spec: ModelSpec
    asked: str
    variant: str
    composed: Composed
    preset: str
    weights: Path | None = None
    record: RunRecord | None = field(default=None, repr=False)
    fold: str = ""
    extractors: tuple[str, ...] = ()
    trained_on: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`model` or `model@variant`."""
        return f"{self.spec.id}@{self.variant}" if self.variant else self.spec.id


def named_method(plugins: Plugins, name: str, fold: str = "", overrides: Sequence[str] = ()) -> Method:
    """A model that needs no training, `NAME` or `NAME@VARIANT`.

    Raises:
        UnknownModelError, UnknownOptionError: nobody provides it; it has no such variant or option.
        UsageError: a fold, which only a run has.
        MismatchError: it has to be trained first, or looks at annotations, which a file has none of.
        WeightsMissingError: weights it stands on are not there.
    """
    if fold:
        raise UsageError(f"--fold {fold}: only a run has folds.", "Name the run with --from.")
    model_name, _, variant_name = name.partition("@")
    spec = plugins.model(model_name)
    if spec.uses_annotations:
        raise MismatchError(
            f"model {spec.id!r} reads annotations, and a video file has none.", "Use --model clustering."
        )
    variant = chosen_variant(spec, variant_name)
    spec = spec.as_variant(variant)
    if spec.trainable and spec.id not in UNTRAINED:
        raise MismatchError(
            f"model {spec.id!r} has to be trained before it can summarize a file.",
            f"Train it, `vsumbench run --model {name} --dataset …`, then --from the folder of that run; or "
            "use --model clustering.",
        )
    preset = _preset(spec)
    return Method(
        spec=spec,
        asked=model_name,
        variant=variant.id if variant else "",
        composed=compose_options(spec, variant=variant, preset=preset, overrides=overrides),
        preset=preset.id if preset else "",
    )


def sealed_method(
    plugins: Plugins,
    folder: Path,
    fold: str,
    name: str | None,
    overrides: Sequence[str],
    notice: Callable[[str], None],
) -> Method:
    """The model of a sealed run: its options and the selected weights of a fold, by default of the first.

    Args:
        folder: the run folder.
        fold: a fold of it; empty for the first.
        name: the model the user expects, or None.
        overrides: options the user set; a trained model takes none.
        notice: told where the code of the model has changed since.

    Raises:
        UsageError: options were set: those of the run are what its weights fit.
        RecordError: no sealed run there.
        UnknownSettingError: it has no such fold.
        MismatchError: the run is of another model, or of one that reads annotations.
        VerificationError: weights that are not those that were sealed.
    """
    if overrides:
        raise UsageError(f"--set {overrides[0]}: the options of a run are those it was made with.")
    record = load_record(folder)
    given = _request(folder)
    asked = str(given.get("model", record.model.id)).partition("@")[0]
    spec = plugins.model(asked)
    own = f"{record.model.id}@{record.model.variant}" if record.model.variant else record.model.id
    if name is not None and name not in (own, record.model.id, spec.id):
        raise MismatchError(
            f"--from {folder} is a run of model {own!r}, not of {name!r}.", "Leave --model out."
        )
    if spec.uses_annotations:
        raise MismatchError(f"model {spec.id!r} reads annotations, and a video file has none.")
    if model_source(spec) != record.model.source_digest:
        notice(f"the code of model {spec.id!r} is another than that which was trained in {folder.name}.")
    require_weights(spec, spec.preset(record.model.preset or ""))
    variant = chosen_variant(spec, record.model.variant or "") if record.model.variant else None
    spec = spec.as_variant(variant)
    values = [f"{key}={_text(value)}" for key, value in record.model.options.items()]
    found, weights = "", None
    if spec.trainable:
        found, weights = _weights(folder, record, fold)
    elif fold:
        raise UsageError(f"--fold {fold}: model {spec.id!r} is not trained and has no folds.")
    return Method(
        spec=spec,
        asked=asked,
        variant=record.model.variant or "",
        composed=compose_options(spec, variant=variant, overrides=values),
        preset=record.model.preset or "",
        weights=weights,
        record=record,
        fold=found,
        extractors=tuple(given.get("features", ())),
        trained_on=dict(record.dataset.features),
    )


def _preset(spec: ModelSpec) -> Preset | None:
    """The first preset whose weights are there; without one, those of the first are what is missing."""
    if not spec.presets:
        return None
    usable = next((preset for preset in spec.presets if not lacking(spec, preset)), None)
    if usable is None:
        require_weights(spec, spec.presets[0])
    return usable


def _weights(folder: Path, record: RunRecord, fold: str) -> tuple[str, Path]:
    """The fold and the folder of its weights, each file of which is as it was sealed."""
    folds = [str(report["fold"]) for report in record.fit]
    if not folds:
        raise RecordError(f"{folder} holds no trained weights.", "Repeat the run that made it.")
    name = fold or folds[0]
    if name not in folds:
        raise UnknownSettingError.about(
            "fold", name, folds, where=f"vsumbench verify {folder}", extra=f"The run has {', '.join(folds)}."
        )
    weights = RunFolder(folder).fold(name) / WEIGHTS
    prefix = f"{weights.relative_to(folder).as_posix()}/"
    sealed = {path: digest for path, digest in record.files.items() if path.startswith(prefix)}
    wrong = [
        p for p, digest in sealed.items() if not (folder / p).is_file() or sha256_file(folder / p) != digest
    ]
    if wrong:
        raise VerificationError(
            f"{folder / wrong[0]} is not as it was sealed.", f"See `vsumbench verify {folder}`."
        )
    return name, weights


def _request(folder: Path) -> Mapping[str, Any]:
    path = RunFolder(folder).request
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read: {error}.", "The run folder is not whole.") from None
    return content if isinstance(content, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
