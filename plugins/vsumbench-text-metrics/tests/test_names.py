"""What may stand in brackets behind a metric, and what is said where something else does."""

from __future__ import annotations

import pytest
from vsumbench_text_metrics import coco, nist, rouge, sacre, specs
from vsumbench_text_metrics.names import Asked, base, parse

from vsumbench.contracts import MetricSpec, TextItem
from vsumbench.errors import UnknownMetricError

ITEMS = [TextItem("a", "A man is running fast.", ("The man runs fast.",)), TextItem("b", "x", ("y",))]
GRAMMARS = {"m": {"words": ("no-stem",), "share": ("precision", "recall")}}


def test_a_name_is_read_with_its_words_in_any_order() -> None:
    assert parse(["m", "m[no-stem]", "m[recall, no-stem]"], ["m"], GRAMMARS) == [
        Asked("m", "m"),
        Asked("m[no-stem]", "m", frozenset({"no-stem"})),
        Asked("m[recall, no-stem]", "m", frozenset({"no-stem", "recall"})),
    ]


def test_a_metric_asked_for_twice_is_scored_once() -> None:
    assert [one.name for one in parse(["m", "m[no-stem]", "m"], ["m"], GRAMMARS)] == ["m", "m[no-stem]"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("m[stem]", "'stem' is none of its words"),
        ("m[]", "'' is none of its words"),
        ("m[no-stem", "the bracket is not closed"),
        ("m[no-stem,no-stem]", "it says the words twice"),
        ("m[precision,recall]", "it says the share twice"),
    ],
)
def test_words_that_do_not_fit_are_refused_with_those_that_do(name: str, why: str) -> None:
    with pytest.raises(UnknownMetricError) as caught:
        parse([name], ["m"], GRAMMARS)
    assert caught.value.message == f"metric {name!r} is not known: {why}."
    assert "words: no-stem; share: precision or recall" in caught.value.hint


def test_a_metric_that_takes_nothing_says_so() -> None:
    with pytest.raises(UnknownMetricError, match="'meteor' takes nothing in brackets"):
        coco.score(["meteor[1.5]"], ITEMS)
    with pytest.raises(UnknownMetricError, match="'sacrebleu' takes nothing in brackets"):
        sacre.score(["sacrebleu[intl]"], ITEMS)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("cider[coco]", "scorer: pycocoevalcap"),
        ("rouge1[stemmed]", "words: no-stem; share: precision or recall; scorer: rouge-score"),
        ("nist[4]", "scorer: nltk"),
    ],
)
def test_each_family_names_what_it_takes(name: str, allowed: str) -> None:
    score = {"c": coco.score, "r": rouge.score, "n": nist.score}[name[0]]
    with pytest.raises(UnknownMetricError) as caught:
        score([name], ITEMS)  # type: ignore[operator]
    assert allowed in caught.value.hint


def test_rouge_is_returned_under_the_name_it_was_asked_with() -> None:
    asked = ["rouge1", "rouge1[no-stem]", "rouge1[recall,no-stem]", "rouge1[precision]"]
    found = rouge.score(asked, ITEMS)
    assert list(found) == asked
    # a man is run fast / the man run fast: 3 of 5 and 3 of 4 stemmed, 2 of 5 and 2 of 4 not stemmed.
    first = [found[name].items[0] for name in asked]
    assert first == [pytest.approx(100 * v) for v in (2 / 3, 4 / 9, 1 / 2, 3 / 5)]
    assert found["rouge1[recall,no-stem]"].note == "rouge-score, not stemmed, recall"
    assert found["rouge1"].note == "rouge-score, stemmed, F"


def all_specs() -> list[MetricSpec]:
    return [value for value in vars(specs).values() if isinstance(value, MetricSpec)]


@pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.id)
def test_every_spec_explains_itself(spec: MetricSpec) -> None:
    assert spec.chain and spec.source and spec.disagreements
    for line in (*spec.chain, *spec.disagreements, spec.source, spec.takes):
        assert line == line.strip() and "\n" not in line and not line.endswith(".")


@pytest.mark.parametrize("spec", [s for s in all_specs() if s.takes], ids=lambda spec: spec.id)
def test_what_a_spec_says_it_takes_is_what_its_function_takes(spec: MetricSpec) -> None:
    grammar = {**coco.GRAMMARS, **rouge.GRAMMARS, **nist.GRAMMARS}[spec.id]
    for words in grammar.values():
        for word in words:
            assert f"`{word}`" in spec.takes
            assert base(f"{spec.id}[{word}]") == spec.id
