"""Every golden case of rouge-score, with and without stemming, by our scorer and by the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from vsumbench_text_metrics import rouge, rouge_library, rouge_scorers

from vsumbench.contracts import TextItem
from vsumbench.testing import golden

scorers = pytest.mark.parametrize(
    "scorer", [rouge_scorers.rouge_scores, rouge_library.rouge_scores], ids=["ours", "library"]
)
stems = pytest.mark.parametrize("stem", [True, False], ids=["stem", "nostem"])
SHARES = ("precision", "recall", "")


def tolerance() -> float:
    return float(golden.family("rouge_score")["tolerance"]["abs"])


def texts_of(case: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    given = case["input"]
    return [given["res"][key][0] for key in given["gts"]], list(given["gts"].values())


def key_of(stem: bool) -> str:
    return "stem" if stem else "nostem"


@golden.cases("rouge_score")
def test_every_expected_key_is_asserted_here(case: dict[str, Any]) -> None:
    expected = case["expected"]
    assert set(expected) == {"items", "mean_p_r_f"}
    for one in (expected["mean_p_r_f"], *expected["items"]):
        assert set(one) <= {"stem", "nostem"}


@scorers
@stems
@golden.cases("rouge_score")
def test_precision_recall_and_f_of_each_item_are_the_references(
    case: dict[str, Any], stem: bool, scorer: Callable[..., dict[str, np.ndarray]]
) -> None:
    expected = [item[key_of(stem)] for item in case["expected"]["items"]]
    types = list(expected[0])
    found = scorer(types, *texts_of(case), stem=stem)
    for kind in types:
        wanted = np.array([item[kind] for item in expected], dtype=float)
        np.testing.assert_allclose(found[kind], wanted, rtol=0, atol=tolerance())


@scorers
@stems
@golden.cases("rouge_score")
def test_the_means_are_the_references(
    case: dict[str, Any], stem: bool, scorer: Callable[..., dict[str, np.ndarray]]
) -> None:
    expected = case["expected"]["mean_p_r_f"][key_of(stem)]
    found = scorer(list(expected), *texts_of(case), stem=stem)
    for kind, wanted in expected.items():
        np.testing.assert_allclose(found[kind].mean(axis=0), wanted, rtol=0, atol=tolerance())


@stems
@golden.cases("rouge_score")
def test_the_metrics_are_the_references(case: dict[str, Any], stem: bool) -> None:
    hypotheses, references = texts_of(case)
    items = [
        TextItem(str(i), *pair) for i, pair in enumerate(zip(hypotheses, map(tuple, references), strict=True))
    ]
    expected = case["expected"]["items"]
    for metric in rouge.METRICS:
        for column, share in enumerate(SHARES):
            words = ",".join(word for word in ("" if stem else rouge.NO_STEM, share) if word)
            name = f"{metric}[{words}]" if words else metric
            found = rouge.score([name], items)[name]
            # What is empty to the metric is named instead of scored.
            scored = [i for i, value in enumerate(found.items) if isinstance(value, float)]
            wanted = [100 * expected[i][key_of(stem)][metric][column] for i in scored]
            np.testing.assert_allclose(
                [found.items[i] for i in scored], wanted, rtol=0, atol=100 * tolerance()
            )
            if len(scored) == len(items):
                mean = 100 * case["expected"]["mean_p_r_f"][key_of(stem)][metric][column]
                assert found.value == pytest.approx(mean, abs=100 * tolerance(), rel=0)
