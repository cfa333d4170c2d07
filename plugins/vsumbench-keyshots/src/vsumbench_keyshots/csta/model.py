"""CSTA as a model of the harness."""

from __future__ import annotations

from torch import Tensor, nn

from vsumbench.contracts import Sample, Video
from vsumbench.errors import OptionValueError
from vsumbench.training.official import Keys, released_file
from vsumbench_keyshots.shared.features import padded
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore

from .imagenet import load_imagenet
from .network import CstaNetwork, shortest
from .official import LEFT_OUT, official_keys
from .options import CstaOptions
from .spec import CSTA, IMAGENET
from .trunks import TRUNKS


class Csta(FrameScorer[CstaOptions]):
    """Squared error to gtscore as stored, one video a step, Adam at a constant rate (csta.md)."""

    spec = CSTA
    structure = (
        *("trunk", "width", "attention", "positions", "positions_at", "cls", "cls_mix"),
        *("embeddings", "skip", "softmax", "scale", "balance"),
    )
    unused = ("unused_classifier.",)
    left_out = LEFT_OUT

    def network(self, width: int) -> nn.Module:
        """CNN, attention and head.

        Raises:
            OptionValueError: the features themselves are to be keys or added, and have another width.
        """
        options = self.options
        wanted = TRUNKS[options.trunk].width(options.width)
        if width != wanted and (not options.embeddings or options.skip == "IF"):
            raise OptionValueError(
                f"without embeddings, or with skip=IF, features must have the network's width "
                f"{wanted}, not {width}.",
                f"Give --set projection={wanted}, or other options.",
            )
        return CstaNetwork(width, options)

    def target(self, sample: Sample) -> Scores:
        """(T,) not normalised."""
        return gtscore(sample)

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,); shorter videos are padded to what the pools of the trunk need."""
        found: Tensor = network(padded(features, shortest(self.options)))
        return found[: len(features)]

    def prepare(self, network: nn.Module) -> None:
        """Put ImageNet weights into the trunk, where the options name some.

        Raises:
            OptionValueError: they are those of another trunk.
        """
        options = self.options
        if not options.pretrained:
            return
        named = {weights.id: trunk for trunk, weights in IMAGENET.items()}
        if named.get(options.pretrained, options.trunk) != options.trunk:
            raise OptionValueError(
                f"pretrained={options.pretrained} are weights of {named[options.pretrained]}, and the trunk "
                f"is {options.trunk}.",
                f"Give --set pretrained={IMAGENET[options.trunk].id}, or the preset that has them.",
            )
        csta = network.network if options.projection else network
        assert isinstance(csta, CstaNetwork)
        classifier = TRUNKS[options.trunk].classifier
        load_imagenet(csta.trunk, csta.unused_classifier, classifier, released_file(options.pretrained))

    def keys(self, network: nn.Module) -> Keys:
        """One official tensor each."""
        assert isinstance(network, CstaNetwork)
        return official_keys(network)
