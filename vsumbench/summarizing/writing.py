"""Everything a summary consists of, written into one folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from vsumbench.data.subtitles import srt
from vsumbench.running.reporting import Reporter

from .captions import cut_captions
from .choosing import shown_importance
from .cutlist import clock, counted, edl, segments_csv
from .document import Chosen, document
from .film import write_film
from .page import render_page
from .place import DOCUMENT
from .source import Source
from .storyboard import Board, keyframes, write_storyboard


def write_all(
    folder: Path, source: Source, chosen: Chosen, reporter: Reporter, *, audio: bool
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Write all files; their names, in the order in which a person looks at them, and the document.

    Raises:
        DataDamagedError: a frame of the source cannot be decoded.
        StorageError, UnavailableError: as `write_film`.
    """
    assert chosen.answer.frames is not None
    info, line, segments = source.info, source.line, chosen.segments
    told = partial(reporter.advance, "write summary.mp4")
    film = write_film(
        folder / "summary.mp4", info, segments, line, sound=audio, progress=told, threads=source.threads
    )
    importance = shown_importance(chosen.answer.frames)
    facts = f"{clock(film.seconds, fraction=True)} of {clock(line.duration, fraction=True)}"
    count = f"{counted(len(segments), 'segment')} of {counted(len(chosen.shots), 'shot')}"
    board = Board(
        title=info.path.name,
        facts=f"{facts}  ·  {count}  ·  {chosen.cut_by.name}",
        importance=importance,
        shots=chosen.shots,
        segments=segments,
        line=line,
    )
    frames = keyframes(segments, importance, source.video.picks)
    write_storyboard(folder / "storyboard.jpg", info, board, frames)
    made = document(source, chosen, film)
    said = cut_captions(source.video.text, segments, line)
    texts = {
        "segments.csv": segments_csv(segments, chosen.values, line),
        "summary.edl": edl(
            info.path.stem, info.path.name, segments, line, variable=info.variable, sound=film.sound
        ),
        DOCUMENT: json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    }
    if source.subtitles is not None:
        texts["summary.srt"] = srt(said)
    if chosen.answer.text is not None:
        texts["summary.txt"] = chosen.answer.text + "\n"
    names = ("index.html", "summary.mp4", "storyboard.jpg", *texts)
    texts["index.html"] = render_page(made, said, names)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return names, made
