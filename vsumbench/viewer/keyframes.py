"""One picture of each selected segment: which segments, and where the pictures stand under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .frames import Picture
from .geometry import WIDTH, clock

_SLOTS = 10
"""A row of pictures has slots of a tenth of the width, or narrower ones where it has more pictures."""
_TOUCH = 1e-3
"""Seconds between segments that count as neighbours: bounds are often rounded frame times."""


@dataclass(frozen=True)
class Key:
    """A selected segment in seconds."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        """Seconds."""
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class Placed:
    """A key frame: its segment, its picture, the middle of the segment and of the picture, drawing units."""

    key: Key
    picture: Picture = field(repr=False)
    at: float
    x: float

    @property
    def words(self) -> str:
        """What the picture is, for people who do not see it."""
        return f"Frame at {clock(self.picture.time)}, of {clock(self.key.start)} to {clock(self.key.end)}"


@dataclass(frozen=True)
class KeyRow:
    """A row of key frames; `slot` is the width each has, drawing units."""

    note: str
    slot: float
    frames: tuple[Placed, ...]


def key_segments(pairs: Sequence[tuple[float, float]]) -> tuple[Key, ...]:
    """Segments in order of time, those that touch or overlap as one."""
    found: list[Key] = []
    for start, end in sorted(pairs):
        if found and start <= found[-1].end + _TOUCH:
            found[-1] = Key(found[-1].start, max(end, found[-1].end))
        else:
            found.append(Key(start, end))
    return tuple(found)


def longest(keys: Sequence[Key], most: int) -> tuple[Key, ...]:
    """At most so many segments, the longest (the earlier of equals), in order of time."""
    kept = sorted(keys, key=lambda one: (round(one.start - one.end, 6), one.start))[: max(most, 0)]
    return tuple(sorted(kept, key=lambda one: one.start))


def key_note(shown: int, there: int) -> str:
    """What a row of key frames shows, exactly."""
    if shown == there:
        return "the frame nearest the middle of each selected segment"
    return f"the frame nearest the middle of the {shown} longest of {there} selected segments"


def places(middles: Sequence[float], slot: float) -> tuple[float, ...]:
    """Middles of pictures of width `slot`, as near to `middles` (increasing) as they fit without overlap."""
    found: list[float] = []
    for place, middle in enumerate(middles):
        least = slot / 2 if not found else found[-1] + slot
        most = WIDTH - slot / 2 - (len(middles) - 1 - place) * slot
        found.append(min(max(middle, least), max(most, least)))
    return tuple(round(one, 2) for one in found)


def key_row(keys: Sequence[Key], pictures: Sequence[Picture], length: float, there: int) -> KeyRow:
    """The row of these segments, a picture each; `there` is how many were selected.

    Raises:
        ValueError: another number of pictures than of segments.
    """
    slot = WIDTH / max(_SLOTS, len(keys))
    middles = [min(key.middle, length) * WIDTH / length for key in keys]
    made = zip(keys, pictures, middles, places(middles, slot), strict=True)
    frames = tuple(Placed(key, picture, round(at, 2), x) for key, picture, at, x in made)
    return KeyRow(key_note(len(keys), there), round(slot, 2), frames)
