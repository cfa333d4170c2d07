"""The published values of BMT under `dense-2019`, on its own captions of true events (protocols.md h)."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from dense_samples import predictions_in, references_in, scored, video_named
from vsumbench_text_metrics import dense
from vsumbench_text_metrics.dense import DENSE
from vsumbench_text_metrics.dense_specs import DENSE_2019

from vsumbench.contracts import TextItem, Undefined

DATA = (
    Path(os.environ.get("VSUMBENCH_SHARED", Path(__file__).resolve().parents[3].parent / "shared")) / "data"
)
PUBLISHED = {"bleu1": 21.39, "bleu2": 10.35, "bleu3": 4.63, "bleu4": 1.99, "meteor": 10.90}
# Measured with the scorers of pycocoevalcap 1.2, video by video, on the first 100 ids of the first file.
FIRST_100 = {
    "bleu1": 21.33877676840424,
    "bleu2": 10.161829177709588,
    "bleu3": 4.281813461950385,
    "bleu4": 1.9790830612100248,
    "meteor": 10.00149977047283,
    "rougeL-coco": 21.771573148772884,
    "cider": 42.836320812763425,
}

pytestmark = [
    pytest.mark.skipif(
        not (DATA / "predictions" / "bmt").is_dir(), reason="no predictions below VSUMBENCH_SHARED"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH"),
]


@cache
def read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / path).read_text(encoding="utf-8"))
    return found


def values(file: int, metrics: tuple[str, ...], most: int | None = None) -> Mapping[str, float]:
    """The mean over tIoU and videos of each metric, for the captions made for one file of references."""
    results = read(f"predictions/bmt/captioning_results_val_{file}_e26.json")["results"]
    references = read(f"activitynet_captions/val_{file}_no_missings.json")
    corpora: list[list[TextItem]] = []
    for name in sorted(results)[:most]:
        found = DENSE.corpora(
            predictions_in(results, name),
            video_named(name, references[name]["duration"]),
            references_in([references], name),
            DENSE_2019.parameters,
        )
        assert not isinstance(found, Undefined)
        corpora += [list(corpus) for corpus in found if not isinstance(corpus, Undefined)]
    assert len(corpora) == len(sorted(results)[:most]) * len(DENSE_2019.parameters["thresholds"])
    listed = scored(metrics, corpora)
    return {metric: statistics.fmean(found[metric].value for found in listed) for metric in metrics}  # type: ignore


@pytest.mark.slow
def test_a_hundred_videos_score_as_the_public_scorers_say() -> None:
    found = values(1, tuple(FIRST_100), 100)
    assert found == {metric: pytest.approx(value, abs=1e-6) for metric, value in FIRST_100.items()}


def test_true_events_are_found_by_captions_made_for_them() -> None:
    results = read("predictions/bmt/captioning_results_val_1_e26.json")["results"]
    references = read("activitynet_captions/val_1_no_missings.json")
    for name in sorted(results)[:100]:
        item = DENSE.spans(
            predictions_in(results, name),
            video_named(name, references[name]["duration"]),
            references_in([references], name),
            DENSE_2019.parameters,
        )
        assert not isinstance(item, Undefined)
        assert list(dense.precision(item)) == list(dense.recall(item)) == [100] * 4


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_bmt_has_its_published_values() -> None:
    files = [values(file, tuple(PUBLISHED)) for file in (1, 2)]
    found = {metric: statistics.fmean(file[metric] for file in files) for metric in PUBLISHED}
    assert {metric: f"{value:.2f}" for metric, value in found.items()} == {
        metric: f"{value:.2f}" for metric, value in PUBLISHED.items()
    }
