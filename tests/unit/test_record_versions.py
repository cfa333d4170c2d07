"""Every record schema ever written still loads, and a newer one is refused in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vsumbench.errors import RecordError
from vsumbench.records.record import RECORD_FILE, SCHEMA, load_record

OLD = sorted((Path(__file__).parents[1] / "fixtures" / "records").glob("record-*.json"))


def test_there_is_a_record_of_every_schema() -> None:
    assert [json.loads(path.read_text())["schema"] for path in OLD] == list(range(1, SCHEMA + 1))


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_a_record_of_an_old_schema_loads(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / RECORD_FILE)
    record = load_record(tmp_path)
    content = json.loads(path.read_text())
    assert record.prediction_digest == content["prediction_digest"]
    assert [score.value for score in record.scores] == [score["value"] for score in content["scores"]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": SCHEMA + 1}, "Upgrade vsumbench"),
        ({"schema": "one"}, "record schema 'one'"),
        ({"scores": [{"protocol": "p"}]}, "scores.0"),
        ({"seed": None}, "seed"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(change: dict[str, object], says: str, tmp_path: Path) -> None:
    content = json.loads(OLD[-1].read_text()) | change
    (tmp_path / RECORD_FILE).write_text(json.dumps(content))
    with pytest.raises(RecordError, match=says):
        load_record(tmp_path)
