"""`vsumbench explain` as a user runs it: every installed name, long forms, bundles, costs, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from harness import vsumbench

from vsumbench.cli import group
from vsumbench.cli._tables import folded
from vsumbench.cli.explain import explanation_of
from vsumbench.contracts import MetricSpec, ProtocolSpec
from vsumbench.contracts.metric import BUNDLES
from vsumbench.entrypoints import Kind
from vsumbench.errors import (
    UnknownMetricError,
    UnknownProtocolError,
    UsageError,
    VsumbenchError,
)
from vsumbench.explanation import Explanation
from vsumbench.first_party import FIRST_PARTY, MEASURED
from vsumbench.leaderboard.measurements import MEASUREMENTS
from vsumbench.plugins import default_plugins
from vsumbench.testing.distributions import write_distribution

MOST_LINES = 40
LONGEST_FOOTNOTE = 1500
PLUGINS = default_plugins()
SPECS: list[ProtocolSpec | MetricSpec] = [
    spec
    for kind in (Kind.PROTOCOL, Kind.METRIC)
    for spec, entry in PLUGINS.owned_specs(kind)
    if entry.distribution in FIRST_PARTY
]


def ok(*arguments: str) -> str:
    """What the verb prints."""
    done = CliRunner().invoke(group, ["explain", *arguments])
    assert done.exit_code == 0 and done.exception is None, done.output
    return done.stdout


def refused(*arguments: str) -> VsumbenchError:
    """The error it ends with."""
    done = CliRunner().invoke(group, ["explain", *arguments])
    assert isinstance(done.exception, VsumbenchError), done.output
    return done.exception


def test_something_is_installed() -> None:
    assert {spec.id for spec in SPECS} >= {"peruser-2fps", "kendall", "f1", "paragraph", "cider"}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_every_protocol_and_metric_explains_itself_briefly(spec: ProtocolSpec | MetricSpec) -> None:
    kind = "protocol" if isinstance(spec, ProtocolSpec) else "metric"
    lines = ok(spec.id, "--kind", kind).splitlines()
    assert lines[0].startswith(f"{kind} {spec.id}") and spec.title in lines[0]
    assert len(lines) <= MOST_LINES
    assert all(line == line.rstrip() for line in lines)
    for step in spec.chain:
        assert any(line.endswith(step) for line in lines), step
    assert len(explanation_of(PLUGINS, spec.id, Kind(kind)).footnote()) <= LONGEST_FOOTNOTE


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_every_first_party_spec_has_a_chain_and_a_source(spec: ProtocolSpec | MetricSpec) -> None:
    assert spec.chain, f"{spec.id} says no steps"
    assert spec.source, f"{spec.id} says no source"


@pytest.mark.parametrize(
    ("asked", "heading"),
    [
        ("tvsum/peruser-2fps", "protocol peruser-2fps:"),
        ("summe/f1-max", "protocol keyshot-f1-max:"),
        ("tvsum-per-user", "protocol peruser-2fps:"),
        ("videoxum/f1-top15", "protocol videoxum-top15:"),
        ("vsumbench:f1", "metric f1:"),
        ("nist5/nltk", "metric nist:"),
        ("PERUSER_2FPS", "protocol peruser-2fps:"),
    ],
)
def test_long_forms_and_aliases_are_understood(asked: str, heading: str) -> None:
    assert ok(asked).startswith(heading)


def test_whatever_it_was_called_the_other_names_are_those_that_are_not_the_id() -> None:
    for name in ("nist", "nist5/nltk"):
        assert explanation_of(PLUGINS, name).facts["also called"] == "nist5/nltk"


def test_a_metric_names_the_protocols_it_is_reported_under_and_a_protocol_its_datasets() -> None:
    assert "keyshot-f1-max" in explanation_of(PLUGINS, "f1").used
    assert "paragraph" in explanation_of(PLUGINS, "cider").used
    assert "tvsum" in explanation_of(PLUGINS, "peruser-2fps").used


def test_an_aggregate_over_annotators_is_explained_with_its_metric() -> None:
    text = explanation_of(PLUGINS, "f1[max]")
    assert text.id == "f1" and text.facts["annotators"].startswith("max ")
    assert "annotators" not in explanation_of(PLUGINS, "f1").facts


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_bundle_explains_each_of_its_metrics(bundle: str) -> None:
    lines = ok(bundle).splitlines()
    assert lines[0] == f"bundle {bundle}: {', '.join(BUNDLES[bundle])}"
    assert [line.split()[1].rstrip(":") for line in lines if line.startswith("metric ")] == [*BUNDLES[bundle]]
    facts = json.loads(ok(bundle, "--json"))
    assert (facts["kind"], facts["id"]) == ("bundle", bundle)
    assert [metric["id"] for metric in facts["metrics"]] == [*BUNDLES[bundle]]


@pytest.mark.parametrize("name", [*MEASURED, *MEASUREMENTS])
def test_what_every_run_measures_is_explained_from_the_one_place_of_its_definition(name: str) -> None:
    text = ok(name)
    assert text.startswith(f"cost {name}:")
    assert MEASUREMENTS[name].meaning in text
    assert len(text.splitlines()) <= MOST_LINES
    assert "unit timed" in text or not name.startswith("latency")


@pytest.mark.parametrize("name", ["peruser-2fps", "cider", "latency-ms"])
def test_json_holds_the_whole_explanation(name: str) -> None:
    facts: dict[str, Any] = json.loads(ok(name, "--json"))
    footnote = facts.pop("footnote")
    lists = ("steps", "disagreements", "used")
    read = Explanation(**{key: tuple(v) if key in lists else v for key, v in facts.items()})
    assert read == explanation_of(PLUGINS, name)
    assert footnote == read.footnote()
    assert [*read.lines] == ok(name).splitlines()


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    error = refused("tvsum/peruser-2fp")
    assert isinstance(error, UnknownProtocolError)
    assert "'peruser-2fp' is not known" in error.message and "'peruser-2fps'" in error.hint
    error = refused("kendal")
    assert isinstance(error, UnknownMetricError) and "'kendall'" in error.hint
    assert isinstance(refused("kendall", "--kind", "protocol"), UnknownProtocolError)
    assert isinstance(refused("kendall[x]"), UnknownMetricError)
    assert isinstance(refused("coco-caption/ptb", "--kind", "protocol"), UnknownProtocolError)


@pytest.mark.parametrize("name", ["coco-caption", "coco-caption/pbt", "rouge-score"])
def test_a_misspelt_bundle_is_refused_with_the_nearest_one(name: str) -> None:
    error = refused(name)
    assert isinstance(error, UnknownMetricError)
    assert repr(name) in error.message and any(repr(bundle) in error.hint for bundle in BUNDLES)


def test_names_of_a_metric_are_not_those_of_the_same_with_another_argument() -> None:
    for name in ("bertscore", "bertscore[roberta-large-L17]", "bertscore/roberta-large-raw"):
        assert "bertscore/roberta-large-raw" in explanation_of(PLUGINS, name).facts["also called"], name
    assert "also called" not in explanation_of(PLUGINS, "bertscore[minilm-l6-v2-L6]").facts


@pytest.mark.parametrize("width", [60, 80, 200])
def test_on_a_terminal_text_is_folded_under_where_it_starts(width: int) -> None:
    for line in explanation_of(PLUGINS, "keyshot-f1-max").lines:
        lines = folded(line, width).splitlines()
        assert " ".join(part.strip() for part in lines).split() == line.split()
        assert all(len(part) <= width for part in lines)
        label = line[: -len(line.lstrip())] if line.startswith("    ") else line
        for part in lines[1:]:
            indent = len(part) - len(part.lstrip())
            assert label[indent - 1 : indent] in ("", " ") and (indent or line.startswith("protocol"))
    assert folded("  1. as narrow as this", 20) == "  1. as narrow as this"


def test_another_kind_of_plugin_is_sent_to_info() -> None:
    error = refused("random")
    assert isinstance(error, UsageError)
    assert "is a model" in error.message and "vsumbench info random" in error.hint


PAIR = """
from vsumbench.contracts import MetricSpec, Needs, ProtocolSpec, Task

PROTOCOL = ProtocolSpec(
    id="twin", version="1", title="Twin \\x1b[31m protocol", task=Task.V2V, yields=Needs.SCORES,
    metrics=("twin[deep]",), implementation="nowhere:P", chain=("a step",),
)
METRIC = MetricSpec(
    id="twin", version="1", title="Twin metric", scale="raw", needs=Needs.SCORES, level="item",
    implementation="nowhere:M", tolerance=0.1, takes="a model", argument="hub/deep", chain=("count",),
)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a protocol and a metric of one name."""
    groups = {f"vsumbench.{kind}s": {"twin": f"twin_specs:{kind.upper()}"} for kind in ("protocol", "metric")}
    write_distribution(tmp_path / "site", "dist-twin", entry_points=groups, modules={"twin_specs": PAIR})
    return tmp_path / "site"


def test_a_name_of_both_kinds_asks_which_and_an_argument_is_explained(site: Path) -> None:
    done = vsumbench("explain", "twin", PYTHONPATH=str(site))
    assert done.returncode == UsageError.exit_code
    assert "is a protocol and a metric. Add `--kind protocol` or `--kind metric`." in done.stderr
    done = vsumbench("explain", "twin", "--kind", "metric", PYTHONPATH=str(site))
    assert done.stdout.startswith("metric twin[deep]: Twin metric")
    assert "here hub/deep" in done.stdout and "reported under  twin" in done.stdout
    done = vsumbench("explain", "twin[other/one]", "--kind", "metric", PYTHONPATH=str(site))
    assert done.stdout.startswith("metric twin[one]: ") and "here other/one" in done.stdout
    done = vsumbench("explain", "twin", "--kind", "protocol", PYTHONPATH=str(site))
    assert done.returncode == 0 and "\x1b" not in done.stdout


def test_a_spec_by_path_is_explained_where_its_kind_is_said(tmp_path: Path) -> None:
    path = tmp_path / "specs.py"
    path.write_text(PAIR, encoding="utf-8")
    assert ok(f"{path}:METRIC", "--kind", "metric").startswith("metric twin[deep]: ")
    assert "does not say of which kind" in refused(f"{path}:METRIC").message
