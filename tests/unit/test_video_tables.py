"""The table of videos beside each score file holds the values the record's numbers are means of."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from harness import Silent

from vsumbench.contracts import MetricSpec
from vsumbench.defaults.metric_specs import F1, KENDALL
from vsumbench.defaults.protocol_specs import KEYSHOT_F1_AVG, PERUSER_2FPS, VIDEOXUM_RELEASED
from vsumbench.plugins import default_plugins
from vsumbench.running.aggregate import summarise_scores, video_table
from vsumbench.running.pipeline import run
from vsumbench.running.request import RunRequest
from vsumbench.running.scorer import mean


@pytest.mark.parametrize("model", ["random", "human"])
def test_the_mean_over_a_folds_videos_is_the_folds_value(model: str, tmp_path: Path) -> None:
    request = RunRequest(
        model=model,
        dataset="toy",
        protocols=("peruser-2fps", "keyshot-f1-avg"),
        repetitions=3 if model == "random" else None,
        runs=tmp_path,
    )
    outcome = run(request, default_plugins(), Silent())
    for score in outcome.record.scores:
        path = outcome.folder / "scores" / score.protocol / f"{score.metric.partition('[')[0]}.csv"
        rows = list(csv.DictReader(path.open()))
        folds = dict.fromkeys(row["fold"] for row in rows)
        means = [mean([float(row[score.metric]) for row in rows if row["fold"] == fold]) for fold in folds]
        assert means == list(score.folds)
        assert len(rows) == score.items


def line(video: str, **more: object) -> dict[str, object]:
    return {"fold": "f", "id": video, **more}


@pytest.mark.parametrize("metric", [KENDALL], ids=["kendall"])
def test_a_video_the_reference_leaves_undefined_has_an_empty_cell(metric: MetricSpec) -> None:
    lines = [
        line("a", values=[0.5, None], undefined={"1": ["reference", "constant reference"]}),
        line("b", values=[None], undefined={"0": ["reference", "constant reference"]}),
        line("c", values=[None], undefined={"0": ["prediction", "constant scores"]}),
    ]
    table = video_table(PERUSER_2FPS, metric, lines)
    assert table == [["fold", "id", "kendall"], ["f", "a", "0.5"], ["f", "b", ""], ["f", "c", "0.0"]]


def test_each_aggregate_over_annotators_has_its_column() -> None:
    table = video_table(KEYSHOT_F1_AVG, F1, [line("a", values=[10.0, 30.0])])
    assert table == [["fold", "id", "f1", "f1[max]"], ["f", "a", "20.0", "30.0"]]


def test_an_aggregate_beside_is_of_what_the_protocol_is_about_alone() -> None:
    """VideoXum's F1 is reported as mean and maximum; its correlations are with one mean of annotators."""
    table = video_table(VIDEOXUM_RELEASED, F1, [line("a", values=[10.0, 30.0])])
    assert table[0] == ["fold", "id", "f1", "f1[max]"]
    assert video_table(VIDEOXUM_RELEASED, KENDALL, [line("a", values=[0.5])])[0] == ["fold", "id", "kendall"]
    scores = summarise_scores(VIDEOXUM_RELEASED, KENDALL, ["f"], [line("a", values=[0.5])], "digest")
    assert [score.metric for score in scores] == ["kendall"]
