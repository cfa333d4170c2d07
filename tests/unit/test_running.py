"""Rules of the run pipeline that no single command shows: broken contracts, digests, logs."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import odd_metrics
import pytest
from harness import SUPPORT, TOY, Silent, lines

from vsumbench.config.options import compose_options
from vsumbench.contracts import (
    Annotations,
    Cause,
    Condition,
    FitReport,
    MetricSpec,
    ModelSpec,
    Preset,
    ProtocolSpec,
    Requires,
    Selection,
    Summary,
    Task,
    Undefined,
    check_summary,
)
from vsumbench.defaults.metric_specs import KENDALL
from vsumbench.defaults.protocol_specs import PERUSER_2FPS, VIDEOXUM_MEANUSER
from vsumbench.errors import (
    DataDamagedError,
    DiskFullError,
    MissingPredictionError,
    NonFiniteError,
    OptionValueError,
    PluginError,
    PredictionError,
    RunFailedError,
    UnavailableError,
    VsumbenchError,
)
from vsumbench.plugins import default_plugins
from vsumbench.records.events import EventLog
from vsumbench.records.files import append_line, cut_torn_line, read_lines
from vsumbench.records.predictions import keep_complete_videos
from vsumbench.records.record import load_record
from vsumbench.running.building import fold_context, requirements
from vsumbench.running.evaluation import Evaluator
from vsumbench.running.identity import prediction_digest, prediction_identity
from vsumbench.running.pipeline import execute, run
from vsumbench.running.plan import Plan, make_plan
from vsumbench.running.request import RunRequest
from vsumbench.running.scorer import ItemScore, aggregate_annotators


def planned(tmp_path: Path, **changes: Any) -> Plan:
    asked = {"model": TOY, "dataset": "toy", "protocols": ("peruser-2fps",), "runs": tmp_path / "runs"}
    return make_plan(RunRequest(**asked | changes), default_plugins())


# Metrics --------------------------------------------------------------------------------------------------


def evaluator(plan: Plan, protocol: ProtocolSpec, *metrics: MetricSpec) -> Evaluator:
    return Evaluator(plan.resolved.dataset, protocol, metrics, default_plugins())


def rising(plan: Plan, ids: tuple[str, ...]) -> list[Summary]:
    return [
        Summary(video_id=video, importance=np.arange(plan.resolved.dataset.video(video).steps, dtype=float))
        for video in ids
    ]


@pytest.mark.parametrize(
    ("metric", "word"),
    [(odd_metrics.NAN, "nan"), (odd_metrics.INFINITE, "inf"), (odd_metrics.FEW, "1 values for the 6")],
)
def test_an_item_metric_that_breaks_its_contract_is_refused(
    metric: MetricSpec, word: str, tmp_path: Path
) -> None:
    plan = planned(tmp_path)
    with pytest.raises(PluginError, match=f"{metric.id}.*{word}"):
        evaluator(plan, PERUSER_2FPS, metric).score_items(rising(plan, ("toy_01",)), [metric])


def test_values_of_a_metric_become_plain_numbers(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    scored = evaluator(plan, PERUSER_2FPS, odd_metrics.FINE)
    (found,) = scored.score_items(rising(plan, ("toy_01",)), [odd_metrics.FINE])[0].values()
    assert json.dumps(found.to_json()) == '{"values": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]}'


@pytest.mark.parametrize(
    ("metric", "word"), [(odd_metrics.CORPUS_NAN, "nan"), (odd_metrics.CORPUS_OTHER, "something-else")]
)
def test_a_corpus_metric_that_breaks_its_contract_is_refused(
    metric: MetricSpec, word: str, tmp_path: Path
) -> None:
    scored = evaluator(planned(tmp_path), odd_metrics.PLAIN, metric)
    with pytest.raises(PluginError, match=word):
        scored.score_corpus([Summary(video_id="toy_01", text="x")], [metric])


def test_validation_refuses_what_a_test_fold_would_refuse(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    ids = ("toy_01", "toy_02")
    scored = evaluator(plan, PERUSER_2FPS, KENDALL)
    good = rising(plan, ids)
    assert -1 <= scored.fold_value(ids, good, KENDALL) <= 1
    spoiled = np.array(good[1].importance)
    spoiled[3] = np.nan
    for wrong, kind in (
        ([good[0]], MissingPredictionError),
        ([good[0], replace(good[1], importance=spoiled)], NonFiniteError),
        ([good[0], replace(good[1], importance=spoiled[:-1])], PredictionError),
        ([*good, *rising(plan, ("toy_03",))], PredictionError),
        ([*good, good[0]], PredictionError),
    ):
        with pytest.raises(kind):
            scored.fold_value(ids, wrong, KENDALL)


# Models ---------------------------------------------------------------------------------------------------


def test_a_required_model_gets_its_own_options_and_its_own_requirements(tmp_path: Path) -> None:
    plugins = default_plugins()
    plan = planned(tmp_path)
    outer = ModelSpec(
        id="outer", title="o", tasks=(Task.V2V,), implementation="x:y", requires=Requires(models=("uniform",))
    )
    fold = plan.folds[0]
    context = fold_context(plan, plugins, fold, tmp_path, Silent())
    inner = requirements(outer, plugins, lambda: context, "")["model"]("uniform")
    assert inner.share == 0.15, "and not the options of who asks"
    with pytest.raises(VsumbenchError, match="does not require"):
        requirements(outer, plugins, lambda: context, "")["model"]("random")


def test_models_that_require_each_other_in_a_circle_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ring.py").write_text(
        "from vsumbench.contracts import ModelSpec, Requires, Task\n"
        "def spec(name, other):\n"
        "    return ModelSpec(id=name, title=name, tasks=(Task.V2V,), requires=Requires(models=(other,)),\n"
        "        implementation='vsumbench.defaults.reference_rows.uniform_row:UniformRow')\n"
        "ONE, TWO = spec('one', 'ring:TWO'), spec('two', 'ring:ONE')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plan = planned(tmp_path, model="ring:ONE")
    with pytest.raises(PluginError, match="in a circle: one → two → one"):
        prediction_identity(plan, default_plugins())


@pytest.mark.parametrize(
    "report", [FitReport(history=({"loss": float("nan")},)), FitReport(facts={"steps": np.float32(3)})]
)
def test_a_fit_report_that_json_cannot_hold_fails_the_run_by_name(
    report: FitReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import toy_trainable

    fit = toy_trainable.ToyTrainable.fit

    def odd(self: Any, *arguments: Any) -> FitReport:
        fit(self, *arguments)
        return report

    monkeypatch.setattr(toy_trainable.ToyTrainable, "fit", odd)
    with pytest.raises(RunFailedError, match="training model 'toy-trainable' on fold 'fold0'"):
        execute(planned(tmp_path), default_plugins(), Silent())


def test_an_interrupted_run_says_so_in_its_log_and_is_continued(tmp_path: Path) -> None:
    class Impatient(Silent):
        def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
            if stage == "look":
                raise KeyboardInterrupt

    plan = planned(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        execute(plan, default_plugins(), Impatient())
    (folder,) = (tmp_path / "runs").iterdir()
    assert lines(folder / "events.jsonl")[-1]["event"] == "interrupted"
    done = execute(plan, default_plugins(), Silent())
    assert done.record.timing.resumed == 1 and done.folder == folder


def test_a_model_that_forgets_to_save_something_is_not_helped_by_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `summarize` uses is what `load` read, in a new object, also right after training."""
    import toy_trainable

    seen = []
    summarize = toy_trainable.ToyTrainable.summarize

    def watched(self: Any, *arguments: Any) -> Any:
        seen.append(hasattr(self, "trained_here"))
        return summarize(self, *arguments)

    fit = toy_trainable.ToyTrainable.fit

    def marked(self: Any, *arguments: Any) -> FitReport:
        self.trained_here = True
        report: FitReport = fit(self, *arguments)
        return report

    monkeypatch.setattr(toy_trainable.ToyTrainable, "fit", marked)
    monkeypatch.setattr(toy_trainable.ToyTrainable, "summarize", watched)
    execute(planned(tmp_path), default_plugins(), Silent())
    assert seen == [False] * 3


@pytest.mark.parametrize("selection", list(Selection))
def test_every_selection_rule_that_the_split_allows_trains_and_is_recorded(
    selection: Selection, tmp_path: Path
) -> None:
    if selection is Selection.VALIDATION:
        with pytest.raises(VsumbenchError, match="no official validation"):
            planned(tmp_path, selection=selection.value)
        return
    plan = planned(tmp_path, selection=selection.value)
    for fold in plan.folds:
        assert bool(fold.validation) == (selection in (Selection.INNER_VAL, Selection.BEST_TEST_EPOCH))
        leaks = set(fold.test) & {*fold.train, *fold.validation}
        assert bool(leaks) == (selection is Selection.BEST_TEST_EPOCH)
    record = execute(plan, default_plugins(), Silent()).record
    assert record.setting.selection == selection.value
    assert [report["selected_epoch"] > 0 for report in record.fit] == [True] * 3


# Digests and records --------------------------------------------------------------------------------------


def test_what_selects_the_checkpoint_enters_the_prediction_digest(tmp_path: Path) -> None:
    plan, plugins = planned(tmp_path), default_plugins()
    assert plan.select_by is not None
    protocol, metric = plan.select_by
    other = replace(plan, select_by=(protocol, replace(metric, version="2")))
    digests = {prediction_digest(prediction_identity(p, plugins)) for p in (plan, other)}
    assert len(digests) == 2


def test_a_protocol_asked_for_beside_the_defaults_does_not_change_the_prediction_digest(
    tmp_path: Path,
) -> None:
    plugins = default_plugins()
    asked = [
        planned(tmp_path),
        planned(tmp_path, protocols=("peruser-full", "keyshot-f1-avg"), metrics=("f1",)),
        planned(tmp_path, protocols=(f"{SUPPORT / 'odd_metrics.py'}:PLAIN",), metrics=("rouge1",)),
    ]
    assert len({prediction_digest(prediction_identity(plan, plugins)) for plan in asked}) == 1


def test_the_recorded_command_repeats_the_run(tmp_path: Path) -> None:
    import shlex

    changes = {"dtype": "float64", "seed": 3, "overrides": ("epochs=1",), "selection": "best-on-test"}
    first = execute(planned(tmp_path, **changes), default_plugins(), Silent())
    words = shlex.split(first.record.command)
    assert words[:2] == ["vsumbench", "run"] and "--dtype" in words
    from click.testing import CliRunner

    from vsumbench.cli import group

    answer = CliRunner().invoke(group, [*words[1:], "--runs", str(tmp_path / "runs")])
    assert answer.exit_code == 0 and "nothing to do" in answer.output, answer.output


def test_the_preset_follows_the_edition_that_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import toy_trainable

    presets = (
        Preset(id="real", options={"epochs": 9}, condition=Condition(editions=("full",))),
        Preset(id="tiny", options={"epochs": 1}, condition=Condition(editions=("planted",))),
    )
    plugins = default_plugins()
    spec = replace(toy_trainable.SPEC, presets=presets)
    monkeypatch.setattr(plugins, "model", lambda name: spec)
    plan = planned(tmp_path)
    assert plan.preset is not None and plan.preset.id == "tiny" and plan.composed.values["epochs"] == 1


def test_an_item_metric_that_is_unavailable_is_undefined_until_it_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"model": "uniform", "dataset": "toy", "runs": tmp_path}
    chosen = (f"{SUPPORT / 'odd_metrics.py'}:ABSENT", "kendall")
    request = RunRequest(**asked, protocols=("peruser-2fps",), metrics=chosen)
    with pytest.raises(UnavailableError, match="needs-more"):
        run(request, default_plugins(), Silent())
    (folder,) = tmp_path.iterdir()
    values = {score.metric: score.value for score in load_record(folder).scores}
    assert values["needs-more"] is None and values["kendall"] is not None
    monkeypatch.setenv("ODD_METRICS_HAS_IT", "1")
    record = run(request, default_plugins(), Silent()).record
    assert {score.metric: score.value for score in record.scores} == values | {"needs-more": 0.25}


# Files ----------------------------------------------------------------------------------------------------


def test_half_a_line_that_the_disk_refused_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.jsonl"
    append_line(path, {"a": 1})
    write = os.write
    calls = []

    def half(descriptor: int, content: bytes) -> int:
        calls.append(content)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, content[:4])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(DiskFullError):
        append_line(path, {"b": 2})
    monkeypatch.setattr(os, "write", write)
    append_line(path, {"c": 3})
    assert list(read_lines(path)) == [{"a": 1}, {"c": 3}]


@pytest.mark.parametrize("torn", ['{"c"', '{"c": 3}', "x" * 70_000])
def test_a_torn_last_line_is_cut_off_and_nothing_else(torn: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    append_line(path, {"a": "é" * 40_000})
    append_line(path, {"b": 2})
    whole = path.read_bytes()
    path.write_bytes(whole + torn.encode())
    assert cut_torn_line(path) and path.read_bytes() == whole
    assert not cut_torn_line(path) and not cut_torn_line(tmp_path / "none")
    path.write_bytes(torn.encode())
    assert cut_torn_line(path) and path.read_bytes() == b""


def test_a_line_changed_by_hand_is_named_and_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text('{"id": "a", "fold": "f"}\nxx\n')
    for read in (lambda: list(read_lines(path)), lambda: keep_complete_videos(path)):
        with pytest.raises(DataDamagedError, match="line 2"):
            read()


def test_a_log_takes_any_text(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.add("failed", message="file \udcff and \U0001f600")
    (event,) = log.all()
    assert event["message"] == "file \udcff and \U0001f600"


def test_a_log_that_grew_still_began_as_it_was_sealed(tmp_path: Path) -> None:
    from vsumbench.data.digests import sha256_file

    log = EventLog(tmp_path / "events.jsonl")
    log.add("started")
    sealed = sha256_file(log.path)
    log.add("failed")
    assert log.began_with(sealed) and log.began_with(sha256_file(log.path))
    log.path.write_text(log.path.read_text().replace("started", "begun"))
    assert not log.began_with(sealed)


@pytest.mark.parametrize("protocol", [PERUSER_2FPS, VIDEOXUM_MEANUSER], ids=["no-skill", "nan0"])
def test_what_was_unavailable_is_never_counted_as_zero(protocol: ProtocolSpec) -> None:
    gone = Undefined("unavailable: no Java", Cause.UNAVAILABLE)
    found = aggregate_annotators(ItemScore((0.5, gone)), protocol, "mean", 0.0)
    assert found.value is gone


# Small contracts ------------------------------------------------------------------------------------------


def test_texts_may_have_more_writers_than_the_vectors_have_annotators() -> None:
    annotations = Annotations(video_id="v", importance=np.zeros((1, 3)), texts=("a", "b", "c"))
    left = annotations.without(2)
    assert left.texts == ("a", "b") and left.importance is not None and left.importance.shape == (1, 3)
    assert annotations.without(0).annotators == 0


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"importance": [1.0, 2.0]}, "list"),
        ({"importance": np.asarray(["a", "b"])}, "array of <U1"),
        ({"segments": [[0, 1]]}, "list"),
        ({"text": 3}, "expected a str"),
        ({"text": "\ud800"}, "surrogate"),
        ({"text": "e\u0301"}, "NFC"),
        ({"arrays": {"p": np.asarray([np.inf])}}, "inf"),
    ],
)
def test_a_summary_of_the_wrong_kind_is_refused(changes: dict[str, Any], word: str, tmp_path: Path) -> None:
    video = planned(tmp_path).resolved.dataset.video("toy_01")
    good = Summary(video_id="toy_01", importance=np.zeros(video.steps), text="é")
    check_summary(good, video)
    with pytest.raises(PredictionError, match=word):
        check_summary(replace(good, **changes), video)


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Choosy:
    colour: Colour = Colour.RED
    rate: float = 0.5

    def __post_init__(self) -> None:
        if self.rate > 1:
            raise ValueError("rate must not exceed 1")


def test_options_are_checked_by_their_own_class_and_stored_as_json() -> None:
    spec = ModelSpec(id="m", title="M", tasks=(Task.V2V,), implementation="m:M", options=Choosy)
    assert json.dumps(compose_options(spec).values) == '{"colour": "red", "rate": 0.5}'
    for text, word in (
        ("rate=2", "must not exceed 1"),
        ("rate=nan", "not a finite number"),
        ("colour=blue", "blue"),
    ):
        with pytest.raises(OptionValueError, match=word):
            compose_options(spec, overrides=(text,))


def test_a_run_of_the_second_process_starts_from_the_record_it_finds(tmp_path: Path) -> None:
    request = RunRequest(
        model="uniform", dataset="toy", protocols=("peruser-2fps",), metrics=("kendall",), runs=tmp_path
    )
    first = run(request, default_plugins(), Silent())
    second = run(replace(request, metrics=("spearman",)), default_plugins(), Silent())
    assert second.folder == first.folder and second.state == "scored again"
    assert [score.metric for score in load_record(first.folder).scores] == ["kendall", "spearman"]
