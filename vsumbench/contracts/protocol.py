"""How a prediction meets references: their construction, keyshot chain, budget, aggregation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from .annotations import Annotations
from .metric import CrossItem, Needs, SpanItem, TextItem
from .references import ReferenceSet
from .specs import FIRST_API_VERSION, Citation, Provides, Task
from .summary import Summary
from .undefined import Undefined
from .video import Video


@dataclass(frozen=True, kw_only=True)
class ProtocolSpec:
    """A protocol as data.

    Attributes:
        version: raised whenever a value can change.
        task: the task it evaluates.
        yields: what it hands to metrics.
        metrics: the metric ids it is reported with; others of the same `needs` may be asked for.
        datasets: dataset ids it is defined for; empty for all.
        requires: what the dataset edition must hold.
        predicts: what a summary must hold: importance (or segments), text, or an annotator's own importance.
        annotators: how values over the references of one video become one: `mean` or `max`.
        also: further annotator aggregates to report beside it, as `metric[max]`, for metrics of `yields`.
        undefined: `no-skill` (design §2.11) or `nan0` (VideoXum: zero whoever caused it).
        implementation: `module:object`, a `VectorProtocol` or a `TextProtocol`.
        parameters: values the implementation reads (budget, step), shown by `info`.
        chain: the steps in words, in order.
        other: further things it yields, each with the parameters that differ for it; `metrics` may name
            metrics of those needs too.
        corpus: what is one corpus of text: the complete fold, or each `video` (a `VideoCorporaProtocol`).
        disagreements: who computes something else under this or a similar name, and what it changes.
    """

    id: str
    version: str
    title: str
    task: Task
    yields: Needs
    metrics: tuple[str, ...]
    implementation: str
    chain: tuple[str, ...]
    requires: Provides = Provides()
    predicts: Literal["importance", "text", "annotator"] = "importance"
    datasets: tuple[str, ...] = ()
    annotators: Literal["mean", "max"] = "mean"
    also: tuple[Literal["mean", "max"], ...] = ()
    undefined: Literal["no-skill", "nan0"] = "no-skill"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[Needs, Mapping[str, Any]] = field(default_factory=dict)
    corpus: Literal["fold", "video"] = "fold"
    source: str = ""
    disagreements: tuple[str, ...] = ()
    citation: Citation | None = None
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION

    def serves(self, needs: Needs) -> bool:
        """Whether a metric of these needs can be asked for under this protocol."""
        return needs is self.yields or needs in self.other

    def aggregates(self, needs: Needs) -> tuple[Literal["mean", "max"], ...]:
        """The annotator aggregates metrics of these needs are reported with, the protocol's own first."""
        return (self.annotators, *(self.also if needs is self.yields else ()))

    def whole_fold(self, needs: Needs) -> bool:
        """Whether metrics of these needs get the complete fold as one corpus, and not one video at a time."""
        return needs is Needs.TEXT and self.corpus == "fold"

    def parameters_for(self, needs: Needs) -> Mapping[str, Any]:
        """The parameters with which the implementation yields for metrics of these needs."""
        return {**self.parameters, **self.other.get(needs, {})}


class VectorProtocol(Protocol):
    """Turns summaries and annotations of one video into vectors of one length."""

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> ReferenceSet | Undefined:
        """The reference rows (R, N)."""
        ...

    def prediction(
        self, summary: Summary, video: Video, parameters: Mapping[str, Any]
    ) -> NDArray[np.generic] | Undefined:
        """The prediction (N,)."""
        ...


class TextProtocol(Protocol):
    """Turns summaries and annotations of one video into texts."""

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> tuple[str, ...] | Undefined:
        """The reference texts, each non-empty."""
        ...

    def prediction(self, summary: Summary, parameters: Mapping[str, Any]) -> str:
        """The hypothesis; may be empty."""
        ...

    def normalise(self, text: str) -> str:
        """One reference text, given alone (`score --references`), as this protocol writes references."""
        ...


class VideoCorporaProtocol(Protocol):
    """Divides each video's texts into corpora of their own (dense captioning: one a tIoU)."""

    def corpora(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> Sequence[Sequence[TextItem] | Undefined] | Undefined:
        """The corpora of this video, each scored alone; or why there are none."""
        ...

    def spans(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> SpanItem | Undefined:
        """The spans of this video, for a protocol that yields them."""
        ...


class CrossProtocol(Protocol):
    """Chooses the frames and texts of one video that are compared through an encoder."""

    def item(
        self, summary: Summary, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> CrossItem | Undefined:
        """Frames and texts of this video."""
        ...
