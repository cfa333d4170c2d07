"""Summarize the test videos of one fold, each prediction checked, appended and flushed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from vsumbench.contracts import Context, Fold, Model, Summary, Video, check_summary
from vsumbench.errors import MissingPredictionError, PredictionError
from vsumbench.records.files import append_line
from vsumbench.records.folder import RunFolder
from vsumbench.records.predictions import prediction_line

from .building import contained


def summarize_fold(
    model: Model,
    what: str,
    fold: Fold,
    repetition: int,
    videos: Sequence[Video],
    context: Context,
    folder: RunFolder,
    written: Callable[[str], None],
) -> None:
    """Write the predictions of `videos`, in their order. `written` is told each video's id.

    Raises:
        PredictionError: a summary that cannot be scored, for a video that was not asked for, or out of order.
        MissingPredictionError: a video without a summary.
        RunFailedError: the model raised.
    """
    waiting = list(videos)
    for group, seconds in _by_video(model, what, videos, context):
        if not waiting or group[0].video_id != waiting[0].id:
            expected = f"video {waiting[0].id!r} was due" if waiting else "every video had its summary"
            raise PredictionError(
                f"{what} gave a summary of video {group[0].video_id!r} where {expected}.",
                "Summaries come in the order of the videos, each video once.",
            )
        video = waiting.pop(0)
        for part, summary in enumerate(group):
            with contained(f"{what}, summary of video {video.id!r}"):
                check_summary(summary, video)
                line = prediction_line(
                    summary, fold=fold.name, repetition=repetition, part=part, parts=len(group)
                )
            append_line(folder.predictions, line)
        tokens = sum(summary.cost.tokens or 0 for summary in group)
        append_line(
            folder.costs,
            {"fold": fold.name, "repetition": repetition, "id": video.id, "seconds": round(seconds, 6)}
            | ({"tokens": tokens} if tokens else {}),
        )
        written(video.id)
    if waiting:
        raise MissingPredictionError(
            f"{what} gave no summary of {len(waiting)} of {len(videos)} videos, the first is "
            f"{waiting[0].id!r}.",
            "What it gave is kept; mend the model and repeat the command.",
        )


def _by_video(
    model: Model, what: str, videos: Sequence[Video], context: Context
) -> Iterator[tuple[list[Summary], float]]:
    """Summaries of one video together, with the seconds the model took for them.

    A model gives one summary a video, which is passed on at once, so that no failure takes it back. Only
    summaries taken from annotators are several a video; these are held until the next video begins.
    """
    group: list[Summary] = []
    seconds = 0.0
    with contained(f"{what}, summarizing"):
        stream = iter(model.summarize(videos, context))
    while True:
        begun = time.perf_counter()
        with contained(f"{what}, summarizing"):
            summary = next(stream, None)
        took = time.perf_counter() - begun
        if summary is None:
            break
        if not isinstance(summary, Summary):
            raise PredictionError(f"{what} yielded a {type(summary).__name__}, expected a Summary.")
        if group and summary.video_id != group[0].video_id:
            yield group, seconds
            group, seconds = [], 0.0
        group.append(summary)
        seconds += summary.cost.seconds if summary.cost.seconds is not None else took
        if summary.annotator is None:
            yield group, seconds
            group, seconds = [], 0.0
    if group:
        yield group, seconds
