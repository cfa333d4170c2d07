"""Words of a text, for statistics that need no published tokeniser."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def words(text: str) -> list[str]:
    """Lower-cased runs of letters and digits, joined by inner apostrophes and hyphens; punctuation goes."""
    return _WORD.findall(text.lower())
