"""The published JSON Schemas accept and refuse what the code does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from vsumbench.records.predictions import PredictionLine
from vsumbench.running.own_references import ReferenceLine

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
PACKED = {"dtype": "float32", "shape": [2], "data": "AACAPwAAAEA="}

GOOD_PREDICTIONS: list[dict[str, Any]] = [
    {"id": "a", "text": "a red ball rolls left"},
    {"id": "a", "importance": [0.5, 1, -2e3]},
    {"id": "a", "importance": [0.5], "times": "frames", "fold": "split0", "repetition": 3},
    {"id": "a", "importance": [0.5, 0.25], "times": [0, 1.5]},
    {"id": "a", "segments": [[0.0, 2.5], [4, 6]], "text": "é", "links": [[0, 1, 1]]},
    {"id": "a", "text": "x", "annotator": 0, "part": 1, "parts": 2},
    {"id": "a", "importance": [1.0], "arrays": {"digits": PACKED}},
    {"id": "a", "importance": None, "text": "x"},
]
BAD_PREDICTIONS: list[Any] = [
    {"text": "no id"},
    {"id": "", "text": "x"},
    {"id": 7, "text": "x"},
    {"id": "a", "importance": "0.5"},
    {"id": "a", "importance": [None]},
    {"id": "a", "importance": [0.5], "times": "seconds"},
    {"id": "a", "segments": [[0.0]]},
    {"id": "a", "segments": [[0.0, 1.0, 2.0]]},
    {"id": "a", "text": ["x"]},
    {"id": "a", "text": "x", "repetition": -1},
    {"id": "a", "text": "x", "annotator": -1},
    {"id": "a", "text": "x", "parts": 0},
    {"id": "a", "text": "x", "links": [[0, 1]]},
    {"id": "a", "text": "x", "arrays": {"digits": {**PACKED, "dtype": "object"}}},
    {"id": "a", "text": "x", "arrays": {"digits": {"dtype": "float32", "shape": [2]}}},
    {"id": "a", "text": "x", "scores": [0.5]},
    ["a", "x"],
]
GOOD_REFERENCES: list[dict[str, Any]] = [
    {"id": "a", "text": "x"},
    {"id": "a", "texts": ["x", "y"]},
    {"id": "a", "importance": [[1, 2.5], [0, 1]], "fps": 29.97, "n_frames": 2},
    {"id": "a", "picks": [0, 15], "grid": "picks", "importance": [[1, 2]], "n_frames": 30},
    {"id": "a", "user_summaries": [[True, False]], "change_points": [[0, 0], [1, 1]]},
]
BAD_REFERENCES: list[Any] = [
    {"text": "no id"},
    {"id": "", "text": "x"},
    {"id": "a", "text": 1},
    {"id": "a", "texts": "x"},
    {"id": "a", "fps": 0},
    {"id": "a", "n_frames": 0},
    {"id": "a", "grid": "seconds"},
    {"id": "a", "importance": [1, 2]},
    {"id": "a", "picks": [0.5]},
    {"id": "a", "change_points": [[0, 1, 2]]},
    {"id": "a", "user_summaries": [[2]]},
    {"id": "a", "annotations": []},
]

COERCED_PREDICTIONS: list[dict[str, Any]] = [
    {"id": "a", "importance": ["0.5"]},
    {"id": "a", "importance": [True]},
    {"id": "a", "text": "x", "repetition": "1"},
]
"""The code reads texts and truth values as numbers; the schema does not."""
COERCED_REFERENCES: list[dict[str, Any]] = [
    {"id": "a", "fps": "25"},
    {"id": "a", "n_frames": "2"},
    {"id": "a", "importance": [["1"]]},
    {"id": "a", "picks": ["0"]},
    {"id": "a", "user_summaries": [["yes"]]},
]


def validator(name: str) -> Draft202012Validator:
    """The published schema, itself checked."""
    schema = json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def accepts(model: type[PredictionLine] | type[ReferenceLine], sample: Any) -> bool:
    """Whether the code takes the line."""
    try:
        model.model_validate(sample)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("sample", GOOD_PREDICTIONS, ids=json.dumps)
def test_a_good_prediction_is_accepted_by_schema_and_code(sample: dict[str, Any]) -> None:
    assert validator("prediction.schema.json").is_valid(sample)
    assert accepts(PredictionLine, sample)


@pytest.mark.parametrize("sample", BAD_PREDICTIONS, ids=json.dumps)
def test_a_bad_prediction_is_refused_by_schema_and_code(sample: Any) -> None:
    assert not validator("prediction.schema.json").is_valid(sample)
    assert not accepts(PredictionLine, sample)


@pytest.mark.parametrize("sample", GOOD_REFERENCES, ids=json.dumps)
def test_a_good_reference_is_accepted_by_schema_and_code(sample: dict[str, Any]) -> None:
    assert validator("reference.schema.json").is_valid(sample)
    assert accepts(ReferenceLine, sample)


@pytest.mark.parametrize("sample", BAD_REFERENCES, ids=json.dumps)
def test_a_bad_reference_is_refused_by_schema_and_code(sample: Any) -> None:
    assert not validator("reference.schema.json").is_valid(sample)
    assert not accepts(ReferenceLine, sample)


@pytest.mark.parametrize("sample", COERCED_PREDICTIONS, ids=json.dumps)
def test_a_prediction_of_another_type_is_refused_by_the_code_too(sample: dict[str, Any]) -> None:
    assert not accepts(PredictionLine, sample)


@pytest.mark.parametrize("sample", COERCED_REFERENCES, ids=json.dumps)
def test_a_reference_of_another_type_is_refused_by_the_code_too(sample: dict[str, Any]) -> None:
    assert not accepts(ReferenceLine, sample)


def test_user_summaries_may_be_written_as_0_and_1() -> None:
    sample = {"id": "a", "user_summaries": [[1, 0]]}
    assert accepts(ReferenceLine, sample)
    assert validator("reference.schema.json").is_valid(sample)


@pytest.mark.parametrize("name", ["prediction.schema.json", "reference.schema.json"])
def test_every_field_but_counters_says_what_it_is(name: str) -> None:
    properties = validator(name).schema["properties"]
    assert {field for field, facts in properties.items() if "description" not in facts} <= {"part", "parts"}
