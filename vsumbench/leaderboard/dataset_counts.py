"""Columns of what a dataset holds. No run measures them: they are read from saved statistics of datasets.

`vsumbench info DATASET --statistics --save RUNS` saves them; like costs, they rank nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsumbench.store.statistics import DatasetStatistics

from .table import Condition, Evidence, Measured

_EDITIONS = ("full", "annotations", "sample")


@dataclass(frozen=True)
class Count:
    """A column of this kind: the quantity whose mean it shows, empty for the number of videos itself; the
    scale; digits after the point; what it is, in words."""

    quantity: str
    scale: str
    decimals: int
    meaning: str


COUNTS: Mapping[str, Count] = {
    "n-videos": Count("", "count", 0, "Videos of the dataset"),
    "duration-s": Count("duration", "s", 1, "Mean duration of a video, in seconds"),
    "video-summary-s": Count(
        "video-summary", "s", 1, "Mean length of what an annotator selected, in seconds"
    ),
    "video-summary-share": Count(
        "video-summary-share", "percent", 2, "Mean share of a video that an annotator selected"
    ),
    "text-words": Count("text-summary", "words", 1, "Mean words of a reference text, split at white space"),
}
"""Metric of a column → what it shows."""


@dataclass(frozen=True)
class Counted:
    """A value read from statistics, and where it stands."""

    measured: Measured
    condition: Condition
    source: DatasetStatistics

    @property
    def note(self) -> str:
        """Where the value comes from."""
        one = self.source
        return (
            f"Counted in edition {one.edition}, fingerprint {one.fingerprint[:12]} "
            f"(statistics of {one.folder})."
        )


def counted(statistics: Sequence[DatasetStatistics], dataset: str, metric: str) -> Counted | None:
    """The value of a dataset; of several editions, that of the most complete one. None without statistics."""

    def order(one: DatasetStatistics) -> tuple[object, ...]:
        place = _EDITIONS.index(one.edition) if one.edition in _EDITIONS else len(_EDITIONS)
        return one.generated, place, one.missing, one.folder

    found = sorted((one for one in statistics if one.dataset == dataset), key=order)
    if not found:
        return None
    chosen, quantity = found[0], COUNTS[metric].quantity
    value = chosen.means.get(quantity) if quantity else float(chosen.videos)
    reason = "" if value is not None else f"edition {chosen.edition} has nothing of it"
    return Counted(Measured(value=value, reason=reason, items=chosen.videos), _condition(chosen), chosen)


def _condition(one: DatasetStatistics) -> Condition:
    part = one.missing > 0 or one.edition == "sample"
    evidence: Evidence = "planted" if one.generated else "sample" if part else "full"
    return Condition(
        edition=one.edition,
        edition_version=one.edition_version,
        preset=None,
        split_set="",
        selection="",
        evidence=evidence,
        trained=False,
        evaluated=one.videos,
        official=one.videos + one.missing,
    )
