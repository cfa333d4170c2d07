"""What the harness hands to a model: device, seeds, folders, progress, and other plugins by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .annotations import Annotations
from .seeds import Seeds
from .setting import Selection
from .summary import Summary


@dataclass(frozen=True)
class Folders:
    """Folders of this fold. `checkpoints` outlives an interruption; `scratch` need not."""

    checkpoints: Path
    scratch: Path


class Progress(Protocol):
    """Where long work reports. Call it often: it also lets the harness stop a run between two steps."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """`done` of `total` steps of `stage` are finished; `numbers` are shown live (losses)."""
        ...


class Validate(Protocol):
    """Scores predictions on the validation samples with the metric the setting selects by."""

    def __call__(self, summaries: Sequence[Summary]) -> float:
        """Higher is better, whatever the metric's own direction."""
        ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """Given to a model's constructor, `fit` and `summarize`.

    Attributes:
        device: torch device string (`cpu`, `cuda:0`).
        dtype: `float32`, `bfloat16` (autocast) or `float64`.
        seeds: seeds of this run, fold and repetition; derive with `seeds.child("init")`.
        folders: where this fold may write.
        progress: where long work reports.
        options: the composed options, an instance of the spec's options type.
        selection: the checkpoint rule; `validate` is given for rules that look at samples, else None.
        validate: scores summaries of the validation samples.
        annotations: annotations of the test videos by id, for reference rows that declare `uses_annotations`;
            None for every other model.
        model, metric, encoder: what the spec's `requires` names, built.
    """

    device: str
    dtype: str
    seeds: Seeds
    folders: Folders
    progress: Progress
    options: Any
    selection: Selection
    validate: Validate | None
    annotations: Mapping[str, Annotations] | None
    model: Callable[[str], Any]
    metric: Callable[[str], Any]
    encoder: Callable[[str], Any]
