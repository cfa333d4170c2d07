"""A model for importance that tells in captions what it selects."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vsumbench.contracts import (
    Context,
    Cost,
    CountsParameters,
    FitReport,
    Folders,
    Sample,
    Summary,
    TrainableModel,
    Video,
)
from vsumbench.data import read_json
from vsumbench.errors import MismatchError
from vsumbench_milora.captioning.building import build_captioner
from vsumbench_milora.captioning.captioner import describe_video

from .options import FramesToTextOptions
from .selecting import joined, shown_steps

SETTINGS = "frames_to_text.json"
SCORER = "scorer"
"""The folder of the wrapped model, inside each of this one's."""


class FramesToText:
    """Captions of the frames that another model selects (`text-models-index.md`; inferred).

    The other model is had through the context alone: it may be anybody's. It is trained, saved and loaded as
    it is by itself; only what it answers is told in words besides.

    Args:
        options: of the captions.
        context: gives the other model.
        scorer: its name.

    Raises:
        UnavailableError, WeightsMissingError, MismatchError: as the captioner's weights.
    """

    def __init__(self, options: FramesToTextOptions, context: Context, scorer: str) -> None:
        self._options = options
        self._name, self._scorer = scorer, context.model(scorer)
        self._captioner = build_captioner(options, context)

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Train the other model: its own targets, its own choice of a checkpoint.

        Raises:
            MismatchError: it does not learn.
        """
        if not isinstance(self._scorer, TrainableModel):
            raise MismatchError(f"model {self._name!r} does not learn; there is nothing to train.")
        return self._scorer.fit(train, validation, _inner(context))

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """What the other model answers, with a text. Its scores and segments are kept.

        Raises:
            MismatchError: it shows nothing of a video.
            DataDamagedError: frames that end too early.
        """
        by_id = {video.id: video for video in videos}
        summaries = iter(self._scorer.summarize(videos, _inner(context)))
        done: set[str] = set()
        while True:
            begun = time.perf_counter()
            summary = next(summaries, None)
            if summary is None:
                return
            took = time.perf_counter() - begun if summary.cost.seconds is None else summary.cost.seconds
            video = by_id[summary.video_id]
            steps = shown_steps(summary, video, self._options)
            seen = describe_video(video, steps, self._captioner, context.progress)
            cost = Cost(seconds=took + seen.seconds, tokens=(summary.cost.tokens or 0) + seen.tokens)
            done.add(video.id)
            context.progress.advance("tell", len(done), len(videos))
            yield replace(summary, text=joined(seen.captions, self._options), links=(), cost=cost)

    def save(self, folder: Path) -> None:
        """The other model in a folder of its own, and what tells."""
        (folder / SCORER).mkdir(exist_ok=True)
        self._scorer.save(folder / SCORER)
        text = json.dumps(self._identity(), indent=1, sort_keys=True)
        (folder / SETTINGS).write_text(f"{text}\n", encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            DataMissingError, DataDamagedError: it is not there, or cannot be read.
            MismatchError: it was saved around another model or with another captioner.
        """
        said = read_json(folder / SETTINGS)
        if said != self._identity():
            raise MismatchError(
                f"{folder} was saved with {said}; here are {self._identity()}.",
                "Use the same options and weights, or train again.",
            )
        self._scorer.load(folder / SCORER)

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable): those of the other model, where it counts them, and of the captioner."""
        scorer = self._scorer.parameters() if isinstance(self._scorer, CountsParameters) else {}
        own = {f"{self._name}.{part}": count for part, count in scorer.items()}
        return {**own, **self._captioner.parameters()}

    def _identity(self) -> dict[str, str]:
        return {"scorer": self._name, **self._captioner.identity()}


def _inner(context: Context) -> Context:
    """The context of the other model: folders of its own, and no options, since these are not its."""
    folders = Folders(
        checkpoints=context.folders.checkpoints / SCORER, scratch=context.folders.scratch / SCORER
    )
    for folder in (folders.checkpoints, folders.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    return replace(context, folders=folders, options=None)
