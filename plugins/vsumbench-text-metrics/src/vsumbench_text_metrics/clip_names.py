"""Names of the metrics that see through CLIP, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench.contracts import MetricSpec
from vsumbench.errors import UnknownMetricError

from .clip_specs import CROSS_F_CLIP, F_CLIP, VT_CLIPSCORE

SPECS = {spec.id: spec for spec in (VT_CLIPSCORE, F_CLIP, CROSS_F_CLIP)}
OPTIONS = {VT_CLIPSCORE.id: (), F_CLIP.id: ("union",), CROSS_F_CLIP.id: ("union", "paragraph")}


@dataclass(frozen=True)
class Asked:
    """A metric's name, taken apart: `cross-f-clip[CHECKPOINT,union,paragraph]`."""

    spec: MetricSpec
    checkpoint: str
    options: frozenset[str]

    @classmethod
    def parse(cls, name: str) -> Asked:
        """What a name asks for; without brackets, the spec's own argument.

        Raises:
            UnknownMetricError: another metric, or an option it does not have.
        """
        metric, _, rest = name.partition("[")
        spec = SPECS.get(metric)
        if spec is None:
            raise UnknownMetricError.about("metric", name, SPECS, where="vsumbench list metrics")
        checkpoint, *options = (part.strip() for part in (rest.removesuffix("]") or spec.argument).split(","))
        for option in options:
            if option not in OPTIONS[metric]:
                raise UnknownMetricError(
                    f"metric {name!r} is not known: {metric!r} has no option {option!r}.",
                    f"It takes {spec.takes}.",
                )
        return cls(spec, checkpoint, frozenset(options))

    @property
    def encoder(self) -> str:
        """The name its encoder is asked for with, which stored features carry as their extractor."""
        return f"{self.spec.encoder}[{self.checkpoint}]"
