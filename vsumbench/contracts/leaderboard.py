"""Where a distribution keeps its leaderboards: reported numbers and board specs, as package data."""

from __future__ import annotations

from dataclasses import dataclass

from .specs import FIRST_API_VERSION, Citation


@dataclass(frozen=True, kw_only=True)
class LeaderboardSpec:
    """A folder of boards.

    Attributes:
        id: the paper or standing board (`mllm-semantic`).
        package: importable package whose data files hold `reported.csv` and `boards/*.yaml`.
        sort_key: papers are listed in this order.
    """

    id: str
    title: str
    package: str
    sort_key: str = ""
    citation: Citation | None = None
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION
