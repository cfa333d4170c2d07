"""Frame after frame: keep silent, or answer (`videollm-online.md`, "Idea" and "Harness use")."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .generation import Thread, answer
from .live.network import Live
from .live.template import ASSISTANT, CLOSE, OPEN, Layout, User, opening
from .live.wording import Wording


@dataclass(frozen=True)
class Response:
    """An answer given after frame number `frame`, as token ids without the end token."""

    frame: int
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Streamed:
    """What happened while T frames came in.

    Attributes:
        silence: (T,) probability of keeping silent after each frame, in [0, 1].
        responses: in time order.
    """

    silence: NDArray[np.float64] = field(repr=False)
    responses: tuple[Response, ...]


@dataclass(frozen=True)
class Streamer:
    """How a stream is read.

    Attributes:
        system, prompt: the system line, and what the user asks before the first frame.
        threshold: a probability of silence below it counts as 0.
        limit: most tokens of a response.
        cached: keep keys and values; see `Thread`.
        room: most tokens of a stream with its answers; None for any number.
    """

    live: Live
    layout: Layout
    wording: Wording
    system: str
    prompt: str
    threshold: float
    limit: int
    cached: bool = True
    room: int | None = None

    @torch.no_grad()
    def run(self, tokens: Tensor, video: str = "") -> Streamed:
        """Read (T, n, Dv) tokens of a video's frames one frame after the other.

        Whatever is more likely than silence after a frame starts an answer, as in the published
        demonstration; the answer is then asked for with its fixed beginning.

        Raises:
            MismatchError: with its answers the stream is longer than `room`.
        """
        wording, silent = self.wording, self.layout.silence(self.wording)
        thread = Thread(self.live, cached=self.cached, room=self.room, about=video)
        asked = [User(self.prompt)]
        waiting = opening(asked, self.system, self.layout, wording, OPEN)
        going_on = [silent] if self.layout.separator else []
        asking, again = wording.tokens(CLOSE + ASSISTANT)[0], wording.tokens(OPEN)[0]
        silence = np.empty(len(tokens))
        responses: list[Response] = []
        seen = self.live.seen(tokens.to(self.live.device))
        for frame, made in enumerate(seen):
            words = thread.words(waiting)
            logits = thread.read(torch.cat([words, made.to(words.dtype)]))
            chances = logits.softmax(dim=-1)
            silence[frame] = float(chances[silent])
            if chances[silent] < self.threshold:
                chances[silent] = 0.0
            if int(chances.argmax()) == silent:
                waiting = going_on
                continue
            said = answer(thread, thread.read(thread.words(asking)), limit=self.limit, end=wording.end)
            responses.append(Response(frame, tuple(said)))
            waiting = [wording.end, *again]
        return Streamed(silence, tuple(responses))
