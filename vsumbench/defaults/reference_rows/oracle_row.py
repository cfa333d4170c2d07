"""`oracle`: a reader of the references, and the proof that one answer can hold all three tasks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Context, Link, Summary, TimedText, Video
from vsumbench.defaults.reference_rows.segments import selected_segments
from vsumbench.defaults.reference_rows.stateless import Stateless
from vsumbench.scoring.keyshots import keyshot_summary
from vsumbench.scoring.shots import hold, top_share


class OracleRow(Stateless):
    """Mean importance of the annotators, the first reference text, links from its sentences to segments."""

    def __init__(self, options: object, context: Context) -> None:
        pass

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One summary a video, holding whatever the edition's annotations hold."""
        assert context.annotations is not None
        for video in videos:
            annotations = context.annotations[video.id]
            rows = (
                annotations.importance if annotations.importance is not None else annotations.user_summaries
            )
            importance = None if rows is None else rows.mean(axis=0)
            segments = None if importance is None else _selection(importance, annotations, video)
            text = unicodedata.normalize("NFC", annotations.texts[0]) if annotations.texts else None
            yield Summary(
                video_id=video.id,
                importance=importance,
                times=annotations.grid if importance is not None else "picks",
                segments=segments,
                text=text,
                links=_links(text, annotations, segments),
            )


def _selection(
    importance: NDArray[np.float64], annotations: Annotations, video: Video
) -> NDArray[np.float64]:
    if video.change_points is None:
        return selected_segments(top_share(importance), video)
    on_frames = annotations.grid == "frames"
    frame_scores = importance if on_frames else hold(importance, video.picks, video.n_frames)
    return selected_segments(keyshot_summary(frame_scores, video.change_points, video.n_frames), video)


def _links(
    text: str | None, annotations: Annotations, segments: NDArray[np.float64] | None
) -> tuple[Link, ...]:
    """Each sentence of the first text to the selected segment it overlaps most, if it overlaps any."""
    if text is None or segments is None or not len(segments) or not annotations.captions:
        return ()
    links = []
    position = 0
    for caption in annotations.captions[0]:
        sentence = unicodedata.normalize("NFC", caption.text).strip()
        start = text.find(sentence, position)
        if start < 0 or not sentence:
            continue
        position = start + len(sentence)
        overlap = _overlap(caption, segments)
        if overlap.max() > 0:
            links.append(Link(start, position, int(overlap.argmax())))
    return tuple(links)


def _overlap(caption: TimedText, segments: NDArray[np.float64]) -> NDArray[np.float64]:
    ends, starts = np.minimum(segments[:, 1], caption.end), np.maximum(segments[:, 0], caption.start)
    seconds: NDArray[np.float64] = np.maximum(ends - starts, 0.0)
    return seconds
