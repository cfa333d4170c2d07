"""Every key of every golden case of dense captioning, at the tolerance of the family."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from dense_samples import predictions_in, references_in, scored, video_named
from vsumbench_text_metrics import dense
from vsumbench_text_metrics.dense import DENSE
from vsumbench_text_metrics.dense_specs import DENSE_2019

from vsumbench.contracts import SpanItem, Undefined, Value
from vsumbench.errors import VsumbenchError
from vsumbench.scoring.spans import overlaps
from vsumbench.testing.golden import cases, family, is_nan, number, raises

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")
NAMES = {"METEOR": "meteor", "CIDEr": "cider", "Rouge-L": "rougeL-coco", "ROUGE_L": "rougeL-coco"}
NAMES |= {f"Bleu_{n}": f"bleu{n}" for n in (1, 2, 3, 4)}
EXPECTED = ("precision_recall@", "iou_examples", "captions_all_matched@")


def having(key: str) -> Any:
    return cases("dvc", lambda case: any(name.startswith(key) for name in case["expected"]))


def near(expected: float, scale: float = 1.0) -> Any:
    return pytest.approx(scale * expected, abs=scale * family("dvc")["tolerance"]["abs"], rel=0)


def mean(values: Sequence[Value]) -> float:
    """Over videos; without a prediction the value is 0."""
    return sum(0.0 if isinstance(value, Undefined) else value for value in values) / len(values)


def agrees(expected: Any, values: Sequence[Value], scale: float) -> None:
    """The mean is the expected number; where the reference raised or found NaN, some value is undefined."""
    if raises(expected) or is_nan(expected):
        assert not values or any(isinstance(value, Undefined) for value in values)
    else:
        assert mean(values) == near(number(expected), scale)


def settings(case: Mapping[str, Any], key: str) -> dict[float, Any]:
    """tIoU → expected, of the keys `key` + tIoU."""
    return {
        float(name.removeprefix(key)): value
        for name, value in case["expected"].items()
        if name.startswith(key)
    }


@cases("dvc")
def test_every_expected_key_is_one_of_those_tested_here(case: dict[str, Any]) -> None:
    unknown = [key for key in case["expected"] if not key.startswith(EXPECTED)]
    assert unknown == []


@having("iou_examples")
def test_overlap_is_the_references(case: dict[str, Any]) -> None:
    for first, second, expected in case["expected"]["iou_examples"]:
        if raises(expected):
            with pytest.raises(ValueError):
                overlaps([first], [second])
        else:
            assert overlaps([first], [second])[0, 0] == near(number(expected))


@having("precision_recall@")
def test_detection_is_the_references(case: dict[str, Any]) -> None:
    given = case["input"]
    listed = settings(case, "precision_recall@")
    parameters = {**DENSE_2019.parameters, "thresholds": tuple(listed)}
    items = []
    # The port this set was made with looks at predicted videos alone.
    for name in given["predictions"]:
        if not any(name in file for file in given["references"]):
            continue
        summary, annotations = (
            predictions_in(given["predictions"], name),
            references_in(given["references"], name),
        )
        items.append(DENSE.spans(summary, video_named(name), annotations, parameters))
    for function, position in ((dense.precision, 0), (dense.recall, 1)):
        values = [_values(function, item, len(listed)) for item in items]
        for k, expected in enumerate(listed.values()):
            part = expected if raises(expected) else expected[position]
            agrees(part, [row[k] for row in values], 100)


def _values(function: Any, item: SpanItem | Undefined, count: int) -> Sequence[Value]:
    return [item] * count if isinstance(item, Undefined) else function(item)


@needs_java
@having("captions_all_matched@")
def test_captions_that_all_match_score_as_the_references(case: dict[str, Any]) -> None:
    given = case["input"]
    for threshold, expected in settings(case, "captions_all_matched@").items():
        if raises(expected):
            with pytest.raises(VsumbenchError):
                _captions(given, threshold, tuple(NAMES.values()))
            continue
        metrics = tuple(dict.fromkeys(NAMES[key] for key in expected))
        found = _captions(given, threshold, metrics)
        for key, value in expected.items():
            agrees(value, found[NAMES[key]], 100)


def _captions(given: Mapping[str, Any], threshold: float, metrics: Sequence[str]) -> dict[str, list[Value]]:
    """The value of each video, by metric."""
    parameters = {**DENSE_2019.parameters, "thresholds": (threshold,)}
    references = given["matched_references"]
    files = references if isinstance(references, list) else [references]
    results = given["matched_predictions"]
    values: dict[str, list[Value]] = {metric: [] for metric in metrics}
    corpora = []
    for name in results:
        if not any(name in file for file in files):
            continue
        found = DENSE.corpora(
            predictions_in(results, name), video_named(name), references_in(files, name), parameters
        )
        for corpus in (found,) if isinstance(found, Undefined) else found:
            if isinstance(corpus, Undefined):
                for metric in metrics:
                    values[metric].append(corpus)
            else:
                corpora.append(corpus)
    for result in scored(metrics, corpora):
        for metric in metrics:
            values[metric].append(result[metric].value)
    return values
