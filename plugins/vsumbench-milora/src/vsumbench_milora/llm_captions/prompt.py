"""What the language model is told. The wording is this project's own; a change of it is a new version."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vsumbench_milora.captioning.captions import Caption

SYSTEM = {
    "1": "You write short summaries of videos. You have not seen the video; you are given what single "
    "frames of it show, in order, each with its time in seconds.",
}
_TASK = {
    "1": "Tell in one paragraph of plain English, in the present tense, what happens in this video from "
    "beginning to end. Use at most {words} words. Name each thing that happens once. Leave out times, and "
    "leave out that these are frames or descriptions. Say nothing that the descriptions do not say.",
}
WORDS_A_TOKEN = 0.65
"""Words of English a token, a little low, so that a text ends before it is cut."""
LETTERS_A_TOKEN = 4
"""Letters of English a token, for estimates alone: no tokenizer is the right one for every endpoint."""
TOKENS_A_MESSAGE = 4
"""Tokens around each message, for estimates alone."""

Messages = list[dict[str, str]]


def messages(version: str, duration: float, captions: Sequence[Caption], max_tokens: int) -> Messages:
    """The two messages of a request.

    Args:
        version: of the wording.
        duration: seconds of the video.
        captions: in order of time, at least one.
        max_tokens: most tokens of the answer.
    """
    lines = "\n".join(f"{caption.time:.1f} s: {caption.text}" for caption in captions)
    task = _TASK[version].format(words=int(max_tokens * WORDS_A_TOKEN))
    said = f"The video lasts {duration:.1f} seconds.\n\n{lines}\n\n{task}"
    return [{"role": "system", "content": SYSTEM[version]}, {"role": "user", "content": said}]


def estimated_tokens(said: Messages) -> int:
    """About how many tokens messages are."""
    return sum(math.ceil(len(one["content"]) / LETTERS_A_TOKEN) + TOKENS_A_MESSAGE for one in said)
