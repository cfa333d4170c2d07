"""TVSum's ratings as text, damaged in every way we know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import eccv16_files as tiny
import pytest

from vsumbench.errors import DataDamagedError, DuplicateIdError


def _drop_row(rows: list[str]) -> list[str]:
    return rows[:-1]


def _swap_blocks(rows: list[str]) -> list[str]:
    return [*rows[20:40], *rows[:20], *rows[40:]]


def _in_row(number: int, change: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    return lambda rows: [change(row) if n == number else row for n, row in enumerate(rows, start=1)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop_row, r"expected 20 rows for each of 50 videos \(1000\), found 999 rows"),
        (lambda rows: rows[:20] * 50, "'youtube0001' stands twice"),
        (_in_row(7, lambda row: row.replace("\t", " ")), "row 7: expected a video, a category and ratings"),
        (_in_row(7, lambda row: f"{row}\t1"), "row 7: expected a video, a category and ratings, by tabs"),
        (_in_row(7, lambda row: row[:-1] + "6"), "row 7: expected ratings 1 to 5 by commas"),
        (_in_row(7, lambda row: row[:-1] + "0"), "row 7: expected ratings 1 to 5 by commas"),
        (_in_row(7, lambda row: row[:-1]), "row 7: expected ratings 1 to 5 by commas"),
        (_in_row(7, lambda row: row + ",2.5"), "row 7: expected ratings 1 to 5 by commas"),
        (_in_row(7, lambda row: row[:-2]), "row 7: expected 81 ratings, as row 1 has, found 80"),
        (_in_row(7, lambda row: row.replace("0001", "0002")), "row 7: expected 'youtube0001', the video of"),
        (_swap_blocks, "video_1/n_frames: expected 82, as the ratings have, found 81"),
        (lambda rows: [], "found 0 rows"),
    ],
)
def test_damaged_rating_tables_are_refused_by_row(
    keyed_root: Path, change: Callable[[list[str]], list[str]], message: str
) -> None:
    (keyed_root / "tvsum" / "ydata-tvsum50.mat").unlink()
    tiny.write_text(keyed_root / "tvsum", change=change)
    with pytest.raises((DataDamagedError, DuplicateIdError), match=message):
        tiny.tvsum(keyed_root).video_ids()
        tiny.tvsum(keyed_root).annotations("video_1")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("length", "seconds", "row 1: expected the columns video_id and length"),
        ("1:04", "one", r"row 5: expected a length, minutes:seconds, found 'one'"),
        ("1:04", "0:00", r"row 5: expected a length, minutes:seconds"),
        ("youtube0004", "youtube9999", "expected a length of each video .* found none of 'youtube0004'"),
        ("https://example.org\t1:04", "1:04", "row 5: expected 5 columns, found 4"),
    ],
)
def test_damaged_lists_of_lengths_are_refused(keyed_root: Path, old: str, new: str, message: str) -> None:
    (keyed_root / "tvsum" / "ydata-tvsum50.mat").unlink()
    tiny.write_text(keyed_root / "tvsum")
    path = keyed_root / "tvsum" / "ydata-tvsum50-info.tsv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataDamagedError, match=message) as caught:
        tiny.tvsum(keyed_root).video("video_4")
    assert "info.tsv" in caught.value.message
