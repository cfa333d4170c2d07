"""Where the objects of a scene are at each second: the one place that geometry comes from.

Positions are in units of the frame's width, from its centre; x to the right, y down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .dice import Dice
from .look import LOOKS, Look
from .script import Scene, VideoScript
from .world import MIXES, video_seeds

GRID = 1024
"""Positions are rounded to this part of the width: the last bit of a sine must not move a pixel."""
SHRUNK = (1.0, 0.86, 0.74, 0.68)
"""Radius of one, two, three and four objects, as a share of a single one's."""
FORMATIONS: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((0.0, 0.0),),
    2: ((-1.0, 0.0), (1.0, 0.0)),
    3: ((-1.0, 0.75), (1.0, 0.75), (0.0, -0.95)),
    4: ((-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)),
}
"""Offsets of the objects from the middle of their group, in units of 1.15 radii."""
SCALES = {"grow": (0.62, 1.3), "shrink": (1.3, 0.62)}
TURNS = 1.5
SWERVES = 3.0


@dataclass(frozen=True)
class Group:
    """The objects of one instant: (x, y) of each centre, and the radius of all."""

    centres: tuple[tuple[float, float], ...]
    radius: float


@dataclass(frozen=True, kw_only=True)
class Course:
    """How the objects of one scene move. Drawn once a scene, with random numbers of its own."""

    scene: Scene
    radius: float
    path: float
    across: float
    angle: float

    def group(self, time: float) -> Group:
        """The objects at a time in seconds; the scene's motion is spread over the whole scene."""
        done = self._done(time)
        start, end = SCALES.get(self.scene.motion, (1.0, 1.0))
        radius = self.radius * SHRUNK[self.scene.count - 1] * (start + (end - start) * done)
        x, y = self._middle(done)
        offsets = FORMATIONS[self.scene.count]
        places = ((x + 1.15 * radius * dx, y + 1.15 * radius * dy) for dx, dy in offsets)
        return Group(tuple((_fixed(px), _fixed(py)) for px, py in places), _fixed(radius))

    def _done(self, time: float) -> float:
        """Share of the motion done, 0 to 1; in a burst it goes at double pace."""
        scene = self.scene
        burst = scene.highlight_end - scene.highlight_start if scene.event is None else 0
        inside = min(max(time - scene.highlight_start, 0.0), burst)
        # A frame shows the end of its second's movement, so that first and last frames lie symmetrically.
        return max(0.0, min(1.0, (time - scene.start + 0.5 + inside) / (scene.seconds + burst)))

    def _middle(self, done: float) -> tuple[float, float]:
        along, half = self.path * (done - 0.5), 0.5 * self.path
        match self.scene.motion:
            case "right":
                return along, self.across
            case "left":
                return -along, self.across
            case "up":
                return self.across, -along
            case "down":
                return self.across, along
            case "around":
                angle = 2 * math.pi * (self.angle + TURNS * done)
                return 0.7 * half * math.cos(angle), 0.7 * half * math.sin(angle)
            case "zigzag":
                swerve = 4 * abs((SWERVES * done + 0.25) % 1.0 - 0.5) - 1
                return along, 0.4 * half * swerve
            case _:
                return self.across, self.across * (2 * self.angle - 1)


def courses(script: VideoScript) -> tuple[Course, ...]:
    """The course of every scene."""
    look: Look = LOOKS[script.mix]
    seeds = video_seeds(MIXES[script.mix], script.id)
    found = []
    for number, scene in enumerate(script.scenes):
        dice = Dice(seeds.child("course", number))
        found.append(
            Course(
                scene=scene,
                radius=dice.uniform(*look.radius),
                path=look.path * dice.uniform(0.9, 1.1),
                across=dice.uniform(-0.12, 0.12),
                angle=dice.uniform(),
            )
        )
    return tuple(found)


def _fixed(value: float) -> float:
    return round(value * GRID) / GRID
