"""Simulated annotators: how far they agree is known.

Each follows the known salience in a scene with a fixed chance; one who does not attends to some other part
of the scene. Ratings get personal severity and noise; selections are one window a scene, of 15 % of it, as
VideoXum's annotators chose one span a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .dice import Dice
from .script import Scene, VideoScript
from .world import BUDGET, MIXES, video_seeds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLLOWS = 0.8
"""Chance that an annotator's attention in a scene is where the salience is."""
JITTER = 1
"""Seconds by which a follower's window may be off."""
NOISE = 0.6
BLOCK = 2
"""Seconds with one rating."""


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """What the annotators of one video said.

    Attributes:
        spans: (K, U, 2) per scene and annotator, the seconds chosen, half-open.
        selections: (U, T) booleans, the union of an annotator's spans.
        ratings: (U, T) whole numbers 1 to 5, constant over blocks of two seconds.
    """

    spans: NDArray[np.int64] = field(repr=False)
    selections: NDArray[np.bool_] = field(repr=False)
    ratings: NDArray[np.int64] = field(repr=False)


def simulate(script: VideoScript, annotators: int = 10) -> Simulated:
    """The annotators of a video; annotator u is the same whatever their number."""
    import numpy as np

    seeds = video_seeds(MIXES[script.mix], script.id)
    spans = np.zeros((len(script.scenes), annotators, 2), dtype=np.int64)
    selections = np.zeros((annotators, script.seconds), dtype=np.bool_)
    ratings = np.zeros((annotators, script.seconds), dtype=np.int64)
    for person in range(annotators):
        dice = Dice(seeds.child("annotator", person))
        seen: list[float] = []
        for number, scene in enumerate(script.scenes):
            follows = dice.chance(FOLLOWS)
            start, end = _span(dice, scene, follows)
            spans[number, person] = start, end
            selections[person, start:end] = True
            seen.extend(_attention(scene, follows, start, end))
        ratings[person] = _ratings(dice, seen)
    return Simulated(spans=spans, selections=selections, ratings=ratings)


def _span(dice: Dice, scene: Scene, follows: bool) -> tuple[int, int]:
    length = max(2, round(BUDGET * scene.seconds))
    if follows:
        middle = (scene.highlight_start + scene.highlight_end - length) // 2
        start = middle + dice.integer(-JITTER, JITTER)
    else:
        start = dice.integer(scene.start, scene.end - length)
    start = max(scene.start, min(start, scene.end - length))
    return start, start + length


def _attention(scene: Scene, follows: bool, start: int, end: int) -> list[float]:
    """What this annotator found salient, second by second."""
    low, high = (scene.highlight_start, scene.highlight_end) if follows else (start, end)
    peak = scene.peak if follows else 0.6
    return [peak if low <= second < high else scene.level for second in range(scene.start, scene.end)]


def _ratings(dice: Dice, seen: list[float]) -> list[int]:
    severity = dice.uniform(-0.5, 0.5)
    ratings: list[int] = []
    for block in range(0, len(seen), BLOCK):
        found = seen[block : block + BLOCK]
        value = 1.0 + 4.0 * (sum(found) / len(found)) + severity + NOISE * dice.noise()
        ratings.extend([max(1, min(5, int(value + 0.5)))] * len(found))
    return ratings
