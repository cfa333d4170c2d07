"""Frames of a planted video, drawn when they are asked for: the same pixels on every machine.

A frame is one second. Moving objects leave a short fading trail, as they do on film, so that a single frame
tells where they come from.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .backgrounds import background
from .dice import Dice
from .look import HUES, LOOKS, Look
from .motion import Course, courses
from .noise import noise
from .script import VideoScript
from .shapes import outline, stencil
from .world import MIXES, video_seeds

SIZE = 64
"""Pixels a side, unless asked otherwise; 64 to 96 are meant."""
TRAIL = ((0.36, 0.3), (0.24, 0.4), (0.12, 0.5))
"""How far back, as a share of the scene, and the opacity of the trail, oldest first."""
SPECKS = 3
"""Grey specks a scene that no caption tells of."""
PULSE = 1.25

Pixels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class _Set:
    """One scene ready to be drawn: its background with distractors, and the objects' colour."""

    course: Course
    ground: Pixels = field(repr=False)
    colour: Pixels = field(repr=False)


def render(script: VideoScript, seconds: Sequence[int], size: int = SIZE) -> Iterator[NDArray[np.uint8]]:
    """The frames of these seconds, each (size, size, 3) RGB, in the order given."""
    look = LOOKS[script.mix]
    seeds = video_seeds(MIXES[script.mix], script.id)
    sets: dict[int, _Set] = {}
    paths = courses(script)
    for second in seconds:
        number = script.scenes.index(script.scene_at(second))
        if number not in sets:
            sets[number] = _set(paths[number], look, Dice(seeds.child("set", number)), size)
        frame = _draw(sets[number], look, second, size, seeds.child("event", number).integer() % 4096)
        frame += np.float32(look.noise) * noise(seeds.child("noise", second).integer(), (size, size, 1))
        yield (np.clip(frame, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)


def _set(course: Course, look: Look, dice: Dice, size: int) -> _Set:
    scene = course.scene
    hue = (HUES[scene.colour] + look.hue + dice.uniform(-0.01, 0.01)) % 1.0
    saturation = dice.uniform(*look.saturation) * (0.55 if scene.colour == "pink" else 1.0)
    colour = colorsys.hsv_to_rgb(hue, saturation, dice.uniform(*look.value))
    brightness = dice.uniform(*look.ground)
    ground = background(scene.background, size, brightness, look.texture, dice.integer(0, 1 << 30))
    for _ in range(SPECKS):
        x, y = (dice.integer(1, size - 3) for _ in range(2))
        ground[y : y + 2, x : x + 2] = dice.uniform(0.4, 0.7)
    tint = np.asarray(look.tint, dtype=np.float32)
    return _Set(course=course, ground=ground * tint, colour=np.asarray(colour, dtype=np.float32) * tint)


def _draw(scenery: _Set, look: Look, second: int, size: int, event_seed: int) -> Pixels:
    scene, frame = scenery.course.scene, scenery.ground.copy()
    inside = scene.highlight_start <= second < scene.highlight_end
    pulse = PULSE if inside and scene.event is None and second % 2 else 1.0
    now = scenery.course.group(second)
    fill = scenery.colour
    if scene.motion != "still":
        for share, opacity in TRAIL:
            before = scenery.course.group(second - share * scene.seconds)
            quarters = round(before.radius * size * 4)
            for x, y in before.centres:
                _paste(frame, stencil(scene.shape, quarters), x, y, fill, opacity)
    quarters = round(now.radius * size * 4 * pulse)
    cover, edge = stencil(scene.shape, quarters), outline(scene.shape, quarters)
    texture = _stripes(len(cover), look.stripes)
    for x, y in now.centres:
        _paste(frame, cover, x, y, fill * texture, 1.0)
        _paste(frame, edge, x, y, fill * np.float32(0.45), 0.8)
    if scene.motion == "grow":
        # The trail of what grows lies below it: it is drawn as a contour on top.
        before = scenery.course.group(second - TRAIL[0][0] * scene.seconds)
        quarters = round(before.radius * size * 4)
        for x, y in now.centres:
            _paste(frame, outline(scene.shape, quarters), x, y, np.ones(3, dtype=np.float32), 0.5)
    if inside and scene.event:
        _event(frame, scene.event, second, size, event_seed)
    return frame


def _paste(frame: Pixels, cover: Pixels, x: float, y: float, colour: Pixels, opacity: float) -> None:
    """Blend a colour (3,) or (K, K, 3) into the frame where the stencil covers it; parts outside are cut."""
    size, width = len(frame), len(cover)
    left, top = (round((0.5 + place) * size) - width // 2 for place in (x, y))
    rows, columns = (slice(max(0, start), min(size, start + width)) for start in (top, left))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    part = (
        slice(rows.start - top, rows.stop - top),
        slice(columns.start - left, columns.stop - left),
    )
    weight = (cover[part] * np.float32(opacity))[..., None]
    ink = colour[part] if colour.ndim == 3 else colour
    target = frame[rows, columns]
    target += weight * (ink - target)


def _stripes(width: int, depth: float) -> Pixels:
    """(width, width, 1) factors of the fill: diagonal stripes, four pixels wide."""
    axis = np.arange(width)
    dark = ((axis[:, None] + axis[None, :]) // 4) % 2
    return (1 - np.float32(depth) * dark.astype(np.float32))[..., None]


def _event(frame: Pixels, event: str, second: int, size: int, seed: int) -> None:
    axis = np.arange(size, dtype=np.float32) * np.float32(64 / size)
    x, y = axis[None, :], axis[:, None]
    white = np.float32(1.0)
    if event == "flash":
        frame += np.float32(0.55) * (white - frame)
    elif event == "rain":
        streak = ((3 * x + y + 7 * (seed + second)) % 24 < 3) & ((y + 5 * second + seed) % 16 < 10)
        frame += np.float32(0.7) * streak[..., None] * (np.float32(0.9) - frame)
    elif event == "smoke":
        middle_x, middle_y = 16 + (seed + 3 * second) % 32, 20 + (seed // 64) % 24
        spread = ((x - middle_x) ** 2 + (y - middle_y) ** 2) / np.float32(420)
        frame += np.clip(1 - spread, 0, np.float32(0.7))[..., None] * (np.float32(0.62) - frame)
    elif event == "border":
        rim = np.minimum(np.minimum(x, 63 - x), np.minimum(y, 63 - y)) < 4
        frame += rim[..., None] * (np.float32(0.97) - frame)
    else:
        raise ValueError(f"no such event: {event!r}")
