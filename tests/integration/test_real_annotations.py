"""Reference rows on the real SumMe and TVSum annotations give the published agreement to the last digit."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from harness import SUPPORT, Silent, lines

from vsumbench.plugins import default_plugins
from vsumbench.records.record import RunRecord
from vsumbench.running.pipeline import Outcome, run
from vsumbench.running.request import RunRequest
from vsumbench.running.verifying import verify_run

PUBLISHED = {"tvsum": (0.1774, 0.2042), "summe": (0.2051, 0.2126)}
PER_VIDEO = {"tvsum": "tvsum_pair_per_video", "summe": "summe_rank_coded_pair_per_video"}
DEVELOPMENT = SUPPORT / "leave_one_out.py"


@pytest.fixture(scope="session")
def data(shared: Path) -> Path:
    folder = shared / "data"
    if not (folder / "checks.json").is_file():
        pytest.skip("the real annotations are not in VSUMBENCH_SHARED")
    return folder


@pytest.fixture(scope="session")
def measured(data: Path) -> dict[str, Any]:
    """What was measured on these annotations by other means."""
    checks = json.loads((data / "checks.json").read_text(encoding="utf-8"))
    return checks["rank_correlation"]["measured"] | {"summe_human_f1": checks["summe_human_f1"]}


@pytest.fixture(scope="session")
def human(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """One run of `human` on each dataset under its own protocol."""
    runs = tmp_path_factory.mktemp("human")
    return {name: _run("human", name, data, runs, ("human-pairwise",)) for name in PUBLISHED}


@pytest.fixture(scope="session")
def left_out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunRecord]:
    """The same under protocols that no publication of ours states."""
    runs = tmp_path_factory.mktemp("left-out")
    specs = {
        "tvsum": ("IMPORTANCE_MEAN",),
        "summe": ("IMPORTANCE_MEAN", "SELECTION_MEAN", "SELECTION_PAIRS", "SELECTION_F1"),
    }
    return {
        name: _run("human", name, data, runs, tuple(f"{DEVELOPMENT}:{spec}" for spec in wanted)).record
        for name, wanted in specs.items()
    }


def _run(
    model: str, dataset: str, data: Path, runs: Path, protocols: tuple[str, ...], **more: Any
) -> Outcome:
    request = RunRequest(model=model, dataset=dataset, data_root=data, runs=runs, protocols=protocols, **more)
    return run(request, default_plugins(), Silent())


def value(record: RunRecord, protocol: str, metric: str) -> float:
    (score,) = [s for s in record.scores if (s.protocol, s.metric) == (protocol, metric)]
    assert score.value is not None, score.reason
    return score.value


@pytest.mark.parametrize("dataset", PUBLISHED)
def test_annotators_agree_with_each_other_as_published(dataset: str, human: dict[str, Outcome]) -> None:
    record = human[dataset].record
    tau, rho = (value(record, "human-pairwise", metric) for metric in ("kendall", "spearman"))
    assert (round(tau, 4), round(rho, 4)) == PUBLISHED[dataset]
    assert record.coverage.evaluated == {"tvsum": 50, "summe": 25}[dataset]
    assert record.model.reference_row and record.dataset.edition == "annotations"


@pytest.mark.parametrize("metric", ["kendall", "spearman"])
@pytest.mark.parametrize("dataset", PUBLISHED)
def test_the_agreement_on_every_single_video_is_the_measured_one(
    dataset: str, metric: str, human: dict[str, Outcome], measured: dict[str, Any], data: Path
) -> None:
    values: dict[str, list[float]] = defaultdict(list)
    path = human[dataset].folder / "scores" / "human-pairwise" / f"{metric}.jsonl"
    for line in lines(path)[1:]:
        assert None not in line["values"]
        values[line["id"]] += line["values"]
    found = {_public_name(dataset, video, data): fmean(pairs) for video, pairs in values.items()}
    key = {"kendall": "tau", "spearman": "rho"}[metric]
    expected = {name: pair[key] for name, pair in measured[PER_VIDEO[dataset]].items()}
    assert found == pytest.approx(expected, abs=1e-6)


def _public_name(dataset: str, video: str, data: Path) -> str:
    from vsumbench.data.editions import open_edition

    plugins = default_plugins()
    spec = plugins.dataset(dataset)
    edition = spec.edition("annotations")
    assert edition is not None
    opened: Any = open_edition(
        spec, edition, data / dataset, lambda dotted: plugins.load(dotted, what=dataset)
    )
    return str(opened.name(video))


@pytest.mark.parametrize(
    ("dataset", "protocol", "key"),
    [
        ("tvsum", "importance-mean", "tvsum_loo_mean"),
        ("summe", "importance-mean", "summe_rank_coded_loo_mean"),
        ("summe", "selection-mean", "summe_binary_loo_mean"),
        ("summe", "selection-pairs", "summe_binary_pair"),
    ],
)
def test_one_annotator_against_the_others_agrees_as_measured(
    dataset: str, protocol: str, key: str, left_out: dict[str, RunRecord], measured: dict[str, Any]
) -> None:
    record = left_out[dataset]
    assert value(record, protocol, "kendall") == pytest.approx(measured[key]["tau"], abs=1e-9)
    assert value(record, protocol, "spearman") == pytest.approx(measured[key]["rho"], abs=1e-9)


def test_the_f1_of_summe_annotators_is_the_measured_one(
    left_out: dict[str, RunRecord], measured: dict[str, Any]
) -> None:
    record, expected = left_out["summe"], measured["summe_human_f1"]
    assert value(record, "selection-f1", "f1") == pytest.approx(100 * expected["mean_of_pairs"], abs=1e-6)
    assert value(record, "selection-f1", "f1[max]") == pytest.approx(
        100 * expected["max_over_others"], abs=1e-6
    )


def test_the_mean_rating_agrees_with_each_annotator_as_measured(
    data: Path, measured: dict[str, Any], tmp_path: Path
) -> None:
    record = _run("oracle", "tvsum", data, tmp_path, ("peruser-full",)).record
    assert value(record, "peruser-full", "kendall") == pytest.approx(
        measured["tvsum_user_vs_full_mean"]["tau"], abs=1e-9
    )
    assert value(record, "peruser-full", "spearman") == pytest.approx(
        measured["tvsum_user_vs_full_mean"]["rho"], abs=1e-9
    )


@pytest.mark.parametrize("dataset", PUBLISHED)
def test_the_run_of_the_annotators_is_verified(dataset: str, human: dict[str, Outcome], data: Path) -> None:
    assert verify_run(human[dataset].folder, default_plugins(), Silent().advance, data).ok


@pytest.mark.parametrize("dataset", ["summe", pytest.param("tvsum", marks=pytest.mark.slow)])
def test_random_scores_agree_with_nobody(dataset: str, data: Path, tmp_path: Path) -> None:
    outcome = _run("random", dataset, data, tmp_path, ("peruser-full",))
    record = outcome.record
    assert record.repetitions == 100 and record.model.baseline
    for metric in ("kendall", "spearman"):
        assert abs(value(record, "peruser-full", metric)) < 0.01
    path = outcome.folder / "scores" / "peruser-full" / "kendall.jsonl"
    videos = {"tvsum": 50, "summe": 25}[dataset]
    assert len(lines(path)) == 1 + 100 * videos
    assert verify_run(outcome.folder, default_plugins(), Silent().advance, data).ok
