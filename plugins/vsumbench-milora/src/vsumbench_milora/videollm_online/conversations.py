"""Samples as conversations: what is learned of a video, and how it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Sample, TimedText, Video
from vsumbench.errors import MismatchError

from .live.template import Assistant, Frames, Turn, User
from .live.wording import Wording
from .options import OnlineOptions


@dataclass(frozen=True)
class Example:
    """A video, the text to learn, and its sentences with their times, where the sample has them."""

    video: Video
    text: str
    captions: tuple[TimedText, ...] = ()


def examples_of(samples: Sequence[Sample], options: OnlineOptions) -> list[Example]:
    """Each video with its first text reference and the timed captions of that text.

    Raises:
        MismatchError: a video has no text; or a stream is to be learned and no video has timed captions.
    """
    examples = []
    for sample in samples:
        texts, captions = sample.annotations.texts, sample.annotations.captions
        if not texts:
            raise MismatchError(
                f"video {sample.video.id!r} has no text to learn from.", "Use a dataset with text references."
            )
        examples.append(Example(sample.video, texts[0], captions[0] if captions else ()))
    if examples and options.target == "stream" and not any(example.captions for example in examples):
        raise MismatchError(
            f"none of the {len(examples)} videos has timed captions, which a stream is learned from.",
            "Use a dataset with timed captions, or learn the whole text: `--set target=caption`.",
        )
    return examples


def lesson(
    example: Example, times: NDArray[np.float64], options: OnlineOptions, wording: Wording
) -> list[Turn]:
    """The conversation that is taught of a video seen at these times (T,), in seconds.

    Answers are no longer than those that are written. One that is cut is taught as far as it stands, without
    an end token behind it: else the model would learn to stop in the middle of a sentence (inferred).
    """
    return [_cut(turn, options.max_new_tokens, wording) for turn in learned_turns(example, times, options)]


def _cut(turn: Turn, limit: int, wording: Wording) -> Turn:
    if not isinstance(turn, Assistant):
        return turn
    # Written answers begin behind the colon, so the space in front belongs to their tokens.
    said = wording.cut(f" {turn.text}", limit)[1:]
    return turn if said == turn.text else replace(turn, text=said, whole=False)


def learned_turns(example: Example, times: NDArray[np.float64], options: OnlineOptions) -> list[Turn]:
    """The conversation that is learned of a video seen at these times (T,), in seconds, nothing cut."""
    if options.target == "stream" and example.captions:
        return stream_turns(example.captions, times, options.stream_prompt)
    return [Frames(len(times)), User(options.prompt), Assistant(example.text)]


def stream_turns(captions: Sequence[TimedText], times: NDArray[np.float64], prompt: str) -> list[Turn]:
    """The user asks first; each caption is the answer at the first frame not before its end (inferred).

    Captions that end later than the last frame are answered there, and those of one frame together, in the
    order of their ends. After the last answer silence is learned to the end of the video.
    """
    answers: dict[int, list[str]] = {}
    for caption in sorted(captions, key=lambda one: (one.end, one.start)):
        frame = min(int(np.searchsorted(times, caption.end, side="left")), len(times) - 1)
        answers.setdefault(frame, []).append(caption.text)
    turns: list[Turn] = [User(prompt)]
    begun = 0
    for frame, texts in sorted(answers.items()):
        count = frame + 1 - begun
        turns += [Frames(count, learned=count), Assistant(" ".join(texts))]
        begun = frame + 1
    if begun < len(times):
        # What comes after the last frame is not known, so nothing is learned there.
        turns.append(Frames(len(times) - begun, learned=len(times) - begun - 1))
    return turns


def asked_turns(count: int, options: OnlineOptions) -> list[Turn]:
    """What an answer about `count` frames is asked with."""
    return [Frames(count), User(options.prompt)]
