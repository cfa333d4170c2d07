"""Pages about what is installed, from the specs: models and datasets."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vsumbench.entrypoints import Kind
from vsumbench.explanation import cited, holdings
from vsumbench.first_party import FIRST_PARTY
from vsumbench.plugins import default_plugins

from .docstrings import attributes
from .markdown import code, codes, document, facts, table

if TYPE_CHECKING:
    from vsumbench.contracts import (
        DatasetSpec,
        EditionSpec,
        Inputs,
        ModelSpec,
    )
    from vsumbench.plugins import Entry


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
            [(link(s.id), s.title, codes(s.tasks), e.distribution) for s, e, _ in found],
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
                (link(s.id), s.title, codes(s.tasks), codes(e.id for e in s.editions), entry.distribution)
                for s, entry, _ in found
            ],
        ),
        *(_dataset(spec, entry, aliases) for spec, entry, aliases in found),
    )


def _model(spec: ModelSpec, entry: Entry, aliases: tuple[str, ...]) -> str:
    marks = [
        *(["reference row: sees annotations of the test videos"] if spec.uses_annotations else []),
        *(["floor: looks at nothing"] if spec.baseline else []),
        *(["trains"] if spec.trainable else []),
    ]
    return part(
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
                ("published in", cited(spec.citation)),
                ("provided by", entry.distribution),
            ]
        ),
        _options(spec.options),
    )


def _options(options: Any) -> str:
    meanings = attributes(options)
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
    return part(
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
                ("published in", cited(spec.citation)),
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
    return code(edition.id), edition.version, holdings(edition.provides) or "nothing", how


def _reads(spec: ModelSpec) -> str:
    if spec.uses_annotations:
        return "annotations"
    return "; or ".join(_inputs(inputs) for inputs in spec.inputs) or "a video's length alone"


def _inputs(inputs: Inputs) -> str:
    named = [*(code(f.name) for f in inputs.features), *(f"tokens of {code(t)}" for t in inputs.tokens)]
    flags = [n.replace("_", " ") for n in ("frames", "text", "change_points") if getattr(inputs, n)]
    return " and ".join([*named, *flags]) or "a video's length alone"


def part(name: str, *parts: str) -> str:
    """A part of a page under its heading."""
    return "\n\n".join([f"## {name}", *(part for part in parts if part)])


def link(name: str) -> str:
    """A link to such a part of the same page."""
    anchor = re.sub(r"[^\w\- ]", "", name).casefold().replace(" ", "-")
    return f"[{name}](#{anchor})"
