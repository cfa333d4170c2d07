"""A metric under test: called with small made-up references and predictions."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import CorpusScore, Needs, ReferenceSet, Seeds, TextItem, Undefined, Value

from .checks import Failed, require
from .subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RANGES = {"correlation": (-1.0, 1.0), "fraction": (0.0, 1.0), "percent": (0.0, 100.0)}
_CURVE = 5
ROUNDING = 1e-9
"""How far a value may leave its range, or differ between two orders, by rounding alone."""

_SENTENCES = (
    ("a man peels three red apples and puts them into a large bowl", "someone prepares apples in a kitchen"),
    ("two dogs chase a yellow ball across the wet grass of a park", "dogs are playing outside in the rain"),
    ("the band plays its last song while the crowd is dancing", "musicians perform on stage for many people"),
    ("a woman repairs the back wheel of her old green bicycle", "the wheel of a bike is being mended"),
    ("children build a tall tower out of blocks until it falls", "a tower made by kids tumbles down"),
    ("snow covers the mountain road and a plough clears it slowly", "a vehicle removes snow from the road"),
)


@dataclass
class MetricSubject(Subject):
    """Knows what the metric compares and makes examples of it."""

    @property
    def is_text(self) -> bool:
        """Whether it scores a corpus of texts."""
        return bool(self.spec.level == "corpus")

    @property
    def is_example(self) -> bool:
        """Whether it compares spans, or frames and texts: shown with made-up examples of them."""
        return self.spec.needs in (Needs.SPANS, Needs.FRAMES_AND_TEXT)

    @cached_property
    def function(self) -> Any:
        """The imported metric."""
        return self.implementation()

    def rows(self, count: int = 5, length: int = 60) -> NDArray[Any]:
        """(count, length) reference rows: scores of 1 to 5, or selections, none constant; curves are longer
        and without ties, so that the best clips are the best of each."""
        draw = Seeds(0).child("conformance", "metric").generator()
        if self.spec.needs is Needs.SELECTION:
            chosen: NDArray[Any] = draw.random((count, length)) < 0.3
            chosen[:, 0], chosen[:, 1] = True, False
            return chosen
        if self.spec.needs is Needs.CURVE:
            return draw.random((count, _CURVE * length))
        return draw.integers(1, 6, (count, length)).astype("float64")

    def prediction(self, number: int, length: int = 60) -> NDArray[Any]:
        """A prediction that has nothing to do with the references."""
        steps = _CURVE * length if self.spec.needs is Needs.CURVE else length
        draw = Seeds(number).child("conformance", "prediction").generator().random(steps)
        if self.spec.needs is Needs.SELECTION:
            chosen: NDArray[Any] = draw < 0.3
            chosen[0] = True
            return chosen
        scores: NDArray[np.float64] = draw
        return scores

    def items(self) -> list[TextItem]:
        """Texts with two references each; the hypothesis is the first of them."""
        return [
            TextItem(f"video_{number}", unicodedata.normalize("NFC", first), (first, second))
            for number, (first, second) in enumerate(_SENTENCES)
        ]

    def compare(self, prediction: NDArray[Any], rows: NDArray[Any]) -> list[Value]:
        """Call an item metric; one value a reference row is required."""
        values = list(self.function(prediction, ReferenceSet(rows)))
        require(len(values) == len(rows), f"{len(values)} values for {len(rows)} reference rows")
        for value in values:
            self.check_value(value)
        return values

    def score(self, items: Sequence[TextItem]) -> CorpusScore:
        """Call a corpus metric, and check its answer."""
        asked = self.spec.asked
        found = self.function([asked], items)
        require(asked in found, f"asked for {asked!r}, it gave {', '.join(found) or 'nothing'}")
        score: CorpusScore = found[asked]
        require(isinstance(score, CorpusScore), f"it gave a {type(score).__name__}, expected a CorpusScore")
        self.check_value(score.value)
        require(
            not score.items or len(score.items) == len(items),
            f"{len(score.items)} item values for {len(items)} items",
        )
        for value in score.items:
            self.check_value(value)
        require(
            not score.statistics or len(score.statistics) == len(items),
            f"{len(score.statistics)} rows of statistics for {len(items)} items",
        )
        return score

    def check_value(self, value: Value) -> None:
        """A number of the declared scale, or Undefined with a reason; never NaN."""
        import math

        if isinstance(value, Undefined):
            require(value.reason.strip(), "an Undefined value without a reason")
            return
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Failed(f"a value of type {type(value).__name__}; expected float or Undefined")
        require(not math.isnan(value), "it returned NaN; return Undefined with a reason instead")
        require(math.isfinite(value), f"it returned {value}")
        low, high = RANGES.get(self.spec.scale if self.spec.bounded else "", (-math.inf, math.inf))
        require(
            low - ROUNDING <= value <= high + ROUNDING,
            f"it returned {value:g}; scale {self.spec.scale!r} means [{low:g}, {high:g}]",
        )
