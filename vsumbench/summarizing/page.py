"""The page of a summary: one file, no network; what it shows lies beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import TimedText

from .cutlist import clock, counted

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(document: Mapping[str, Any], said: Sequence[TimedText], names: Sequence[str]) -> str:
    """The page as HTML; every text is escaped.

    Args:
        document: what `summary.json` holds.
        said: the subtitles of the summary.
        names: the other files of the folder.
    """
    rows = [_row(segment, said) for segment in document["segments"]]
    source, budget = document["source"], document["budget"]
    shown = sum(segment["seconds"] for segment in document["segments"])
    lead = (
        f"{clock(shown, fraction=True)} of {clock(source['duration'], fraction=True)}: "
        f"{counted(len(rows), 'segment')} from {counted(len(document['shots']), 'shot')}, chosen by "
        f"{document['cut_by']}."
    )
    model = document["model"]
    facts = [
        ("Source", f"{source['name']}, {source['width']} x {source['height']}, {source['fps']:.5g} frames/s"),
        ("Sampling", f"{document['sampling']} ({document['steps']} steps)"),
        ("Feature", f"{document['feature']['name']} ({document['feature']['extractor']})"),
        ("Model", model["name"] + (f", trained in {model['run']}" if model["run"] else "")),
        ("Options", ", ".join(f"{key} = {value!r}" for key, value in model["options"].items()) or "none"),
        ("Budget", f"{budget['asked']} ({budget['seconds']:.2f} s), {budget['used']:.2f} s used"),
        ("Seed", document["seed"]),
        ("SHA-256 of the source", source["sha256"]),
        ("Made by", ", ".join(f"{name} {version}" for name, version in document["versions"].items())),
    ]
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            name=source["name"],
            lead=lead,
            text=document["text"],
            segments=rows,
            has_said=any(row["said"] for row in rows),
            facts=facts,
            files=[name for name in names if name not in ("index.html", "storyboard.jpg")],
        )
    )


def _row(segment: Mapping[str, Any], said: Sequence[TimedText]) -> dict[str, Any]:
    start, end = segment["summary_start"], segment["summary_start"] + segment["seconds"]
    words = [cue.text.replace("\n", " ") for cue in said if cue.start < end and cue.end > start]
    return {
        "at": f"{start:.3f}",
        "shown": clock(start, fraction=True),
        "span": f"{clock(segment['start'], fraction=True)} – {clock(segment['end'], fraction=True)}",
        "seconds": f"{segment['seconds']:.1f}",
        "shot": f"{segment['shot']}{'' if segment['whole_shot'] else ' (part)'}",
        "importance": f"{segment['importance']:.3g}",
        "said": " ".join(words),
    }


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = files("vsumbench.summarizing") / "templates"
    sources = {"page.html.jinja": (folder / "page.html.jinja").read_text(encoding="utf-8")}
    return Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
