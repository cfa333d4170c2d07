"""References to frames within an answer: `[<f3>]`, which the record defines, or seconds as in `[4.0]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vsumbench.contracts import TimedText

_TOKEN = r"<[a-z]\d+>"


def _marks(item: str) -> re.Pattern[str]:
    return re.compile(rf"\[\s*({item}(?:\s*,\s*{item})*)\s*\]|({_TOKEN})")


_TOKENS = _marks(_TOKEN)
_SECONDS = _marks(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Told:
    """A sentence, without its references, and the seconds it refers to, in order; there may be none."""

    text: str
    seconds: tuple[float, ...]


def split_answer(answer: str, tokens: Mapping[str, float]) -> list[Told]:
    """The sentences of an answer with the references that stand before each.

    References that follow one another belong to the sentence behind them; those behind the last sentence, or
    of an answer of references alone, come with an empty text. Where the record defines tokens, a number in
    brackets is a word like others.

    Raises:
        KeyError: a token that is not defined.
    """
    pieces, position, waiting = [], 0, list[float]()
    for mark in (_TOKENS if tokens else _SECONDS).finditer(answer):
        before = " ".join(answer[position : mark.start()].split())
        if before:
            pieces.append(Told(before, _ordered(waiting)))
            waiting = []
        for item in (mark[1] or mark[2]).split(","):
            name = item.strip()
            waiting.append(tokens[name] if name.startswith("<") else float(name))
        position = mark.end()
    last = " ".join(answer[position:].split())
    if last or waiting:
        pieces.append(Told(last, _ordered(waiting)))
    return pieces


def without_references(told: Iterable[Told]) -> str:
    """The sentences joined by one space."""
    return " ".join(sentence.text for sentence in told if sentence.text)


def with_references(told: Iterable[Told]) -> str:
    """The sentences as the paper prints them: `[0.0]A man opens a door. [4.0][5.0]He leaves.`"""
    return " ".join(
        "".join(f"[{second:.1f}]" for second in sentence.seconds) + sentence.text for sentence in told
    )


def timed(told: Iterable[Told], duration: float) -> tuple[TimedText, ...]:
    """Each sentence from the first second it refers to, to the end of the last; without one, all of the
    video."""
    return tuple(
        TimedText(start=sentence.seconds[0], end=sentence.seconds[-1] + 1.0, text=sentence.text)
        if sentence.seconds
        else TimedText(start=0.0, end=duration, text=sentence.text)
        for sentence in told
        if sentence.text
    )


def _ordered(seconds: Iterable[float]) -> tuple[float, ...]:
    return tuple(sorted(set(seconds)))
