"""What a model learns when its input is spoilt: floors that any model can be set against.

`shuffle-pairs`: in training and validation, each video comes with the texts of another one, so that nothing
about a video can be learned from its text. `permute-time`: whatever a model sees of a video has its steps in
another order, so that nothing can be learned from time. Test annotations are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vsumbench.contracts import (
    Annotations,
    Dataset,
    EditionSpec,
    Feature,
    Fold,
    Frame,
    ModelSpec,
    Seeds,
    Task,
    TimedText,
    Video,
)
from vsumbench.errors import MismatchError, UsageError, close_matches
from vsumbench.records.record import ABLATED_INPUTS

from .views import View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHUFFLE_PAIRS = "shuffle-pairs"
PERMUTE_TIME = "permute-time"


def check_ablation(ablation: str, model: ModelSpec, edition: EditionSpec, folds: Sequence[Fold]) -> None:
    """Refuse an ablation that cannot change what the model learns or sees; the empty one always passes.

    Raises:
        UsageError: there is no such ablation.
        MismatchError: the model, edition or folds have nothing to shuffle or permute.
    """
    if not ablation:
        return
    if ablation not in ABLATED_INPUTS:
        near = close_matches(ablation, ABLATED_INPUTS)
        raise UsageError(
            f"--ablate-input {ablation!r} is not known.",
            f"Did you mean {near[0]!r}?" if near else f"Use {' or '.join(ABLATED_INPUTS)}.",
        )
    reason = _no_pairs(model, edition, folds) if ablation == SHUFFLE_PAIRS else _no_time(model)
    if reason:
        raise MismatchError(f"--ablate-input {ablation}: {reason}.", "Leave it out for this model.")


def _no_pairs(model: ModelSpec, edition: EditionSpec, folds: Sequence[Fold]) -> str:
    """Why pairs of videos and texts cannot be shuffled, or the empty string."""
    if not model.trainable:
        return f"model {model.id!r} does not train, so there are no pairs to shuffle"
    if not {Task.V2T, Task.V2VT} & set(model.tasks):
        return f"model {model.id!r} writes no text, so shuffled texts would change nothing"
    if not edition.provides.text_references:
        return f"edition {edition.id!r} has no texts to shuffle"
    for fold in folds:
        for part, ids in (("training", fold.train), ("validation", fold.validation)):
            if len(ids) == 1:
                return f"fold {fold.name!r} has one {part} video, and shuffling needs two"
    return ""


def _no_time(model: ModelSpec) -> str:
    """Why time cannot be permuted, or the empty string."""
    if any(inputs.features or inputs.frames or inputs.tokens for inputs in model.inputs):
        return ""
    return f"model {model.id!r} reads neither features nor frames, so there is nothing to permute"


def shown_input(dataset: Dataset, ablation: str, seed: int) -> Dataset:
    """The dataset as a model meets its videos, in training and at the test."""
    return PermutedTime(dataset, Seeds(seed)) if ablation == PERMUTE_TIME else dataset


def training_input(dataset: Dataset, ablation: str, seed: int, fold: Fold) -> Dataset:
    """The dataset as a model meets the samples of a fold, and as its checkpoint is chosen."""
    if ablation == SHUFFLE_PAIRS:
        return ShuffledPairs(dataset, fold, Seeds(seed))
    return shown_input(dataset, ablation, seed)


class ShuffledPairs(View):
    """Every training video has the texts of another one, and so has every validation video.

    Who gets whose is one cycle through a random order, so nobody keeps its own.
    """

    def __init__(self, dataset: Dataset, fold: Fold, seeds: Seeds) -> None:
        super().__init__(dataset)
        self.donors: dict[str, str] = {}
        for part, ids in (("train", fold.train), ("validation", fold.validation)):
            draw = seeds.child("shuffle-pairs", fold.name, part).generator()
            order = [ids[i] for i in draw.permutation(len(ids))]
            self.donors |= dict(zip(order, order[1:] + order[:1], strict=True))

    def annotations(self, video_id: str) -> Annotations:
        """Importance and summaries of this video; texts and timed captions of its donor, in its time."""
        own, donor = self._dataset.annotations(video_id), self.donors.get(video_id)
        if donor is None:
            return own
        told = self._dataset.annotations(donor)
        duration = self._dataset.video(video_id).duration
        scale = duration / self._dataset.video(donor).duration
        captions = tuple(
            tuple(_rescaled(sentence, scale, duration) for sentence in sentences)
            for sentences in told.captions
        )
        return replace(own, texts=told.texts, captions=captions)


def _rescaled(text: TimedText, scale: float, duration: float) -> TimedText:
    return replace(text, start=min(text.start * scale, duration), end=min(text.end * scale, duration))


class PermutedTime(View):
    """Every video has its steps in another order, which depends on the seed and the video's id alone."""

    def __init__(self, dataset: Dataset, seeds: Seeds) -> None:
        super().__init__(dataset)
        self._seeds = seeds

    def video(self, video_id: str) -> Video:
        """Features and frames of step i are those of step p(i). Picks, shots and timed text stay."""
        video = self._dataset.video(video_id)
        order = partial(_order, self._seeds.child("permute-time", video_id))
        features = {
            name: replace(feature, read=partial(_permuted_feature, feature, order))
            for name, feature in video.features.items()
        }
        if video.frames is None and video.frames_at is None:
            return replace(video, features=features)
        at = partial(_permuted_frames, video, order)
        return replace(video, features=features, frames=partial(at, range(video.steps)), frames_at=at)


def _order(seeds: Seeds, steps: int) -> NDArray[np.int64]:
    """(steps,) which step is shown at each; the same for everything of a video that has as many steps."""
    return seeds.child(steps).generator().permutation(steps)


def _permuted_feature(feature: Feature, order: Callable[[int], NDArray[np.int64]]) -> NDArray[np.float32]:
    values = feature.read()
    permuted: NDArray[np.float32] = values[order(len(values))]
    return permuted


def _permuted_frames(
    video: Video, order: Callable[[int], NDArray[np.int64]], steps: Sequence[int]
) -> Iterator[Frame]:
    """Pixels of other steps at these. They come in another order, so what is asked for is held in memory."""
    sources = [int(source) for source in order(video.steps)[list(steps)]]
    wanted = sorted(set(sources))
    pixels = dict(zip(wanted, (frame.pixels for frame in video.sampled_frames(wanted)), strict=True))
    for step, source in zip(steps, sources, strict=True):
        yield Frame(index=int(video.picks[step]), time=float(video.pick_times[step]), pixels=pixels[source])
