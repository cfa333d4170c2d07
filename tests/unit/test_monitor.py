"""The metric a checkpoint is chosen by: what the spec names, whatever is asked to be reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import toy_trainable
from harness import TOY, Silent

from vsumbench.contracts import FitReport, ModelSpec, Task
from vsumbench.errors import MismatchError, UnknownMetricError, UsageError
from vsumbench.plugins import Plugins, default_plugins
from vsumbench.running.identity import prediction_identity
from vsumbench.running.monitoring import monitored
from vsumbench.running.pipeline import run
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest


def names(monitor: str, **changes: Any) -> tuple[str, str]:
    plugins = default_plugins()
    dataset = plugins.dataset("toy")
    model = replace(toy_trainable.SPEC, monitor=monitor, **changes)
    protocol, metric = monitored(plugins, model, dataset, dataset.editions[0])
    return protocol.id, metric.id


def test_without_a_name_it_is_the_first_metric_of_the_first_protocol_that_fits() -> None:
    assert names("") == ("peruser-2fps", "kendall")
    assert names("", tasks=(Task.V2T,))[0] == "paragraph-joined"


def test_a_metric_is_found_under_the_first_default_protocol_that_reports_it() -> None:
    assert names("spearman") == ("peruser-2fps", "spearman")
    assert names("f1") == ("keyshot-f1-avg", "f1")


def test_a_metric_no_default_protocol_reports_is_computed_under_the_first_that_yields_for_it() -> None:
    # paragraph-joined reports coco-caption metrics; this one needs texts as well.
    assert names("rouge1") == ("paragraph-joined", "rouge1")
    assert names("sacrebleu/13a") == ("paragraph-joined", "sacrebleu"), "an alias is as good"


def test_a_metric_that_compares_what_the_model_does_not_give_is_refused() -> None:
    with pytest.raises(MismatchError, match="chooses its checkpoint by 'rouge1', which compares text"):
        names("rouge1", tasks=(Task.V2V,))


def test_a_metric_nobody_provides_is_refused_by_name() -> None:
    with pytest.raises(UnknownMetricError, match="'no-such-metric'"):
        names("no-such-metric")


def test_the_choice_is_in_the_plan_the_digest_and_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = default_plugins()
    spec = replace(toy_trainable.SPEC, monitor="spearman")
    find = Plugins.model

    def model(self: Plugins, name: str) -> ModelSpec:
        return spec if name == TOY else find(self, name)

    monkeypatch.setattr(Plugins, "model", model)
    request = RunRequest(
        model=TOY, dataset="toy", runs=tmp_path, protocols=("keyshot-f1-avg",), overrides=("epochs=1",)
    )
    plan = make_plan(request, plugins)
    assert plan.select_by is not None and plan.select_by[1].id == "spearman"
    selecting = prediction_identity(plan, plugins)["setting"]["select_by"]
    assert [name for name, *_ in selecting] == ["peruser-2fps", "spearman"]
    record = run(request, plugins, Silent()).record
    assert record.setting.selected_by == "peruser-2fps/spearman"
    last = run(replace(request, selection="last-epoch"), plugins, Silent()).record
    assert last.setting.selected_by == ""


def test_a_model_that_chose_by_something_else_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = toy_trainable.ToyTrainable.fit

    def by_loss(self: toy_trainable.ToyTrainable, *given: Any) -> FitReport:
        return replace(fit(self, *given), selected_by="validation loss")

    monkeypatch.setattr(toy_trainable.ToyTrainable, "fit", by_loss)
    request = RunRequest(model=TOY, dataset="toy", runs=tmp_path, overrides=("epochs=1",))
    record = run(request, default_plugins(), Silent()).record
    assert record.setting.selected_by == "validation loss"
    last = run(replace(request, selection="last-epoch"), default_plugins(), Silent()).record
    assert last.setting.selected_by == "", "nothing was chosen"


def test_a_user_may_choose_by_another_metric_and_the_command_says_so(tmp_path: Path) -> None:
    plugins = default_plugins()
    request = RunRequest(model=TOY, dataset="toy", runs=tmp_path, select_by="f1", selection="best-test-epoch")
    short = replace(request, overrides=("epochs=1",), protocols=("peruser-2fps",))
    found = run(short, plugins, Silent()).record
    assert found.setting.selected_by == "keyshot-f1-avg/f1"
    assert "--selection best-test-epoch --select-by f1" in found.command


@pytest.mark.parametrize(
    ("model", "selection", "says"),
    [(TOY, "last-epoch", "looks at no samples"), ("uniform", None, "learns nothing")],
)
def test_a_metric_to_choose_by_is_refused_where_nothing_is_chosen(
    tmp_path: Path, model: str, selection: str | None, says: str
) -> None:
    request = RunRequest(model=model, dataset="toy", runs=tmp_path, select_by="f1", selection=selection)
    with pytest.raises(UsageError, match=says):
        make_plan(request, default_plugins())


def test_a_metric_to_choose_by_that_cannot_be_had_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    request = RunRequest(model=TOY, dataset="toy", runs=tmp_path, data_root=tmp_path, edition="nowhere")
    with pytest.raises(UnknownMetricError, match="no-such-metric"):
        make_plan(replace(request, select_by="no-such-metric"), default_plugins())
    unfit = RunRequest(model=TOY, dataset="toy", runs=tmp_path, select_by="dense-recall")
    with pytest.raises(MismatchError, match="--select-by names") as refused:
        make_plan(unfit, default_plugins())
    assert "Name another metric" in refused.value.hint
