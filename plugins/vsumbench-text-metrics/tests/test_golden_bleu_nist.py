"""Every golden case of SacreBLEU and NIST: each setting, each order, each its own test."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from vsumbench_text_metrics import nist, sacre

from vsumbench.contracts import TextItem, Undefined
from vsumbench.testing import golden

NIST_KEY = re.compile(r"(corpus|mean_sentence)_nist_n(\d+)")


def texts_of(case: dict[str, Any]) -> tuple[list[str], list[tuple[str, ...]]]:
    given = case["input"]
    return [given["res"][key][0] for key in given["gts"]], [tuple(texts) for texts in given["gts"].values()]


def items_of(case: dict[str, Any]) -> list[TextItem]:
    return [TextItem(str(i), *pair) for i, pair in enumerate(zip(*texts_of(case), strict=True))]


def near(expected: Any, family: str) -> Any:
    within = float(golden.family(family)["tolerance"]["abs"])
    return pytest.approx(golden.number(expected), abs=within, rel=0, nan_ok=True)


def settings_of(key: str) -> sacre.BleuSettings:
    """The settings a golden key names: `tok_intl`, `smooth_floor`, `lowercase`, …"""
    kind, _, value = key.partition("_")
    if kind == "tok":
        return sacre.BleuSettings(tokenize=value)
    if kind == "smooth":
        return sacre.BleuSettings(smooth=value.replace("_", "-"))  # type: ignore[arg-type]
    return {
        "default_13a": sacre.BleuSettings(),
        "lowercase": sacre.BleuSettings(lowercase=True),
    }[key]


@golden.cases("sacrebleu")
def test_corpus_bleu_is_the_references_under_each_setting(case: dict[str, Any]) -> None:
    settings = {key: value for key, value in case["expected"].items() if isinstance(value, dict)}
    assert settings
    for key, expected in settings.items():
        if golden.raises(expected):
            with pytest.raises((ValueError, TypeError, ArithmeticError, LookupError)):
                sacre.corpus_bleu(*texts_of(case), settings_of(key))
            continue
        found = sacre.corpus_bleu(*texts_of(case), settings_of(key))
        assert found.score == near(expected["score"], "sacrebleu"), key
        assert list(found.precisions) == [near(p, "sacrebleu") for p in expected["precisions"]], key
        assert found.brevity == near(expected["bp"], "sacrebleu"), key
        assert (found.length, found.reference_length) == (expected["sys_len"], expected["ref_len"]), key


def mean_of_sentences(case: dict[str, Any]) -> float:
    found = sacre.sentence_bleu(*texts_of(case))
    return sum(one.score for one in found) / len(found)


FUNCTIONS: dict[str, Callable[[dict[str, Any]], float]] = {
    "mean_sentence_bleu": mean_of_sentences,
    "chrf": lambda case: sacre.corpus_chrf(*texts_of(case)),
}


@golden.cases("sacrebleu")
def test_mean_sentence_bleu_and_chrf_are_the_references(case: dict[str, Any]) -> None:
    for key, expected in case["expected"].items():
        if not isinstance(expected, dict):
            assert FUNCTIONS[key](case) == near(expected, "sacrebleu"), key


@golden.cases("sacrebleu")
def test_the_metric_sacrebleu_is_the_default_setting(case: dict[str, Any]) -> None:
    found, expected = sacre.score(["sacrebleu"], items_of(case))["sacrebleu"], case["expected"]["default_13a"]
    assert "tok:13a" in found.note and "case:mixed" in found.note and "smooth:exp" in found.note
    if all(text.strip() for item in items_of(case) for text in item.references):
        assert found.value == near(expected["score"], "sacrebleu")
        assert sum(row[8] for row in found.statistics) == expected["sys_len"]
        assert sum(row[9] for row in found.statistics) == expected["ref_len"]


@golden.cases("nist")
def test_nist_is_the_references_at_each_order(case: dict[str, Any]) -> None:
    for key, expected in case["expected"].items():
        parts = NIST_KEY.fullmatch(key)
        assert parts is not None, key
        order = int(parts[2])
        function = nist.corpus_nist if parts[1] == "corpus" else nist.sentence_nist
        found = function(*texts_of(case), order)
        if golden.raises(expected):
            # NLTK divides by zero: a lower order is taken and flagged, or there is no value at all.
            assert (found.orders < order).any() or np.isnan(found.values).any(), key
        else:
            assert float(found.values.mean()) == near(expected, "nist"), key
            assert (found.orders == order).all(), key


@golden.cases("nist")
def test_the_metric_nist_is_the_references_by_both_scorers(case: dict[str, Any]) -> None:
    found = nist.score(["nist", "nist[nltk]"], items_of(case))
    expected = case["expected"]["corpus_nist_n5"]
    if golden.raises(expected):
        value = found["nist"].value
        assert isinstance(value, Undefined) or "instead of NIST-5" in found["nist"].note
        return
    if all(text.strip() for item in items_of(case) for text in item.references):
        assert found["nist"].value == near(expected, "nist")
        assert found["nist[nltk]"].value == near(expected, "nist")
        assert found["nist"].note == ""
