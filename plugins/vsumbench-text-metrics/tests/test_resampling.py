"""Values from summed statistics are the values of the corpus they were summed over."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

import numpy as np
import pytest
from vsumbench_text_metrics import coco, nist, rouge, sacre
from vsumbench_text_metrics.resampling import ADDITIVE, value_of

from vsumbench.contracts import CorpusScore, TextItem
from vsumbench.errors import UnknownMetricError

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")

ITEMS = (
    TextItem("a", "A man walks a large dog in the rain.", ("The man is walking his big dog through rain.",)),
    TextItem("b", "Two cats sleep on a sofa.", ("Two cats sleep on a sofa.", "Cats sleep.")),
    TextItem("c", "", ("Somebody sings.",)),
    TextItem("d", "A boat leaves the harbour quickly.", ("Ships sail off from a harbor on a calm sea.",)),
    TextItem("e", "People", ("!",)),
    TextItem("f", "He jumps over the fence and runs.", ("He jumped over a fence, then he ran.", "Running!")),
)


def scores(items: tuple[TextItem, ...]) -> Mapping[str, CorpusScore]:
    return {
        **coco.score(coco.METRICS, items),
        **rouge.score(rouge.METRICS, items),
        **sacre.score(["sacrebleu"], items),
        **nist.score(["nist"], items),
    }


@pytest.fixture(scope="module")
def whole() -> Mapping[str, CorpusScore]:
    return scores(ITEMS)


# WordNet and a model are not everywhere; the latter has a test of its own beside it.
TESTED = [metric for metric in ADDITIVE if metric not in ("meteor-nltk", "bertscore")]


@needs_java
@pytest.mark.parametrize("metric", TESTED)
def test_the_sum_over_all_items_gives_the_corpus_value(metric: str, whole: Mapping[str, CorpusScore]) -> None:
    rows = np.array(whole[metric].statistics)
    assert len(rows) == len(ITEMS)
    assert value_of(metric, rows.sum(axis=0)[None])[0] == pytest.approx(whole[metric].value, abs=1e-9)


@needs_java
def test_the_sum_over_some_items_gives_the_value_of_a_corpus_of_those(
    whole: Mapping[str, CorpusScore],
) -> None:
    chosen = [0, 3, 5, 3]
    again = scores(tuple(ITEMS[i] for i in chosen))
    for metric in TESTED:
        if metric in ("cider", "nist"):
            continue  # a resample keeps the document frequencies and weights of the full set
        totals = np.array(whole[metric].statistics)[chosen].sum(axis=0)[None]
        assert value_of(metric, totals)[0] == pytest.approx(again[metric].value, abs=1e-9), metric


@needs_java
def test_cider_of_a_resample_keeps_the_document_frequencies_of_the_full_set(
    whole: Mapping[str, CorpusScore],
) -> None:
    totals = np.array(whole["cider"].statistics)[[0, 0]].sum(axis=0)[None]
    assert value_of("cider", totals)[0] == pytest.approx(whole["cider"].items[0])
    assert value_of("cider[pycocoevalcap]", totals)[0] == value_of("cider", totals)[0]


@needs_java
def test_nist_of_a_resample_keeps_the_weights_of_the_full_set(whole: Mapping[str, CorpusScore]) -> None:
    rows = np.array(whole["nist"].statistics)
    once, twice, thrice = (
        value_of("nist", rows[places].sum(axis=0)[None])[0] for places in ([0], [0, 0], [0] * 3)
    )
    assert once == pytest.approx(twice) == pytest.approx(thrice)
    # Its own weights would be those of a corpus of one item.
    assert once != pytest.approx(nist.score(["nist"], ITEMS[:1])["nist"].value)


@needs_java
@pytest.mark.parametrize("metric", TESTED)
def test_many_resamples_are_computed_at_once(metric: str, whole: Mapping[str, CorpusScore]) -> None:
    rows = np.array(whole[metric].statistics)
    picks = np.random.default_rng(0).integers(0, len(rows), size=(50, len(rows)))
    totals = rows[picks].sum(axis=1)
    found = value_of(metric, totals)
    assert found.shape == (50,)
    assert found == pytest.approx([value_of(metric, one[None])[0] for one in totals], nan_ok=True)


@pytest.mark.parametrize(
    ("metric", "width"), [("rouge1", 2), ("meteor", 23), ("sacrebleu", 10), ("bleu4", 10), ("nist", 16)]
)
def test_a_resample_without_references_is_nan(metric: str, width: int) -> None:
    assert np.isnan(value_of(metric, np.zeros((1, width)))).all()


def test_a_metric_without_additive_statistics_is_refused() -> None:
    with pytest.raises(UnknownMetricError, match="'f1' is not known"):
        value_of("f1", np.zeros((1, 2)))
