"""What must hold of the text scores for all texts: bounds, invariances, and the plain definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsumbench.scoring.bleu import bleu, bleu_statistics
from vsumbench.scoring.cider import cider
from vsumbench.scoring.ngrams import code_pairs, ngram_tables, number_words
from vsumbench.scoring.nist import nist, nist_statistics
from vsumbench.scoring.rouge_l import rouge_l
from vsumbench.scoring.subsequences import common_length, common_places

# Few words, so that ties and repetitions are the rule.
TEXT = st.lists(st.sampled_from("abcd"), max_size=12)
FILLED = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12)
ITEMS = st.lists(st.tuples(TEXT, st.lists(FILLED, min_size=1, max_size=3)), min_size=1, max_size=6)
Items = list[tuple[list[str], list[list[str]]]]


def values(items: Items) -> dict[str, np.ndarray]:
    """Every score of every item, and of the corpus where there is one."""
    hypotheses, references = [h for h, _ in items], [r for _, r in items]
    pairs = code_pairs(hypotheses, references)
    rows, weights = bleu_statistics(pairs), nist_statistics(pairs)
    return {
        "bleu": bleu(rows),
        "corpus bleu": bleu(rows.sum(axis=0)[None]),
        "cider": cider(pairs).items,
        "rouge": rouge_l(hypotheses, references),
        "corpus nist": nist(weights.sum(axis=0)[None]),
    }


def table(a: Sequence[str], b: Sequence[str]) -> int:
    """The longest common subsequence by the textbook's table."""
    rows = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            rows[i + 1, j + 1] = rows[i, j] + 1 if x == y else max(rows[i, j + 1], rows[i + 1, j])
    return int(rows[-1, -1])


@given(TEXT, TEXT)
def test_common_subsequences_are_those_of_the_table_and_their_places_spell_one(
    a: list[str], b: list[str]
) -> None:
    places = common_places(a, b)
    assert len(places) == common_length(a, b) == common_length(b, a) == table(a, b)
    assert places == sorted(set(places))
    rest = iter(a)
    assert all(b[place] in rest for place in places)


@given(st.lists(TEXT, max_size=5), st.integers(1, 4), st.integers(1, 3))
def test_tables_count_what_counting_counts(texts: list[list[str]], order: int, least: int) -> None:
    counts = [Counter(tuple(t[i : i + order]) for i in range(len(t) - order + 1)) for t in texts]
    total: Counter[tuple[str, ...]] = sum(counts, Counter())
    flat = [word for text in texts for word in text]
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    found = ngram_tables(number_words(texts), lengths, order, least)[-1]
    rows = {
        (int(text), tuple(flat[place : place + order])): int(count)
        for text, place, count in zip(found.texts, found.places, found.counts, strict=True)
    }
    assert rows == {
        (text, gram): count
        for text, one in enumerate(counts)
        for gram, count in one.items()
        if total[gram] >= least
    }


@given(ITEMS)
def test_values_are_within_their_bounds(items: Items) -> None:
    found = values(items)
    for name, largest in (("bleu", 1), ("corpus bleu", 1), ("rouge", 1), ("cider", 10)):
        assert (found[name] >= 0).all() and (found[name] <= largest * (1 + 1e-9)).all()
    assert not (found["corpus nist"] < 0).any()


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(items: Items, draw: object) -> None:
    order = list(range(len(items)))
    draw.shuffle(order)  # type: ignore[attr-defined]
    found, moved = values(items), values([items[i] for i in order])
    for name in found:
        expected = found[name] if name.startswith("corpus") else found[name][order]
        assert moved[name] == pytest.approx(expected, rel=1e-12, nan_ok=True)


@given(ITEMS)
def test_other_names_of_the_words_change_nothing(items: Items) -> None:
    other = dict(zip("abcd", ("zz", "y", "x", "w"), strict=True))
    renamed = [([other[w] for w in h], [[other[w] for w in r] for r in refs]) for h, refs in items]
    found, again = values(items), values(renamed)
    for name in found:
        assert again[name] == pytest.approx(found[name], rel=1e-12, nan_ok=True)


@given(ITEMS)
def test_a_second_copy_of_a_reference_changes_no_item_but_for_the_mean_of_cider(items: Items) -> None:
    doubled = [(h, [*refs, refs[0]]) for h, refs in items]
    found, again = values(items), values(doubled)
    for name in ("bleu", "corpus bleu", "rouge"):
        assert again[name] == pytest.approx(found[name], rel=1e-12)


@given(ITEMS)
def test_a_reference_as_hypothesis_is_perfect(items: Items) -> None:
    perfect = [(refs[0], refs) for _, refs in items]
    assert values(perfect)["rouge"] == pytest.approx(1)
    assert values(perfect)["bleu"][:, 0] == pytest.approx(1)


@given(st.lists(ITEMS, min_size=1, max_size=4))
def test_corpora_side_by_side_are_scored_as_if_alone(corpora: list[Items]) -> None:
    together = [item for items in corpora for item in items]
    groups = [number for number, items in enumerate(corpora) for _ in items]
    pairs = code_pairs([h for h, _ in together], [r for _, r in together], groups)
    alone = [code_pairs([h for h, _ in items], [r for _, r in items]) for items in corpora]
    for score in (bleu_statistics, nist_statistics, lambda p: cider(p).items):
        expected = np.concatenate([score(one) for one in alone])
        assert score(pairs) == pytest.approx(expected, rel=1e-12, abs=1e-15)
