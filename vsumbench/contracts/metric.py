"""What a metric plugin declares and does: the statistic alone.

How a prediction meets references is the protocol's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from .encoder import Encoder
from .references import ReferenceSet
from .specs import FIRST_API_VERSION, Citation
from .undefined import Value
from .video import Video


class Needs(StrEnum):
    """What a metric compares, and what a protocol therefore yields."""

    SCORES = "scores"
    """A score vector with score vectors (rank correlation)."""
    SELECTION = "selection"
    """A boolean vector with boolean vectors (F1)."""
    TEXT = "text"
    """A text with one or more reference texts."""
    CURVE = "curve"
    """A score a step with a score a step, which the metric cuts into clips (mAP of Mr. HiSum)."""
    SPANS = "spans"
    """Spans of time with spans of time (detection of events)."""
    FRAMES_AND_TEXT = "frames and text"
    """Selected frames and texts with selected frames and texts, through an encoder of both."""


@dataclass(frozen=True, kw_only=True)
class MetricSpec:
    """A metric as data.

    Attributes:
        version: raised whenever a value can change.
        direction: whether more is better.
        scale: what the stored value means: `correlation` in [-1, 1], `fraction` in [0, 1], `percent` in [0,
            100], or `raw` (NIST).
        tolerance: two values nearer than this are the same result, in the metric's scale.
        no_skill: what an answer without skill gets; it stands for values the prediction made undefined.
        needs: what is compared.
        level: `item` (a value per video, then averaged) or `corpus` (one value for a complete fold).
        implementation: `module:function`; an `ItemMetric` or a `CorpusMetric`. Corpus metrics that share work
            may share one function: it is called once with all ids asked for.
        requires: what it needs outside Python packages (`java`).
        bounded: whether values stay within the range of `scale`; CIDEr as a percentage does not.
        takes: what may stand in brackets behind the name, in words; empty for a metric that takes nothing.
        argument: what stands there if nothing is said; empty for nothing. `plugins.metric("name[value]")`
            gives the spec with this argument and the id `name[value]`.
        encoder: the encoder that sees frames and texts for it (`Needs.FRAMES_AND_TEXT`); the metric's
            argument is handed on to it.
        checkpoint: `module:function` that finds the weights the argument names, called as `find(argument)`;
            what it returns has `sha256()`, which enters the score digest. It raises `UnavailableError` where
            they are not here. Empty for a metric that reads none itself; light to import.
        chain: the steps in words, in order.
        source: where the definition stands.
        disagreements: what else goes by this name, and how far it is off.
    """

    id: str
    version: str
    title: str
    scale: Literal["correlation", "fraction", "percent", "raw"]
    needs: Needs
    level: Literal["item", "corpus"]
    implementation: str
    tolerance: float
    no_skill: float = 0.0
    direction: Literal["higher", "lower"] = "higher"
    requires: tuple[str, ...] = ()
    bounded: bool = True
    takes: str = ""
    argument: str = ""
    encoder: str = ""
    checkpoint: str = ""
    chain: tuple[str, ...] = ()
    source: str = ""
    disagreements: tuple[str, ...] = ()
    citation: Citation | None = None
    note: str = ""
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION

    @property
    def asked(self) -> str:
        """The name an implementation is called with: `name[argument]`, the argument as it was given."""
        return f"{self.id.partition('[')[0]}[{self.argument}]" if self.argument else self.id


BUNDLES = {
    "coco-caption/ptb": ("bleu1", "bleu2", "bleu3", "bleu4", "meteor", "rougeL-coco", "cider"),
    "rouge-score/stem": ("rouge1", "rouge2", "rougeL"),
}
"""Names that stand for several metrics, wherever metrics are asked for."""


class ItemMetric(Protocol):
    """Compares one prediction with every reference row of its video at once."""

    def __call__(self, prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
        """One value a reference row, in the metric's scale; `Undefined` where it cannot be computed."""
        ...


@dataclass(frozen=True)
class TextItem:
    """A hypothesis and its references, as the protocol built them."""

    id: str
    hypothesis: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class CorpusScore:
    """What a corpus metric returns for one complete fold.

    Attributes:
        value: the corpus value in the metric's scale.
        items: per item, the value where one is meaningful, in the order given; empty where there is none.
        statistics: per item, the sufficient statistics a bootstrap needs; empty where there are none.
        note: a signature or a remark that must stand beside the number.
    """

    value: Value
    items: tuple[Value, ...] = ()
    statistics: tuple[tuple[float, ...], ...] = ()
    note: str = ""


class CorpusMetric(Protocol):
    """Scores a complete corpus. Never sharded: document frequencies and brevity belong to the whole set.

    An implementation that can share work between corpora (one process of Java for thousands) may also have
    `many(metrics, corpora)`, which returns what a call for each corpus would have returned, in order.

    One that computes with a model may also have `on(device)`, which returns the same metric on a device as
    torch writes it; scoring calls it with the device encoders are built on.
    """

    def __call__(self, metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
        """A score for each metric id asked for.

        Raises:
            UnavailableError: something outside is missing (no Java).
        """
        ...


@dataclass(frozen=True)
class SpanItem:
    """Predicted and true spans of one video.

    Attributes:
        predicted: (P, 2) seconds.
        references: for each set of references (G, 2) seconds.
        thresholds: overlaps (tIoU) in (0, 1) at which two spans count as the same.
    """

    predicted: NDArray[np.float64]
    references: tuple[NDArray[np.float64], ...]
    thresholds: tuple[float, ...]


class SpanMetric(Protocol):
    """Compares spans of time."""

    def __call__(self, item: SpanItem) -> Sequence[Value]:
        """One value a threshold, in the metric's scale."""
        ...


@dataclass(frozen=True)
class CrossItem:
    """What a metric of frames and texts compares in one video.

    Attributes:
        video: the video, whose frames or stored features are read where vectors are needed.
        importance: (T,) predicted scores, or None where segments were predicted alone.
        predicted_frames: (T,) sampled steps the prediction shows.
        reference_frames: (R, T) sampled steps each reference shows; R may be 0.
        predicted_texts, reference_texts: sentences or paragraphs, as the protocol says; may be empty.
        seed: for what is drawn beside the value (a random summary), the same whoever scores.
    """

    video: Video
    importance: NDArray[np.float64] | None
    predicted_frames: NDArray[np.bool_]
    reference_frames: NDArray[np.bool_]
    predicted_texts: tuple[str, ...]
    reference_texts: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class CrossScore:
    """A value a comparison, and numbers that must stand beside it (what a random summary gets)."""

    values: tuple[Value, ...]
    beside: Mapping[str, float] = field(default_factory=dict)


class CrossMetric(Protocol):
    """Compares frames and texts through vectors of an encoder."""

    def __call__(self, metrics: Sequence[str], item: CrossItem, encoder: Encoder) -> Mapping[str, CrossScore]:
        """A score for each metric asked for, by the name it was asked with."""
        ...
