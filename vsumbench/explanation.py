"""What a number is, in words, from its spec alone: a protocol, a metric, or a cost that every run measures.

One text for `vsumbench explain`, for the reference pages and for the footnotes of boards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from .contracts import Citation, MetricSpec, Needs, ProtocolSpec, Provides

COMPARES: Mapping[Needs, str] = {
    Needs.SCORES: "score vectors",
    Needs.SELECTION: "selections of frames",
    Needs.TEXT: "texts",
    Needs.CURVE: "curves, a score a step, cut into clips",
    Needs.SPANS: "spans of time",
    Needs.FRAMES_AND_TEXT: "selected frames and texts, through an encoder of both",
}
"""What a metric compares, and a protocol yields."""
UNDEFINED = {
    "no-skill": "caused by the prediction: counts as the metric's no-skill value; caused by the reference: "
    "left out; both are counted and printed",
    "nan0": "counts as 0, whoever caused it (nan0, as the publication does); both causes are counted and "
    "printed",
}
"""What becomes of values that cannot be computed."""
PREDICTS = {
    "importance": "importance, or segments where the chain selects",
    "text": "text",
    "annotator": "an annotator's own importance (the model human)",
}
"""What a protocol needs of a summary."""
_SCALES = {
    "correlation": "correlation, -1 to 1",
    "fraction": "fraction, 0 to 1",
    "percent": "percent, 0 to 100",
    "raw": "raw, from 0 on",
}


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A number that every run measures by itself, as data. No metric computes it.

    Attributes:
        scale: unit of its values.
        unit: what one value is of (`per-video`), or empty.
        meaning: what is measured, in one sentence.
        beside: what stands beside each value.
        chain, source, disagreements: as in `MetricSpec`.
    """

    id: str
    title: str
    scale: str
    meaning: str
    chain: tuple[str, ...]
    source: str
    unit: str = ""
    beside: str = ""
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A number in words.

    Attributes:
        version: of the spec; empty for costs, which have none.
        note: what the spec says in one remark, or empty.
        steps: the chain, in order.
        facts: label → what must be known beside the chain: aggregation, undefined values, scale, needs.
        source: where the definition stands.
        citation: the publication, or empty.
        disagreements: who computes something else under this name, and what it changes.
        used: who reports it (of a metric) or whose default it is (of a protocol), where the caller knows.
    """

    kind: Literal["protocol", "metric", "cost"]
    id: str
    title: str
    version: str = ""
    note: str = ""
    steps: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    citation: str = ""
    disagreements: tuple[str, ...] = ()
    used: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """`metric f1: F1, version 1`."""
        return f"{self.kind} {self.id}: {self.title}" + f", version {self.version}" * bool(self.version)

    @property
    def used_label(self) -> str:
        """What `used` lists, in words."""
        return "default of" if self.kind == "protocol" else "reported under"

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole text: heading, numbered steps, labelled facts, each on one line."""
        labelled = [
            *self.facts.items(),
            ("note", self.note),
            ("source", self.source),
            ("published in", self.citation),
            *(("differs" if not i else "", text) for i, text in enumerate(self.disagreements)),
            (self.used_label, ", ".join(self.used)),
        ]
        labelled = [(label, text) for label, text in labelled if text]
        width = max((len(label) for label, _ in labelled), default=0)
        return (
            self.heading,
            *(f"  {number}. {step}" for number, step in enumerate(self.steps, 1)),
            *(f"{label.ljust(width)}  {text}" for label, text in labelled),
        )

    def footnote(self) -> str:
        """One line for below a table: the chain, the undefined policy where it is not the default one, and
        the disagreements."""
        what = f"{self.id} ({self.kind}" + f", version {self.version}" * bool(self.version) + ")"
        parts = ["; ".join(self.steps) or self.note or self.title]
        if self.facts.get("undefined") == UNDEFINED["nan0"]:
            parts.append("An undefined value counts as 0")
        if self.disagreements:
            parts.append(f"Differs: {'; '.join(text.strip().rstrip('.') for text in self.disagreements)}")
        return f"{what}: " + " ".join(_sentence(part) for part in parts)


def explain(
    spec: ProtocolSpec | MetricSpec | Measurement,
    *,
    used: Sequence[str] = (),
    aliases: Sequence[str] | None = None,
    annotators: str = "",
) -> Explanation:
    """A spec in words.

    Args:
        spec: a protocol, a metric (with its argument, if it takes one), or a cost.
        used: for `Explanation.used`.
        aliases: other names; the spec's own when None.
        annotators: of a metric, the aggregate over annotators that was asked for beside the protocol's own
            (`max` of `f1[max]`), or empty.
    """
    if isinstance(spec, Measurement):
        return _measurement(spec, tuple(used), aliases or ())
    names = ", ".join(spec.aliases if aliases is None else aliases)
    facts = _protocol(spec) if isinstance(spec, ProtocolSpec) else _metric(spec, annotators)
    return Explanation(
        kind="protocol" if isinstance(spec, ProtocolSpec) else "metric",
        id=spec.id,
        title=spec.title,
        version=spec.version,
        note="" if isinstance(spec, ProtocolSpec) else spec.note,
        steps=spec.chain,
        facts=_said([("also called", names), *facts]),
        source=spec.source,
        citation=cited(spec.citation),
        disagreements=spec.disagreements,
        used=tuple(used),
    )


def cited(citation: Citation | None) -> str:
    """A publication in one line, its address last; empty for None."""
    if citation is None:
        return ""
    where = " ".join(filter(None, (citation.venue, str(citation.year or ""))))
    text = ". ".join(part.rstrip(".") for part in (citation.authors, citation.title, where) if part)
    return f"{text}. <{citation.url}>" if citation.url else f"{text}."


def holdings(provides: Provides) -> str:
    """What an edition holds, or a protocol needs of one, in words."""
    features = [
        f"feature {one.name} ({' x '.join(str(side or 'any') for side in one.shape)} a step)"
        for one in provides.features
    ]
    flags = [
        one.name.replace("_", " ")
        for one in fields(provides)
        if one.name != "features" and getattr(provides, one.name)
    ]
    return ", ".join([*features, *flags])


def _measurement(spec: Measurement, used: tuple[str, ...], aliases: Sequence[str]) -> Explanation:
    return Explanation(
        kind="cost",
        id=spec.id,
        title=spec.title,
        note=spec.meaning,
        steps=spec.chain,
        facts=_said(
            [
                ("also called", ", ".join(aliases)),
                ("scale", f"{spec.scale}, lower is better; never judged or ranked"),
                ("unit timed", spec.unit),
                ("beside it", spec.beside),
            ]
        ),
        source=spec.source,
        disagreements=spec.disagreements,
        used=used,
    )


def _metric(spec: MetricSpec, annotators: str) -> Iterable[tuple[str, str]]:
    beyond = "" if spec.bounded else "; may go beyond"
    yield "compares", COMPARES[spec.needs]
    if spec.level == "corpus":
        yield "level", "one value a corpus, which the protocol delimits"
    else:
        yield "level", "one value a comparison; the protocol takes it over references, videos and folds"
    if annotators:
        yield "annotators", f"{annotators} over the references of one video, beside the protocol's own"
    yield "scale", f"{_SCALES[spec.scale]}{beyond}; {spec.direction} is better"
    yield "tolerance", f"two values nearer than {spec.tolerance:g} are the same result"
    yield "no skill", f"{spec.no_skill:g}, which stands for values the prediction made undefined"
    given = f"here {spec.argument}" if "[" in spec.id else f"{spec.argument} unless said otherwise"
    yield "in brackets", f"{spec.takes}; {given}" if spec.takes and spec.argument else spec.takes
    yield "encoder", spec.encoder
    yield "needs besides Python", ", ".join(spec.requires)


def _protocol(spec: ProtocolSpec) -> Iterable[tuple[str, str]]:
    yields = (spec.yields, *(needs for needs in spec.other if needs is not spec.yields))
    yield "task", spec.task.value
    yield "needs of the prediction", PREDICTS[spec.predicts]
    yield "needs of the edition", holdings(spec.requires)
    yield "datasets", ", ".join(spec.datasets) or "any that holds what is needed"
    yield "yields", "; ".join(COMPARES[needs] for needs in yields)
    yield "metrics", ", ".join(spec.metrics)
    ways = {needs: _aggregation(spec, needs) for needs in yields}
    alike = len(set(ways.values())) == 1
    yield (
        "aggregation",
        "; ".join(
            dict.fromkeys(way if alike else f"{COMPARES[needs]}: {way}" for needs, way in ways.items())
        ),
    )
    yield "undefined", UNDEFINED[spec.undefined]
    yield "parameters", _parameters(spec.parameters)
    for needs, other in spec.other.items():
        yield f"parameters for {needs.value}", _parameters(other)


def _aggregation(spec: ProtocolSpec, needs: Needs) -> str:
    """How values become the number of a record."""
    if spec.whole_fold(needs):
        return "the texts of a complete fold are one corpus; then the mean over folds"
    beside = spec.aggregates(needs)[1:]
    also = f" (beside it, as METRIC[{beside[0]}], the {_word(beside[0])})" if beside else ""
    what = "corpora" if needs is Needs.TEXT else "thresholds" if needs is Needs.SPANS else "references"
    return (
        f"{_word(spec.annotators)} over the {what} of one video{also}, then mean over videos, then over folds"
    )


def _word(how: str) -> str:
    return {"max": "maximum"}.get(how, how)


def _parameters(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def _said(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {label: text for label, text in pairs if text}


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
