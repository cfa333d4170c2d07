"""References of one's own: a JSON-lines file read as a dataset of one fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data.checks import check_change_points, check_picks
from vsumbench.errors import DataDamagedError, DuplicateIdError, close_matches
from vsumbench.records.predictions import Number, Whole, numbered_json_lines

ALL = "all"
"""The one fold of a file without folds."""
SCHEMA_ID = "vsumbench-reference-1"


class ReferenceLine(BaseModel):
    """One video's references. `text` or `texts` for text; the others for importance and selections."""

    model_config = ConfigDict(extra="forbid", title=SCHEMA_ID)
    id: str = Field(min_length=1, description="Video id.")
    text: str | None = Field(default=None, description="The reference text.")
    texts: list[str] = Field(default_factory=list, description="Several reference texts.")
    fps: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)] = Field(
        default=1.0, description="Native frame rate."
    )
    n_frames: Whole | None = Field(default=None, ge=1, description="Native frames; by default from the rows.")
    picks: list[Whole] | None = Field(default=None, description="Sampled steps; every frame by default.")
    change_points: list[tuple[Whole, Whole]] | None = Field(
        default=None, description="Shots, both ends inclusive."
    )
    grid: Literal["frames", "picks"] = Field(default="frames", description="Time base of the rows.")
    importance: list[list[Number]] | None = Field(default=None, description="One row an annotator.")
    user_summaries: list[list[Literal[0, 1, False, True]]] | None = Field(
        default=None, description="One row of 0 and 1 an annotator."
    )

    def sample(self) -> tuple[Video, Annotations]:
        """The video these references belong to, as far as it is known, and its annotations."""
        lengths = {len(row) for row in self.importance or ()} | {
            len(row) for row in self.user_summaries or ()
        }
        if len(lengths) > 1:
            raise DataDamagedError(
                f"references of {self.id!r}: rows have different lengths: {sorted(lengths)}."
            )
        on_frames = max(lengths, default=1) if self.grid == "frames" else 1
        n_frames = self.n_frames or max(on_frames, (max(self.picks) + 1) if self.picks else 1)
        where = f"references of {self.id!r}"
        picks = np.arange(n_frames) if self.picks is None else np.asarray(self.picks, dtype=np.int64)
        check_picks(picks, n_frames, where)
        shots = None if self.change_points is None else np.asarray(self.change_points, dtype=np.int64)
        if shots is not None:
            check_change_points(shots, n_frames, where)
        video = Video(
            id=self.id,
            duration=n_frames / self.fps,
            fps=self.fps,
            n_frames=n_frames,
            picks=picks,
            change_points=shots,
        )
        annotations = Annotations(
            video_id=self.id,
            importance=None if self.importance is None else np.asarray(self.importance, dtype=np.float64),
            grid=self.grid,
            user_summaries=None
            if self.user_summaries is None
            else np.asarray(self.user_summaries, dtype=np.bool_),
            texts=tuple(self.texts) + ((self.text,) if self.text is not None else ()),
            captions=(),
        )
        return video, annotations


def reference_schema() -> dict[str, Any]:
    """JSON Schema of one reference line, published in `docs/reference/reference.schema.json`."""
    schema = ReferenceLine.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA_ID
    return schema


@dataclass
class ReferenceFile:
    """References of one's own, read as a dataset of one fold."""

    samples: Mapping[str, tuple[Video, Annotations]] = field(repr=False)

    def status(self) -> EditionStatus:
        """Every id is present."""
        return EditionStatus(present=self.video_ids())

    def fingerprint(self) -> str:
        """References given by hand have no published identity."""
        return ""

    def video_ids(self) -> tuple[str, ...]:
        """Ids in the order of the file."""
        return tuple(self.samples)

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """One fold: everything is tested."""
        return (Fold(ALL, (), self.video_ids()),)

    def video(self, video_id: str) -> Video:
        """The video as far as the references describe it."""
        return self.samples[video_id][0]

    def annotations(self, video_id: str) -> Annotations:
        """Its references."""
        return self.samples[video_id][1]


def read_references(path: Path) -> ReferenceFile:
    """Read a reference file.

    Raises:
        DataMissingError, DataDamagedError: no such file, or a line that is not JSON or not a reference.
        DuplicateIdError: two lines of one id.
    """
    samples: dict[str, tuple[Video, Annotations]] = {}
    for number, content in numbered_json_lines(path):
        try:
            line = ReferenceLine.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            near = (
                close_matches(key, ReferenceLine.model_fields) if first["type"] == "extra_forbidden" else []
            )
            hint = f"Did you mean {near[0]!r}?" if near else ""
            raise DataDamagedError(f"{path}, line {number}: {key}: {first['msg']}.", hint) from None
        if line.id in samples:
            raise DuplicateIdError(
                f"{path}, line {number}: id {line.id!r} stands twice.", "Use `texts` for several."
            )
        samples[line.id] = line.sample()
    if not samples:
        raise DataDamagedError(f"{path} holds no references.", 'Write one {"id": …, "text": …} a line.')
    return ReferenceFile(samples)
