"""Subtitles cut along with the summary."""

from __future__ import annotations

from collections.abc import Sequence

from vsumbench.contracts import TimedText

from .timeline import Segment, Timeline

_SHORTEST = 0.2
"""Seconds of a cue within a segment that are not worth showing."""


def cut_captions(texts: Sequence[TimedText], segments: Sequence[Segment], line: Timeline) -> list[TimedText]:
    """What is said within the segments, at the time at which the summary shows it.

    A cue that a cut goes through is shown for the part that is left. Parts of one cue that follow one another
    in the summary are one cue again.
    """
    cut: list[TimedText] = []
    reached = 0.0
    for segment in segments:
        start, end = float(line.edges[segment.first]), float(line.edges[segment.stop])
        for cue in texts:
            first, last = max(cue.start, start), min(cue.end, end)
            if last - first < min(_SHORTEST, 0.5 * (cue.end - cue.start)) or last <= first:
                continue
            shown = TimedText(start=first - start + reached, end=last - start + reached, text=cue.text)
            if (
                cut
                and first > cue.start
                and cut[-1].text == cue.text
                and abs(cut[-1].end - shown.start) < 1e-6
            ):
                shown = TimedText(start=cut.pop().start, end=shown.end, text=cue.text)
            cut.append(shown)
        reached += end - start
    return cut
