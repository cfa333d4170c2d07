"""Subtitle files: SubRip and WebVTT read as timed text, SubRip written. Public to plugins.

Markup (`<i>`, `<c.yellow>`, `{\\an8}`) is taken out, entities are resolved; what is left is the words.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vsumbench.contracts import TimedText
from vsumbench.errors import DataDamagedError, DataMissingError

SUFFIXES = (".srt", ".vtt")
"""The endings of files that can be read, in the order in which a video's sidecar is looked for."""

_VIDEOS = frozenset({".mp4", ".m4v", ".mkv", ".webm", ".mov", ".avi", ".ts", ".mpg", ".mpeg", ".gif"})

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|</>|<\d\d[\d:.]*>|\{\\[^{}]*\}")
_NOT_CUES = ("WEBVTT", "NOTE", "STYLE", "REGION")


def read_subtitles(path: Path) -> tuple[TimedText, ...]:
    """The cues of a SubRip or WebVTT file in order of their start, seconds; cues without words left out.

    UTF-8 with or without a byte order mark, or UTF-16 with one; a file that is neither is read as
    Windows-1252, as old SubRip files are.

    Raises:
        DataMissingError: there is no such file.
        DataDamagedError: no cue in it, a cue that ends before it starts, or lines that are no cue.
    """
    blocks = [block for block in _blocks(_text(path)) if not _is_remark(block[0][1])]
    cues = [_cue(path, block) for block in blocks]
    if not cues:
        raise DataDamagedError(
            f"{path}: expected subtitles (SubRip or WebVTT), found no cue.", "Give an .srt or .vtt file."
        )
    return tuple(sorted((cue for cue in cues if cue.text), key=lambda cue: (cue.start, cue.end)))


def sidecar(video: Path, files: Sequence[Path] | None = None) -> Path | None:
    """The subtitles beside a video: `NAME.srt` or `NAME.vtt`, else the first `NAME.LANGUAGE.srt` or `.vtt`.

    `talk.part.srt` belongs to `talk.part.mp4` where there is one, not to `talk.mp4`.

    Args:
        video: its file.
        files: those of its folder, sorted, if they are known.
    """
    if files is None:
        files = sorted(path for path in video.parent.iterdir() if path.is_file())
    found = [path for path in files if path.suffix.lower() in SUFFIXES]
    exact = [path for path in found if path.stem == video.stem]
    exact.sort(key=lambda path: SUFFIXES.index(path.suffix.lower()))
    if exact:
        return exact[0]
    others = {path.stem for path in files if path.suffix.lower() in _VIDEOS}
    languages = (path for path in found if path.stem.rpartition(".")[0] == video.stem)
    return next((path for path in languages if path.stem not in others), None)


def write_srt(path: Path, texts: Iterable[TimedText]) -> None:
    """Write cues as SubRip, numbered from 1, to the millisecond. No cues make an empty file."""
    path.write_text(srt(texts), encoding="utf-8")


def srt(texts: Iterable[TimedText]) -> str:
    """Cues as the text of a SubRip file. A blank line within a cue would end it and is left out."""
    cues = []
    for number, cue in enumerate(texts, start=1):
        words = "\n".join(line for line in cue.text.splitlines() if line.strip())
        cues.append(f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{words}\n")
    return "\n".join(cues)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines between blank ones, each line with its number in the file."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.replace("\0", "").splitlines(), start=1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _is_remark(line: str) -> bool:
    return any(line == word or line.startswith((f"{word} ", f"{word}\t")) for word in _NOT_CUES)


def _cue(path: Path, block: list[tuple[int, str]]) -> TimedText:
    # The first line may be a number or a name; the timing is the first or the second.
    timings = ((at, _TIMING.match(line)) for at, (_, line) in enumerate(block[:2]))
    at, timing = next(((at, found) for at, found in timings if found), (0, None))
    number = block[at][0]
    if timing is None:
        raise DataDamagedError(
            f"{path}, line {number}: expected a cue (00:00:01,000 --> 00:00:02,000), found "
            f"{block[0][1].strip()[:40]!r}.",
            "Mend or remove these lines.",
        )
    start, end = _seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])
    if end < start:
        raise DataDamagedError(
            f"{path}, line {number}: the cue ends at {end:g} s, before it starts at {start:g} s.",
            "Mend or remove this cue.",
        )
    words = [" ".join(html.unescape(_MARKUP.sub("", line)).split()) for _, line in block[at + 1 :]]
    return TimedText(start=start, end=end, text="\n".join(line for line in words if line))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole + int((fraction or "0").ljust(3, "0")) / 1000


def _clock(seconds: float) -> str:
    milliseconds = max(0, round(seconds * 1000))
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{milliseconds:03d}"
