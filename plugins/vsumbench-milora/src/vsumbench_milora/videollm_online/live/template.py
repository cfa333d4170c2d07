"""A conversation as tokens: what the language model reads, and what it is to say after each token.

    SYSTEM
    [<v>…<v>,<v>…<v>]
    User: …
    Assistant: …<end>

A frame is `tokens` placeholders; in v1+ a comma stands between frames, in v1 nothing does. After the last
token of a frame of a learned stream the label says whether to keep silent: the comma (v1+) or the end token
(v1) before another frame, and `]` where an answer starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vsumbench.errors import MismatchError

from .wording import PLACEHOLDER, Wording

IGNORED = -100
"""The label after which nothing is learned."""
USER, ASSISTANT = "\nUser: ", "\nAssistant:"
OPEN, CLOSE = "\n[", "]"


@dataclass(frozen=True)
class Layout:
    """How a frame is written: `tokens` placeholders, and `separator` between two frames."""

    tokens: int
    separator: str

    @classmethod
    def of(cls, grid: int) -> Layout:
        """Of a frame seen as its pooled vector and grid x grid averages: v1 (grid 0), v1+ (grid 3)."""
        return cls(1 + grid * grid, "," if grid else "")

    def frames(self, count: int) -> str:
        """The text of a run of frames."""
        return self.separator.join([PLACEHOLDER * self.tokens] * count)

    def silence(self, wording: Wording) -> int:
        """The token that says "keep silent" after a frame."""
        return wording.id_of(self.separator) if self.separator else wording.end


@dataclass(frozen=True)
class Frames:
    """Frames that come in. After the first `learned` of them silence, or an answer, is learned.

    Where an answer follows at once and all are learned, the last one's label is `]`.
    """

    count: int
    learned: int = 0


@dataclass(frozen=True)
class User:
    """What the user says."""

    text: str


@dataclass(frozen=True)
class Assistant:
    """What the assistant answers; learned, with its name in front and the end token behind it, or given.

    Behind an answer that is not `whole` the end token is read, as in generation that reached its limit, and
    not learned: a text that was cut does not end there.
    """

    text: str
    learned: bool = True
    whole: bool = True


Turn = Frames | User | Assistant


@dataclass(frozen=True)
class Encoded:
    """Token ids, and for each the label of what comes after it (-100: not learned)."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class _Written:
    """Text, where learned answers stand in it, and how many frames of each run are learned."""

    text: str
    answers: tuple[range, ...]
    runs: tuple[Frames, ...]


def encode(turns: Sequence[Turn], system: str, layout: Layout, wording: Wording) -> Encoded:
    """A whole conversation with its labels.

    The text is cut into tokens as a whole, so that tokens across the borders of turns come out as they do in
    generation. Answers are learned from their name on, as the published code does.

    Raises:
        MismatchError: a text holds the placeholder of frames.
    """
    written = _write(turns, system, layout, wording)
    ids, starts = wording.tokens(written.text)
    labels = [IGNORED] * len(ids)
    for answer in written.answers:
        for place in range(1, len(ids)):
            if starts[place] in answer:
                labels[place - 1] = ids[place]
    ends = _frame_ends(ids, layout, wording)
    if len(ends) != sum(run.count for run in written.runs):
        raise MismatchError(
            f"a text of this conversation holds {PLACEHOLDER!r}, which stands for frames.",
            "Leave it out of prompt, system line and references.",
        )
    number = 0
    for run in written.runs:
        for place in ends[number : number + run.learned]:
            following = ids[place + 1]
            labels[place] = wording.end if following == wording.placeholder else following
        number += run.count
    return Encoded(tuple(ids), tuple(labels))


def conversation_tokens(turns: Sequence[Turn], system: str, layout: Layout, wording: Wording) -> int:
    """How many tokens a conversation is, without writing down all of its frames."""
    single = [replace(turn, count=1) if isinstance(turn, Frames) and turn.count else turn for turn in turns]
    text = len(wording.tokens(_write(single, system, layout, wording).text)[0])
    frame = len(wording.tokens(layout.separator)[0]) + layout.tokens
    return text + sum((turn.count - 1) * frame for turn in turns if isinstance(turn, Frames) and turn.count)


def opening(turns: Sequence[Turn], system: str, layout: Layout, wording: Wording, then: str) -> list[int]:
    """Ids of a conversation that goes on with `then`: `ASSISTANT` for an answer, `OPEN` for frames."""
    return wording.tokens(_write(turns, system, layout, wording).text + then)[0]


def _write(turns: Sequence[Turn], system: str, layout: Layout, wording: Wording) -> _Written:
    text = f"{wording.begin_text}{system}\n"
    answers: list[range] = []
    runs: list[Frames] = []
    for turn in turns:
        if isinstance(turn, Frames):
            if turn.count:
                text += f"{OPEN}{layout.frames(turn.count)}{CLOSE}"
                runs.append(turn)
        elif isinstance(turn, User):
            text += f"{USER}{turn.text}"
        else:
            start = len(text) + 1
            text += f"{ASSISTANT} {turn.text}"
            said = len(text)
            text += wording.end_text
            if turn.learned:
                answers.append(range(start, len(text) if turn.whole else said))
    return _Written(text, tuple(answers), tuple(runs))


def _frame_ends(ids: Sequence[int], layout: Layout, wording: Wording) -> list[int]:
    """Where the last token of each frame stands."""
    places = [place for place, token in enumerate(ids) if token == wording.placeholder]
    return places[layout.tokens - 1 :: layout.tokens]
