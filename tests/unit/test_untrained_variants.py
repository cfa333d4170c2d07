"""A variant that trains nothing summarizes at once, though its model trains."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from harness import Silent

from vsumbench.errors import MismatchError
from vsumbench.plugins import Plugins
from vsumbench.running.pipeline import run
from vsumbench.running.request import RunRequest
from vsumbench.summarizing.methods import named_method, sealed_method
from vsumbench.testing.distributions import write_distribution

HALF = (
    "import dataclasses, toy_trainable\n"
    "from vsumbench.contracts import Variant\n"
    "VARIANTS = (Variant(id='fresh', trainable=False), Variant(id='taught'))\n"
    "SPEC = dataclasses.replace(toy_trainable.SPEC, id='half', variants=VARIANTS)\n"
)


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    write_distribution(
        site, "dist-h", entry_points={"vsumbench.models": {"half": "half:SPEC"}}, modules={"half": HALF}
    )
    importlib.invalidate_caches()
    return Plugins()


def test_by_name_only_the_variant_that_trains_has_to_be_trained_first(plugins: Plugins) -> None:
    for name in ("half", "half@fresh"):
        method = named_method(plugins, name)
        assert (method.variant, method.spec.trainable) == ("fresh", False)
    with pytest.raises(MismatchError, match="has to be trained"):
        named_method(plugins, "half@taught")


def test_a_run_of_it_has_no_weights_to_load(plugins: Plugins, tmp_path: Path) -> None:
    found = {}
    for variant in ("fresh", "taught"):
        asked = RunRequest(model=f"half@{variant}", dataset="toy", runs=tmp_path / "runs")
        folder = run(asked, plugins, Silent()).folder
        found[variant] = sealed_method(plugins, folder, "", None, (), print)
    assert (found["fresh"].variant, found["fresh"].weights, found["fresh"].fold) == ("fresh", None, "")
    assert found["taught"].weights is not None and found["taught"].fold
