"""The metrics and protocols that see through CLIP, as data."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from vsumbench_text_metrics import clip_specs
from vsumbench_text_metrics.clip_names import OPTIONS, Asked

from vsumbench.contracts import MetricSpec, Needs, ProtocolSpec

METRICS = (clip_specs.VT_CLIPSCORE, clip_specs.F_CLIP, clip_specs.CROSS_F_CLIP)
PROTOCOLS = (clip_specs.CLIP_SELECTED, clip_specs.CLIP_SETS)


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.id)
def test_each_metric_takes_a_checkpoint_for_its_encoder(spec: MetricSpec) -> None:
    assert (spec.needs, spec.level, spec.encoder) == (Needs.FRAMES_AND_TEXT, "item", "clip")
    assert "checkpoint" in spec.takes and spec.argument.startswith("openai/clip-vit-")
    assert spec.asked == f"{spec.id}[{spec.argument}]"
    module, _, function = spec.implementation.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.id)
def test_a_bare_name_asks_for_the_default_checkpoint(spec: MetricSpec) -> None:
    assert Asked.parse(spec.id) == Asked.parse(spec.asked)
    assert Asked.parse(spec.id).encoder == f"clip[{spec.argument}]"


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.id)
def test_what_a_metric_takes_names_each_of_its_options(spec: MetricSpec) -> None:
    assert all(f"`{option}`" in spec.takes for option in OPTIONS[spec.id])


@pytest.mark.parametrize("spec", [*METRICS, *PROTOCOLS], ids=lambda spec: spec.id)
def test_each_says_how_it_is_computed_where_from_and_who_differs(spec: MetricSpec | ProtocolSpec) -> None:
    assert spec.chain and spec.source and spec.disagreements and spec.citation
    for line in spec.disagreements:
        assert line.endswith(".") and line[0].isupper()


def test_a_stock_model_is_named_as_another_metric_than_the_papers() -> None:
    spec = clip_specs.VT_CLIPSCORE
    assert spec.aliases == ("vt-clipscore/stock-clip-vit-base-patch16",)
    assert spec.aliases[0].endswith(spec.argument.rpartition("/")[2])
    assert "another metric" in spec.disagreements[0]


@pytest.mark.parametrize("spec", PROTOCOLS, ids=lambda spec: spec.id)
def test_each_protocol_reports_metrics_of_what_it_yields(spec: ProtocolSpec) -> None:
    assert spec.yields is Needs.FRAMES_AND_TEXT
    assert set(spec.metrics) <= {metric.id for metric in METRICS}
    module, _, attribute = spec.implementation.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute).item)


@pytest.mark.parametrize("module", ["clip_specs", "clip_names", "bertscore_specs", "bertscore"])
def test_importing_it_imports_no_heavy_package(module: str) -> None:
    code = (
        f"import sys, vsumbench_text_metrics.{module};"
        "print(*(name for name in 'numpy torch transformers huggingface_hub'.split() if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
