"""A text cut where its links begin and end, so that each piece knows the segments it tells of."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from vsumbench.contracts import Link


@dataclass(frozen=True)
class Piece:
    """Some characters of a text, and the numbers of the segments they tell of (none: of no segment)."""

    text: str
    segments: tuple[int, ...]


def pieces(text: str, links: Sequence[Link]) -> tuple[Piece, ...]:
    """The text in order, without a gap; joined, the pieces are the text. Links may overlap."""
    ends = {min(max(at, 0), len(text)) for link in links for at in (link.char_start, link.char_end)}
    cuts = sorted({0, len(text), *ends})
    found: list[Piece] = []
    for start, stop in itertools.pairwise(cuts):
        told = {link.segment for link in links if link.char_start < stop and link.char_end > start}
        found.append(Piece(text[start:stop], tuple(sorted(told))))
    return tuple(found)
