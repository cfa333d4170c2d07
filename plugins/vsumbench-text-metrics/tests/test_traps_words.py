"""What happens where SacreBLEU, NIST and rouge-score crash, surprise, or read a text in their own way."""

from __future__ import annotations

import math
from types import ModuleType

import pytest
from vsumbench_text_metrics import coco, coco_library, coco_scorers, nist, rouge, rouge_scorers, sacre
from vsumbench_text_metrics.tokens import Tokens

from vsumbench.contracts import Cause, CorpusScore, TextItem, Undefined
from vsumbench.errors import UnknownMetricError

DOG = "A man walks his dog through the park while it rains."
CAT = "Two cats sleep on a red sofa and then one of them wakes up."
BOAT = "A boat leaves the harbour, passes a lighthouse and sails away."


def item(name: str, hypothesis: str, *references: str) -> TextItem:
    return TextItem(name, hypothesis, references)


def one(metric: str, *items: TextItem) -> CorpusScore:
    return {"nist": nist.score, "sacrebleu": sacre.score}.get(metric, rouge.score)([metric], items)[metric]


def test_sacrebleu_takes_items_with_different_numbers_of_references() -> None:
    ragged = one("sacrebleu", item("a", DOG, CAT, DOG), item("b", BOAT, BOAT), item("c", CAT, DOG, BOAT, CAT))
    assert ragged.value == pytest.approx(100)
    assert "nrefs:var" in ragged.note


def test_sacrebleu_carries_its_signature() -> None:
    note = one("sacrebleu", item("a", DOG, DOG)).note
    assert note.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")


def test_sacrebleu_of_two_equal_words_is_0_as_the_package_has_it() -> None:
    assert one("sacrebleu", item("a", "hello world", "hello world")).value == 0.0


def test_sacrebleu_does_not_lower_case() -> None:
    assert one("sacrebleu", item("a", DOG.upper(), DOG)).value < one("sacrebleu", item("a", DOG, DOG)).value


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_nist_of_short_hypotheses_uses_the_largest_order_and_flags_it(length: int) -> None:
    short = " ".join(DOG.split()[:length])
    found = one("nist", item("a", short, DOG), item("b", "", CAT))
    assert isinstance(found.value, float)
    assert found.note == f"NIST-{length} instead of NIST-5: no hypothesis has {length + 1} tokens"


def test_nist_lower_cases() -> None:
    assert one("nist", item("a", DOG.upper(), DOG)).value == one("nist", item("a", DOG, DOG)).value


def test_nist_grows_with_the_corpus() -> None:
    small = one("nist", item("a", DOG, DOG)).value
    large = one("nist", item("a", DOG, DOG), item("b", CAT, CAT), item("c", BOAT, BOAT)).value
    assert isinstance(small, float) and isinstance(large, float)
    assert large > small


def test_rouge_takes_of_several_references_the_best_f_for_each_type_alone() -> None:
    # The first reference shares more words, the second more bigrams.
    found = rouge.score(["rouge1", "rouge2"], [item("a", "a b c d", "d c b a", "a b x y")])
    assert found["rouge1"].items == (100.0,)
    assert found["rouge2"].items == (pytest.approx(100 / 3),)


def test_rouge_of_two_references_as_good_takes_the_first() -> None:
    references = [["a b c d", "a"], ["a", "a b c d"]]
    found = rouge_scorers.rouge_scores(["rouge1"], ["a b"] * 2, references)["rouge1"]
    assert found.tolist() == [[1.0, 0.5, 2 / 3], [0.5, 1.0, 2 / 3]]


def test_rouge_lsum_reads_lines_and_rouge_l_does_not() -> None:
    said, told = "the dog runs.\na man walks.", "a man walks.\nthe dog runs."
    found = rouge_scorers.rouge_scores(["rougeL", "rougeLsum"], [said], [[told]])
    assert found["rougeL"].tolist() == [[0.5, 0.5, 0.5]]
    assert found["rougeLsum"].tolist() == [[1.0, 1.0, 1.0]]


def test_rouge_stems_only_words_of_more_than_three_letters() -> None:
    # The stemmer by itself makes "wa" of "was".
    assert one("rouge1", item("a", "was", "wa")).value == 0.0
    assert one("rouge1", item("a", "runs", "run")).value == 100.0
    assert rouge.score(["rouge1[no-stem]"], [item("a", "runs", "run")])["rouge1[no-stem]"].value == 0.0


def test_rouge_leaves_out_references_in_a_script_it_cannot_read() -> None:
    found = one("rouge1", item("a", DOG, DOG), item("x", "a dog", "\u4e2d\u6587"))
    assert found.value == 100.0
    assert found.items[1] == Undefined(
        "item 'x' has an empty reference of words in a-z and 0-9", Cause.REFERENCE
    )


@pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
def test_cider_of_a_text_20_words_too_long_is_taken_down_by_its_length_alone(scorer: ModuleType) -> None:
    words, more = [f"w{number}" for number in range(40)], [f"x{number}" for number in range(20)]
    tokens = Tokens([" ".join(words + more), "a b c d"], [[" ".join(words)], ["a b c d"]], (2,))
    # All n-grams of the reference are found; what is too much shortens the cosine, and the length decides.
    cosine = sum(math.sqrt((41 - n) / (61 - n)) for n in (1, 2, 3, 4)) / 4
    found = scorer.cider(tokens)["cider"].items[0]
    assert found == pytest.approx(10 * cosine * math.exp(-(20**2) / (2 * 6**2)))
    assert cosine > 0.8 and found < 0.04


def test_spice_is_not_offered_for_it_downloads_when_it_is_made() -> None:
    with pytest.raises(UnknownMetricError, match="'spice' is not known"):
        coco.score(["spice"], [item("a", DOG, DOG)])


def test_sacrebleu_reads_raw_texts_and_not_the_tokens_of_the_other_metrics() -> None:
    # What PTB drops counts: the full stop and the comma are words of 13a.
    whole = one("sacrebleu", item("a", BOAT, BOAT))
    bare = one("sacrebleu", item("a", BOAT.replace(",", "").rstrip("."), BOAT))
    assert whole.value == pytest.approx(100)
    assert isinstance(bare.value, float) and bare.value < 80
