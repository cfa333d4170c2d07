"""The generator of scripts: versioned and frozen, for data are never tuned to a model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from vsumbench.contracts.seeds import Seeds

from .dice import Dice
from .lexicon import BACKGROUNDS, COLOURS, COUNTS, EVENTS, MOTIONS, SHAPES
from .script import Scene, VideoScript

VERSION = "1"
ROOT = 150_007
"""The seed of every planted corpus."""
LOOKS = 8
"""A model that samples this many frames evenly sees every event, and every scene at least twice."""
BUDGET = 0.15


@dataclass(frozen=True)
class Mix:
    """How often things happen. Two mixes have the same vocabulary and other frequencies.

    Attributes:
        seconds: shortest and longest video.
        scenes: weights of one, two and three scenes.
        event: probability of a rare event in a scene.
        flat: added to the Zipf weight of each count, so that rare counts are less rare.
    """

    name: str
    seconds: tuple[int, int]
    scenes: tuple[float, float, float]
    event: float
    flat: float

    def order(self, attribute: str) -> tuple[str, ...]:
        """The values of an attribute from the most to the least frequent, permuted for each mix."""
        return _order(self.name, attribute)


VALUES: dict[str, tuple[str, ...]] = {
    "shape": tuple(SHAPES),
    "colour": tuple(COLOURS),
    "count": tuple(str(count) for count in COUNTS),
    "motion": tuple(MOTIONS),
    "background": tuple(BACKGROUNDS),
    "event": tuple(EVENTS),
}

PRETRAINING = Mix("pretraining", seconds=(24, 56), scenes=(0.4, 0.4, 0.2), event=0.25, flat=0.0)
TARGET = Mix("target", seconds=(24, 64), scenes=(0.2, 0.4, 0.4), event=0.35, flat=0.2)
TOY = Mix("toy", seconds=(20, 36), scenes=(0.2, 0.4, 0.4), event=0.35, flat=0.2)
MIXES = {mix.name: mix for mix in (PRETRAINING, TARGET, TOY)}


def video_seeds(mix: Mix, video_id: str) -> Seeds:
    """The seeds of a video; script, annotators, captions, features and rendering are axes below."""
    return Seeds(ROOT).child("planted", VERSION, mix.name, video_id)


def write_script(mix: Mix, video_id: str) -> VideoScript:
    """The script of a video: the same for the same mix and id, on every machine."""
    dice = Dice(video_seeds(mix, video_id).child("script"))
    seconds = dice.integer(*mix.seconds)
    # Two looks a scene: no motion can be seen in one.
    shortest = 2 * _look(seconds) + 1
    scenes = min(dice.choice((1, 2, 3), mix.scenes), seconds // shortest)
    cuts = _cuts(dice, seconds, scenes, shortest)
    written: list[Scene] = []
    for start, end in pairwise(cuts):
        before = written[-1].background if written else None
        written.append(_scene(dice, mix, start, end, _look(seconds), before))
    return VideoScript(id=video_id, mix=mix.name, seconds=seconds, scenes=tuple(written))


def _scene(dice: Dice, mix: Mix, start: int, end: int, look: int, before: str | None) -> Scene:
    # Neighbouring scenes differ in background, so that a cut can be seen.
    backgrounds = [name for name in mix.order("background") if name != before]
    counts = mix.order("count")
    weights = [1 / rank + mix.flat for rank in range(1, len(counts) + 1)]
    shape, colour = dice.zipf(mix.order("shape")), dice.zipf(mix.order("colour"))
    count = int(dice.choice(counts, weights))
    motion, background = dice.zipf(mix.order("motion")), dice.zipf(backgrounds)
    event = dice.zipf(mix.order("event")) if dice.chance(mix.event) else None
    share = max(2, round(BUDGET * (end - start)))
    # An event shorter than the distance between two looks would be told of and never seen.
    length = min(max(share, look), end - start - 1) if event else share
    highlight = dice.integer(start, end - length)
    return Scene(
        start=start,
        end=end,
        shape=shape,
        colour=colour,
        count=count,
        motion=motion,
        background=background,
        event=event,
        highlight_start=highlight,
        highlight_end=highlight + length,
    )


def _look(seconds: int) -> int:
    return -(-seconds // LOOKS)


def _cuts(dice: Dice, seconds: int, scenes: int, shortest: int) -> list[int]:
    """Scene boundaries; every scene has at least `shortest` seconds, the rest is spread at random."""
    free = seconds - scenes * shortest
    marks = sorted(dice.integer(0, free) for _ in range(scenes - 1))
    return [0, *(mark + shortest * number for number, mark in enumerate(marks, start=1)), seconds]


@cache
def _order(mix: str, attribute: str) -> tuple[str, ...]:
    return Dice(Seeds(ROOT).child("planted", VERSION, mix, "order", attribute)).shuffled(VALUES[attribute])
