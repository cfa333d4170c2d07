"""What a run cost, as its record holds it: warm-up, median, device-hours, what an interruption hides."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness import TOY, Silent, lines

from vsumbench.plugins import default_plugins
from vsumbench.records.events import EventLog
from vsumbench.records.files import append_line
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import Timing, load_record
from vsumbench.running.costs import latency, machine, peak_memory, timing
from vsumbench.running.pipeline import execute
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest


def cost(seconds: float, fold: str = "a", repetition: int = 0, **more: Any) -> dict[str, Any]:
    return {"fold": fold, "repetition": repetition, "id": "v", "seconds": seconds, **more}


def batches(*shares: tuple[float, int], **more: Any) -> list[dict[str, Any]]:
    return [cost(seconds, **more) for seconds, size in shares for _ in range(size)]


def test_the_first_batch_of_each_fold_is_warm_up() -> None:
    found = latency(
        [*batches((9.0, 4), (1.0, 4), (3.0, 2)), *batches((8.0, 4), (2.0, 4), fold="b")],
    )
    assert found is not None
    assert (found.videos, found.warm_up) == (10, 8)
    assert found.median == 2.0
    assert found.mean == pytest.approx((4 * 1 + 2 * 3 + 4 * 2) / 10)


def test_a_fold_of_one_batch_keeps_it() -> None:
    found = latency(batches((5.0, 3)))
    assert found is not None
    assert (found.median, found.p90, found.videos, found.warm_up) == (5.0, 5.0, 3, 0)


def test_the_same_share_in_another_repetition_is_another_batch() -> None:
    found = latency([cost(5.0), cost(5.0), cost(5.0, repetition=1)])
    assert found is not None and (found.videos, found.warm_up) == (1, 2)


def test_median_and_90th_percentile_are_of_single_videos() -> None:
    found = latency([cost(100.0), *(cost(float(i)) for i in range(11))])
    assert found is not None
    assert (found.median, found.p90, found.videos) == (5.0, 9.0, 11)


def test_ten_videos_are_warm_up_where_fifty_remain() -> None:
    found = latency([cost(9.0 + i) for i in range(10)] + [cost(1.0 + i / 100) for i in range(50)])
    assert found is not None and (found.videos, found.warm_up) == (50, 10)
    assert found.p90 < 2.0
    found = latency([cost(9.0 + i) for i in range(10)] + [cost(1.0 + i / 100) for i in range(49)])
    assert found is not None and (found.videos, found.warm_up) == (58, 1)


def test_warm_up_ends_with_a_whole_batch_and_counts_the_first_batches_of_all_folds() -> None:
    first = batches((9.0, 4), (8.0, 4), (7.0, 4), (1.0, 40), fold="a")
    found = latency([*first, *batches((6.0, 4), (2.0, 20), fold="b")])
    # Four of each fold, and four more of the first one.
    assert found is not None and (found.videos, found.warm_up) == (64, 12)
    assert found.median == 1.0


def test_a_warm_up_longer_than_the_first_fold_goes_on_in_the_next() -> None:
    found = latency([*batches((9.0, 3), fold="a"), *batches((5.0, 4), (4.0, 4), (1.0, 60), fold="b")])
    assert found is not None and (found.videos, found.warm_up) == (60, 11)
    assert found.mean == 1.0


def test_a_token_takes_a_videos_time_divided_by_its_tokens() -> None:
    found = latency([cost(9.0, tokens=1), *(cost(float(i), tokens=10) for i in range(1, 12))])
    assert found is not None
    assert (found.token_median, found.token_p90) == pytest.approx((0.6, 1.0))
    bare = latency([cost(9.0), cost(1.0)])
    assert bare is not None and (bare.token_median, bare.token_p90) == (None, None)


def test_seconds_a_token_are_of_the_videos_that_counted_tokens() -> None:
    found = latency([cost(9.0, tokens=1), cost(1.0, tokens=10), cost(2.0, tokens=20), cost(50.0)])
    assert found is not None and found.token == pytest.approx(0.1)
    assert latency([cost(9.0), cost(1.0)]).token is None  # type: ignore[union-attr]


def test_without_costs_there_is_no_latency() -> None:
    assert latency([]) is None


def written(folder: Path, *events: dict[str, Any]) -> Timing:
    run = RunFolder(folder)
    EventLog(run.events).add("started")
    for event in events:
        EventLog(run.events).add(event.pop("event", "fitted"), **event)
    append_line(run.costs, cost(0.5))
    return timing(run, {}, folds=2)


def fit(fold: str, seconds: float, **more: Any) -> dict[str, Any]:
    facts = {"fold": fold, "seconds": seconds, "processes": 1, "continued": False, "machine": "a machine"}
    return facts | more


def test_device_hours_count_every_process(tmp_path: Path) -> None:
    found = written(tmp_path, fit("a", 10.0, processes=4), fit("b", 5.0))
    assert (found.fit_seconds, found.fit_device_seconds, found.fit_processes) == (15.0, 45.0, 4)
    assert found.fit_whole is True
    assert found.machine == "a machine"


@pytest.mark.parametrize(
    ("second", "whole"),
    [
        (fit("b", 5.0, continued=True), False),
        (None, False),  # killed between the end of a training and its event
        ({"fold": "b", "seconds": 5.0}, None),  # as logs were before
    ],
)
def test_a_training_that_was_not_timed_as_a_whole_says_so(
    tmp_path: Path, second: dict[str, Any] | None, whole: bool | None
) -> None:
    events = [fit("a", 10.0)] + ([dict(second)] if second else [])
    assert written(tmp_path, *events).fit_whole is whole


def test_two_machines_are_both_named_and_the_larger_peak_counts(tmp_path: Path) -> None:
    there = {"event": "summarized", "fold": "a", "machine": "another", "memory_mib": 5.0}
    found = written(tmp_path, fit("a", 1.0, memory_mib=9.0), there)
    assert found.machine == "a machine; another"
    assert (found.memory_mib, found.device_memory_mib) == (9.0, None)


def planned(tmp_path: Path) -> Any:
    request = RunRequest(model=TOY, dataset="toy", protocols=("peruser-2fps",), runs=tmp_path / "runs")
    return make_plan(request, default_plugins())


def test_a_run_records_what_it_cost(tmp_path: Path) -> None:
    done = execute(planned(tmp_path), default_plugins(), Silent())
    found = load_record(done.folder).timing
    assert found.fit_seconds is not None and found.fit_seconds == found.fit_device_seconds
    assert found.fit_whole is True
    assert "CPU core" in found.machine
    assert found.latency is not None
    assert found.latency.videos + found.latency.warm_up == len(lines(done.folder / "costs.jsonl"))


def test_a_training_that_was_interrupted_and_went_on_is_not_whole(tmp_path: Path) -> None:
    class Impatient(Silent):
        def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
            if stage == "train" and done == 3:
                raise KeyboardInterrupt

    plan = planned(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        execute(plan, default_plugins(), Impatient())
    found = execute(plan, default_plugins(), Silent()).record.timing
    assert found.fit_whole is False


def test_the_machine_is_named_by_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = SimpleNamespace(
        get_device_name=lambda device: f"Accelerator of {device}",
        max_memory_allocated=lambda device: 3 * 2**20,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda, get_num_threads=lambda: 10_000))
    assert machine("cuda:0") == "Accelerator of cuda:0"
    assert machine("cpu").endswith(", 10000 threads")
    assert peak_memory("cuda:0")["device_memory_mib"] == 3.0
    assert "device_memory_mib" not in peak_memory("cpu")
