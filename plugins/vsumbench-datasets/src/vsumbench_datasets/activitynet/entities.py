"""The ActivityNet-Entities re-split of the validation videos, as one bit a video.

The 4 917 ids of `val_1.json` (those of `val_2.json` are among them), sorted, are numbered from 0. Bit i of
the map, the first bit of a byte being its highest, is 1 where video i is tested and 0 where it validates:
2 457 and 2 460 videos. The map is written in base64.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

VALIDATION_VIDEOS = 4_917
_IDS = "6da5bed74d0b4940843c7adce3689003d1dfbefec8181c4aa269a48cddc882b3"
"""Sha256 hex of the sorted ids, one a line."""
_TESTED = (
    "jOsXevwwfIl4QSQUUsLtTGQbaLA9K9hHXb7tgyWPZ1qXJ0dOLOgJr7S1ZNHmyKfIFtZlyVnbcfGV45iAiM5iNjEFadMaqHuj"
    "Fxx2xC72NG1Sq+LZRZM+cJirBL+UvgpSIUgd5xeVWounEpHeNLKVNc6QsUAH24Odt46s50gPCu1f2zIYAS1NxvkuvfuE7PwV"
    "/2+4DzDHgJVIn5kYWTSipx00b2MLvGGpllE/4D6B8fFGKc1NsXUdHXPSheIRS6m43n0WYb73pVhLvLc5oq7YRX+aNyLbCPsW"
    "GsDP4tgno8c9snqHMDGTz6HiKy6mqk4laKc45iJ0mN+pmhPUN90VclXYllj5q3xPUicYwneh0U0xHLUtGyBJMKGl3eb5kek6"
    "JHATZLk1c1eVFV21UdJIl0oKmP5be9SMTGyokPGuvU8jPfR2uh4bsOcdWHVGJn70MSaJoZfqn4TU+SO8DSi0K+6L/VjsQ0uK"
    "KekA0AxbjLbcJkDyu7m3XOOOGM9eWv4JweMLv8xQGJMY+Ucek6WGNxo0CmBgKoYAxwmKUk86DIqv54l1j0sG+ua6OGMBiGJe"
    "DNeCf/iIdKUYazR5pHgOvyLcUOt62aRR8LEdfwpHseesBz/Zd+VlpdhO6T57KWkE3Zl9L1L/rHsrNOwJCXLkwk7itxZ0swqU"
    "xhMABc3QSUP8QS80ur6hVobDc7uhY67z+VBjX8mchcIWbCbQg/0LEJK6wyyn9HU4kK+AaTzfKY8Z0XhFeVwRVJm/RbNlGdbI"
    "Vlk3T9e4ToXG7HYO2ZStvuNiv15H+eD1DuTsuSs53rhCW4Ri7AHg"
)


def is_published(ids: Iterable[str]) -> bool:
    """Whether these are the published validation videos, all of them."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest() == _IDS


def entities_tests(ids: Iterable[str]) -> frozenset[str]:
    """Which of the published validation videos the re-split tests; the others validate.

    Raises:
        ValueError: the ids are not the published ones, so the map says nothing of them.
    """
    ordered = sorted(ids)
    if not is_published(ordered):
        raise ValueError(f"{len(ordered)} ids that are not the {VALIDATION_VIDEOS} published ones")
    bits = base64.b64decode(_TESTED)
    return frozenset(video for i, video in enumerate(ordered) if bits[i >> 3] >> (7 - i % 8) & 1)
