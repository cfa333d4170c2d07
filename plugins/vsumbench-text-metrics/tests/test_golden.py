"""Every golden case of the text families, one test a case, at the tolerance its family states."""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from vsumbench_text_metrics import coco, meteor, nist, ptb, rouge, sacre
from vsumbench_text_metrics.protocols import PARAGRAPH

from vsumbench.contracts import Annotations, CorpusScore, TextItem, Video

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")


def golden_folder() -> Path:
    if asked := os.environ.get("VSUMBENCH_GOLDEN"):
        return Path(asked)
    beside = Path(__file__).resolve().parents[3].parent / "shared"
    return Path(os.environ.get("VSUMBENCH_SHARED", beside)) / "golden"


@functools.cache
def family(name: str) -> dict[str, Any]:
    file = golden_folder() / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"cases": []}


def cases(name: str, key: str = "cases") -> list[Any]:
    """One parameter a case, named by its id; a single skipped one where the golden vectors are not there."""
    found = family(name).get(key, [])
    if not found:
        reason = f"no golden vectors {name}.json; set VSUMBENCH_GOLDEN or VSUMBENCH_SHARED"
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(case, id=case.get("id", f"case{i}")) for i, case in enumerate(found)]


def items_of(case: Mapping[str, Any]) -> list[TextItem]:
    given = case["input"]
    return [TextItem(key, given["res"][key][0], tuple(given["gts"][key])) for key in given["gts"]]


@functools.cache
def coco_scores(case_id: str) -> Mapping[str, CorpusScore]:
    case = next(c for c in family("captions")["cases"] if c["id"] == case_id)
    return coco.score(coco.METRICS, items_of(case))


def near(expected: Any, tolerance: float) -> Any:
    return pytest.approx(expected, abs=100 * tolerance, rel=0)


@needs_java
@pytest.mark.parametrize("case", cases("captions"))
def test_ptb_tokens_are_the_references(case: dict[str, Any]) -> None:
    expected = case["expected"]
    texts = [(case["input"]["gts"][k], expected["tokenized_gts"][k]) for k in expected["tokenized_gts"]]
    texts += [(case["input"]["res"][k], expected["tokenized_res"][k]) for k in expected["tokenized_res"]]
    assert ptb.tokenize([t for given, _ in texts for t in given]) == [t for _, out in texts for t in out]


@needs_java
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("case", cases("captions"))
def test_bleu_is_the_references(case: dict[str, Any], n: int) -> None:
    tolerance = family("captions")["tolerance"]["abs"]
    found, expected = coco_scores(case["id"])[f"bleu{n}"], case["expected"]
    assert found.value == near(100 * expected["bleu_corpus_1to4"][n - 1], tolerance)
    assert list(found.items) == near([100 * v for v in expected["bleu_item_1to4"][n - 1]], tolerance)


@needs_java
@pytest.mark.parametrize(("metric", "key"), [("rougeL-coco", "rouge_l"), ("cider", "cider")])
@pytest.mark.parametrize("case", cases("captions"))
def test_rouge_l_and_cider_are_the_references(case: dict[str, Any], metric: str, key: str) -> None:
    tolerance = family("captions")["tolerance"]["abs"]
    found, expected = coco_scores(case["id"])[metric], case["expected"][key]
    assert found.value == near(100 * expected["mean"], tolerance)
    assert list(found.items) == near([100 * v for v in expected["items"]], tolerance)


@needs_java
@pytest.mark.parametrize("case", cases("captions"))
def test_meteor_is_the_references(case: dict[str, Any]) -> None:
    tolerance = family("captions")["tolerance"]["meteor"]
    found, expected = coco_scores(case["id"])["meteor"], case["expected"]["meteor"]
    assert found.value == near(100 * expected["corpus"], tolerance)
    assert list(found.items) == near([100 * v for v in expected["items"]], tolerance)


@pytest.mark.parametrize("case", cases("captions"))
def test_cleaning_for_meteor_leaves_tokenised_texts_as_they_are(case: dict[str, Any]) -> None:
    expected = case["expected"]
    for texts in (*expected["tokenized_gts"].values(), *expected["tokenized_res"].values()):
        assert [meteor.clean(text) for text in texts] == texts


@pytest.mark.parametrize("case", cases("captions", "videoxum_text_reference_cases"))
@pytest.mark.parametrize(("words", "key"), [(0, "reference_full"), (20, "reference_max20")])
def test_the_paragraph_reference_is_that_of_the_released_code(
    case: dict[str, Any], words: int, key: str, video: Video
) -> None:
    texts = ("".join(case["tsum"]),)
    assert texts[0] == case["joined_no_separator"]
    annotations = Annotations(video_id=video.id, texts=texts)
    assert PARAGRAPH.references(video, annotations, {"max_words": words}) == (case[key],)


@pytest.mark.parametrize("metric", rouge.METRICS)
@pytest.mark.parametrize("case", cases("rouge_score"))
def test_rouge_score_is_the_references(case: dict[str, Any], metric: str) -> None:
    tolerance = family("rouge_score")["tolerance"]["abs"]
    found, expected = rouge.score([metric], items_of(case))[metric], case["expected"]
    assert found.value == near(100 * expected["mean_p_r_f"]["stem"][metric][2], tolerance)
    assert list(found.items) == near([100 * item["stem"][metric][2] for item in expected["items"]], tolerance)


@pytest.mark.parametrize("case", cases("sacrebleu"))
def test_sacrebleu_is_the_references(case: dict[str, Any]) -> None:
    tolerance = family("sacrebleu")["tolerance"]["abs"]
    found, expected = sacre.score(["sacrebleu"], items_of(case))["sacrebleu"], case["expected"]["default_13a"]
    assert found.value == pytest.approx(expected["score"], abs=tolerance, rel=0)
    assert sum(row[8] for row in found.statistics) == expected["sys_len"]
    assert sum(row[9] for row in found.statistics) == expected["ref_len"]
    mean = sum(float(v) for v in found.items if isinstance(v, float)) / len(found.items)
    assert mean == pytest.approx(case["expected"]["mean_sentence_bleu"], abs=tolerance, rel=0)


@pytest.mark.parametrize("case", cases("nist"))
def test_nist_is_the_references(case: dict[str, Any]) -> None:
    found = nist.score(["nist"], items_of(case))["nist"]
    tolerance = family("nist")["tolerance"]["abs"]
    assert found.value == pytest.approx(case["expected"]["corpus_nist_n5"], abs=tolerance, rel=0)
    assert found.note == ""
