"""How a mix of planted videos looks: two corpora of one vocabulary, rendered differently.

The difference is what a method has to close: hue, fill, backgrounds, scale, speed, noise.
"""

from __future__ import annotations

from dataclasses import dataclass

LOOK_VERSION = "1"
"""Raised whenever a pixel can change; scripts have a version of their own."""
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Look:
    """A rendering. Shares are of the frame's width; colours lie in [0, 1].

    Attributes:
        hue: turn added to every object's hue.
        saturation, value: of object colours, drawn once a scene.
        stripes: depth of the stripes on objects; 0 is a solid fill.
        tint: what red, green and blue are multiplied by, everywhere.
        ground: brightness of backgrounds, drawn once a scene.
        texture: depth of background textures.
        radius: of a single object; several are smaller.
        path: what a moving group travels in one scene.
        noise: standard deviation of the noise of every pixel.
    """

    hue: float
    saturation: Range
    value: Range
    stripes: float
    tint: tuple[float, float, float]
    ground: Range
    texture: float
    radius: Range
    path: float
    noise: float


PLAIN = Look(
    hue=0.0,
    saturation=(0.85, 1.0),
    value=(0.85, 1.0),
    stripes=0.0,
    tint=(1.0, 1.0, 1.0),
    ground=(0.25, 0.4),
    texture=0.25,
    radius=(0.16, 0.21),
    path=0.56,
    noise=0.02,
)
WORN = Look(
    hue=0.04,
    saturation=(0.6, 0.85),
    value=(0.65, 0.9),
    stripes=0.22,
    tint=(1.06, 0.98, 0.86),
    ground=(0.36, 0.54),
    texture=0.4,
    radius=(0.14, 0.185),
    path=0.46,
    noise=0.035,
)

LOOKS: dict[str, Look] = {"pretraining": PLAIN, "target": WORN, "toy": WORN}
"""Name of a mix → how its videos look."""
HUES = {
    "red": 0.0,
    "orange": 0.07,
    "yellow": 0.15,
    "green": 0.33,
    "cyan": 0.5,
    "blue": 0.63,
    "purple": 0.76,
    "pink": 0.9,
}
