"""What is declared: names, targets, and that declaring costs nothing."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import EntryPoints, distribution

import pytest

from vsumbench.contracts import MetricSpec, Needs, ProtocolSpec

NAMES = [
    "bleu1",
    "bleu2",
    "bleu3",
    "bleu4",
    "meteor",
    "meteor-1.5",
    "meteor-nltk",
    "rougeL-coco",
    "cider",
    "rouge1",
    "rouge2",
    "rougeL",
    "sacrebleu",
    "nist",
]


def declared(group: str) -> EntryPoints:
    return distribution("vsumbench-text-metrics").entry_points.select(group=group)


@pytest.mark.parametrize("name", NAMES)
def test_each_metric_is_declared_with_a_spec_and_a_callable(name: str) -> None:
    spec = declared("vsumbench.metrics")[name].load()
    assert isinstance(spec, MetricSpec)
    assert spec.id == name or name in spec.aliases
    assert (spec.needs, spec.level) == (Needs.TEXT, "corpus")
    assert spec.scale == ("raw" if name == "nist" else "percent")
    module, _, function = spec.implementation.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("group", ["vsumbench.metrics", "vsumbench.protocols"])
def test_each_name_that_is_declared_is_an_id_or_alias_and_each_of_those_is_declared(group: str) -> None:
    points = declared(group)
    for point in points:
        spec = point.load()
        assert point.name == spec.id or point.name in spec.aliases
        assert {spec.id, *spec.aliases} <= points.names


@pytest.mark.parametrize("name", ["paragraph", "paragraph-joined"])
def test_each_protocol_reports_metrics_declared_here(name: str) -> None:
    spec = declared("vsumbench.protocols")[name].load()
    assert isinstance(spec, ProtocolSpec)
    assert (spec.id, spec.yields, spec.predicts) == (name, Needs.TEXT, "text")
    assert set(spec.metrics) <= declared("vsumbench.metrics").names
    module, _, attribute = spec.implementation.partition(":")
    assert getattr(importlib.import_module(module), attribute).normalise(" A ") in {"a", "A"}


@pytest.mark.parametrize(
    "module", ["specs", "protocol_specs", "coco", "rouge", "sacre", "nist", "meteor_nltk"]
)
def test_importing_a_module_imports_no_heavy_package(module: str) -> None:
    heavy = "numpy scipy nltk sacrebleu rouge_score pycocoevalcap torch pydantic"
    code = (
        f"import sys, vsumbench_text_metrics.{module};"
        f"print(*(name for name in '{heavy}'.split() if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
