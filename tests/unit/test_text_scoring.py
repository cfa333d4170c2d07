"""N-gram tables, BLEU, CIDEr, ROUGE and NIST as arrays: worked by hand, shapes refused."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from vsumbench.scoring.bleu import bleu, bleu_statistics
from vsumbench.scoring.cider import CiderCorpus, cider
from vsumbench.scoring.ngrams import code_pairs, ngram_tables, number_words
from vsumbench.scoring.nist import nist, nist_order, nist_statistics
from vsumbench.scoring.rouge_l import rouge_l
from vsumbench.scoring.rouge_n import best_of_references, summary_overlap
from vsumbench.scoring.subsequences import common_length, common_places

DOG = ["the", "dog", "runs", "after", "the", "dog"]
CAT = ["the", "cat", "sees", "the", "dog"]


# N-grams --------------------------------------------------------------------------------------------------


def counted(texts: list[list[str]], order: int, least: int = 1) -> dict[int, Counter[tuple[str, ...]]]:
    """The table of one order, read back as words."""
    words = number_words(texts)
    flat = [word for text in texts for word in text]
    lengths = np.array([len(text) for text in texts])
    table = ngram_tables(words, lengths, order, least)[order - 1]
    found: dict[int, Counter[tuple[str, ...]]] = {}
    for text, count, place in zip(table.texts, table.counts, table.places, strict=True):
        found.setdefault(int(text), Counter())[tuple(flat[place : place + order])] = int(count)
    return found


def test_ngrams_do_not_reach_over_the_end_of_a_text() -> None:
    assert counted([["a", "b"], ["b", "a", "b"], [], ["a"]], 2) == {
        0: {("a", "b"): 1},
        1: {("b", "a"): 1, ("a", "b"): 1},
    }


def test_ngrams_that_occur_too_seldom_in_all_texts_are_left_out() -> None:
    assert counted([DOG, CAT], 1, least=2) == {
        0: {("the",): 2, ("dog",): 2},
        1: {("the",): 2, ("dog",): 1},
    }
    assert counted([DOG, CAT], 2, least=2) == {0: {("the", "dog"): 2}, 1: {("the", "dog"): 1}}
    assert counted([DOG, CAT], 3, least=2) == {}


def test_rows_are_ordered_by_ngram_then_text_and_prefixes_are_the_ngrams_one_word_shorter() -> None:
    texts = [DOG, CAT, DOG]
    lengths = np.array([6, 5, 6])
    tables = ngram_tables(number_words(texts), lengths, 3)
    for table in tables:
        rows = list(zip(table.grams.tolist(), table.texts.tolist(), strict=True))
        assert rows == sorted(set(rows)) and table.grams.max() == table.size - 1
    first, second = tables[0], tables[1]
    for gram, place in zip(second.grams, second.places, strict=True):
        begins = first.grams[first.texts == np.searchsorted(np.cumsum(lengths), place, side="right")]
        assert second.prefixes[gram] in begins


def test_more_words_than_sixteen_bits_can_number_are_kept_apart() -> None:
    words = [str(i) for i in range(70_000)]
    (first, second) = ngram_tables(number_words([words, words[:3]]), np.array([70_000, 3]), 2)
    assert (first.size, second.size) == (70_000, 69_999)
    assert second.counts.max() == 1 and (second.texts == 1).sum() == 2


def test_items_of_different_corpora_share_no_word() -> None:
    pairs = code_pairs([["a", "b"], ["a"]], [[["a"]], [["a"]]], [0, 1])
    assert len(set(pairs.words.tolist())) == 3
    assert pairs.sizes.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("references", "groups", "why"),
    [
        ([[["a"]]], None, "2 hypotheses stand beside references of 1 items"),
        ([[["a"]], []], None, "an item has no reference"),
        ([[["a"]], [["a"]]], [1, 1], "groups are not"),
        ([[["a"]], [["a"]]], [0, 2], "groups are not"),
        ([[["a"]], [["a"]]], [0], "groups are not"),
    ],
)
def test_hypotheses_references_and_groups_must_fit(
    references: list[list[list[str]]], groups: list[int] | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        code_pairs([["a"], ["b"]], references, groups)


# BLEU -----------------------------------------------------------------------------------------------------


def test_bleu_clips_by_the_reference_that_has_most_and_takes_the_nearest_length() -> None:
    pairs = code_pairs([DOG], [[CAT, ["dog", "dog", "dog"]]])
    # the 2, dog 2; "the dog" 1 of 2. Lengths 5 and 3 beside 6.
    assert bleu_statistics(pairs).tolist() == [[4, 1, 0, 0, 6, 5, 4, 3, 6, 5]]
    value = bleu(bleu_statistics(pairs))[0]
    assert value[0] == pytest.approx(4 / 6) and value[1] == pytest.approx(math.sqrt(4 / 6 / 5))


def test_bleu_of_short_hypotheses_has_the_brevity_penalty() -> None:
    pairs = code_pairs([["the", "dog"]], [[["the", "dog", "runs"]]])
    assert bleu(bleu_statistics(pairs))[0, 0] == pytest.approx(math.exp(1 - 3 / 2))


def test_bleu_of_some_orders_alone_is_that_of_all() -> None:
    rows = bleu_statistics(code_pairs([DOG, CAT], [[CAT], [DOG]]))
    assert bleu(rows[:, [0, 1, 4, 5, 8, 9]])[:, 1].tolist() == bleu(rows)[:, 1].tolist()


@pytest.mark.parametrize("shape", [(10,), (2, 3), (2, 5)])
def test_bleu_refuses_statistics_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="statistics of BLEU"):
        bleu(np.zeros(shape))


# CIDEr ----------------------------------------------------------------------------------------------------


def test_cider_of_equal_pairs_is_10_and_of_one_pair_0() -> None:
    found = cider(code_pairs([DOG, CAT], [[DOG], [CAT]]))
    assert found.items.tolist() == pytest.approx([10, 10]) and found.weighted.tolist() == [True]
    alone = cider(code_pairs([DOG], [[DOG]]))
    assert alone.items.tolist() == [0] and alone.weighted.tolist() == [False]


def test_cider_of_several_corpora_is_that_of_each() -> None:
    texts = [DOG, CAT, ["a", "dog"], ["the", "cat", "runs"], DOG]
    references = [[CAT, DOG], [["the", "cat"]], [DOG], [["a", "cat", "runs"]], [CAT]]
    together = cider(code_pairs(texts, references, [0, 0, 0, 1, 1]))
    parts = [cider(code_pairs(texts[at], references[at])) for at in (slice(0, 3), slice(3, 5))]
    assert together.items.tolist() == pytest.approx([v for part in parts for v in part.items])


def test_a_constant_answers_cider_is_that_of_the_same_hypotheses() -> None:
    items = [[DOG, CAT], [["a", "dog", "runs"]], [["the", "cat"], DOG]]
    flat = [text for texts in items for text in texts]
    corpus = CiderCorpus(items)
    for number, text in enumerate(flat):
        expected = cider(code_pairs([text] * 3, items)).items
        assert corpus.constant(number) == pytest.approx(expected, abs=1e-12)


# Subsequences and ROUGE -----------------------------------------------------------------------------------


def test_common_places_are_those_of_one_longest_common_subsequence() -> None:
    assert common_length(DOG, CAT) == 3
    assert [CAT[place] for place in common_places(DOG, CAT)] == ["the", "the", "dog"]
    assert common_places([], CAT) == common_places(DOG, []) == []
    assert common_length([], []) == 0


def test_of_several_subsequences_the_words_of_the_second_text_go_first() -> None:
    assert common_places(["a", "b"], ["b", "a"]) == [0]


def test_rouge_l_refuses_items_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="stand beside references"):
        rouge_l([DOG], [])
    with pytest.raises(ValueError, match="no reference"):
        rouge_l([DOG], [[]])
    assert rouge_l([], []).shape == (0,)


def test_a_summary_counts_no_word_more_often_than_either_side_has_it() -> None:
    # "a" of the one hypothesis line matches in both reference lines, but it is there once.
    assert summary_overlap([["a", "b"]], [["a", "x"], ["a", "y"]]) == 1
    assert summary_overlap([], [["a"]]) == summary_overlap([["a"]], []) == summary_overlap([[]], [[]]) == 0


def test_the_best_reference_has_the_best_f_and_the_first_of_two_as_good() -> None:
    found = best_of_references(
        np.array([2.0, 1.0, 0.0, 1.0]),
        np.array([2, 4]),
        np.array([4, 1, 2, 3]),
        np.array([0, 0, 1, 1]),
        2,
    )
    assert found == pytest.approx(np.array([[1, 0.5, 2 / 3], [0.25, 1 / 3, 2 / 7]]))
    assert best_of_references(*(np.zeros(0, dtype=int) for _ in range(4)), 0).shape == (0, 3)  # type: ignore[arg-type]


# NIST -----------------------------------------------------------------------------------------------------


def test_nist_weighs_words_by_their_rarity_in_the_references() -> None:
    # Reference words: a 2, b 1, c 1 of 4: log2 2 for a, log2 4 for b.
    rows = nist_statistics(code_pairs([["a", "b"]], [[["a", "b", "a", "c"]]]), 1)
    assert rows.tolist() == [[3, 2, 4, 2]]
    assert nist(rows)[0] == pytest.approx(
        1.5 * math.exp(math.log(0.5) * (math.log(2 / 4) / math.log(1.5)) ** 2)
    )


def test_nist_of_two_references_as_good_counts_the_longer() -> None:
    rows = nist_statistics(code_pairs([["a"]], [[["b"], ["c", "d", "e"], ["f", "g"]]]), 1)
    assert rows.tolist() == [[0, 1, 3, 1]]


def test_nist_leaves_out_orders_no_hypothesis_has_and_says_which_it_took() -> None:
    rows = nist_statistics(code_pairs([["a", "b"], []], [[["a", "b", "c"]], [["d"]]]), 5)
    assert nist_order(rows).tolist() == [2, 0]
    assert nist(rows.sum(axis=0)[None])[0] > 0
    assert np.isnan(nist(rows)[1])


def test_nist_refuses_other_shapes_and_orders() -> None:
    with pytest.raises(ValueError, match="statistics of NIST"):
        nist(np.zeros((1, 5)))
    with pytest.raises(ValueError, match="an order is at least 1"):
        nist_statistics(code_pairs([], []), 0)


def test_no_items_give_no_values() -> None:
    pairs = code_pairs([], [])
    assert bleu_statistics(pairs).shape == (0, 10)
    assert cider(pairs).items.shape == (0,)
    assert nist_statistics(pairs).shape == (0, 16)
