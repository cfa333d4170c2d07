"""`vsumbench summarize`: a video file, summarized."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._options import json_option, print_json

if TYPE_CHECKING:
    from vsumbench.summarizing.making import Made


@click.command()
@click.argument("video", type=click.Path(path_type=Path))
@click.option(
    "--model", "-m", help="NAME or NAME@VARIANT of a model that needs no training.  [default: clustering]"
)
@click.option(
    "--from",
    "run",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Folder of a sealed run: its model, with the weights it learned.",
)
@click.option("--fold", default="", help="Fold of that run whose weights are used. Default: its first.")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to write. Default: NAME-summary in the current folder.",
)
@click.option(
    "--budget", default="0.15", show_default=True, help="Length: a share (0.15, 15%) or a time (60s, 1m30s)."
)
@click.option("--fps", default=2.0, show_default=True, help="Steps a second at which the video is looked at.")
@click.option(
    "--extractor",
    metavar="NAME",
    help="What shots are found in, and the model reads.  [default: color-motion, or that of the run]",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Set a model option.")
@click.option("--seed", default=0, show_default=True, help="Root seed.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps.")
@click.option(
    "--subtitles",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="SubRip or WebVTT file. Default: NAME.srt or NAME.vtt beside the video, if there is one.",
)
@click.option(
    "--max-shots", type=click.IntRange(min=1), help="Join the least distinct shots beyond this number."
)
@click.option("--no-audio", is_flag=True, help="Leave the sound out.")
@click.option("--force", is_flag=True, help="Replace a summary that is there.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@json_option
def command(no_audio: bool, quiet: bool, as_json: bool, **asked: Any) -> None:
    """Summarize a video file: a playable summary, a storyboard, segments, text.

    Finds shots, asks a model which moments matter, keeps the best under a budget, and writes a folder:
    index.html to look at, summary.mp4, storyboard.jpg, summary.json, segments.csv, summary.edl; summary.srt
    where there are subtitles, and summary.txt where the model writes a text.

    \b
    Examples:
      vsumbench summarize talk.mp4
      vsumbench summarize talk.mp4 --budget 60s --out talk-in-a-minute
      vsumbench summarize talk.mp4 --from runs/vasnet-folder-0123456789ab
    """
    from vsumbench.plugins import default_plugins
    from vsumbench.summarizing.making import SummaryRequest, make_summary

    from ._progress import TerminalReporter

    request = SummaryRequest(audio=not no_audio, **asked)
    with TerminalReporter(quiet) as reporter:
        made = make_summary(request, default_plugins(), reporter)
    if as_json:
        print_json(_facts(made))
    else:
        _print(made)


def _facts(made: Made) -> dict[str, Any]:
    """The document without what is as long as the video."""
    document = {key: value for key, value in made.document.items() if key != "importance"}
    return {"folder": str(made.folder), "files": list(made.files), **document}


def _print(made: Made) -> None:
    from vsumbench.summarizing.cutlist import clock, counted

    document = made.document
    source, budget, segments = document["source"], document["budget"], document["segments"]
    shown, whole = (clock(time, fraction=True) for time in (budget["used"], source["duration"]))
    click.echo(
        f"{source['name']}: {shown} of {whole} (budget {budget['asked']}), "
        f"{counted(len(segments), 'segment')} of {counted(len(document['shots']), 'shot')}, "
        f"by {document['cut_by']}"
    )
    for segment in segments:
        span = f"{clock(segment['start'], fraction=True)} – {clock(segment['end'], fraction=True)}"
        part = "" if segment["whole_shot"] else ", part"
        click.echo(f"  {span:<18} shot {segment['shot']}{part}")
    if not all(segment["whole_shot"] for segment in segments):
        click.echo("  Of a shot that would take more than a third of the budget, the best part is shown.")
    click.echo(f"look at {made.folder / 'index.html'}")
