"""The table model as JSON: everything the other renderers show, and full precision."""

from __future__ import annotations

import json
from dataclasses import asdict

from .table import Table

SCHEMA = 1


def render_json(table: Table) -> str:
    """One document, keys sorted, no NaN. Columns of plugins, and how numbers are made, are in it only where
    there are any."""
    content = {"schema": SCHEMA, **asdict(table)}
    if not table.making:
        del content["making"]
    if not table.extra_columns:
        del content["extra_columns"]
        for group in content["groups"]:
            for row in group["rows"]:
                del row["extras"]
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
