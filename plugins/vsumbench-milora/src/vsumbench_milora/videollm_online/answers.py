"""What was written about a video, as a summary of the harness."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Cost, Link, Summary, Video

from .live.seeing import Seen
from .live.wording import Wording
from .streaming import Response, Streamed

Score = Literal["silence", "responses"]


def streamed_summary(video: Video, seen: Seen, streamed: Streamed, wording: Wording, score: Score) -> Summary:
    """Text, importance, and a segment for each response, linked to its words (inferred).

    The text is the responses, one after the other. A response tells of what came since the one before it, up
    to the frame after which it was given. Importance is on the frames that were read.
    """
    text, segments, links = _told(video, seen, streamed.responses, wording)
    whole = len(seen.steps) == video.steps
    return Summary(
        video_id=video.id,
        text=text,
        importance=importance(streamed, score),
        times="picks" if whole else seen.times,
        segments=np.array(segments, dtype=np.float64).reshape(-1, 2),
        links=tuple(links),
        cost=Cost(tokens=sum(len(response.ids) for response in streamed.responses)),
    )


def importance(streamed: Streamed, score: Score) -> NDArray[np.float64]:
    """(T,) in [0, 1]: 1 minus the probability of silence, or 1 where it was answered (inferred)."""
    if score == "silence":
        return 1.0 - streamed.silence
    answered = np.zeros(len(streamed.silence))
    answered[[response.frame for response in streamed.responses]] = 1.0
    return answered


def _told(
    video: Video, seen: Seen, responses: tuple[Response, ...], wording: Wording
) -> tuple[str, list[tuple[float, float]], list[Link]]:
    """Text, segments in seconds, and which words tell of which segment; empty responses are left out."""
    text, begun = "", 0.0
    # Durations in annotation files are rounded: the last frame may stand at or behind them.
    over = max(video.duration, float(seen.times[-1]) + 0.5 / video.fps)
    segments: list[tuple[float, float]] = []
    links: list[Link] = []
    for response in responses:
        said = wording.decode(response.ids)
        following = response.frame + 1
        ended = float(seen.times[following]) if following < len(seen.times) else over
        if not said or not begun < ended:
            continue
        start = len(text) + 1 if text else 0
        text = f"{text} {said}" if text else said
        links.append(Link(start, len(text), len(segments)))
        segments.append((begun, ended))
        begun = ended
    return text, segments, links
