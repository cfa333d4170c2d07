"""What a model under test learns from and summarizes: toy videos, with whatever inputs it declares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from vsumbench.contracts import (
    Annotations,
    Dataset,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    FeatureSpec,
    Fold,
    Inputs,
    ModelSpec,
    Video,
)
from vsumbench.plugins import Plugins
from vsumbench.running.editions import find_edition
from vsumbench.running.samples import Samples

from .generated import Reads, only_declared, with_inputs

TOY = "toy"
SPLIT_SET = "folds"
TRAIN, VALIDATION, TEST = 4, 2, 3
"""How many videos are used: enough for an order to matter, few enough for a slow model."""


class Bench:
    """The toy dataset as the model under test meets it. It notes which annotations were read.

    Args:
        dataset: the opened toy dataset.
        wanted: features to make where the toy dataset lacks them.
        stripped: give videos only what one of the model's declared inputs names; None inputs declare nothing.
    """

    def __init__(
        self, dataset: Dataset, wanted: tuple[FeatureSpec, ...], stripped: tuple[Inputs | None] | None = None
    ) -> None:
        self.dataset = dataset
        self._wanted = wanted
        self._stripped = stripped
        self.reads: Reads = Counter()
        self.annotations_read: list[str] = []

    def video(self, video_id: str) -> Video:
        """A toy video with the declared inputs."""
        video = with_inputs(self.dataset.video(video_id), self._wanted, self.reads)
        return video if self._stripped is None else only_declared(video, self._stripped[0])

    def annotations(self, video_id: str) -> Annotations:
        """Its annotations; the reading is noted."""
        self.annotations_read.append(video_id)
        return self.dataset.annotations(video_id)

    def status(self) -> EditionStatus:
        """As the toy dataset."""
        return self.dataset.status()

    def fingerprint(self) -> str:
        """As the toy dataset."""
        return self.dataset.fingerprint()

    def video_ids(self) -> tuple[str, ...]:
        """As the toy dataset."""
        return self.dataset.video_ids()

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """As the toy dataset."""
        return self.dataset.folds(split_set)


@dataclass(frozen=True)
class Material:
    """A bench with the division used: a few toy videos to train on, to validate on and to summarize."""

    bench: Bench
    fold: Fold
    dataset: DatasetSpec
    edition: EditionSpec

    def videos(self) -> list[Video]:
        """The videos to summarize."""
        return [self.bench.video(video_id) for video_id in self.fold.test]

    def samples(self, ids: tuple[str, ...]) -> Samples:
        """Samples to learn from, read when asked for, as a run hands them out."""
        return Samples(self.bench, ids)


def make_material(
    plugins: Plugins, model: ModelSpec, stripped: tuple[Inputs | None] | None = None
) -> Material:
    """Material for one model.

    Raises:
        UnknownDatasetError: the toy dataset is not installed.
    """
    spec = plugins.dataset(TOY)
    resolved = find_edition(plugins, spec, "planted", None)
    published = resolved.dataset.folds(SPLIT_SET)[0]
    fold = Fold(
        published.name,
        train=published.train[:TRAIN],
        validation=published.train[TRAIN : TRAIN + VALIDATION],
        test=published.test[:TEST],
    )
    wanted = tuple(feature for inputs in model.inputs for feature in inputs.features)
    return Material(Bench(resolved.dataset, wanted, stripped), fold, spec, resolved.edition)
