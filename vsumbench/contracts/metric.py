"""What a metric plugin declares and does: the statistic alone.

How a prediction meets references is the protocol's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from .references import ReferenceSet
from .specs import FIRST_API_VERSION, Citation
from .undefined import Value


class Needs(StrEnum):
    """What a metric compares, and what a protocol therefore yields."""

    SCORES = "scores"
    """A score vector with score vectors (rank correlation)."""
    SELECTION = "selection"
    """A boolean vector with boolean vectors (F1)."""
    TEXT = "text"
    """A text with one or more reference texts."""


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
    citation: Citation | None = None
    note: str = ""
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION


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
    """Scores a complete corpus. Never sharded: document frequencies and brevity belong to the whole set."""

    def __call__(self, metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
        """A score for each metric id asked for.

        Raises:
            UnavailableError: something outside is missing (no Java).
        """
        ...
