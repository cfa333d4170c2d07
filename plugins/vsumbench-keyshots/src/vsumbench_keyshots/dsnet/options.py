"""What the options of both detectors have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from vsumbench_keyshots.shared.inputs import FRAME_FEATURES
from vsumbench_keyshots.shared.options import FrameOptions, require, require_share

INPUTS = tuple(replace(one, change_points=True) for one in FRAME_FEATURES)
"""Shots are read for the summary that is learned, and for nothing else."""


@dataclass(frozen=True)
class DsnetOptions(FrameOptions):
    """Options of both detectors, described where each has its own."""

    base: Literal["attention", "lstm", "bilstm", "linear", "gcn"] = "attention"
    heads: int = 8
    hidden: int = 128
    dropout: float = 0.5
    nms: float = 0.5
    location_weight: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout")
        for name in ("heads", "hidden"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        require(0 < self.nms <= 1, f"nms is {self.nms}, expected a share above 0, up to 1")
        require(self.location_weight >= 0, f"location_weight is {self.location_weight}, expected 0 or more")
