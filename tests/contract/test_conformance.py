"""The conformance suite on every installed plugin, and with checks that hook plugins add."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from vsumbench.entrypoints import Installed, Kind
from vsumbench.hookspecs import Check as AddedCheck
from vsumbench.hookspecs import hookimpl
from vsumbench.plugins import Plugins, default_plugins
from vsumbench.testing import CheckResult, Outcome, check_plugin

KINDS = (Kind.MODEL, Kind.DATASET, Kind.METRIC)
OWNED = [(kind, spec.id, entry) for kind in KINDS for spec, entry in default_plugins().owned_specs(kind)]
# These are held to the suite by their distributions' own tests, with the editions and weights those share.
ELSEWHERE = {
    (Kind.DATASET, "vsumbench-datasets"),
    (Kind.MODEL, "vsumbench-milora"),
    (Kind.MODEL, "vsumbench-keyshots"),
    (Kind.MODEL, "vsumbench-vtsum-blip"),
}
INSTALLED = [(kind, name) for kind, name, entry in OWNED if (kind, entry.distribution) not in ELSEWHERE]
SHARED = Path(os.environ.get("VSUMBENCH_SHARED", Path(__file__).parents[3] / "shared"))


def problems(results: list[CheckResult]) -> dict[str, str]:
    return {result.name: result.message for result in results if result.outcome is Outcome.FAIL}


@pytest.mark.parametrize(("kind", "name"), INSTALLED, ids=[f"{kind}-{name}" for kind, name in INSTALLED])
def test_every_installed_plugin_conforms(kind: Kind, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VSUMBENCH_DATA", raising=False)
    results = check_plugin(kind, name)
    assert problems(results) == {}
    assert sum(result.outcome is Outcome.PASS for result in results) >= 4


@pytest.mark.parametrize("name", [name for kind, name, _ in OWNED if kind is Kind.DATASET])
def test_datasets_conform_on_their_real_files(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = SHARED / "data"
    if not (root / name).is_dir():
        pytest.skip(f"there are no files of {name} below $VSUMBENCH_SHARED")
    monkeypatch.setenv("VSUMBENCH_DATA", str(root))
    assert problems(check_plugin(Kind.DATASET, name)) == {}


# Checks added by hooks ------------------------------------------------------------------------------------


class _House:
    @hookimpl
    def conformance_checks(self, kind: str) -> list[AddedCheck]:
        def short_title(spec: object) -> None:
            assert len(getattr(spec, "title", "")) < 5, "the title is long"

        return [AddedCheck(name="the title is short", check=short_title)] if kind == "model" else []


def test_a_check_added_by_a_hook_plugin_runs_beside_the_others() -> None:
    installed = default_plugins().installed
    plugins = Plugins(replace(installed, hooks=()))
    assert plugins.hooks().register(_House(), "house") is None
    results = check_plugin("model", "uniform", plugins)
    assert problems(results) == {"the title is short": "the title is long"}
    assert problems(check_plugin("metric", "f1", plugins)) == {}


def test_kinds_without_a_suite_of_their_own_get_the_common_checks() -> None:
    results = check_plugin("protocol", "peruser-2fps")
    assert [result.name for result in results] == [
        "light-import",
        "implementation",
        "source-digest",
        "metadata",
    ]
    assert problems(results) == {}


def test_the_toy_dataset_must_be_installed_for_models_to_be_checked() -> None:
    plugins = Plugins(
        Installed(
            entries=tuple(entry for entry in default_plugins().installed.entries if entry.name != "toy")
        )
    )
    found = problems(check_plugin("model", "uniform", plugins))
    assert "'toy' is not installed" in found["output"]
