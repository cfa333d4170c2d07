"""Pages about numbers: metrics, costs and protocols, from the text that `vsumbench explain` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsumbench.cli.explain import used_by
from vsumbench.entrypoints import Kind
from vsumbench.explanation import Explanation, explain
from vsumbench.leaderboard.measurements import MEASUREMENTS
from vsumbench.plugins import default_plugins

from .markdown import code, codes, document, facts, numbered, plain, table
from .spec_pages import installed, link, part

if TYPE_CHECKING:
    from vsumbench.contracts import MetricSpec, ProtocolSpec
    from vsumbench.plugins import Entry

SOURCES = (
    "Sources name the publication or the released code a definition was read from; `protocols.md` in them is "
    "the specification sheet this project was written to, which is not part of it. `vsumbench explain NAME` "
    "prints the same."
)


def metrics_page() -> str:
    """`metrics.md`."""
    found = list(installed(Kind.METRIC))
    return document(
        "Metrics",
        "A metric is the statistic alone; what it compares is the [protocol](protocols.md)'s. Tolerance: "
        "two values nearer than this, in the metric's scale, are the same result. No-skill: what stands for "
        f"a value that the prediction made undefined. {SOURCES}",
        table(
            ("metric", "title", "version", "scale", "better", "tolerance", "no-skill", "level"),
            [
                (
                    *(link(s.id), s.title, s.version, s.scale, s.direction),
                    *(f"{s.tolerance:g}", f"{s.no_skill:g}", s.level),
                )
                for s, _, _ in found
            ],
        ),
        "Costs are measured by every run and computed by no metric; boards show them, and never rank them: "
        "see [what a run cost](../explanation/numbers.md#what-a-run-cost).",
        table(
            ("cost", "title", "scale", "unit timed"),
            [(link(one.id), one.title, one.scale, one.unit or "–") for one in MEASUREMENTS.values()],
        ),
        *(_spec(spec, entry, aliases) for spec, entry, aliases in found),
        *(_text(explain(one)) for one in MEASUREMENTS.values()),
    )


def protocols_page() -> str:
    """`protocols.md`."""
    found = list(installed(Kind.PROTOCOL))
    return document(
        "Protocols",
        "A protocol says how a prediction meets references. Numbers of two protocols, or of two versions of "
        f"one, never share a column. Why: [numbers.md](../explanation/numbers.md). {SOURCES}",
        table(
            ("protocol", "title", "version", "task", "metrics"),
            [(link(s.id), s.title, s.version, code(s.task), codes(s.metrics)) for s, _, _ in found],
        ),
        *(_spec(spec, entry, aliases) for spec, entry, aliases in found),
    )


def _spec(spec: MetricSpec | ProtocolSpec, entry: Entry, aliases: tuple[str, ...]) -> str:
    text = explain(spec, used=used_by(default_plugins(), spec), aliases=())
    return _text(text, aliases, entry.distribution)


def _text(text: Explanation, aliases: tuple[str, ...] = (), distribution: str = "") -> str:
    version = f", version {text.version}" if text.version else ""
    said = {label: plain(words) for label, words in text.facts.items()}
    if "metrics" in said:
        said["metrics"] = codes(text.facts["metrics"].split(", "))
    differs = [f"- {plain(line)}" for line in text.disagreements]
    return part(
        text.id,
        plain(f"{text.title}{version}. {text.note}".strip()),
        numbered(map(plain, text.steps)),
        facts(
            [
                ("aliases", codes(aliases, "")),
                *said.items(),
                (text.used_label, codes(text.used, "")),
                ("source", plain(text.source)),
                ("published in", text.citation),
                ("provided by", distribution),
            ]
        ),
        "\n".join(["Who computes something else, or names it otherwise:", "", *differs]) if differs else "",
    )
