"""What happens in a planted video: scenes, motions and highlights, and how salient each second is.

A script is complete and fixed. Rendering, features, annotators and captions read it, each with random
numbers of its own, so none of them can change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENERGY = {
    "still": 0.0,
    "grow": 0.05,
    "shrink": 0.05,
    "right": 0.1,
    "left": 0.1,
    "up": 0.1,
    "down": 0.1,
    "around": 0.15,
    "zigzag": 0.15,
}
"""What a motion adds to the salience of its scene."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One scene, from second `start` to before second `end`.

    During the highlight, seconds [highlight_start, highlight_end), the rare event is on screen; in a scene
    without one the objects burst: they pulse and move at double pace. Both are meant to be seen.

    Attributes:
        shape, colour, motion, background: keys of the lexicon.
        count: number of objects, 1 to 4, all alike.
        event: key of the lexicon's events, or None.
    """

    start: int
    end: int
    shape: str
    colour: str
    count: int
    motion: str
    background: str
    event: str | None
    highlight_start: int
    highlight_end: int

    @property
    def seconds(self) -> int:
        """Length of the scene."""
        return self.end - self.start

    @property
    def level(self) -> float:
        """Salience outside the highlight: more objects and livelier motion are more salient. 0.08 to 0.35."""
        return 0.08 + 0.04 * (self.count - 1) + ENERGY[self.motion]

    @property
    def peak(self) -> float:
        """Salience inside the highlight: 0.9 and more for a rare event, 0.5 to 0.7 for a burst."""
        return (0.9 if self.event else 0.5) + 0.1 * self.level


@dataclass(frozen=True, kw_only=True)
class VideoScript:
    """One video: contiguous scenes from second 0 to second `seconds`."""

    id: str
    mix: str
    seconds: int
    scenes: tuple[Scene, ...]

    def scene_at(self, second: int) -> Scene:
        """The scene on screen."""
        return next(scene for scene in self.scenes if scene.start <= second < scene.end)

    def salience(self) -> NDArray[np.float64]:
        """(seconds,) the known salience of every second, in [0, 1]."""
        import numpy as np

        values = np.empty(self.seconds)
        for scene in self.scenes:
            values[scene.start : scene.end] = scene.level
            values[scene.highlight_start : scene.highlight_end] = scene.peak
        return values
