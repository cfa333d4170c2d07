"""How long a summary may be: a share of the video, or a time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from vsumbench.errors import OptionValueError

_TIME = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?")
_FORM = "Give a share (0.15, 15%) or a time (60s, 1m30s)."


@dataclass(frozen=True)
class Budget:
    """A budget as it was asked for: `share` of the duration, in (0, 1], or `time` in seconds, above 0."""

    share: float | None = None
    time: float | None = None

    @property
    def name(self) -> str:
        """`15 %` or `60 s`."""
        return f"{100 * self.share:g} %" if self.share is not None else f"{self.time or 0:g} s"

    def seconds(self, duration: float) -> float:
        """Seconds that may be shown of a video of this duration.

        Raises:
            OptionValueError: a time longer than the video.
        """
        if self.share is not None:
            return self.share * duration
        assert self.time is not None
        if self.time > duration:
            raise OptionValueError(
                f"a budget of {self.time:g} s is longer than the video, which lasts {duration:.2f} s.", _FORM
            )
        return self.time


def parse_budget(text: str) -> Budget:
    """`0.15`, `15%`, `60s`, `1m30s` or `1h` as a budget.

    Raises:
        OptionValueError: not of this form, or a share outside (0, 1].
    """
    asked = text.strip().lower().replace(" ", "")
    found = _TIME.fullmatch(asked)
    if asked and found is not None:
        hours, minutes, seconds = (float(part or 0) for part in found.groups())
        time = 3600 * hours + 60 * minutes + seconds
        if time <= 0:
            raise OptionValueError(f"a budget of {text!r} shows nothing.", _FORM)
        return Budget(time=time)
    percent = asked.endswith("%")
    try:
        share = float(asked.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        raise OptionValueError(f"--budget {text!r} is no budget.", _FORM) from None
    if not (math.isfinite(share) and 0 < share <= 1):
        raise OptionValueError(f"--budget {text}: a share must lie in (0, 1].", _FORM)
    return Budget(share=share)
