"""PGL-SUM as a model of the harness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor, nn

from vsumbench.contracts import Context, FitReport, Sample, Selection, Video
from vsumbench.errors import OptionValueError
from vsumbench.training.official import Keys
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.features import padded
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore

from .attention import enough_steps
from .loss_curve import chosen_epoch
from .network import PglSumNetwork, official_keys
from .spec import LOCAL_HEADS, PGL_SUM, PglSumOptions


class PglSum(FrameScorer[PglSumOptions]):
    """Squared error to gtscore as stored; one step an epoch, on the sum of all videos' gradients."""

    spec = PGL_SUM
    structure = ("segments", "heads")
    _videos_a_step = 1

    def network(self, width: int) -> nn.Module:
        """Both attentions and the regressor.

        Raises:
            OptionValueError: the width does not divide into heads and segments.
        """
        heads, segments = self.options.heads, self.options.segments
        if width % heads or (segments and width // segments < LOCAL_HEADS):
            raise OptionValueError(
                f"a width of {width} does not divide into {heads} heads and {segments} segments of "
                f"{LOCAL_HEADS} heads.",
                "Give other heads or segments, or a projection to another width.",
            )
        return PglSumNetwork(width, self.options)

    def target(self, sample: Sample) -> Scores:
        """(T,) not normalised."""
        return gtscore(sample)

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,); steps are added where a segment would have fewer than two."""
        found: Tensor = network(padded(features, enough_steps(len(features), self.options.segments)))
        return found[: len(features)]

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """The mean squared error of a video, as often as the step has videos.

        The engine divides a step's gradient by the number of its videos; the published gradient is their sum.
        """
        return super().loss(network, example) * self._videos_a_step

    def recipe(self, videos: int) -> Recipe:
        """Gradients of the whole set in one step, computed video by video, then clipped."""
        self._videos_a_step = videos if self.options.batch == "all" else 1
        return Recipe(
            epochs=self.options.epochs,
            batch_size=self._videos_a_step,
            accumulation=self._videos_a_step,
            warmup=0.0,
            schedule="constant",
            clip_norm=self.options.clip_norm,
        )

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """As every method; under `train-loss`, the published rule looks at the whole curve first.

        Which epoch it takes is known at the end. Training is then repeated up to that epoch from the same
        weights, seeds and rates, which on the CPU leads to the same weights to the last bit.
        """
        if context.selection is not Selection.TRAIN_LOSS or self.options.loss_rule != "published":
            return super().train(network, examples, context, validate)
        start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        whole = super().train(network, examples, context, None)
        epoch = chosen_epoch([entry["loss"] for entry in whole.history])
        network.load_state_dict(start)
        folders = replace(context.folders, checkpoints=context.folders.checkpoints / "chosen")
        again = replace(context, folders=folders, selection=Selection.LAST_EPOCH)
        options, self.options = self.options, replace(self.options, epochs=epoch)
        try:
            super().train(network, examples, again, None)
        finally:
            self.options = options
        return replace(whole, selected_epoch=epoch)

    def keys(self, network: nn.Module) -> Keys:
        """A head's matrices are joined."""
        assert isinstance(network, PglSumNetwork)
        return official_keys(network)
