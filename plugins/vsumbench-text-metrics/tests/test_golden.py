"""Every golden case of the caption family, each its own test, at the tolerance the family states."""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from vsumbench_text_metrics import coco, coco_library, coco_scorers, meteor, ptb
from vsumbench_text_metrics.protocols import PARAGRAPH
from vsumbench_text_metrics.tokens import Tokens

from vsumbench.contracts import Annotations, CorpusScore, TextItem, Undefined, Video
from vsumbench.errors import VsumbenchError
from vsumbench.testing import golden

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")
scorers = pytest.mark.parametrize("scorer", [coco_scorers, coco_library], ids=["ours", "library"])
KNOWN = {"tokenized_gts", "tokenized_res", "bleu_corpus_1to4", "bleu_item_1to4", "rouge_l", "cider", "meteor"}


def tolerance(key: str = "abs") -> float:
    return float(golden.family("captions")["tolerance"][key])


def agree(found: Any, expected: Any, within: float) -> None:
    """Numbers and lists of them are the expected ones; infinities and NaN are written as words."""
    wanted = np.vectorize(golden.number, otypes=[float])(np.asarray(expected, dtype=object))
    np.testing.assert_allclose(np.asarray(found, dtype=float), wanted, rtol=0, atol=within, equal_nan=True)


def tokens_of(case: Mapping[str, Any]) -> Tokens:
    expected = case["expected"]
    keys = list(case["input"]["gts"])
    hypotheses = [expected["tokenized_res"][key][0] for key in keys]
    return Tokens(hypotheses, [expected["tokenized_gts"][key] for key in keys], (len(keys),))


def items_of(case: Mapping[str, Any]) -> list[TextItem]:
    given = case["input"]
    return [TextItem(key, given["res"][key][0], tuple(given["gts"][key])) for key in given["gts"]]


@functools.cache
def scores_of(case: str) -> Mapping[str, CorpusScore]:
    return coco.score(coco.METRICS, items_of(json.loads(case)))


def coco_score(case: Mapping[str, Any], metric: str) -> CorpusScore:
    """One run of Java a case, whatever is asked."""
    return scores_of(json.dumps(case))[metric]


def is_whole(case: Mapping[str, Any]) -> bool:
    """Whether no text is empty after tokenisation: the references score those, the metrics here name them."""
    tokens = tokens_of(case)
    return all(
        text.strip() for text in (*tokens.hypotheses, *(t for texts in tokens.references for t in texts))
    )


def agree_or_named(
    found: CorpusScore, corpus: Any, items: Any, case: Mapping[str, Any], within: float
) -> None:
    """The metric gives what the reference gives, and says so where it does not score an item by rule."""
    if golden.raises(corpus):
        assert isinstance(found.value, Undefined)
        return
    tokens = tokens_of(case)
    for text, texts, value, expected in zip(
        tokens.hypotheses, tokens.references, found.items, items, strict=True
    ):
        if text.strip() and all(one.strip() for one in texts):
            continue
        if not text.strip() or not any(one.strip() for one in texts):
            assert isinstance(value, Undefined), (text, texts, expected)
    if is_whole(case):
        agree(found.value, 100 * golden.number(corpus), 100 * within)
        agree(found.items, [100 * golden.number(value) for value in items], 100 * within)


@golden.cases("captions")
def test_every_expected_key_is_asserted_here(case: dict[str, Any]) -> None:
    assert set(case["expected"]) <= KNOWN


@needs_java
@golden.cases("captions")
def test_ptb_tokens_are_the_references(case: dict[str, Any]) -> None:
    expected = case["expected"]
    texts = [(case["input"]["gts"][k], expected["tokenized_gts"][k]) for k in expected["tokenized_gts"]]
    texts += [(case["input"]["res"][k], expected["tokenized_res"][k]) for k in expected["tokenized_res"]]
    assert ptb.tokenize([t for given, _ in texts for t in given]) == [t for _, out in texts for t in out]


@scorers
@golden.cases("captions")
def test_bleu_of_tokens_is_the_references(case: dict[str, Any], scorer: ModuleType) -> None:
    found, expected = scorer.bleu(tokens_of(case)), case["expected"]
    for n in range(4):
        agree(found[f"bleu{n + 1}"].corpora[0], expected["bleu_corpus_1to4"][n], tolerance())
        agree(found[f"bleu{n + 1}"].items, expected["bleu_item_1to4"][n], tolerance())


@scorers
@golden.cases("captions")
def test_rouge_l_of_tokens_is_the_references(case: dict[str, Any], scorer: ModuleType) -> None:
    found, expected = scorer.rouge_l(tokens_of(case))["rougeL-coco"], case["expected"]["rouge_l"]
    agree(found.corpora[0], expected["mean"], tolerance())
    agree(found.items, expected["items"], tolerance())


@scorers
@golden.cases("captions")
def test_cider_of_tokens_is_the_references(case: dict[str, Any], scorer: ModuleType) -> None:
    found, expected = scorer.cider(tokens_of(case))["cider"], case["expected"]["cider"]
    agree(found.corpora[0], expected["mean"], tolerance())
    agree(found.items, expected["items"], tolerance())


@needs_java
@golden.cases("captions")
def test_meteor_of_tokens_is_the_references(case: dict[str, Any]) -> None:
    tokens, expected = tokens_of(case), case["expected"]["meteor"]
    if golden.raises(expected):
        with pytest.raises(VsumbenchError):
            meteor.meteor(tokens.hypotheses, tokens.references)
        return
    found = meteor.meteor(tokens.hypotheses, tokens.references)
    agree(found.corpus, expected["corpus"], tolerance("meteor"))
    agree(found.items, expected["items"], tolerance("meteor"))


@needs_java
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@golden.cases("captions")
def test_the_metric_bleu_is_the_references(case: dict[str, Any], n: int) -> None:
    expected = case["expected"]
    found = coco_score(case, f"bleu{n}")
    corpus, items = expected["bleu_corpus_1to4"][n - 1], expected["bleu_item_1to4"][n - 1]
    agree_or_named(found, corpus, items, case, tolerance())


@needs_java
@pytest.mark.parametrize(("metric", "key"), [("rougeL-coco", "rouge_l"), ("cider", "cider")])
@golden.cases("captions")
def test_the_metrics_rouge_l_and_cider_are_the_references(
    case: dict[str, Any], metric: str, key: str
) -> None:
    expected = case["expected"][key]
    agree_or_named(coco_score(case, metric), expected["mean"], expected["items"], case, tolerance())


@needs_java
@golden.cases("captions")
def test_the_metric_meteor_is_the_references(case: dict[str, Any]) -> None:
    expected = case["expected"]["meteor"]
    if not golden.raises(expected):
        found = coco_score(case, "meteor")
        agree_or_named(found, expected["corpus"], expected["items"], case, tolerance("meteor"))


@golden.cases("captions")
def test_cleaning_for_meteor_leaves_tokenised_texts_as_they_are(case: dict[str, Any]) -> None:
    expected = case["expected"]
    for texts in (*expected["tokenized_gts"].values(), *expected["tokenized_res"].values()):
        assert [meteor.clean(text) for text in texts] == texts


@golden.cases("captions", key="videoxum_text_reference_cases")
def test_the_paragraph_reference_is_that_of_the_released_code(case: dict[str, Any], video: Video) -> None:
    texts = ("".join(case["tsum"]),)
    assert texts[0] == case["joined_no_separator"]
    annotations = Annotations(video_id=video.id, texts=texts)
    for key, expected in case.items():
        if key in ("id", "tsum", "joined_no_separator"):
            continue
        cut = re.fullmatch(r"reference_(?:full|max(\d+))", key)
        assert cut is not None, key
        found = PARAGRAPH.references(video, annotations, {"max_words": int(cut[1] or 0)})
        assert isinstance(found, Undefined) if not expected.strip() else found == (expected,)
