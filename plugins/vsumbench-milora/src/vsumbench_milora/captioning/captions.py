"""Captions with their times, and which of them say something new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

_WORD = re.compile(r"\w+")
_END = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True)
class Caption:
    """What a frame shows.

    Attributes:
        time: seconds.
        text: in words.
        frames: how many frames it stands for, itself and those left out in its favour.
    """

    time: float
    text: str
    frames: int = 1


def words_of(text: str) -> frozenset[str]:
    """The words of a text, without case and punctuation."""
    return frozenset(_WORD.findall(text.lower()))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Words in common, as a share of all, in [0, 1]; 1 for two texts without words."""
    every = one | other
    return len(one & other) / len(every) if every else 1.0


def distinct(captions: Iterable[Caption], above: float) -> list[Caption]:
    """Captions that are no near-duplicate of an earlier one, in order; those without words are left out.

    A caption is a near-duplicate if the Jaccard index of the two sets of words is greater than `above`
    (`alam-gpt4.md`, step 3). The first counts for all: `frames` says for how many.
    """
    kept: list[Caption] = []
    bags: list[frozenset[str]] = []
    for caption in captions:
        words = words_of(caption.text)
        if not words:
            continue
        same = next((place for place, bag in enumerate(bags) if jaccard(words, bag) > above), None)
        if same is None:
            kept.append(caption)
            bags.append(words)
        else:
            kept[same] = replace(kept[same], frames=kept[same].frames + caption.frames)
    return kept


def clusters(captions: Sequence[Caption], above: float) -> list[list[Caption]]:
    """Captions in groups, each caption in the first group whose first caption is similar enough.

    Args:
        captions: in order of time.
        above: similar is a Jaccard index of at least this.

    Returns:
        Groups in the order of their first captions.
    """
    groups: list[list[Caption]] = []
    for caption in captions:
        words = words_of(caption.text)
        near = next((group for group in groups if jaccard(words, words_of(group[0].text)) >= above), None)
        if near is None:
            groups.append([caption])
        else:
            near.append(caption)
    return groups


def first_sentence(text: str) -> str:
    """A text up to its first full stop, exclamation or question mark, with a full stop where it has none."""
    sentence = _END.split(text.strip(), maxsplit=1)[0]
    return sentence if sentence[-1:] in ".!?" else f"{sentence}."
