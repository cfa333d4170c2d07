"""`human`: each annotator in turn, scored against the others (spec sheet `human`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from vsumbench.contracts import Annotations, Context, Summary, Video
from vsumbench.defaults.reference_rows.segments import selected_segments
from vsumbench.defaults.reference_rows.stateless import Stateless


class HumanRow(Stateless):
    """One summary an annotator, marked with that annotator, whom scoring then leaves out of the references.

    A text is given where there are at least two references, since one alone has nothing to be compared with.
    A video of which nothing but one text is known gives that text; scoring leaves it out, and counts it as
    undefined by the reference.
    """

    def __init__(self, options: object, context: Context) -> None:
        pass

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Summaries of one video stand together, in the order of its annotators."""
        assert context.annotations is not None
        for video in videos:
            annotations = context.annotations[video.id]
            compared = len(annotations.texts) > 1 or not annotations.annotators
            texts = annotations.texts if compared else ()
            for annotator in range(max(annotations.annotators, len(texts))):
                yield _summary(video, annotations, texts, annotator)


def _summary(video: Video, annotations: Annotations, texts: Sequence[str], annotator: int) -> Summary:
    has_vectors = annotator < annotations.annotators
    importance = (
        annotations.importance[annotator] if has_vectors and annotations.importance is not None else None
    )
    chosen = annotations.user_summaries
    return Summary(
        video_id=video.id,
        importance=importance,
        times=annotations.grid if importance is not None else "picks",
        segments=selected_segments(chosen[annotator], video) if has_vectors and chosen is not None else None,
        text=unicodedata.normalize("NFC", texts[annotator]) if annotator < len(texts) else None,
        annotator=annotator,
    )
