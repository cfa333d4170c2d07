"""`vsumbench view`: one video of some runs on one timeline, as a page in one file."""

from __future__ import annotations

from pathlib import Path

import click

from vsumbench.errors import StorageError

from ._options import data_root_option, json_option, print_json


@click.command()
@click.argument(
    "runs", nargs=-1, required=True, metavar="RUN…", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--video", default=None, help="Video id. Default: the one the runs disagree on most.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: ./view-DATASET-VIDEO.html."
)
@click.option(
    "--protocol", "-p", default=None, help="Whose selection and scores. Default: the first recorded."
)
@data_root_option
@click.option(
    "--frames", type=click.IntRange(0, 200), default=24, show_default=True, help="Most pictures of a row."
)
@click.option("--list", "listed", is_flag=True, help="List the videos, most disagreement first, and stop.")
@json_option
def command(
    runs: tuple[Path, ...],
    video: str | None,
    out: Path | None,
    protocol: str | None,
    data_root: Path | None,
    frames: int,
    listed: bool,
    as_json: bool,
) -> None:
    """Write a page of one video: its frames, annotators, models and texts on one timeline.

    The runs are run folders of the same dataset and edition. The page is one HTML file.

    Example: vsumbench view runs/random-toy-0123456789ab runs/human-toy-0123456789ab --video toy_01
    """
    from vsumbench.plugins import default_plugins
    from vsumbench.records.files import make_folder, replace_file
    from vsumbench.viewer.chain import chosen_protocols
    from vsumbench.viewer.opened import common_videos, open_runs, page_name, require_video
    from vsumbench.viewer.page import look_at, render

    from ._tables import print_table, printable

    plugins = default_plugins()
    opened = open_runs(runs, plugins, data_root)
    if video is not None:
        require_video(opened, video)
    protocols = chosen_protocols(opened, plugins, protocol)
    if listed or video is None:
        ids = common_videos(opened)
        scored = [(one, look_at(opened, one, protocols[1], plugins).score) for one in ids]
        scored.sort(key=lambda pair: (-round(pair[1], 12), pair[0]))
        if listed:
            if as_json:
                print_json([{"video": name, "disagreement": value} for name, value in scored])
            else:
                print_table(["video", "disagreement"], [[name, f"{value:.3f}"] for name, value in scored])
            return
        video = scored[0][0]
        click.echo(
            printable(
                f"vsumbench: no --video was given: {video} is the one of {len(ids)} with most disagreement."
            ),
            err=True,
        )
    seen = look_at(opened, video, protocols[1], plugins)
    path = out or Path(page_name(opened[0].old.record.dataset.id, video))
    try:
        make_folder(path.parent)
        replace_file(path, render(opened, seen, protocols, frames, plugins))
    except StorageError as error:
        error.hint = "Name another file with --out."
        raise
    if as_json:
        print_json({"page": path, "video": video, "disagreement": seen.score, "protocol": protocols[0].id})
    else:
        click.echo(printable(f"page: {path}"))
