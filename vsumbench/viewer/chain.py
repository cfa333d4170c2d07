"""What a protocol makes of a summary: importance and selection of every frame, by the scorer's own chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Needs, ProtocolSpec, Summary, Undefined, Video
from vsumbench.data.grids import rows_on, scores_on, selection_on, selects_itself
from vsumbench.errors import MismatchError, VsumbenchError
from vsumbench.plugins import Plugins
from vsumbench.running.matching import protocol_named
from vsumbench.scoring.shots import hold

from .opened import ViewedRun


@dataclass(frozen=True)
class Told:
    """What one summary says of every frame; None with the reason where it says nothing.

    Attributes:
        importance: (N,) scores.
        selected: (N,) what is selected, `how`; why not, where it is None.
        undrawn: why scores that were written are on no frames and stand at their own times, or empty.
    """

    importance: NDArray[np.float64] | None = field(repr=False)
    selected: NDArray[np.bool_] | None = field(repr=False)
    how: str = ""
    undrawn: str = ""

    def unsaid(self, name: str) -> tuple[str, ...]:
        """What the timeline lacks of this summary, in sentences; `name` is the run's."""
        found: list[str] = []
        if self.undrawn:
            found.append(f"{name}: importance is drawn at its own times, not on frames: {self.undrawn}")
        if self.selected is None:
            found.append(f"{name}: no selection: {self.how.rstrip('.')}.")
        return tuple(found)


@dataclass(frozen=True)
class People:
    """What annotators say of every frame.

    Attributes:
        rows: (U, N) of 0 to 1, selections (0 or 1) or ratings from the least to the greatest of the video.
        kind: `selections` or `importance`.
    """

    rows: NDArray[np.float64] = field(repr=False)
    kind: str

    @property
    def mean(self) -> NDArray[np.float64]:
        """(N,) the mean over annotators."""
        found: NDArray[np.float64] = self.rows.mean(axis=0)
        return found


def chosen_protocols(
    runs: Sequence[ViewedRun], plugins: Plugins, name: str | None
) -> tuple[ProtocolSpec, ProtocolSpec | None]:
    """The protocol whose scores are shown, and the one whose chain selects (None: no protocol here selects).

    Without a name the first recorded one that selects, or the first recorded one; where none is recorded,
    the same of the dataset's defaults.

    Raises:
        UnknownProtocolError: there is no such protocol.
        MismatchError: none was named, recorded or set as the default of the dataset; or the named one gives
            no scores in any of the runs and selects nothing.
    """
    recorded = list(dict.fromkeys(score.protocol for run in runs for score in run.old.record.scores))
    defaults = list(runs[0].old.dataset.default_protocols)
    known = [protocol_named(plugins, one) for one in dict.fromkeys([*recorded, *defaults])]
    selecting = [one for one in known if one.serves(Needs.SELECTION)]
    if name is None:
        if not known:
            raise MismatchError(
                "the runs name no protocol, nor does their dataset.", "Name one with --protocol."
            )
        # What was scored comes before what could be.
        there = [one for one in known if one.id in recorded] or known
        shown = next((one for one in there if one in selecting), there[0])
    else:
        shown = protocol_named(plugins, name)
        if shown.id not in recorded and not shown.serves(Needs.SELECTION):
            raise MismatchError(
                f"protocol {shown.id!r} selects no frames, and none of the runs was scored under it.",
                f"Scored here: {', '.join(recorded) or 'none'}; add it with `vsumbench score RUN --protocol "
                f"{shown.id}`.",
            )
    if shown.serves(Needs.SELECTION):
        return shown, shown
    return shown, selecting[0] if selecting else None


def told(summary: Summary, video: Video, protocol: ProtocolSpec | None, plugins: Plugins) -> Told:
    """Importance and selection of every frame of one summary."""
    undrawn = ""
    try:
        importance = None if summary.importance is None else scores_on(summary, video, "frames")
    except VsumbenchError as error:
        importance, undrawn = None, error.message
    return replace(_selected(summary, video, protocol, plugins), importance=importance, undrawn=undrawn)


def _selected(summary: Summary, video: Video, protocol: ProtocolSpec | None, plugins: Plugins) -> Told:
    """The selection, or why there is none."""
    if summary.importance is None and summary.segments is None:
        return Told(None, None, "the run writes text only")
    if selects_itself(summary):
        return Told(None, selection_on(summary, video, "frames"), "its own segments")
    if protocol is None:
        return Told(None, None, "no protocol of this dataset selects frames")
    implementation = plugins.load(protocol.implementation, what=f"protocol {protocol.id!r}")
    try:
        found = implementation.prediction(summary, video, protocol.parameters_for(Needs.SELECTION))
    except VsumbenchError as error:
        return Told(None, None, error.message)
    if isinstance(found, Undefined):
        return Told(None, None, found.reason)
    return Told(None, _on_frames(np.asarray(found), video), f"the chain of {protocol.id}")


def people(annotations: Annotations, video: Video) -> People | None:
    """The annotators' rows on every frame; None where nobody rated or selected."""
    selections = annotations.user_summaries
    if selections is None and annotations.importance is not None and annotations.coding == "segment":
        selections = annotations.importance > 0
    ratings = annotations.importance if annotations.coding == "rating" else None
    source = ratings if ratings is not None else selections
    if source is None or not len(source):
        return None
    rows = rows_on(source, annotations, video, annotations.grid).astype(np.float64)
    if annotations.grid == "picks":
        rows = np.stack([hold(row, video.picks, video.n_frames) for row in rows])
    if ratings is None:
        return People(rows, "selections")
    low, high = float(rows.min()), float(rows.max())
    return People((rows - low) / (high - low) if high > low else np.full_like(rows, 0.5), "importance")


def on_frames(values: NDArray[np.generic], video: Video) -> NDArray[np.float64]:
    """(T,) values of the sampled steps on every frame, each held until the next."""
    return hold(np.asarray(values, dtype=np.float64), video.picks, video.n_frames)


def _on_frames(selected: NDArray[np.generic], video: Video) -> NDArray[np.bool_]:
    if len(selected) == video.n_frames:
        return selected.astype(np.bool_)
    found: NDArray[np.bool_] = on_frames(selected, video) > 0
    return found
