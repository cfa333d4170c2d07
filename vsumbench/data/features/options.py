"""What an extractor is told beside device and precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ON_CPU, ELSEWHERE = 8, 32
"""Frames at once by default. A CPU gains nothing from more, and what is computed on them fills the memory."""


@dataclass(frozen=True)
class ExtractionOptions:
    """The options of a context in which an extractor is built.

    Attributes:
        batch: frames that go through the network together, or None for the default of the device. It changes
            speed and memory, and no value by more than rounding.
    """

    batch: int | None = None


def frames_at_once(options: Any, device: str) -> int:
    """The batch size for a device (`cpu`, `cuda:0`); options of anybody else (of a model) do not set it."""
    asked = options.batch if isinstance(options, ExtractionOptions) else None
    return asked or (ON_CPU if device == "cpu" else ELSEWHERE)
