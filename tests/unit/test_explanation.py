"""The words for a protocol, a metric and a cost, from their specs alone."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from vsumbench.contracts import Citation, FeatureSpec, MetricSpec, Needs, ProtocolSpec, Provides, Task
from vsumbench.explanation import COMPARES, PREDICTS, UNDEFINED, Explanation, Measurement, cited, explain

PROTOCOL = ProtocolSpec(
    id="chain",
    version="3",
    title="A chain",
    task=Task.V2V,
    yields=Needs.SELECTION,
    metrics=("f1", "kendall"),
    implementation="nowhere:CHAIN",
    chain=("first this", "then that"),
    requires=Provides(change_points=True, features=(FeatureSpec(name="pool5", shape=(None, 1024)),)),
    annotators="max",
    also=("mean",),
    parameters={"budget": 0.15},
    other={Needs.SCORES: {"grid": "picks"}},
    source="a.5",
    disagreements=("one code base pads.", "another cuts"),
    citation=Citation(title="A paper.", authors="Someone", year=2020, venue="ICCV", url="https://a.b"),
    aliases=("chained",),
)
METRIC = MetricSpec(
    id="meter",
    version="2",
    title="Meter",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation="nowhere:meter",
    tolerance=0.05,
    bounded=False,
    requires=("java",),
    takes="a model and a layer",
    argument="large-L17",
    encoder="clip",
    chain=("count words",),
    source="d",
    note="A remark.",
)


def test_a_protocol_says_its_chain_and_everything_around_it() -> None:
    text = explain(PROTOCOL, used=("tvsum",))
    assert (text.kind, text.id, text.version) == ("protocol", "chain", "3")
    assert text.steps == ("first this", "then that")
    assert text.facts["also called"] == "chained"
    assert text.facts["needs of the edition"] == "feature pool5 (any x 1024 a step), change points"
    assert text.facts["yields"] == "selections of frames; score vectors"
    assert text.facts["aggregation"] == (
        "selections of frames: maximum over the references of one video (beside it, as METRIC[mean], the "
        "mean), then mean over videos, then over folds; score vectors: maximum over the references of one "
        "video, then mean over videos, then over folds"
    )
    assert text.facts["parameters"] == "budget = 0.15"
    assert text.facts["parameters for scores"] == "grid = picks"
    assert text.citation == "Someone. A paper. ICCV 2020. <https://a.b>"


def test_the_lines_are_heading_steps_and_labelled_facts() -> None:
    lines = explain(PROTOCOL, used=("tvsum", "summe")).lines
    assert lines[:3] == ("protocol chain: A chain, version 3", "  1. first this", "  2. then that")
    assert lines[-1].split() == ["default", "of", "tvsum,", "summe"]
    differs = [i for i, line in enumerate(lines) if line.startswith("differs ")]
    assert len(differs) == 1
    assert lines[differs[0]].endswith("one code base pads.")
    assert lines[differs[0] + 1].strip() == "another cuts"
    assert all("\n" not in line and line.strip() for line in lines)


@pytest.mark.parametrize(
    ("undefined", "words"), [("no-skill", "no-skill value"), ("nan0", "counts as 0, whoever caused it")]
)
def test_undefined_values_are_explained_by_the_policy_of_the_protocol(undefined: str, words: str) -> None:
    text = explain(replace(PROTOCOL, undefined=undefined))  # type: ignore[arg-type]
    assert words in text.facts["undefined"]
    assert ("An undefined value counts as 0." in text.footnote()) == (undefined == "nan0")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"yields": Needs.TEXT}, "the texts of a complete fold are one corpus; then the mean over folds"),
        ({"yields": Needs.TEXT, "corpus": "video"}, "mean over the corpora of one video, then mean over"),
        ({"yields": Needs.SPANS}, "mean over the thresholds of one video"),
        ({"yields": Needs.SCORES}, "mean over the references of one video"),
    ],
)
def test_the_aggregation_follows_what_the_protocol_yields(change: dict[str, object], words: str) -> None:
    plain = replace(PROTOCOL, annotators="mean", also=(), other={})
    assert explain(replace(plain, **change)).facts["aggregation"].startswith(words)  # type: ignore[arg-type]


def test_a_metric_says_scale_tolerance_needs_and_argument() -> None:
    facts = explain(METRIC).facts
    assert facts["compares"] == "texts"
    assert facts["scale"] == "percent, 0 to 100; may go beyond; higher is better"
    assert facts["tolerance"] == "two values nearer than 0.05 are the same result"
    assert facts["no skill"].startswith("0,")
    assert facts["needs besides Python"] == "java"
    assert facts["encoder"] == "clip"
    assert facts["in brackets"] == "a model and a layer; large-L17 unless said otherwise"
    given = explain(replace(METRIC, id="meter[/m/small]", argument="/m/small")).facts
    assert given["in brackets"] == "a model and a layer; here /m/small"
    plain = explain(replace(METRIC, takes="", argument="", encoder="", requires=())).facts
    assert plain.keys().isdisjoint({"in brackets", "encoder", "needs besides Python", "annotators"})


def test_an_aggregate_over_annotators_is_said_where_it_was_asked_for() -> None:
    assert explain(METRIC, annotators="max").facts["annotators"].startswith("max over the references")


def test_a_cost_says_its_unit_and_that_it_is_not_ranked() -> None:
    spec = Measurement(
        id="ms", title="Time", scale="ms", unit="per-video", meaning="A video.", chain=("start",), source="e"
    )
    text = explain(spec)
    assert (text.kind, text.version, text.note) == ("cost", "", "A video.")
    assert text.heading == "cost ms: Time"
    assert text.facts == {"scale": "ms, lower is better; never judged or ranked", "unit timed": "per-video"}
    assert text.footnote() == "ms (cost): start."


def test_a_footnote_is_one_line_with_the_chain_and_the_disagreements() -> None:
    assert explain(PROTOCOL).footnote() == (
        "chain (protocol, version 3): first this; then that. Differs: one code base pads; another cuts."
    )
    assert explain(METRIC).footnote() == "meter (metric, version 2): count words."
    assert explain(replace(METRIC, chain=())).footnote() == "meter (metric, version 2): A remark."
    assert explain(replace(METRIC, chain=(), note="")).footnote() == "meter (metric, version 2): Meter."


def test_an_explanation_survives_json() -> None:
    text = explain(PROTOCOL, used=("tvsum",))
    facts = json.loads(json.dumps(asdict(text)))
    lists = ("steps", "disagreements", "used")
    again = Explanation(**{name: tuple(v) if name in lists else v for name, v in facts.items()})
    assert again == text
    assert again.lines == text.lines


def test_there_are_words_for_everything_a_spec_may_say() -> None:
    assert set(COMPARES) == set(Needs)
    for words, field in ((UNDEFINED, "undefined"), (PREDICTS, "predicts")):
        literal = ProtocolSpec.__annotations__[field]
        assert all(repr(name).replace("'", '"') in literal.replace("'", '"') for name in words)
        assert literal.count(",") + 1 == len(words)


def test_a_publication_without_an_address_ends_with_a_full_stop() -> None:
    assert cited(None) == ""
    assert cited(Citation(title="Only a title")) == "Only a title."
