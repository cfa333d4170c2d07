"""What an annotation file says, checked as far as that can be done without its video."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import TimedText
from vsumbench.data import damaged, is_finite, read_json
from vsumbench.errors import DataDamagedError, DataMissingError

MEND = "Mend the file; see docs/how-to/use-your-own-videos.md."
KEYS = ("importance", "summaries", "texts", "captions", "cuts", "change_points")
COLUMNS = ("annotator", "start", "end", "score")
Grid = Literal["steps", "frames", "segments"]

Segments = NDArray[np.float64]
"""(K, 2) start and end in seconds, or (K, 3) with a score."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The content of an annotation file.

    Attributes:
        grid: what `importance` is given on, or None where there is none.
        importance: a row an annotator: values, or segments with scores.
        summaries: segments an annotator, or None.
        texts: text references.
        captions: timed sentences of each text.
        cuts: seconds at which a new shot begins, or None.
        change_points: (S, 2) shots as frames, both ends inclusive, or None.
    """

    grid: Grid | None = None
    importance: tuple[NDArray[np.float64], ...] = field(default=(), repr=False)
    summaries: tuple[Segments, ...] | None = None
    texts: tuple[str, ...] = ()
    captions: tuple[tuple[TimedText, ...], ...] = ()
    cuts: NDArray[np.float64] | None = None
    change_points: NDArray[np.int64] | None = None

    @property
    def rated(self) -> bool:
        """Whether it says what is important, in whichever way."""
        return self.grid is not None or self.summaries is not None


def read_told(path: Path) -> Told:
    """Read and check an annotation file.

    Raises:
        DataMissingError: it is not there.
        DataDamagedError: it breaks the schema; names file, key, expected and found.
    """
    return _from_csv(path) if path.suffix == ".csv" else _from_json(path)


def wrong(path: Path, key: str, expected: str, found: object) -> DataDamagedError:
    """The error of an annotation file."""
    return damaged(path, key, expected, found, MEND)


def _from_json(path: Path) -> Told:
    content = read_json(path, unique=True)
    if not isinstance(content, dict):
        raise wrong(path, "", "an object", type(content).__name__)
    unknown = sorted(set(content) - set(KEYS))
    if unknown:
        raise wrong(path, repr(unknown[0]), f"one of the keys {', '.join(KEYS)}", "another key")
    if "cuts" in content and "change_points" in content:
        raise wrong(path, "cuts", "either cuts or change_points", "both")
    grid: Grid | None = None
    importance: tuple[NDArray[np.float64], ...] = ()
    if "importance" in content:
        grid, importance = _importance(content["importance"], path)
    summaries = None
    if "summaries" in content:
        rows = _list(content["summaries"], path, "summaries", "segments of each annotator")
        summaries = tuple(_segments(row, path, f"summaries[{at}]", 2) for at, row in enumerate(rows))
    if grid is not None and summaries is not None and len(summaries) != len(importance):
        raise wrong(path, "summaries", f"{len(importance)} annotators, as importance has", len(summaries))
    captions = _captions(content["captions"], path) if "captions" in content else ()
    texts = _texts(content["texts"], path) if "texts" in content else ()
    if texts and captions and len(captions) > len(texts):
        raise wrong(path, "captions", f"at most {len(texts)} lists, one a text", len(captions))
    return Told(
        grid=grid,
        importance=importance,
        summaries=summaries,
        texts=texts or tuple(" ".join(sentence.text for sentence in sentences) for sentences in captions),
        captions=captions,
        cuts=_cuts(content["cuts"], path) if "cuts" in content else None,
        change_points=_change_points(content["change_points"], path) if "change_points" in content else None,
    )


def _importance(content: Any, path: Path) -> tuple[Any, tuple[NDArray[np.float64], ...]]:
    key = "importance"
    if not isinstance(content, dict) or set(content) != {"on", "values"}:
        found = f"keys {sorted(content)}" if isinstance(content, dict) else type(content).__name__
        raise wrong(path, key, 'an object with "on" and "values"', found)
    grid = content["on"]
    if grid not in get_args(Grid):
        raise wrong(path, f"{key}.on", " or ".join(get_args(Grid)), repr(grid))
    rows = _list(content["values"], path, f"{key}.values", "rows, one an annotator")
    if grid == "segments":
        return grid, tuple(_segments(row, path, f"{key}.values[{at}]", 3) for at, row in enumerate(rows))
    return grid, tuple(_numbers(row, path, f"{key}.values[{at}]") for at, row in enumerate(rows))


def _list(value: Any, path: Path, key: str, of: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        found = "an empty list" if value == [] else type(value).__name__
        raise wrong(path, key, f"a list of {of}", found)
    return value


def _numbers(value: Any, path: Path, key: str) -> NDArray[np.float64]:
    numbers = _list(value, path, key, "numbers")
    odd = next((at for at, number in enumerate(numbers) if not is_finite(number)), None)
    if odd is not None:
        raise wrong(path, f"{key}[{odd}]", "a number", repr(numbers[odd]))
    return np.array(numbers, dtype=np.float64)


def _segments(value: Any, path: Path, key: str, width: int) -> Segments:
    """Segments in order of their start; an annotator may have selected none."""
    if value == [] and width == 2:
        return np.zeros((0, 2))
    words = "[start, end]" if width == 2 else "[start, end, score]"
    rows = _list(value, path, key, f"segments {words}")
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width or not all(is_finite(part) for part in row):
            raise wrong(path, f"{key}[{at}]", f"{words} in numbers", f"{str(row)[:60]}")
    return check_segments(np.array(rows, dtype=np.float64), path, key)


def check_segments(segments: Segments, path: Path, key: str) -> Segments:
    """Refuse segments that begin before 0, end before they begin, or overlap; give them in order."""
    for at, (start, end) in enumerate(segments[:, :2]):
        if not 0 <= start < end:
            raise wrong(path, f"{key}[{at}]", "0 <= start < end in seconds", f"{start:g} to {end:g}")
    ordered = segments[np.argsort(segments[:, 0], kind="stable")]
    for one, other in itertools.pairwise(ordered):
        if other[0] < one[1]:
            raise wrong(
                path, key, "segments that do not overlap", f"{one[:2].tolist()} and {other[:2].tolist()}"
            )
    return ordered


def _texts(value: Any, path: Path) -> tuple[str, ...]:
    texts = _list(value, path, "texts", "texts")
    for at, text in enumerate(texts):
        if not isinstance(text, str) or not text.strip():
            raise wrong(path, f"texts[{at}]", "a text", repr(text)[:60])
    return tuple(texts)


def _captions(value: Any, path: Path) -> tuple[tuple[TimedText, ...], ...]:
    captions = []
    for number, sentences in enumerate(_list(value, path, "captions", "lists, one a text")):
        found = []
        for at, row in enumerate(_list(sentences, path, f"captions[{number}]", "timed sentences")):
            key = f"captions[{number}][{at}]"
            if not isinstance(row, list) or len(row) != 3 or not is_finite(row[0]) or not is_finite(row[1]):
                raise wrong(path, key, "[start, end, text]", str(row)[:60])
            start, end, text = row
            if not isinstance(text, str) or not text.strip():
                raise wrong(path, key, "a text at its end", repr(text)[:60])
            if not 0 <= start < end:
                raise wrong(path, key, "0 <= start < end in seconds", f"{start:g} to {end:g}")
            found.append(TimedText(start=float(start), end=float(end), text=text.strip()))
        captions.append(tuple(sorted(found, key=lambda sentence: sentence.start)))
    return tuple(captions)


def _cuts(value: Any, path: Path) -> NDArray[np.float64]:
    if value == []:
        return np.zeros(0)
    cuts = _numbers(value, path, "cuts")
    if (np.diff(cuts) <= 0).any() or cuts[0] < 0:
        raise wrong(path, "cuts", "increasing seconds of at least 0", f"{cuts.tolist()[:6]}")
    return cuts


def _change_points(value: Any, path: Path) -> NDArray[np.int64]:
    rows = _list(value, path, "change_points", "shots [first, last] as frames")
    for at, row in enumerate(rows):
        whole = isinstance(row, list) and len(row) == 2
        if not whole or not all(isinstance(part, int) and not isinstance(part, bool) for part in row):
            raise wrong(path, f"change_points[{at}]", "[first, last] as frames", str(row)[:60])
    return np.array(rows, dtype=np.int64)


def _from_csv(path: Path) -> Told:
    """Columns `start`, `end` and optionally `annotator` and `score`; one row a segment."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise wrong(path, f"byte {error.start}", "UTF-8 text", "other bytes") from None
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in next(lines, [])]
    if not {"start", "end"} <= set(header) <= set(COLUMNS) or len(set(header)) < len(header):
        raise wrong(
            path, "line 1", "columns start, end, and if wanted annotator, score", ",".join(header)[:60]
        )
    scored = "score" in header
    names = ("start", "end", "score") if scored else ("start", "end")
    people: dict[str, list[list[float]]] = {}
    for row in lines:
        if not any(cell.strip() for cell in row):
            continue
        key = f"line {lines.line_num}"
        if len(row) != len(header):
            raise wrong(path, key, f"{len(header)} cells", len(row))
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        people.setdefault(cells.get("annotator", ""), []).append(_cells(cells, names, path, key))
    if not people:
        raise wrong(path, "", "a row for each segment", "none")
    rows = tuple(check_segments(np.array(people[name]), path, _annotator(name)) for name in people)
    return Told(grid="segments", importance=rows) if scored else Told(summaries=rows)


def _cells(cells: dict[str, str], names: Sequence[str], path: Path, key: str) -> list[float]:
    values = []
    for name in names:
        try:
            value = float(cells[name])
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise wrong(path, f"{key}, {name}", "a number", repr(cells[name]))
        values.append(value)
    return values


def _annotator(name: str) -> str:
    return f"annotator {name!r}" if name else "segments"
