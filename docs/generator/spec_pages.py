"""Pages about what is installed, from the specs: models, datasets, metrics, protocols."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vsumbench.entrypoints import Kind
from vsumbench.first_party import FIRST_PARTY
from vsumbench.plugins import default_plugins

from .docstrings import entries, sections
from .markdown import code, codes, document, facts, numbered, table

if TYPE_CHECKING:
    from vsumbench.contracts import (
        Citation,
        DatasetSpec,
        EditionSpec,
        Inputs,
        MetricSpec,
        ModelSpec,
        ProtocolSpec,
        Provides,
    )
    from vsumbench.plugins import Entry

UNDEFINED = {
    "no-skill": "caused by the prediction: counts as the metric's no-skill value; caused by the reference: "
    "left out",
    "nan0": "counts as 0, whoever caused it (`nan0`, as the publication does)",
}
PREDICTS = {
    "importance": "importance, or segments where the chain selects",
    "text": "text",
    "annotator": "an annotator's own importance (the model `human`)",
}
YIELDS = {"scores": "score vectors", "selection": "selections", "text": "texts"}


def installed(kind: Kind) -> Iterator[tuple[Any, Entry, tuple[str, ...]]]:
    """The specs of our released distributions, each with its entry and its aliases.

    Raises:
        SystemExit: one of the distributions is not installed, so that the page would lack something.
    """
    plugins = default_plugins()
    ours = {name for name, party in FIRST_PARTY.items() if party.released}
    if absent := sorted(ours - set(plugins.installed.distributions)):
        raise SystemExit(f"not installed: {', '.join(absent)}; run `make install`")
    for spec, entry in plugins.owned_specs(kind):
        if entry.distribution in ours:
            yield spec, entry, plugins.aliases(kind, entry)


def models_page() -> str:
    """`models.md`."""
    found = list(installed(Kind.MODEL))
    return document(
        "Models",
        "Models of this project that are installed by `make install`. Others appear in `vsumbench list "
        "models` as soon "
        "as they are installed.",
        table(
            ("model", "title", "tasks", "provided by"),
            [(_link(s.id), s.title, codes(s.tasks), e.distribution) for s, e, _ in found],
        ),
        *(_model(spec, entry, aliases) for spec, entry, aliases in found),
    )


def datasets_page() -> str:
    """`datasets.md`."""
    found = list(installed(Kind.DATASET))
    return document(
        "Datasets",
        "How to get and check them: [prepare-data.md](../how-to/prepare-data.md).",
        table(
            ("dataset", "title", "tasks", "editions", "provided by"),
            [
                (_link(s.id), s.title, codes(s.tasks), codes(e.id for e in s.editions), entry.distribution)
                for s, entry, _ in found
            ],
        ),
        *(_dataset(spec, entry, aliases) for spec, entry, aliases in found),
    )


def metrics_page() -> str:
    """`metrics.md`."""
    found = list(installed(Kind.METRIC))
    return document(
        "Metrics",
        "A metric is the statistic alone; what it compares is the [protocol](protocols.md)'s. Tolerance: "
        "two values "
        "nearer than this, in the metric's scale, are the same result. No-skill: what stands for a value "
        "that the "
        "prediction made undefined.",
        table(
            ("metric", "title", "version", "scale", "better", "tolerance", "no-skill", "level"),
            [
                (
                    *(_link(s.id), s.title, s.version, s.scale, s.direction),
                    *(f"{s.tolerance:g}", f"{s.no_skill:g}", s.level),
                )
                for s, _, _ in found
            ],
        ),
        *(_metric(spec, entry, aliases) for spec, entry, aliases in found),
    )


def protocols_page() -> str:
    """`protocols.md`."""
    found = list(installed(Kind.PROTOCOL))
    return document(
        "Protocols",
        "A protocol says how a prediction meets references. Numbers of two protocols, or of two versions of "
        "one, never "
        "share a column. Why: [numbers.md](../explanation/numbers.md). The sources name the released code "
        "or the paper a "
        "chain was read from; `protocols.md` in them is the specification sheet this project was written "
        "to, which is "
        "not part of it.",
        table(
            ("protocol", "title", "version", "task", "metrics"),
            [(_link(s.id), s.title, s.version, code(s.task), codes(s.metrics)) for s, _, _ in found],
        ),
        *(_protocol(spec, entry, aliases) for spec, entry, aliases in found),
    )


def _model(spec: ModelSpec, entry: Entry, aliases: tuple[str, ...]) -> str:
    marks = [
        *(["reference row: sees annotations of the test videos"] if spec.uses_annotations else []),
        *(["floor: looks at nothing"] if spec.baseline else []),
        *(["trains"] if spec.trainable else []),
    ]
    return _part(
        spec.id,
        spec.note,
        facts(
            [
                ("title", spec.title),
                ("aliases", codes(aliases, "")),
                ("tasks", codes(spec.tasks)),
                ("marks", "; ".join(marks)),
                ("reads", _reads(spec)),
                ("variants", codes((v.id for v in spec.variants), "")),
                ("presets", codes((p.id for p in spec.presets), "")),
                ("repetitions by default", str(spec.repetitions)),
                ("weights", codes((w.id for w in spec.weights), "")),
                ("licence", spec.licence),
                ("published in", _citation(spec.citation)),
                ("provided by", entry.distribution),
            ]
        ),
        _options(spec.options),
    )


def _options(options: Any) -> str:
    meanings = entries(sections(options.__doc__).get("Attributes", ""))
    return table(
        ("option", "type", "default", "meaning"),
        [
            (code(f.name), code(str(f.type)), code(repr(f.default)), meanings.get(f.name, ""))
            for f in dataclasses.fields(options)
        ],
    )


def _dataset(spec: DatasetSpec, entry: Entry, aliases: tuple[str, ...]) -> str:
    statistics = [
        f"{n:,}".replace(",", " ") + f" {name.replace(':', ' ')}" for name, n in spec.expected.items()
    ]
    return _part(
        spec.id,
        facts(
            [
                ("title", spec.title),
                ("aliases", codes(aliases, "")),
                ("tasks", codes(spec.tasks)),
                ("licence", spec.licence),
                ("protocols by default", codes(spec.default_protocols)),
                ("selection by default", code(spec.default_selection)),
                ("published statistics", ", ".join(statistics)),
                ("published in", _citation(spec.citation)),
                ("provided by", entry.distribution),
            ]
        ),
        table(("edition", "version", "holds", "how it is had"), map(_edition, spec.editions)),
        table(
            ("split set", "what it is", "videos tested", "digest (sha256)", "source"),
            [
                (
                    code(s.id) + (" (default)" if s is spec.split_sets[0] else ""),
                    s.title,
                    str(s.official_videos or "–"),
                    code(s.digest) if s.digest else "from the data",
                    s.source or "–",
                )
                for s in spec.split_sets
            ],
        ),
        table(
            ("file", "from", "sha256", "licence"),
            [
                (code(s.path), s.origin, code(s.sha256) if s.sha256 else "none stated", s.licence or "–")
                for s in spec.sources
            ],
        ),
    )


def _edition(edition: EditionSpec) -> tuple[str, ...]:
    if edition.maker:
        how = "made on demand, or by `vsumbench data make`"
    else:
        how = "held in memory" if edition.generated else "files in the data root"
    return code(edition.id), edition.version, _holds(edition.provides), how


def _metric(spec: MetricSpec, entry: Entry, aliases: tuple[str, ...]) -> str:
    return _part(
        spec.id,
        spec.note,
        facts(
            [
                ("title", f"{spec.title}, version {spec.version}"),
                ("aliases", codes(aliases, "")),
                ("compares", YIELDS[spec.needs.value]),
                (
                    "level",
                    "one value a complete fold"
                    if spec.level == "corpus"
                    else "one value a video, then the mean",
                ),
                ("scale", f"{spec.scale}, {spec.direction} is better"),
                ("tolerance", f"{spec.tolerance:g}"),
                ("no-skill", f"{spec.no_skill:g}"),
                ("needs besides Python", codes(spec.requires, "")),
                ("published in", _citation(spec.citation)),
                ("provided by", entry.distribution),
            ]
        ),
    )


def _protocol(spec: ProtocolSpec, entry: Entry, aliases: tuple[str, ...]) -> str:
    also = f", also reported: {codes(f'METRIC[{how}]' for how in spec.also)}" if spec.also else ""
    over = "" if spec.yields.value == "text" else f"{spec.annotators}{also}"
    return _part(
        spec.id,
        f"{spec.title}.",
        numbered(spec.chain),
        facts(
            [
                ("version", spec.version),
                ("aliases", codes(aliases, "")),
                ("task", code(spec.task)),
                ("needs of the prediction", PREDICTS[spec.predicts]),
                ("needs of the edition", _holds(spec.requires)),
                ("yields", YIELDS[spec.yields.value]),
                ("metrics", codes(spec.metrics)),
                ("over annotators", over),
                ("undefined values", UNDEFINED[spec.undefined]),
                ("datasets", codes(spec.datasets, "any that holds what is needed")),
                ("parameters", ", ".join(f"{code(k)} = {code(v)}" for k, v in spec.parameters.items())),
                ("source", spec.source),
                ("published in", _citation(spec.citation)),
                ("provided by", entry.distribution),
            ]
        ),
    )


def _holds(provides: Provides) -> str:
    features = [
        f"feature {code(f.name)} ({' x '.join(str(side or 'any') for side in f.shape)} a step)"
        for f in provides.features
    ]
    flags = [
        f.name.replace("_", " ")
        for f in dataclasses.fields(provides)
        if f.name != "features" and getattr(provides, f.name)
    ]
    return ", ".join([*features, *flags]) or "nothing"


def _reads(spec: ModelSpec) -> str:
    if spec.uses_annotations:
        return "annotations"
    return "; or ".join(_inputs(inputs) for inputs in spec.inputs) or "a video's length alone"


def _inputs(inputs: Inputs) -> str:
    named = [*(code(f.name) for f in inputs.features), *(f"tokens of {code(t)}" for t in inputs.tokens)]
    flags = [n.replace("_", " ") for n in ("frames", "text", "change_points") if getattr(inputs, n)]
    return " and ".join([*named, *flags]) or "a video's length alone"


def _citation(citation: Citation | None) -> str:
    if citation is None:
        return ""
    where = " ".join(filter(None, (citation.venue, str(citation.year or ""))))
    text = ". ".join(part.rstrip(".") for part in (citation.authors, citation.title, where) if part)
    return f"{text}. <{citation.url}>" if citation.url else f"{text}."


def _part(name: str, *parts: str) -> str:
    return "\n\n".join([f"## {name}", *(part for part in parts if part)])


def _link(name: str) -> str:
    return f"[{name}](#{name.casefold()})"
