"""Models that wrap another one: `narrator[uniform]`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import narrator
import pytest
import toy_trainable
from harness import Silent

from vsumbench.contracts import FeatureSpec, Inputs, ModelSpec, Preset, Task, Variant, Weights
from vsumbench.entrypoints import Kind
from vsumbench.errors import MismatchError, PluginError, UnknownModelError
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.plugins import Plugins
from vsumbench.running.identity import prediction_digest, prediction_identity
from vsumbench.running.pipeline import run
from vsumbench.running.plan import Plan, make_plan
from vsumbench.running.request import RunRequest
from vsumbench.testing.distributions import write_distribution
from vsumbench.testing.suite import open_subject

DECLARED = {
    "narrator": "narrator:SPEC",
    "toy-trainable": "toy_trainable:SPEC",
    "half-declared": "half_declared:SPEC",
    "teller": "teller:SPEC",
}
HALF = (
    "import narrator, dataclasses\nSPEC = dataclasses.replace(narrator.SPEC, id='half-declared', argument='')"
)
TELLER = "import narrator, dataclasses\nSPEC = dataclasses.replace(narrator.SPEC, id='teller')"


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugins]:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    write_distribution(
        site,
        "dist-w",
        entry_points={"vsumbench.models": DECLARED},
        modules={"half_declared": HALF, "teller": TELLER},
    )
    importlib.invalidate_caches()
    yield Plugins()


def planned(plugins: Plugins, tmp_path: Path, model: str, preset: str = "auto") -> Plan:
    asked = RunRequest(model=model, dataset="toy", runs=tmp_path / "runs", preset=preset)
    return make_plan(asked, plugins)


def test_a_model_in_brackets_is_named_in_the_id_and_required(plugins: Plugins) -> None:
    spec = plugins.model("narrator[clustering]")
    assert (spec.id, spec.argument) == ("narrator[clustering]", "clustering")
    assert spec.requires.models == ("clustering",)
    assert plugins.model("narrator").id == "narrator[uniform]"
    assert plugins.origin(Kind.MODEL, "narrator[clustering]").name == "narrator"


def test_one_pair_has_one_name_however_the_inner_model_is_written(plugins: Plugins) -> None:
    """Else a board would have two rows of it, and a digest each."""
    expected = plugins.model("narrator[toy-trainable]")
    for written in ("Toy-Trainable", "toy_trainable", "dist-w:toy-trainable"):
        assert plugins.model(f"narrator[{written}]") == expected
    path = plugins.model("narrator[toy_trainable:SPEC]")
    assert (path.id, path.argument) == ("narrator[toy-trainable]", "toy_trainable:SPEC")


def test_a_wrapped_model_is_chosen_by_what_its_default_variant_does(plugins: Plugins, tmp_path: Path) -> None:
    scores = Variant(id="scores", tasks=(Task.V2V,))
    spec = replace(plugins.model("toy-trainable"), tasks=(Task.V2T, Task.V2V), variants=(scores,))
    plugins._loaded[Kind.MODEL, "dist-w:toy-trainable"] = spec
    chosen = planned(plugins, tmp_path, "narrator[toy-trainable]").select_by
    assert chosen is not None and chosen[0].task is Task.V2V


def test_what_wraps_a_model_that_learns_learns_and_reads_what_that_reads(plugins: Plugins) -> None:
    assert not plugins.model("narrator[uniform]").trainable
    spec = plugins.model("narrator[toy-trainable]")
    assert spec.trainable and spec.inputs == toy_trainable.SPEC.inputs


def test_alternatives_of_inputs_are_combined() -> None:
    one, two = (FeatureSpec(name=name, shape=(8,)) for name in ("one", "two"))
    outer = replace(narrator.SPEC, inputs=(Inputs(frames=True), Inputs(text=True)))
    inner = replace(toy_trainable.SPEC, inputs=(Inputs(features=(one,)), Inputs(features=(two,))))
    assert outer.around(inner).inputs == (
        Inputs(frames=True, features=(one,)),
        Inputs(frames=True, features=(two,)),
        Inputs(text=True, features=(one,)),
        Inputs(text=True, features=(two,)),
    )


def test_a_preset_needs_the_weights_and_the_memory_of_both() -> None:
    def with_weights(spec: ModelSpec, weights: str) -> ModelSpec:
        return replace(
            spec,
            weights=(Weights(id=weights, title="w", licence="l"),),
            presets=(Preset(id="short", weights=(weights,), memory_gib=1.5),),
        )

    both = with_weights(narrator.SPEC, "own").around(with_weights(toy_trainable.SPEC, "other"))
    preset = both.preset("short")
    assert preset is not None
    assert (preset.weights, preset.memory_gib) == (("own", "other"), 3.0)
    assert [one.id for one in both.weights] == ["own", "other"]


def test_a_wrapped_model_gets_the_preset_of_the_same_name(plugins: Plugins, tmp_path: Path) -> None:
    """In the run and in its digest."""
    spec = plugins.model("toy-trainable")
    preset = Preset(id="short", options={"epochs": 1})
    plugins._loaded[Kind.MODEL, "dist-w:toy-trainable"] = replace(spec, presets=(preset,))
    plan = planned(plugins, tmp_path, "narrator[toy-trainable]", preset="short")
    with open_subject(Kind.MODEL, "narrator[toy-trainable]", plugins) as subject:
        assert subject.build(tmp_path).wrapped.options.epochs == 1
    before = prediction_digest(prediction_identity(plan, plugins))
    changed = replace(preset, options={"epochs": 2})
    plugins._loaded[Kind.MODEL, "dist-w:toy-trainable"] = replace(spec, presets=(changed,))
    assert prediction_digest(prediction_identity(plan, plugins)) != before


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("narrator[nobody]", UnknownModelError, "nobody"),
        ("narrator[]", UnknownModelError, "hold a model for v2v"),
        ("uniform[narrator]", UnknownModelError, "takes nothing in brackets"),
        ("narrator[teller]", MismatchError, "is for v2t"),
        ("half-declared", PluginError, "only one of wraps and argument"),
    ],
)
def test_brackets_that_make_no_sense_are_one_clear_error(
    plugins: Plugins, name: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        plugins.model(name)


def test_a_run_trains_the_wrapped_model_by_its_own_metric_and_scores_texts(
    plugins: Plugins, tmp_path: Path
) -> None:
    plan = planned(plugins, tmp_path, "narrator[toy-trainable]")
    alone = planned(plugins, tmp_path, "toy-trainable")
    assert plan.select_by is not None and plan.select_by == alone.select_by
    assert {column.protocol.task for column in plan.columns} == {Task.V2T}
    outcome = run(replace(plan.request, metrics=("rougeL",)), plugins, Silent())
    assert outcome.record.model.id == "narrator[toy-trainable]"
    assert outcome.folder.name.startswith("narrator[toy-trainable]-toy-")


def test_a_board_row_around_a_model_nobody_provides_says_so_and_imports_no_path(
    plugins: Plugins, tmp_path: Path
) -> None:
    catalog = Catalog(plugins)
    path = tmp_path / "strange.py"
    path.write_text("raise SystemExit('imported')\n")
    for wrapped in ("nobody", f"{path}:SPEC"):
        assert catalog.model(f"narrator[{wrapped}]") is None
        assert catalog.cannot_run(f"narrator[{wrapped}]") == "no installed plugin provides this method"
    assert "is for v2t" in catalog.cannot_run("narrator[teller]")
    assert catalog.cannot_run("narrator[clustering]") == ""
