"""The two file formats as JSON Schema, from the models that read them."""

from __future__ import annotations

import json
from typing import Any


def predictions() -> str:
    """`prediction.schema.json`."""
    from vsumbench.records.predictions import prediction_schema

    return _dump(prediction_schema())


def references() -> str:
    """`reference.schema.json`."""
    from vsumbench.running.own_references import reference_schema

    return _dump(reference_schema())


def _dump(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
