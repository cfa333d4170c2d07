"""Whether conversations fit into the positions of the language model, and how many answers are cut."""

from __future__ import annotations

from collections.abc import Sequence

from vsumbench.errors import MismatchError, OptionValueError

from .conversations import Example, asked_turns, lesson
from .live.seeing import chosen_steps, times_of
from .live.template import Assistant, Frames, Layout, Turn, User, conversation_tokens
from .live.wording import Wording
from .options import OnlineOptions

RELEASED_ADAPTER, RELEASED_FRAMES = "videollm-online-8b-v1plus", 1200
"""The published adapter has learned streams of up to 1200 frames (`videollm-online.md`, "max frames"): 13,199
tokens, where Llama 3 says 8192 positions. With it frames are counted, not tokens (inferred)."""


def room_of(options: OnlineOptions, positions: int) -> int | None:
    """Most tokens of a conversation; None where frames are counted instead.

    Args:
        options: with or without the published adapter.
        positions: of the language model, by its configuration.
    """
    return None if options.adapter == RELEASED_ADAPTER else positions


def require_room(options: OnlineOptions, positions: int, wording: Wording) -> None:
    """Refuse options that give a video more frames than can be read with what is asked and answered.

    Of a stream one answer is counted: how many there are is known when it is taught or read.

    Raises:
        OptionValueError: `max_frames` frames, what is asked and one answer do not fit.
    """
    room, layout, most = room_of(options, positions), Layout.of(options.grid), options.max_frames
    rest = "longer videos are then seen at that many of their steps."
    if room is None:
        if most > RELEASED_FRAMES:
            raise OptionValueError(
                f"option max_frames = {most}: the adapter {options.adapter!r} has learned streams of up to "
                f"{RELEASED_FRAMES} frames.",
                f"Use `--set max_frames={RELEASED_FRAMES}` or less; {rest}",
            )
        return
    taken = _taken(options, layout, wording)
    if taken <= room:
        return
    frame = layout.tokens + len(wording.tokens(layout.separator)[0])
    fitting = most - -(-(taken - room) // frame)
    hint = "Use a smaller max_new_tokens, or a shorter prompt."
    if fitting >= 1:
        hint = f"Use `--set max_frames={fitting}` or less, or a smaller max_new_tokens; {rest}"
    raise OptionValueError(
        f"option max_frames = {most}: with what is asked and an answer of {options.max_new_tokens} tokens "
        f"that is {taken} tokens; the language model {options.language!r} has {room} positions.",
        hint,
    )


def cut_answers(examples: Sequence[Example], options: OnlineOptions, positions: int, wording: Wording) -> int:
    """How many answers of these conversations are cut before they are taught. No frame is read.

    Raises:
        MismatchError: a conversation does not fit into the positions.
    """
    room, layout, cut = room_of(options, positions), Layout.of(options.grid), 0
    for example in examples:
        video = example.video
        steps = chosen_steps(video.steps, options.max_frames)
        turns = lesson(example, times_of(video, steps), options, wording)
        cut += sum(isinstance(turn, Assistant) and not turn.whole for turn in turns)
        length = conversation_tokens(turns, options.system, layout, wording)
        if room is not None and length > room:
            raise MismatchError(
                f"what is taught of video {video.id!r}, {len(steps)} frames and what is said of them, is "
                f"{length} tokens; the language model {options.language!r} has {room} positions.",
                "Use a smaller max_frames or max_new_tokens.",
            )
    return cut


def _taken(options: OnlineOptions, layout: Layout, wording: Wording) -> int:
    """Tokens of `max_frames` frames, what is asked, one answer of the greatest length and its end token."""
    count, said = options.max_frames, Assistant("")
    ways: list[list[Turn]] = [[*asked_turns(count, options), said]]
    if "stream" in (options.mode, options.target):
        ways.append([User(options.stream_prompt), Frames(count), said])
    most = max(conversation_tokens(turns, options.system, layout, wording) for turns in ways)
    return most + options.max_new_tokens
