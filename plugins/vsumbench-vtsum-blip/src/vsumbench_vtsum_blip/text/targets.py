"""The text that is learned: a paragraph as VideoXum's reference, behind the prompt (protocols.md b)."""

from __future__ import annotations

import re

from vsumbench_vtsum_blip.options import PROMPT

_REPLACED = re.compile(r'[.!"()*#:;~]')
_SPACES = re.compile(r"\s{2,}")


def target_text(reference: str, max_words: int) -> str:
    """The prompt and the cleaned reference.

    Lower-cased, each of `. ! " ( ) * # : ; ~` replaced by a space, runs of white space collapsed, and cut to
    `max_words` words.
    """
    clean = _SPACES.sub(" ", _REPLACED.sub(" ", reference.lower())).rstrip("\n").strip(" ")
    return PROMPT + " ".join(clean.split(" ")[:max_words])
