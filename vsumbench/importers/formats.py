"""The formats by name, and reading files of one. Light: a reader is imported when a file is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vsumbench.errors import DuplicateIdError, UsageError, close_matches

if TYPE_CHECKING:
    from vsumbench.records.predictions import PredictionLine

    from .known import Known


class Importer(Protocol):
    """Reads one result file."""

    def __call__(self, path: Path, known: Known) -> list[PredictionLine]:
        """A line for each video of the file, checked against what the dataset tells of it.

        Raises:
            DataMissingError: no such file.
            DataDamagedError: another layout; names file, key, expected and found.
            PredictionError: a key that no tested video has.
            UnavailableError: a package that reads the file is not installed.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """A layout of result files.

    Attributes:
        id: as in `--format`.
        layout: the layout in words.
        reader: `module:function` below this package, an `Importer`.
        selects: it holds selections, so no shots are needed to make one.
        captions: it holds captions with times, whose references may be ActivityNet Captions files.
        absent_is_empty: its own evaluation counts a video that a file lacks as one without a prediction.
    """

    id: str
    layout: str
    reader: str
    selects: bool = False
    captions: bool = False
    absent_is_empty: bool = False

    def load(self) -> Importer:
        """The function that reads it."""
        module, _, function = self.reader.partition(":")
        found: Importer = getattr(import_module(f"{__package__}.{module}"), function)
        return found


_SCORES = "JSON: video → importance scores, one a sampled step"
_RESULT = "HDF5: a group a video with `score` and `machine_summary`"

FORMATS: Mapping[str, Format] = {
    found.id: found
    for found in (
        Format(id="csta", layout=f"{_SCORES}, dumped by the user", reader="scores:read"),
        Format(id="pgl-sum", layout=f"{_SCORES}; one file an epoch and split", reader="scores:read"),
        Format(id="vsumm-rl", layout=f"{_RESULT}; the scores", reader="hdf5:read_scores"),
        Format(
            id="vsumm-rl[summary]",
            layout=f"{_RESULT}; the binary summaries",
            reader="hdf5:read_summaries",
            selects=True,
        ),
        Format(id="vasnet", layout=f"{_RESULT}; the scores", reader="hdf5:read_scores"),
        Format(
            id="vasnet[summary]",
            layout=f"{_RESULT}; the binary summaries",
            reader="hdf5:read_summaries",
            selects=True,
        ),
        Format(
            id="por",
            layout="JSON: video → 0 or 1, one a native frame",
            reader="summaries:read_por",
            selects=True,
        ),
        Format(
            id="rethinking-evs",
            layout="JSON: video → `summary` (0 or 1, one a native frame) and `segment`",
            reader="summaries:read_rethinking",
            selects=True,
        ),
        Format(
            id="videoxum",
            layout="JSON: a list of `image_id` and `caption`",
            reader="videoxum:read",
        ),
        Format(
            id="v2xum",
            layout="JSON: video → answer with stamps 00 to 99, collected by the user",
            reader="v2xum:read",
            selects=True,
        ),
        Format(
            id="densevid",
            layout="JSON: `results`, video → list of `sentence` and `timestamp`",
            reader="densevid:read",
            captions=True,
            absent_is_empty=True,
        ),
    )
}

WITHOUT_FILE: Mapping[str, str] = {
    "dsnet": "DSNet prints its values and writes no result file; dump its summaries as JSON, video → 0 or 1 "
    "a frame, and use --format por.",
    "llmvs": "LLMVS prints its values and writes no result file; dump its scores as JSON, video → scores, "
    "and use --format pgl-sum.",
}
"""Code bases whose results never reach a file, with what can be done."""


def format_named(name: str) -> Format:
    """The format of this name.

    Raises:
        UsageError: no such format, or a code base that writes no file.
    """
    if name in FORMATS:
        return FORMATS[name]
    if name in WITHOUT_FILE:
        raise UsageError(f"there is no format {name!r}.", WITHOUT_FILE[name])
    near = close_matches(name, FORMATS)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"there is no format {name!r}.", f"{guess}Formats: {', '.join(FORMATS)}.")


def read_results(paths: Sequence[Path], name: str, known: Known) -> list[PredictionLine]:
    """The lines of result files of one format (one a fold, where the code writes them so).

    Raises:
        UsageError: no such format.
        DuplicateIdError: two results of one video in one fold.
        DataMissingError, DataDamagedError, PredictionError, UnavailableError: as `Importer`.
    """
    read = format_named(name).load()
    lines: list[PredictionLine] = []
    seen: dict[tuple[str, str], Path] = {}
    for path in paths:
        for line in read(path, known):
            if other := seen.get((line.fold, line.id)):
                again = "twice" if other == path else f"in {other} too"
                fold = f" (fold {line.fold!r})" if line.fold else ""
                raise DuplicateIdError(
                    f"{path}: video {line.id!r}{fold} stands {again}.", "Give one result a video and fold."
                )
            seen[line.fold, line.id] = path
            lines.append(line)
    return lines
