"""What both detectors do alike: learn the runs of a summary, and paint scores from what they detect."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.errors import MismatchError
from vsumbench.scoring.shots import selected_runs
from vsumbench.training.official import Keys
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.layers import exact
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores

from .bases import official_keys
from .intervals import Intervals, painted, suppressed, whole_steps
from .options import DsnetOptions
from .summary_target import summary_steps

O = TypeVar("O", bound=DsnetOptions)  # noqa: E741
Floats = NDArray[np.floating]


class Detector(FrameScorer[O]):
    """Intervals of interest, and the score of a step from those that cover it."""

    structure: ClassVar[tuple[str, ...]] = ("base", "heads", "hidden")

    @abstractmethod
    def labels(self, targets: NDArray[np.int64], steps: int) -> Scores:
        """What is learned of target intervals (K, 2); the first number of a row is 1 where it is positive."""

    @abstractmethod
    def proposals(self, found: Tensor) -> tuple[Floats, Floats]:
        """Scores (N,) and real bounds (N, 2) in steps, from what the network says of a video."""

    def target(self, sample: Sample) -> Scores:
        """Labels of the runs of the 15 % summary."""
        return self.labels(selected_runs(summary_steps(sample)), sample.video.steps)

    def learns_from(self, example: Example) -> bool:
        """A video without anything positive is skipped: its loss is undefined."""
        return bool((example.target[..., 0] == 1).any())

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """As every method.

        Raises:
            MismatchError: no video has anything positive.
        """
        if not any(self.learns_from(examples[number]) for number in range(len(examples))):
            raise MismatchError(
                f"model {self.spec.id!r}: the summary of no training video has a run to learn from.",
                "Look at their gtscore (constant?) and shots (all longer than 15 %?).",
            )
        return super().train(network, examples, context, validate)

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,) painted."""
        scores = painted(self.intervals(network, features), len(features))
        return torch.from_numpy(scores).to(features.device)

    def summary(self, network: nn.Module, features: Tensor, video: Video) -> Summary:
        """Painted scores; `intervals` (K, 2) in steps, half-open, and `interval_scores` (K,), best first."""
        found = self.intervals(network, features)
        return Summary(
            video_id=video.id,
            importance=painted(found, len(features)).astype(np.float64),
            arrays={"intervals": found.bounds, "interval_scores": found.scores.astype(np.float64)},
        )

    def intervals(self, network: nn.Module, features: Tensor) -> Intervals:
        """What is detected, after suppression."""
        found: Tensor = network(features)
        # Half precision has too few digits for bounds of long videos.
        scores, bounds = self.proposals(exact(found).cpu())
        return suppressed(whole_steps(scores, bounds, len(features)), self.options.nms)

    def keys(self, network: nn.Module) -> Keys:
        """One official tensor each; those of the attention's input are joined."""
        return official_keys(network)
