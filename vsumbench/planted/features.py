"""Simple features of a planted video: what is on screen, coded in 20 numbers a step, with noise.

They stand for an encoder's output where frames are not rendered. No entry is the salience itself; it follows
from count, motion, burst and event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsumbench.contracts.specs import FeatureSpec

from .dice import Dice
from .lexicon import BACKGROUNDS, COLOURS, EVENTS, MOTIONS, SHAPES
from .script import Scene, VideoScript
from .world import MIXES, video_seeds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH = 20
NOISE = 0.35
PLANTED_20 = FeatureSpec(
    name="planted-20", shape=(WIDTH,), dtype="float32", fps=1.0, extractor="planted-attributes@1"
)

_CODES = (
    (SHAPES, "shape", 3),
    (COLOURS, "colour", 3),
    (BACKGROUNDS, "background", 3),
    (MOTIONS, "motion", 4),
)


def step_features(script: VideoScript, per_second: int = 1) -> NDArray[np.float32]:
    """(seconds * per_second, 20) features.

    Columns: 3 shape, 3 colour, 3 background, 4 motion (binary codes as ±1), 1 count in [-1, 1], 1 burst, 1
    event, 2 which event, 2 of noise alone. Values are multiples of 1/64, so every machine writes the same
    bytes.
    """
    import numpy as np

    dice = Dice(video_seeds(MIXES[script.mix], script.id).child("features", per_second))
    rows = []
    for step in range(script.seconds * per_second):
        second = step // per_second
        code = _code(script.scene_at(second), second)
        rows.append([round((value + NOISE * dice.noise()) * 64) / 64 for value in code])
    return np.asarray(rows, dtype=np.float32)


def _code(scene: Scene, second: int) -> list[float]:
    code: list[float] = []
    for names, attribute, bits in _CODES:
        number = tuple(names).index(getattr(scene, attribute))
        code.extend(1.0 if number >> bit & 1 else -1.0 for bit in range(bits))
    inside = scene.highlight_start <= second < scene.highlight_end
    code.append((scene.count - 2.5) / 1.5)
    code.append(1.0 if inside and scene.event is None else 0.0)
    code.append(1.0 if inside and scene.event else 0.0)
    kind = tuple(EVENTS).index(scene.event) if inside and scene.event else None
    code.extend(0.0 if kind is None else 1.0 if kind >> bit & 1 else -1.0 for bit in range(2))
    return code + [0.0] * (WIDTH - len(code))
