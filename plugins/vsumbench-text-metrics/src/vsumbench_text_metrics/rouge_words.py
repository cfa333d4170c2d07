"""The words rouge-score reads: lower-cased runs of a-z and 0-9, stemmed where longer than three letters."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

_WORD = re.compile("[a-z0-9]+")
_SHORT = 3
"""Words of so many letters or fewer are never stemmed."""


def words(text: str, *, stem: bool) -> list[str]:
    """The words of a text, as rouge-score 0.1.2 has them with `use_stemmer` on or off."""
    found = _WORD.findall(text.lower())
    if not stem:
        return found
    return [_stem(word) if len(word) > _SHORT else word for word in found]


def sentences(text: str, *, stem: bool) -> list[list[str]]:
    """The words of each line that is not empty: what rougeLsum takes for sentences."""
    return [words(line, stem=stem) for line in text.split("\n") if line]


def readable(text: str) -> bool:
    """Whether the text has any word."""
    return _WORD.search(text.lower()) is not None


def forget() -> None:
    """Forget the stems of all words read so far; only a measurement of speed needs it."""
    _stem.cache_clear()


# Texts of one data set repeat a few thousand words; the bound only keeps strange input from filling memory.
@functools.lru_cache(maxsize=1 << 17)
def _stem(word: str) -> str:
    return _stemmer()(word)


@functools.cache
def _stemmer() -> Callable[[str], str]:
    from nltk.stem.porter import PorterStemmer  # type: ignore[import-untyped]

    stem: Callable[[str], str] = PorterStemmer().stem
    return stem
