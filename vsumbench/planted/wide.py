"""The 20 attributes of a planted video spread over many columns, in the form of GoogLeNet's pool5 vectors.

Published feature files hold 1,024 values that are not negative, in rows of length 1. These are the same: sums
of a few attributes with fixed signs, cut off at zero, with noise of their own in every column. Every
attribute is in many columns, and none is a column by itself.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from vsumbench.contracts.seeds import Seeds

from .dice import Dice
from .features import WIDTH, step_features
from .script import VideoScript
from .world import MIXES, ROOT, VERSION, video_seeds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ADDED = 4
"""Attributes that are added up in one column."""
NOISE = 0.5


def wide_features(script: VideoScript, per_second: int = 2, width: int = 1024) -> NDArray[np.float32]:
    """(seconds * per_second, width) features: not negative, each row of Euclidean length 1.

    Before a row is divided by its length all values are multiples of 1/64, so that sums are exact and every
    machine writes the same bytes.
    """
    import numpy as np

    from .noise import noise

    code = step_features(script, per_second).astype(np.float64)
    seeds = video_seeds(MIXES[script.mix], script.id).child("wide", per_second, width)
    own = np.round(noise(seeds.integer(), (len(code), width)).astype(np.float64) * (NOISE * 64)) / 64
    values = np.maximum(code @ _mixing(width) + own, 0.0)
    lengths = np.sqrt((values * values).sum(axis=1, keepdims=True))
    rows: NDArray[np.float32] = (values / np.maximum(lengths, 1.0)).astype(np.float32)
    return rows


@cache
def _mixing(width: int) -> NDArray[np.float64]:
    """(20, width) of -1, 0 and 1: `ADDED` attributes a column, the same for every video and mix."""
    import numpy as np

    dice = Dice(Seeds(ROOT).child("planted", VERSION, "wide", width))
    mixing = np.zeros((WIDTH, width))
    for column in range(width):
        for row in dice.shuffled(range(WIDTH))[:ADDED]:
            mixing[row, column] = dice.choice((-1.0, 1.0))
    return mixing
