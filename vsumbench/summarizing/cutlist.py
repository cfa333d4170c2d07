"""Lists of the segments for other programs: CSV and an edit decision list (CMX3600)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from .timeline import Segment, Timeline

COLUMNS = (
    "segment", "shot", "first_frame", "last_frame", "start_s", "end_s", "seconds", "summary_start_s",
    "importance", "whole_shot",
)  # fmt: skip


def segments_csv(segments: Sequence[Segment], values: Sequence[float], line: Timeline) -> str:
    """One row a segment; shots and segments count from 1, frames from 0 (both ends inclusive)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    reached = 0.0
    for number, (segment, value) in enumerate(zip(segments, values, strict=True), start=1):
        start, end = float(line.edges[segment.first]), float(line.edges[segment.stop])
        seconds = [f"{time:.6f}" for time in (start, end, end - start, reached)]
        last = segment.stop - 1
        whole = "yes" if segment.whole else "no"
        writer.writerow([number, segment.shot + 1, segment.first, last, *seconds, f"{value:.6g}", whole])
        reached += end - start
    return text.getvalue()


def edl(
    title: str, clip: str, segments: Sequence[Segment], line: Timeline, *, variable: bool, sound: bool
) -> str:
    """A CMX3600 list: one cut an event, non-drop-frame time code at the nearest whole rate.

    At a constant rate time code counts frames, so that frame n of a source of 29.97 frames a second stands at
    frame n of one of 30. At a variable rate it counts seconds.

    Args:
        title: of the list.
        clip: name of the source.
        segments: in order.
        line: when frames are shown.
        variable: the rate is not constant.
        sound: pictures and sound are cut, not pictures alone.
    """
    rate = max(1, round(line.fps))
    channels = "AA/V" if sound else "V"
    rows = [f"TITLE: {_plain(title)[:70]}", "FCM: NON-DROP FRAME", ""]
    reached = 0
    for number, segment in enumerate(segments, start=1):
        first, stop = segment.first, segment.stop
        if variable:
            first, stop = (round(float(line.edges[frame]) * rate) for frame in (first, stop))
        stop = max(stop, first + 1)
        codes = [timecode(frames, rate) for frames in (first, stop, reached, reached + stop - first)]
        rows.append(f"{number:03d}  AX       {channels:<5} C        {' '.join(codes)}")
        rows += [f"* FROM CLIP NAME: {_plain(clip)}", ""]
        reached += stop - first
    return "\n".join(rows)


def timecode(frames: int, rate: int) -> str:
    """`HH:MM:SS:FF`, non-drop-frame."""
    seconds, frame = divmod(frames, rate)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}"


def clock(seconds: float, *, fraction: bool = False) -> str:
    """`1:02:03` or `2:03`, with a tenth of a second where asked."""
    tenths = int(seconds * 10 + 0.5 if fraction else seconds) * (1 if fraction else 10)
    whole, tenth = divmod(tenths, 10)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
    return f"{text}.{tenth}" if fraction else text


def counted(number: int, thing: str) -> str:
    """`1 shot`, `2 shots`."""
    return f"{number} {thing}{'s' * (number != 1)}"


def _plain(text: str) -> str:
    """One line."""
    return " ".join(text.split())
