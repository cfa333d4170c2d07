"""Nothing that is handed to `summarize` leads to an annotation, whichever dataset it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import spy_model
from harness import SUPPORT, Silent, shared_folder

from vsumbench.contracts import Feature, FeatureSpec, Task
from vsumbench.entrypoints import Kind
from vsumbench.plugins import Plugins, default_plugins
from vsumbench.running.building import fold_context
from vsumbench.running.fitting import validation_score
from vsumbench.running.pipeline import run
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest
from vsumbench.testing.reach import path_to_annotations


def _editions() -> list[tuple[str, str]]:
    plugins = Plugins()
    specs, _ = plugins.specs(Kind.DATASET)
    return [(spec.id, edition.id) for spec in specs for edition in spec.editions]


@pytest.fixture(autouse=True)
def _folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VSUMBENCH_DATA", raising=False)
    spy_model.HANDED.fit.clear()
    spy_model.HANDED.summarize.clear()


def _request(dataset: str, edition: str, runs: Path) -> RunRequest:
    shared = shared_folder()
    root = None if edition == "planted" or shared is None else shared / "data"
    if root is None and edition != "planted":
        pytest.skip("real data are not here; set VSUMBENCH_SHARED to the folder that holds them")
    spec = default_plugins().dataset(dataset)
    found = spec.edition(edition)
    assert found is not None
    if root is not None:
        opened = default_plugins().load(spec.implementation, what=dataset)(root / dataset, edition)
        if not opened.status().present:
            pytest.skip(f"edition {edition!r} of {dataset!r} is not in VSUMBENCH_SHARED")
    spec = default_plugins().dataset(dataset)
    # What trains on nothing, and what has no protocol to choose a checkpoint by.
    learns = spec.split_sets[0].id != "all"
    return RunRequest(
        model=f"{SUPPORT / 'spy_model.py'}:{'SPEC' if learns else 'UNTRAINED'}",
        selection=None if Task.V2V in spec.tasks else "last-epoch",
        dataset=dataset,
        edition=edition,
        data_root=root,
        runs=runs,
        predict_only=True,
    )


@pytest.mark.parametrize(("dataset", "edition"), _editions())
def test_no_annotation_and_no_reader_is_reachable_from_what_summarize_is_handed(
    dataset: str, edition: str, tmp_path: Path
) -> None:
    outcome = run(_request(dataset, edition, tmp_path), default_plugins(), Silent())
    assert len(spy_model.HANDED.summarize) == outcome.record.setting.folds
    for model, videos, context in spy_model.HANDED.summarize:
        assert len(videos) > 0 and context.annotations is None and context.validate is None
        roots = {"videos": videos, "context": context, "model": model}
        assert path_to_annotations(roots) is None
    # Fit is where annotations are seen, through samples and validation alone.
    for context in spy_model.HANDED.fit[:1]:
        looks = outcome.record.setting.selection != "last-epoch"
        assert (path_to_annotations({"context": context}) is not None) == looks


def test_the_plugin_host_keeps_no_opened_dataset(tmp_path: Path) -> None:
    plugins = Plugins()
    run(_request("toy", "planted", tmp_path), plugins, Silent())
    assert path_to_annotations(vars(plugins)) is None


def test_the_walk_finds_a_way_that_is_there(tmp_path: Path) -> None:
    plugins = default_plugins()
    plan = make_plan(_request("toy", "planted", tmp_path), plugins)
    fold, dataset = plan.folds[0], plan.resolved.dataset
    video = dataset.video(fold.test[0])
    assert path_to_annotations({"video": video}) is None

    def hidden() -> Any:
        return dataset.annotations(video.id)

    for read in (partial(dataset.annotations, video.id), hidden, dataset.video):
        leaking = Feature(spec=FeatureSpec(name="x", shape=()), steps=1, read=read)
        assert path_to_annotations({"video": replace(video, features={"x": leaking})}) is not None
    validate = validation_score(plan, plugins, fold)
    context = fold_context(plan, plugins, fold, tmp_path, Silent(), validate=validate)
    assert path_to_annotations({"context": context}) is not None


def test_a_reference_row_that_declares_it_does_reach_them(tmp_path: Path) -> None:
    plugins = default_plugins()
    request = replace(_request("toy", "planted", tmp_path), model="human")
    plan = make_plan(request, plugins)
    context = fold_context(plan, plugins, plan.folds[0], tmp_path, Silent())
    assert context.annotations is not None and path_to_annotations({"context": context}) is not None
    assert set(context.annotations) == set(plan.folds[0].test)
