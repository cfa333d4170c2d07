"""Which frames of a video are looked at: three rules, each with a name that is recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from vsumbench.errors import OptionValueError

Rule = Literal["fps", "count", "every"]
CLOSE = 1e-6
"""Seconds within which a time is an instant: float64 arithmetic on time stamps, which are never finer."""


@dataclass(frozen=True)
class Sampling:
    """A rule that picks frames by their times (dependencies.md section 5).

    - `fps`: step k is the first frame whose time is at or after k / value seconds; each frame at most once,
      so a value above the video's own rate takes every frame.
    - `count`: the frame that is shown in the middle of each of `value` parts of equal duration; each frame at
      most once, so a value above the number of frames takes every frame.
    - `every`: each value-th frame, beginning with the first.

    Attributes:
        rule: `fps`, `count` or `every`.
        value: steps a second, steps in all, or frames a step.

    Raises:
        OptionValueError: an unknown rule, a value that is not positive, or a fraction of a frame.
    """

    rule: Rule = "fps"
    value: float = 2.0

    def __post_init__(self) -> None:
        if self.rule not in get_args(Rule):
            raise OptionValueError(
                f"no sampling rule {self.rule!r}; there are {', '.join(get_args(Rule))}.", "Use `fps=2`."
            )
        if isinstance(self.value, bool) or not math.isfinite(self.value) or self.value <= 0:
            raise OptionValueError(f"sampling {self.rule}={self.value}: expected a number above 0.")
        if self.rule != "fps" and self.value != int(self.value):
            raise OptionValueError(f"sampling {self.rule}={self.value}: expected a whole number of frames.")

    @property
    def name(self) -> str:
        """`fps=2`: what records and caches keep."""
        value = int(self.value) if self.value == int(self.value) else self.value
        return f"{self.rule}={value!r}"

    @classmethod
    def parse(cls, name: str) -> Sampling:
        """The sampling of this name: `fps=2`, `count=64`, `every=15`.

        Raises:
            OptionValueError: not of this form.
        """
        rule, _, value = name.partition("=")
        try:
            number = float(value)
        except ValueError:
            raise OptionValueError(
                f"sampling {name!r}: expected a rule and a number.", "Use `fps=2`, `count=64` or `every=15`."
            ) from None
        return cls(rule.strip(), number)  # type: ignore[arg-type]

    def picks(self, times: NDArray[np.float64], duration: float) -> NDArray[np.int64]:
        """(T,) indices into `times`, strictly increasing.

        Args:
            times: (N,) seconds of the frames, increasing.
            duration: seconds of the whole video.
        """
        import numpy as np

        if self.rule == "every":
            return np.arange(0, len(times), int(self.value), dtype=np.int64)
        if self.rule == "count":
            # The middles that lie before each frame's end, counted: any number of parts costs the same.
            ends = np.append(np.asarray(times)[1:], duration) - CLOSE
            passed = np.ceil(ends * (self.value / duration) - 0.5)
            return np.flatnonzero(np.diff(passed, prepend=0.0) > 0).astype(np.int64)
        # A frame is a step where an instant k / value lies after the frame before it and not after itself.
        passed = np.floor((np.asarray(times) + CLOSE) * self.value)
        return np.flatnonzero(np.diff(passed, prepend=-1.0) > 0).astype(np.int64)
