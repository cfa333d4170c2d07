"""What happens in each case that makes the reference tools crash, hang or say something odd."""

from __future__ import annotations

import shutil
import subprocess
import sys
from types import ModuleType

import pytest
from vsumbench_text_metrics import (
    coco,
    coco_library,
    coco_scorers,
    meteor,
    nist,
    ptb,
    rouge,
    sacre,
)
from vsumbench_text_metrics.tokens import Tokens

from vsumbench.contracts import Cause, CorpusScore, TextItem, Undefined
from vsumbench.errors import PredictionError, UnknownMetricError

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")

DOG = "A man walks his dog through the park while it rains."
CAT = "Two cats sleep on a red sofa and then one of them wakes up."
BOAT = "A boat leaves the harbour, passes a lighthouse and sails away."


def item(name: str, hypothesis: str, *references: str) -> TextItem:
    return TextItem(name, hypothesis, references)


def one(metric: str, *items: TextItem) -> CorpusScore:
    family = {"nist": nist.score, "sacrebleu": sacre.score, **dict.fromkeys(rouge.METRICS, rouge.score)}
    return family.get(metric, coco.score)([metric], items)[metric]


PLAIN = (*rouge.METRICS, "sacrebleu", "nist")
ALL = [*(pytest.param(m, marks=needs_java) for m in coco.METRICS), *PLAIN]
QUICK = [metric for metric in ALL if metric != "nist"]


@pytest.mark.parametrize("metric", ALL)
def test_an_empty_hypothesis_counts_as_without_skill_and_is_named(metric: str) -> None:
    whole = one(metric, item("a", DOG, DOG), item("b", CAT, CAT), item("c", BOAT, BOAT))
    found = one(metric, item("a", DOG, DOG), item("b", CAT, CAT), item("c", "", BOAT))
    assert isinstance(found.value, float) and isinstance(whole.value, float)
    assert 0 < found.value < whole.value
    if found.items:
        assert found.items[2] == Undefined("item 'c' has an empty hypothesis", Cause.PREDICTION)
        assert all(isinstance(value, float) for value in found.items[:2])
        assert len(found.statistics) == 3


@pytest.mark.parametrize("metric", QUICK)
def test_a_corpus_of_empty_hypotheses_scores_nothing(metric: str) -> None:
    assert one(metric, item("a", "", DOG), item("b", " \n", CAT)).value == pytest.approx(0, abs=1e-9)


def test_nist_of_empty_hypotheses_alone_is_undefined_by_the_prediction() -> None:
    value = one("nist", item("a", "", DOG), item("b", "  ", CAT)).value
    assert value == Undefined("every hypothesis is empty, so there is no n-gram to count", Cause.PREDICTION)


@pytest.mark.parametrize("metric", [*QUICK, "nist"])
def test_an_item_with_an_empty_reference_is_left_out_and_counted(metric: str) -> None:
    alone = one(metric, item("a", DOG, DOG), item("b", CAT, BOAT))
    found = one(metric, item("a", DOG, DOG), item("x", "", " "), item("b", CAT, BOAT))
    assert found.value == alone.value
    assert "1 of 3 items left out: empty reference" in found.note
    if found.items:
        assert isinstance(found.items[1], Undefined) and found.items[1].cause is Cause.REFERENCE
        assert set(found.statistics[1]) == {0.0}
        assert (found.items[0], found.items[2]) == alone.items


@needs_java
def test_an_empty_hypothesis_against_a_reference_of_punctuation_is_not_a_perfect_rouge_l() -> None:
    found = one("rougeL-coco", item("a", DOG, DOG), item("x", "", "... !"))
    assert found.items[1] == Undefined("item 'x' has an empty reference after tokenisation", Cause.REFERENCE)
    assert found.note == "1 of 2 items left out: empty reference after tokenisation"


@pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
def test_the_scorers_themselves_call_two_empty_texts_a_perfect_rouge_l(scorer: ModuleType) -> None:
    # One empty word each: the reason why the metric takes empty references out.
    tokens = Tokens(["", ""], [[""], ["a dog"]], (2,))
    assert scorer.rouge_l(tokens)["rougeL-coco"].items == [1.0, 0.0]


@pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
def test_an_empty_hypothesis_has_no_word_for_bleu_and_nothing_in_common(scorer: ModuleType) -> None:
    tokens = Tokens(["", "a dog runs", "a cat"], [["a man walks"], ["a dog runs"], ["the cat"]], (3,))
    assert scorer.bleu(tokens)["bleu1"].statistics[0] == (0.0, 0.0, 0.0, 3.0)
    assert scorer.bleu(tokens)["bleu1"].items[0] == 0.0
    assert scorer.cider(tokens)["cider"].items[0] == 0.0


@needs_java
def test_an_empty_hypothesis_has_a_meteor_of_0_and_the_others_keep_theirs() -> None:
    found = meteor.meteor(["", "a dog runs"], [["a man walks"], ["a dog runs"]])
    assert found.items == (0.0, 1.0)


@pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
def test_the_best_precision_and_the_best_recall_of_rouge_l_may_be_of_two_references(
    scorer: ModuleType,
) -> None:
    # P = 1 by the long one, R = 1 by the short one: F is 1 though neither reference is the hypothesis.
    tokens = Tokens(["a b"], [["a b c d e f", "a"]], (1,))
    assert scorer.rouge_l(tokens)["rougeL-coco"].items == [pytest.approx(1.0)]


@pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
def test_a_no_break_space_splits_words_for_bleu_but_not_for_rouge_l(scorer: ModuleType) -> None:
    # The PTB tokenizer writes one inside "1 1/2".
    tokens = Tokens(["1\u00a01/2 cups"], [["1 1/2 cups"]], (1,))
    assert scorer.bleu(tokens)["bleu1"].statistics[0] == (3.0, 3.0, 3.0, 3.0)
    assert scorer.rouge_l(tokens)["rougeL-coco"].items[0] < 0.5


@pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
def test_bleu_without_a_match_of_an_order_is_tiny_and_not_smoothed(scorer: ModuleType) -> None:
    tokens = Tokens(["a b"], [["b a"]], (1,))
    assert scorer.bleu(tokens)["bleu2"].corpora[0] == pytest.approx((1e-15 / (1 + 1e-9)) ** 0.5, rel=1e-6)
    # No trigram at all: 1e-15 / 1e-9.
    assert scorer.bleu(tokens)["bleu3"].corpora[0] == pytest.approx((1e-15 * 1e-6) ** (1 / 3), rel=1e-6)


def test_the_module_of_pycocoevalcap_that_downloads_is_never_imported() -> None:
    code = (
        "import sys; from vsumbench_text_metrics import coco_library, coco_scorers, java, meteor_process;"
        "from vsumbench_text_metrics.tokens import Tokens;"
        "t = Tokens(['a'], [['a']], (1,));"
        "[f(t) for m in (coco_library, coco_scorers) for f in (m.bleu, m.rouge_l, m.cider)];"
        "java.packaged_jar('pycocoevalcap.meteor.meteor', 'meteor-1.5.jar');"
        "print(*(n for n in sys.modules if n.startswith('pycocoevalcap.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert "pycocoevalcap.cider.cider_scorer" in imported
    assert not [n for n in imported if n.startswith(("pycocoevalcap.eval", "pycocoevalcap.spice"))]


@needs_java
def test_an_empty_reference_beside_another_one_is_ignored() -> None:
    pair = (item("a", DOG, CAT, "", "!"), item("b", CAT, BOAT))
    clean = (item("a", DOG, CAT), item("b", CAT, BOAT))
    assert coco.score(coco.METRICS, pair) == coco.score(coco.METRICS, clean)
    assert one("sacrebleu", *pair).value == one("sacrebleu", *clean).value


@pytest.mark.parametrize("metric", ALL)
def test_a_corpus_without_a_reference_is_undefined_by_the_reference(metric: str) -> None:
    for items in ((), (item("a", DOG, ""),), (item("a", DOG),)):
        value = one(metric, *items).value
        assert isinstance(value, Undefined)
        assert value.cause is Cause.REFERENCE


@needs_java
def test_the_tokenizer_keeps_empty_texts_in_their_place_also_at_the_end() -> None:
    assert ptb.tokenize(["A dog.", "", "C", "!", "", ""]) == ["a dog", "", "c", "", "", ""]


@needs_java
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\u2028", "\u2029", "\n\n"])
def test_a_line_break_inside_a_text_does_not_shift_the_others(end: str) -> None:
    assert ptb.tokenize([f"A man{end}walks.", "A dog"]) == ["a man walks", "a dog"]


@needs_java
def test_characters_the_tokenizer_cannot_read_do_not_shift_the_others() -> None:
    texts = ["\U0001f600", "\x00\x1c", "caf\u00e9 \u4e2d\u6587", "\u0085", "end"]
    assert ptb.tokenize(texts) == ["", "", "caf\u00e9 \u4e2d\u6587", "", "end"]


@needs_java
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_letters_outside_ascii_survive_in_every_locale(locale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert ptb.tokenize(["Caf\u00e9 \u4e2d\u6587"]) == ["caf\u00e9 \u4e2d\u6587"]


@needs_java
def test_bracket_tokens_survive_as_in_published_numbers() -> None:
    assert ptb.tokenize(["a man (in red)"]) == ["a man -lrb- in red -rrb-"]


@needs_java
def test_the_field_separator_is_three_tokens_after_tokenisation() -> None:
    assert ptb.tokenize(["a|||b"]) == ["a | | | b"]


@needs_java
def test_meteor_is_not_confused_by_separators_and_line_breaks_in_raw_texts() -> None:
    dirty = meteor.meteor(["a man\nwalks ||| a dog", "x"], [["a ||| man walks\r\na\tdog"], ["x"]])
    clean = meteor.meteor(["a man walks a dog", "x"], [["a man walks a dog"], ["x"]])
    assert dirty == clean
    assert dirty.items == (1.0, 1.0)


@needs_java
def test_corpus_meteor_is_not_the_mean_of_its_items() -> None:
    found = one("meteor", item("a", "a dog", DOG), item("b", CAT, CAT))
    assert isinstance(found.value, float)
    mean = sum(v for v in found.items if isinstance(v, float)) / 2
    assert abs(found.value - mean) > 1


@needs_java
def test_cider_of_one_item_is_0_and_says_why() -> None:
    found = one("cider", item("a", DOG, DOG))
    assert (found.value, found.items) == (0.0, (0.0,))
    assert found.note == "CIDEr of one item is 0 by definition"


@needs_java
def test_cider_of_two_identical_pairs_is_1000() -> None:
    found = one("cider", item("a", DOG, DOG), item("b", CAT, CAT))
    assert found.value == pytest.approx(1000)
    assert found.note == ""


@needs_java
def test_cider_of_identical_references_everywhere_is_0_and_says_why() -> None:
    found = one("cider", item("a", DOG, DOG), item("b", DOG, DOG), item("c", CAT, DOG))
    assert found.value == 0.0
    assert found.note == "CIDEr is 0 by definition where every item has the same references"


@needs_java
def test_cider_of_an_item_depends_on_the_corpus_around_it() -> None:
    near = one("cider", item("a", "a man in the park", DOG), item("b", CAT, CAT))
    far = one(
        "cider", item("a", "a man in the park", DOG), item("b", CAT, CAT), item("c", BOAT, "a man sings")
    )
    assert near.items[0] != far.items[0]


@needs_java
def test_bleu_takes_the_shorter_of_two_reference_lengths_as_near() -> None:
    found = one("bleu1", item("a", "a b c d", "a b c", "a b c d e"))
    assert found.statistics == ((4.0, 4.0, 4.0, 3.0),)


@needs_java
def test_statistics_of_bleu_are_matches_totals_and_lengths() -> None:
    found = one("bleu2", item("a", "the the the cat", "the cat the"), item("b", "", "x"))
    assert found.statistics == ((3.0, 1.0, 4.0, 3.0, 4.0, 3.0), (0.0, 0.0, 0.0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize("metric", ALL)
def test_a_lone_surrogate_is_refused_by_item(metric: str) -> None:
    with pytest.raises(PredictionError, match="hypothesis of item 'b' holds half of a surrogate pair at"):
        one(metric, item("a", DOG, DOG), item("b", "a \ud83d b", CAT))


@pytest.mark.parametrize("score", [coco.score, rouge.score, sacre.score, nist.score])
def test_a_metric_of_another_family_is_refused(score: object) -> None:
    assert callable(score)
    with pytest.raises(UnknownMetricError, match="'bleu9' is not known"):
        score(["bleu9"], [item("a", DOG, DOG)])
