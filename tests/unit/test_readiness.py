"""Presets are chosen by what is there, or can be made: weights, memory, dataset and edition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from backed.model import MADE, SPEC, TOWER

from vsumbench.contracts import ModelSpec, Preset, Task
from vsumbench.data.weights import WEIGHTS_VARIABLE
from vsumbench.data.weights_import import import_weights
from vsumbench.errors import MismatchError, PluginError, WeightsMissingError
from vsumbench.plugins import Plugins, default_plugins
from vsumbench.running.plan import make_plan
from vsumbench.running.readiness import check_memory, fits
from vsumbench.running.request import RunRequest
from vsumbench.running.weights import WeightsUse, require_weights
from vsumbench.running.weights_making import make_weights
from vsumbench.spec_checks import check_spec

TINY = Preset(id="tiny")
HUGE = Preset(id="huge", memory_gib=1e6)
PLAIN = ModelSpec(id="m", title="M", tasks=(Task.V2V,), implementation="m:M", presets=(TINY, HUGE))


@pytest.fixture(autouse=True)
def weights_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def plugins() -> Plugins:
    return default_plugins()


def chosen(plugins: Plugins, tmp_path: Path, preset: str = "auto") -> str | None:
    request = RunRequest(model="backed.model:SPEC", dataset="toy", preset=preset, runs=tmp_path)
    plan = make_plan(request, plugins)
    return plan.preset.id if plan.preset else None


def import_tower(tmp_path: Path) -> None:
    source = tmp_path / "published"
    source.mkdir()
    (source / "model.safetensors").write_bytes(b"one")
    (source / "config.json").write_text("{}")
    import_weights(TOWER, source)


def test_missing_weights_are_named_with_where_they_were_looked_for_and_what_brings_them(
    weights_root: Path, plugins: Plugins, tmp_path: Path
) -> None:
    with pytest.raises(WeightsMissingError) as caught:
        chosen(plugins, tmp_path, "paper")
    assert f"needs the weights tower, which are not in {weights_root}" in caught.value.message
    hint = caught.value.hint
    assert "https://huggingface.co/nobody/tower" in hint and "`vsumbench weights import tower FOLDER`" in hint
    assert "--preset tiny" in hint


def test_auto_takes_a_preset_whose_weights_can_be_made_and_planning_makes_nothing(
    weights_root: Path, plugins: Plugins, tmp_path: Path
) -> None:
    assert chosen(plugins, tmp_path) == "tiny"
    assert not weights_root.exists()


def test_auto_prefers_weights_that_are_there_to_weights_that_can_be_made(
    plugins: Plugins, tmp_path: Path
) -> None:
    import_tower(tmp_path)
    assert chosen(plugins, tmp_path) == "paper"
    make_weights(plugins, WeightsUse(MADE, ()))
    assert chosen(plugins, tmp_path) == "paper"


def test_a_folder_put_there_by_hand_does_not_count_and_the_command_that_takes_it_is_named(
    weights_root: Path,
) -> None:
    (weights_root / "tower").mkdir(parents=True)
    (weights_root / "tower" / "model.safetensors").write_bytes(b"one")
    with pytest.raises(WeightsMissingError, match=r"tower \(without manifest\)") as caught:
        require_weights(SPEC, SPEC.preset("paper"))
    assert f"`vsumbench weights import tower {weights_root / 'tower'}`" in caught.value.hint


def test_weights_that_could_be_made_are_refused_where_nothing_may_be_made() -> None:
    require_weights(SPEC, SPEC.preset("tiny"), makeable=True)
    with pytest.raises(WeightsMissingError, match="made-toy") as caught:
        require_weights(SPEC, SPEC.preset("tiny"))
    assert "`vsumbench weights make made-toy`" in caught.value.hint


def test_a_preset_that_names_weights_its_spec_does_not_list_is_refused(plugins: Plugins) -> None:
    from vsumbench.entrypoints import Entry, Kind

    entry = Entry(Kind.MODEL, "backed", "backed.model:SPEC", "tests", "0")
    check_spec(SPEC, entry, what="model 'backed'", aliases=None)
    with pytest.raises(PluginError, match="preset 'tiny' names the weights 'made-toy'"):
        check_spec(replace(SPEC, weights=(TOWER,)), entry, what="model 'backed'", aliases=None)


def test_a_preset_the_device_cannot_hold_is_refused_with_both_sizes() -> None:
    assert fits(TINY, "cpu") and not fits(HUGE, "cpu")
    with pytest.raises(MismatchError, match=r"needs 1e\+06 GiB; device 'cpu' has .* GiB free"):
        check_memory(PLAIN, HUGE, "cpu")
