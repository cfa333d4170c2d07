"""Our scorers and the packages' own give the same values on real text, to 1e-12 relative."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from real_pairs import COUNT, needs_captions, needs_java, paragraphs, tokenised
from vsumbench_text_metrics import coco, coco_library, coco_scorers, nist, rouge, rouge_library, rouge_scorers
from vsumbench_text_metrics.tokens import Tokens

from vsumbench.contracts import TextItem

SOME = 300
sizes = pytest.mark.parametrize(
    "count",
    [SOME, pytest.param(COUNT, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])],
)
wordings = pytest.mark.parametrize("references", [1, 3])


def same(found: object, expected: object) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-12, atol=0)


@functools.cache
def split(count: int, references: int) -> Tokens:
    """The same items as several corpora: one item, two, and the rest."""
    whole = tokenised(count, references)
    return Tokens(whole.hypotheses, whole.references, (1, 2, count - 3))


@needs_captions
@needs_java
@sizes
@wordings
@pytest.mark.parametrize("scorer", ["bleu", "rouge_l", "cider"])
def test_a_coco_scorer_of_ours_is_the_packages_on_real_text(scorer: str, count: int, references: int) -> None:
    for tokens in (tokenised(count, references), split(count, references)):
        ours, theirs = getattr(coco_scorers, scorer)(tokens), getattr(coco_library, scorer)(tokens)
        assert ours.keys() == theirs.keys()
        for metric, found in ours.items():
            same(found.corpora, theirs[metric].corpora)
            same(found.items, theirs[metric].items)
            assert list(found.statistics) == list(theirs[metric].statistics)
            assert list(found.notes) == list(theirs[metric].notes)


@needs_captions
@sizes
@pytest.mark.parametrize("stem", [True, False], ids=["stem", "no-stem"])
def test_rouge_score_of_ours_is_the_packages_on_real_text(count: int, stem: bool) -> None:
    said, told = paragraphs(count)
    texts = [[text, said[i - 1]] for i, text in enumerate(told)]
    types = ("rouge1", "rouge2", "rouge3", "rougeL")
    ours = rouge_scorers.rouge_scores(types, said, texts, stem=stem)
    theirs = rouge_library.rouge_scores(types, said, texts, stem=stem)
    for kind in types:
        same(ours[kind], theirs[kind])


@needs_captions
def test_rouge_lsum_of_ours_is_the_packages_on_real_sentences() -> None:
    said, told = ([text.replace(". ", ".\n") for text in texts] for texts in paragraphs(60))
    texts = [[text, said[i - 1]] for i, text in enumerate(told)]
    ours = rouge_scorers.rouge_scores(["rougeLsum", "rougeL"], said, texts)
    theirs = rouge_library.rouge_scores(["rougeLsum", "rougeL"], said, texts)
    same(ours["rougeLsum"], theirs["rougeLsum"])
    assert (ours["rougeLsum"] != ours["rougeL"]).any()


@needs_captions
@needs_java
def test_a_metric_and_the_same_by_its_package_are_asked_side_by_side() -> None:
    pairs = zip(*paragraphs(40), strict=True)
    items = [TextItem(str(i), said, (told,)) for i, (said, told) in enumerate(pairs)]
    for score, names, package in (
        (coco.score, [*coco.BLEU, "rougeL-coco", "cider"], "pycocoevalcap"),
        (rouge.score, rouge.METRICS, "rouge-score"),
        (nist.score, ["nist"], "nltk"),
    ):
        asked = [name for metric in names for name in (metric, f"{metric}[{package}]")]
        found = score(asked, items)  # type: ignore[operator]
        assert list(found) == asked
        for metric in names:
            same(found[metric].value, found[f"{metric}[{package}]"].value)
            same(found[metric].items, found[f"{metric}[{package}]"].items)
            same(found[metric].statistics, found[f"{metric}[{package}]"].statistics)
