"""The two digests: what a prediction depends on, and what a score depends on besides (design §2.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from vsumbench.config.options import required_options
from vsumbench.contracts import EncoderSpec, MetricSpec, ModelSpec, ProtocolSpec, TrainsOnMore
from vsumbench.data.digests import sha256_json
from vsumbench.data.weights import find_weights, weights_digest
from vsumbench.entrypoints import Kind
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    PluginError,
    UnavailableError,
    WeightsMissingError,
)
from vsumbench.plugins import Plugins
from vsumbench.records.provenance import installed_versions, source_digest, sources_digest

from . import ablation as ablation_module
from .encoders import encoder_name
from .extracting import Extraction
from .plan import Plan
from .presence import is_own

_PREDICTION_CORE = ("vsumbench.contracts", "vsumbench.data", "vsumbench.training")
_SCORE_CORE = ("vsumbench.scoring", "vsumbench.running")
_WEIGHTS_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")
_NUMERICS = ("numpy", "scipy", "torch", "transformers", "peft", "accelerate", "tokenizers")


def module_of(dotted: str) -> str:
    """The module of `module:attribute`."""
    return dotted.partition(":")[0]


def model_source(model: ModelSpec) -> str:
    """Source digest of a model's implementation and of what it declares to depend on."""
    return sources_digest((module_of(model.implementation), *model.source))


def prediction_identity(plan: Plan, plugins: Plugins) -> dict[str, Any]:
    """Everything a prediction depends on, as JSON. `prediction_digest` is its sha256."""
    model, dataset = plan.model, plan.dataset
    return {
        "model": {
            "id": model.id,
            "options": plan.composed.values,
            "weights": {name: weights_digest(name) for name in _weights(plan)},
            "distribution": [plan.model_entry.distribution, plan.model_entry.version],
            "source": model_source(model),
            "requires": dict(_required(model, plugins, (model.id,), plan.preset.id if plan.preset else "")),
        },
        "data": {
            "id": dataset.id,
            "edition": [plan.resolved.edition.id, plan.resolved.edition.version],
            "fingerprint": plan.resolved.dataset.fingerprint(),
            "distribution": [plan.dataset_entry.distribution, plan.dataset_entry.version],
            "source": sources_digest((module_of(dataset.implementation), *dataset.source)),
            "more": _more_training(plan),
            "features": [_extracted(one, plugins) for one in plan.extractions],
        },
        "setting": {
            "split_set": plan.split_set,
            "split_digest": plan.split_digest,
            "selection": plan.selection,
            "select_by": _selecting(plan),
            "folds": [[fold.name, fold.train, fold.validation, fold.test] for fold in plan.folds],
        },
        "core": sources_digest(_PREDICTION_CORE),
        "versions": installed_versions(("vsumbench", *(_NUMERICS if model.extras else _NUMERICS[:2]))),
        "ablated": _ablated(plan.request.ablate_input),
        "seed": plan.request.seed,
        "repetitions": plan.repetitions,
        "dtype": plan.request.dtype,
        "device": plan.device.partition(":")[0],
    }


def prediction_digest(identity: dict[str, Any]) -> str:
    """Sha256 of a prediction identity."""
    return sha256_json(identity)


def _weights(plan: Plan) -> list[str]:
    """Ids of the weights of the preset, and of those that are here and that an option names instead."""
    named = [
        value
        for value in plan.composed.values.values()
        if isinstance(value, str) and _WEIGHTS_ID.fullmatch(value) and find_weights(value)
    ]
    return sorted({*(plan.preset.weights if plan.preset else ()), *named})


def score_digest(prediction: str, protocol: ProtocolSpec, metric: MetricSpec, plugins: Plugins) -> str:
    """Sha256 of what a number depends on: predictions, protocol, metric, the scorer's source, and the encoder
    and weights it is computed through.

    Weights that are not here count as absent, so that what could not be scored is another score once they
    are.

    Raises:
        UnknownNameError: nobody provides the encoder of the metric, or the metric has no such argument.
    """
    content = {
        "prediction": prediction,
        "protocol": asdict(protocol),
        "metric": asdict(metric),
        "source": sources_digest(
            (*_SCORE_CORE, module_of(protocol.implementation), module_of(metric.implementation))
        ),
        "weights": _present(_checkpoint, metric, plugins),
        "encoder": _seen_through(plugins.encoder(encoder_name(metric)), plugins) if metric.encoder else [],
    }
    return sha256_json(content)


def _seen_through(encoder: EncoderSpec, plugins: Plugins) -> list[str]:
    """Source and weights of an encoder."""
    weights = [_present(weights_digest, name) for name in encoder.weights]
    source = source_digest(module_of(encoder.implementation))
    return [encoder.id, encoder.version, source, *weights, _present(_checkpoint, encoder, plugins)]


def _checkpoint(spec: MetricSpec | EncoderSpec, plugins: Plugins) -> str:
    """Digest of the weights the argument of a spec names; empty for a spec that names none."""
    if not spec.checkpoint:
        return ""
    find = plugins.load(spec.checkpoint, what=f"the weights of {spec.id!r}")
    return str(find(spec.argument).sha256())


def _present(digest: Callable[..., str], *of: Any) -> str:
    """The digest, or `absent`: scoring says what is missing, and how to get it."""
    try:
        return digest(*of)
    except (UnavailableError, WeightsMissingError, DataMissingError, DataDamagedError):
        return "absent"


def _extracted(extraction: Extraction, plugins: Plugins) -> list[str]:
    """Who extracts a feature: id and version, weights, and the source that does it.

    An extractor cannot declare what it uses outside its folder, as a model can; so its whole package counts,
    and that of its encoder.
    """
    spec = extraction.spec
    implementations = [spec.implementation]
    if spec.encoder:
        implementations.append(plugins.encoder(spec.encoder).implementation)
    source = sources_digest(module_of(one).partition(".")[0] for one in implementations)
    return [extraction.output.name, extraction.identity, extraction.weights, extraction.precision, source]


def _more_training(plan: Plan) -> str:
    """Digest of the videos of other datasets that the folds train on; empty where they train on none."""
    dataset = plan.resolved.dataset
    if not isinstance(dataset, TrainsOnMore) or all(is_own(v) for fold in plan.folds for v in fold.train):
        return ""
    return dataset.training_fingerprint()


def _ablated(ablation: str) -> list[str]:
    """How the input is spoilt, with the source that does it."""
    return [ablation, source_digest(ablation_module.__file__)] if ablation else []


def _selecting(plan: Plan) -> list[list[str]]:
    """What chooses the checkpoint has a part in every prediction."""
    specs = plan.select_by or ()
    modules = ("vsumbench.scoring", *(module_of(spec.implementation) for spec in specs))
    return [[spec.id, spec.version, sources_digest(modules)] for spec in specs]


def _required(
    model: ModelSpec, plugins: Plugins, askers: tuple[str, ...], preset: str
) -> Iterator[tuple[str, list[str]]]:
    """The plugins a model calls, and those that a model it calls does."""
    for kind, names in (
        (Kind.MODEL, model.requires.models),
        (Kind.METRIC, model.requires.metrics),
        (Kind.ENCODER, model.requires.encoders),
    ):
        for name in names:
            entry = plugins.origin(kind, name)
            if kind is not Kind.MODEL:
                yield _called(kind, name, entry.version, plugins)
            else:
                spec = plugins.model(name)
                options = sha256_json(dict(required_options(spec, preset).values))
                yield f"{kind}:{spec.id}", [entry.version, model_source(spec), options]
                if spec.id in askers:
                    chain = " → ".join((*askers, spec.id))
                    raise PluginError(f"models require each other in a circle: {chain}.", "Mend their specs.")
                yield from _required(spec, plugins, (*askers, spec.id), preset)


def _called(kind: Kind, name: str, version: str, plugins: Plugins) -> tuple[str, list[str]]:
    """A metric or encoder a model calls: version and source, and the digests of the weights behind it."""
    spec = plugins.metric(name) if kind is Kind.METRIC else plugins.encoder(name)
    weights = [weights_digest(needed) for needed in spec.weights] if isinstance(spec, EncoderSpec) else []
    if spec.checkpoint:
        weights.append(_checkpoint(spec, plugins))
    return f"{kind}:{spec.id}", [version, source_digest(module_of(spec.implementation)), *weights]
