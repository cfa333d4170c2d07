"""What stands around the visual embeddings when a chat model is asked, and what ends its answer.

The forms are facts of the language models (`video-llama.md`, "Prompt"); the wording is this project's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from vsumbench.contracts import Video
from vsumbench.errors import OptionValueError

from .frames import sample_steps
from .prompt import Prompt, PromptBatch
from .text import END_OF_VIDEO, VIDEO, TextCodec

Form = Literal["llama-2", "vicuna"]

SYSTEM = "You are shown frames of a video. Follow the instruction, and tell only what the video shows."
_LONGEST = 99999.9
"""Seconds that take as many digits as any video's here: more than a day."""
_SURROUNDINGS = {
    "llama-2": (f"[INST] <<SYS>>\n{SYSTEM}\n<</SYS>>\n\n", " [/INST]"),
    "vicuna": (f"{SYSTEM}###Human: ", "###Assistant:"),
}
_STOPS: dict[str, tuple[tuple[int, ...], ...]] = {
    "llama-2": (),
    # LLaMA's tokenizer writes ### as one token where a word begins, else as two.
    "vicuna": ((835,), (2277, 29937)),
}


def stops_of(form: str) -> tuple[tuple[int, ...], ...]:
    """Token sequences that end an answer beside the end token; LLaMA's ids."""
    return _STOPS.get(form, ())


def times_sentence(times: Sequence[float]) -> str:
    """How many frames are shown, and of which seconds, to one decimal."""
    shown = ", ".join(f"{time:.1f}" for time in times)
    return f"Shown are {len(times)} frames of the video, from the seconds {shown}."


@dataclass(frozen=True)
class Conversation:
    """Prompts of one form and instruction, one for each video where it tells the seconds.

    Attributes:
        form: whose turns are written.
        codec: tokenizer of the language model.
        instruction: the user's words.
        frames: frames shown of a video.
        tell_times: whether the seconds are told.
    """

    form: Form
    codec: TextCodec = field(repr=False)
    instruction: str
    frames: int
    tell_times: bool

    def prompt(self, video: Video | None = None) -> Prompt:
        """The prompt of a video; without one, that which tells no seconds."""
        if video is None or not self.tell_times:
            return self._prompt("")
        steps = list(sample_steps(video.steps, self.frames))
        return self._prompt(times_sentence(video.pick_times[steps].tolist()))

    def batch(self, videos: Sequence[Video]) -> PromptBatch:
        """The prompts of some videos, for one length that does not depend on which videos these are."""
        prompts = tuple(self.prompt(video) for video in videos)
        return PromptBatch(prompts, max(self.longest, *map(len, prompts)))

    @cached_property
    def longest(self) -> int:
        """Tokens of the longest prompt that is usual; shorter ones are padded to it."""
        return len(self._prompt(times_sentence([_LONGEST] * self.frames) if self.tell_times else ""))

    def _prompt(self, sentence: str) -> Prompt:
        before, after = _SURROUNDINGS[self.form]
        said = " ".join(part for part in (sentence, self.instruction) if part)
        codec = self.codec
        return Prompt(
            (*codec.begin, *codec.ids(f"{before}{VIDEO}")), tuple(codec.ids(f"{END_OF_VIDEO} {said}{after}"))
        )


def refuse_form(form: str, codec: TextCodec) -> None:
    """Refuse turns of a chat model for a tokenizer that cannot write them.

    Raises:
        OptionValueError: naming the form.
    """
    before, after = _SURROUNDINGS[form]
    unknown = codec.tokenizer.unk_token_id
    if unknown is not None and unknown in codec.ids(before + after):
        raise OptionValueError(
            f"option conversation = {form!r}: the tokenizer of this backbone has no words for it.",
            "Use conversation=plain.",
        )
