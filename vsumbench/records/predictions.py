"""The neutral prediction format: one JSON object a line, rich enough for every metric.

The published JSON Schema (`prediction_schema`) is generated from `PredictionLine`, so the two cannot
disagree. Only `id` and one of `importance`, `segments`, `text` are needed in a file made elsewhere.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vsumbench.contracts import Link, Summary
from vsumbench.errors import (
    DataDamagedError,
    DataMissingError,
    NonFiniteError,
    PredictionError,
    close_matches,
)

from .files import CHANGED, cut_torn_line, storage_errors

SCHEMA_ID = "vsumbench-prediction-1"
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Whole = Annotated[int, Field(strict=True)]
"""Texts and truth values are not read as numbers, as the schema says."""


class PackedArray(BaseModel):
    """A raw array: numpy dtype name, shape, and little-endian bytes in base64."""

    model_config = ConfigDict(extra="forbid")
    dtype: str = Field(pattern=r"^(bool|u?int(8|16|32|64)|float(16|32|64))$")
    shape: list[Annotated[int, Field(ge=0, strict=True)]]
    data: str

    @classmethod
    def pack(cls, array: NDArray[np.generic]) -> PackedArray:
        """Pack an array of a plain numeric dtype."""
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        return cls(
            dtype=array.dtype.name, shape=list(array.shape), data=base64.b64encode(little.tobytes()).decode()
        )

    @model_validator(mode="after")
    def _unpacks(self) -> PackedArray:
        self.unpack()
        return self

    def unpack(self) -> NDArray[np.generic]:
        """The array.

        Raises:
            ValueError: the bytes are not base64, or not as many as dtype and shape say.
        """
        dtype = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(base64.b64decode(self.data, validate=True), dtype=dtype).reshape(self.shape)


class PredictionLine(BaseModel):
    """One summary of one video.

    `part` of `parts` counts the summaries of one video (each annotator of the human row); a video with fewer
    lines than `parts` was interrupted.
    """

    model_config = ConfigDict(extra="forbid", title=SCHEMA_ID)
    id: str = Field(min_length=1, description="Video id in the dataset.")
    fold: str = Field(default="", description="Name of the fold; may be left out where there is one fold.")
    repetition: Whole = Field(default=0, ge=0, description="Number of the repetition, from 0.")
    importance: list[Number] | None = Field(
        default=None, description="One score for each time; raw, before any sigmoid or rounding."
    )
    times: Literal["picks", "frames"] | list[Number] = Field(
        default="picks", description="Sampled steps, every native frame, or seconds."
    )
    segments: list[tuple[Number, Number]] | None = Field(
        default=None, description="Selected segments in seconds, half-open."
    )
    text: str | None = Field(default=None, description="The written summary.")
    links: list[tuple[Whole, Whole, Whole]] = Field(
        default_factory=list, description="Character start, character end (half-open), segment number."
    )
    arrays: dict[str, PackedArray] = Field(default_factory=dict, description="Small named raw arrays.")
    annotator: Whole | None = Field(
        default=None, ge=0, description="The annotator this was taken from, from 0."
    )
    part: Whole = Field(default=0, ge=0)
    parts: Whole = Field(default=1, ge=1)

    def summary(self) -> Summary:
        """The summary as models give it; its text in NFC."""
        return Summary(
            video_id=self.id,
            importance=None if self.importance is None else np.asarray(self.importance, dtype=np.float64),
            times=self.times if isinstance(self.times, str) else np.asarray(self.times, dtype=np.float64),
            segments=None
            if self.segments is None
            else np.asarray(self.segments, dtype=np.float64).reshape(-1, 2),
            text=None if self.text is None else unicodedata.normalize("NFC", self.text),
            links=tuple(Link(*link) for link in self.links),
            arrays={name: packed.unpack() for name, packed in self.arrays.items()},
            annotator=self.annotator,
        )


def prediction_schema() -> dict[str, Any]:
    """The JSON Schema of a line, as published in `docs/reference/prediction.schema.json`."""
    schema = PredictionLine.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA_ID
    return schema


def prediction_line(summary: Summary, *, fold: str, repetition: int, part: int, parts: int) -> dict[str, Any]:
    """The line of a checked summary, without the fields that have their default."""
    line: dict[str, Any] = {"id": summary.video_id, "fold": fold}
    if repetition:
        line["repetition"] = repetition
    if parts > 1:
        line |= {"part": part, "parts": parts}
    if summary.annotator is not None:
        line["annotator"] = summary.annotator
    if summary.importance is not None:
        line["importance"] = _numbers(summary.importance)
        if not isinstance(summary.times, str):
            line["times"] = _numbers(summary.times)
        elif summary.times != "picks":
            line["times"] = summary.times
    if summary.segments is not None:
        line["segments"] = np.asarray(summary.segments, dtype=np.float64).tolist()
    if summary.text is not None:
        line["text"] = summary.text
    if summary.links:
        line["links"] = [[link.char_start, link.char_end, link.segment] for link in summary.links]
    if summary.arrays:
        line["arrays"] = {
            name: PackedArray.pack(array).model_dump() for name, array in summary.arrays.items()
        }
    return line


def _numbers(values: NDArray[np.floating]) -> list[float] | list[int]:
    """Whole numbers are written without a fraction: ratings and selections take half the space."""
    array = np.asarray(values, dtype=np.float64)
    # Minus zero and numbers above 2**53 keep their float form, so that reading gives back the same bits.
    whole = (
        (array == np.rint(array)).all()
        and (np.abs(array) < 2**53).all()
        and not (np.signbit(array) & (array == 0)).any()
    )
    numbers: list[float] | list[int] = array.astype(np.int64).tolist() if whole else array.tolist()
    return numbers


def read_predictions(path: Path) -> Iterator[PredictionLine]:
    """The lines of a prediction file, checked one by one.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: a line that is not JSON.
        NonFiniteError: NaN or infinity.
        PredictionError: a field that is missing, unknown or of the wrong type.
    """
    for number, content in numbered_json_lines(path):
        try:
            yield PredictionLine.model_validate(content)
        except ValidationError as error:
            raise _explain(path, number, content, error) from None


def numbered_json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Line number (from 1) and JSON value of each line that is not blank."""
    try:
        stream = path.open(encoding="utf-8")
    except FileNotFoundError:
        raise DataMissingError(f"There is no file {path}.", "Give the path of a JSON-lines file.") from None
    except OSError as error:
        raise DataDamagedError(f"{path} cannot be read: {error.strerror or error}.") from None
    with stream:
        try:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise DataDamagedError(
                f"{path}, line {number}: not JSON ({error.msg} at column {error.colno}).",
                "Each line must be one JSON object; is the file truncated?",
            ) from None
        except UnicodeDecodeError as error:
            raise DataDamagedError(f"{path}: not UTF-8 text ({error.reason}).") from None


def _explain(path: Path, number: int, content: Any, error: ValidationError) -> PredictionError:
    first = error.errors()[0]
    key = ".".join(
        str(part)
        for part in first["loc"]
        if part not in ("literal['picks','frames']", "list[constrained-float]")
    )
    name = f" (id {content['id']!r})" if isinstance(content, dict) and "id" in content else ""
    kind = NonFiniteError if first["type"] == "finite_number" else PredictionError
    hint = ""
    if first["type"] == "missing" and first["loc"] == ("id",):
        hint = "Result files of published code are read with `vsumbench score --format NAME`."
    elif first["type"] == "extra_forbidden":
        near = close_matches(str(first["loc"][0]), PredictionLine.model_fields)
        hint = (
            f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(PredictionLine.model_fields)}."
        )
    return kind(f"{path}, line {number}{name}: {key}: {first['msg']}.", hint)


def keep_complete_videos(path: Path) -> set[tuple[str, int, str]]:
    """Cut a prediction file back to its last complete video; the (fold, repetition, id) it then holds.

    An interruption leaves at most one torn line and one video with fewer lines than its `parts`, both at the
    end.
    """
    cut_torn_line(path)
    done: set[tuple[str, int, str]] = set()
    end = offset = 0
    if not path.exists():
        return done
    with storage_errors(path), path.open("rb+") as stream:
        for number, line in enumerate(stream, 1):
            offset += len(line)
            try:
                content = json.loads(line)
            except ValueError as error:
                raise DataDamagedError(f"{path}, line {number}: not JSON ({error}).", CHANGED) from None
            if content.get("part", 0) + 1 == content.get("parts", 1):
                done.add((content["fold"], content.get("repetition", 0), content["id"]))
                end = offset
        if end < offset:
            stream.truncate(end)
    return done
