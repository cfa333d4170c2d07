"""The pre-training corpus: planted videos of the other mix and look, with what their generator knows.

Its vocabulary is that of the planted editions; its videos, its frequencies and its rendering are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vsumbench.planted import PRETRAINING, Scene, VideoScript, sentences, write_script
from vsumbench.planted.lexicon import BACKGROUNDS, COLOURS, COUNTS, EVENTS, MOTIONS, SHAPES
from vsumbench.planted.motion import Group, courses
from vsumbench.planted.render import render
from vsumbench_milora.video_llama.frames import sample_steps

CLASSES: dict[str, tuple[str, ...]] = {
    "shape": tuple(SHAPES),
    "colour": tuple(COLOURS),
    "count": tuple(str(count) for count in COUNTS),
    "background": tuple(BACKGROUNDS),
    "motion": tuple(MOTIONS),
    "event": ("none", *EVENTS),
}
"""Attribute → its classes, in the order of their labels."""
MOST_SCENES = 3
IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """N videos seen at T steps each.

    Attributes:
        pixels: (N, T, S, S, 3) uint8.
        frames: attribute → (N, T) labels of what each frame shows.
        places: (N, T, 3) x and y of the group's middle and the radius, in frame widths.
        covered: (N, T, P, P) whether an object covers each patch's middle.
        scenes: attribute → (N, 3) labels of the scenes in order, IGNORED where there is none.
    """

    scripts: tuple[VideoScript, ...]
    pixels: NDArray[np.uint8] = field(repr=False)
    frames: dict[str, NDArray[np.int64]] = field(repr=False)
    places: NDArray[np.float32] = field(repr=False)
    covered: NDArray[np.bool_] = field(repr=False)
    scenes: dict[str, NDArray[np.int64]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.scripts)

    def caption(self, video: int, wording: int) -> str:
        """A caption of one video; every wording tells the same events in other words."""
        return " ".join(sentences(self.scripts[video], wording))


def make_corpus(
    ids: Sequence[str], frames: int, size: int, patch: int, told: Callable[[int], None] | None = None
) -> Corpus:
    """Draw the videos of these ids. `told` is given the number drawn so far."""
    grid = size // patch
    count, shape = len(ids), (len(ids), frames)
    pixels = np.empty((*shape, size, size, 3), dtype=np.uint8)
    labels = {name: np.empty(shape, dtype=np.int64) for name in CLASSES}
    places = np.empty((*shape, 3), dtype=np.float32)
    covered = np.empty((*shape, grid, grid), dtype=np.bool_)
    scenes = {name: np.full((count, MOST_SCENES), IGNORED, dtype=np.int64) for name in CLASSES}
    scripts = []
    for number, video_id in enumerate(ids):
        script = write_script(PRETRAINING, video_id)
        seconds = sample_steps(script.seconds, frames)
        pixels[number] = list(render(script, seconds, size))
        paths = courses(script)
        for step, second in enumerate(seconds):
            scene = script.scene_at(second)
            group = paths[script.scenes.index(scene)].group(second)
            visible = scene.event if scene.highlight_start <= second < scene.highlight_end else None
            for name, value in _labels(scene, visible).items():
                labels[name][number, step] = value
            middle = np.mean(group.centres, axis=0)
            places[number, step] = (*middle, group.radius)
            covered[number, step] = _covered(group, grid)
        for place, scene in enumerate(script.scenes):
            for name, value in _labels(scene, scene.event).items():
                scenes[name][number, place] = value
        scripts.append(script)
        if told is not None:
            told(number + 1)
    return Corpus(
        scripts=tuple(scripts), pixels=pixels, frames=labels, places=places, covered=covered, scenes=scenes
    )


def _labels(scene: Scene, event: str | None) -> dict[str, int]:
    values = {
        "shape": scene.shape,
        "colour": scene.colour,
        "count": str(scene.count),
        "background": scene.background,
        "motion": scene.motion,
        "event": event or "none",
    }
    return {name: CLASSES[name].index(value) for name, value in values.items()}


def _covered(group: Group, grid: int) -> NDArray[np.bool_]:
    middles = (np.arange(grid) + 0.5) / grid - 0.5
    found = np.zeros((grid, grid), dtype=np.bool_)
    for x, y in group.centres:
        found |= (middles[None, :] - x) ** 2 + (middles[:, None] - y) ** 2 <= group.radius**2
    return found
