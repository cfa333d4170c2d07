"""Our scorers are the packages' own for all texts, also with ties, repetitions and empty hypotheses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vsumbench_text_metrics import coco_library, coco_scorers, nist, rouge_library, rouge_scorers
from vsumbench_text_metrics.rouge_words import words
from vsumbench_text_metrics.tokens import Tokens

WORDS = st.sampled_from(["a", "the", "dog", "runs", "runner", "running", "1\u00a01/2"])
TEXT = st.lists(WORDS, max_size=10).map(" ".join)
FILLED = st.lists(WORDS, min_size=1, max_size=10).map(" ".join)
ITEMS = st.lists(st.tuples(TEXT, st.lists(FILLED, min_size=1, max_size=3)), min_size=1, max_size=5)
Items = list[tuple[str, list[str]]]


@pytest.mark.parametrize("scorer", ["bleu", "rouge_l", "cider"])
@settings(deadline=None)
@given(items=ITEMS)
def test_coco_scorers_are_the_packages_for_all_texts(scorer: str, items: Items) -> None:
    tokens = Tokens([h for h, _ in items], [r for _, r in items], (len(items),))
    ours, theirs = getattr(coco_scorers, scorer)(tokens), getattr(coco_library, scorer)(tokens)
    for metric, found in ours.items():
        np.testing.assert_allclose(found.corpora, theirs[metric].corpora, rtol=1e-12, atol=0)
        np.testing.assert_allclose(found.items, theirs[metric].items, rtol=1e-12, atol=0)
        assert list(found.statistics) == list(theirs[metric].statistics)
        assert list(found.notes) == list(theirs[metric].notes)


@settings(deadline=None)
@given(items=ITEMS, stem=st.booleans(), lines=st.booleans())
def test_rouge_scorers_are_the_packages_for_all_texts(items: Items, stem: bool, lines: bool) -> None:
    # Lines are sentences to rougeLsum and nothing to the others.
    hypotheses, references = [h for h, _ in items], [r for _, r in items]
    if lines:
        hypotheses = [text.replace(" the ", "\n") for text in hypotheses]
        references = [[text.replace(" a ", "\n\n") for text in texts] for texts in references]
    types = ["rouge1", "rouge2", "rouge4", "rougeL", "rougeLsum"]
    ours = rouge_scorers.rouge_scores(types, hypotheses, references, stem=stem)
    theirs = rouge_library.rouge_scores(types, hypotheses, references, stem=stem)
    for kind in types:
        np.testing.assert_allclose(ours[kind], theirs[kind], rtol=1e-12, atol=0)


@settings(deadline=None)
@given(st.text(max_size=60), st.booleans())
def test_words_of_rouge_are_the_packages_for_all_characters(text: str, stem: bool) -> None:
    from nltk.stem.porter import PorterStemmer
    from rouge_score.tokenize import tokenize

    assert words(text, stem=stem) == tokenize(text, PorterStemmer() if stem else None)


@settings(deadline=None)
@given(items=ITEMS, order=st.integers(1, 5))
def test_nist_is_nltks_for_all_texts(items: Items, order: int) -> None:
    from nltk.translate.nist_score import corpus_nist

    hypotheses, references = [h for h, _ in items], [r for _, r in items]
    found = nist.corpus_nist(hypotheses, references, order)
    taken = int(found.orders[0])
    if taken == 0:
        assert np.isnan(found.values[0]) and not any(text.split() for text in hypotheses)
        return
    assert taken == min(order, max(len(text.split()) for text in hypotheses))
    split = [[text.split() for text in texts] for texts in references]
    expected = corpus_nist(split, [text.split() for text in hypotheses], n=taken)
    assert found.values[0] == pytest.approx(expected, rel=1e-12)
