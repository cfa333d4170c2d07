"""A conversation that grows, with its keys and values kept, and greedy answers in it."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import DynamicCache

from vsumbench.errors import MismatchError

from .live.network import Live


class Thread:
    """One conversation as far as it has been read.

    Args:
        live: who reads.
        cached: keep keys and values of what was read. Otherwise everything is read again each time, which
            gives the same and takes a quadratic number of steps: the test oracle.
        room: most tokens; None for any number.
        about: id of the video, for the error.
    """

    def __init__(self, live: Live, *, cached: bool = True, room: int | None = None, about: str = "") -> None:
        self._live = live
        self._room, self._about, self._length = room, about, 0
        self._cache = DynamicCache() if cached else None
        self._read: list[Tensor] = []

    @torch.no_grad()
    def read(self, embedded: Tensor) -> Tensor:
        """Go on with (L, D) embeddings; (V,) logits of what comes after the last one.

        Raises:
            MismatchError: there is no room for them.
        """
        self._length += len(embedded)
        if self._room is not None and self._length > self._room:
            raise MismatchError(
                f"the conversation about video {self._about!r} has come to {self._length} tokens; the "
                f"language model has {self._room} positions.",
                "Use a smaller max_frames or max_new_tokens; in a stream, a lower stream_threshold brings "
                "fewer answers.",
            )
        if self._cache is not None:
            hidden = self._live.hidden(embedded[None], self._cache)
        else:
            self._read.append(embedded)
            hidden = self._live.hidden(torch.cat(self._read)[None])
        return self._live.logits(hidden[0, -1])

    def words(self, ids: list[int]) -> Tensor:
        """Embeddings of words, to be read."""
        return self._live.words(torch.tensor(ids, dtype=torch.long, device=self._live.device))


def answer(thread: Thread, logits: Tensor, *, limit: int, end: int) -> list[int]:
    """The greedy answer from the logits of its first token on, without the end token.

    At most `limit` tokens. All of them but the end token have been read by the thread when this returns.
    """
    written: list[int] = []
    while len(written) < limit:
        token = int(logits.argmax())
        if token == end:
            break
        written.append(token)
        logits = thread.read(thread.words([token]))
    return written
