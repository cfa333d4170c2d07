"""Scores frames and texts through an encoder of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsumbench.contracts import (
    CrossItem,
    CrossScore,
    Encoder,
    MetricSpec,
    Needs,
    ProtocolSpec,
    Undefined,
    unavailable,
)
from vsumbench.errors import UnavailableError
from vsumbench.plugins import Plugins

from .encoders import build_encoder, encoder_name, scoring_context
from .scorer import Case, ItemScore, check_names, checked


class CrossScorer:
    """Metrics of frames and texts. An encoder is built when the first of its metrics is scored, and kept."""

    batch = 1

    def __init__(
        self,
        protocol: ProtocolSpec,
        implementation: Any,
        functions: Mapping[MetricSpec, Any],
        plugins: Plugins,
    ) -> None:
        self._protocol = protocol
        self._implementation = implementation
        self._functions = functions
        self._plugins = plugins
        self._encoders: dict[str, Encoder | Undefined] = {}

    def score(self, cases: Sequence[Case], metrics: Sequence[MetricSpec]) -> list[dict[str, ItemScore]]:
        """The values of each summary, by metric id."""
        return [self._one(case, metrics) for case in cases]

    def _one(self, case: Case, metrics: Sequence[MetricSpec]) -> dict[str, ItemScore]:
        parameters = self._protocol.parameters_for(Needs.FRAMES_AND_TEXT)
        item = self._implementation.item(case.summary, case.video, case.others(), parameters)
        if isinstance(item, Undefined):
            return {metric.id: ItemScore((item,)) for metric in metrics}
        scores: dict[str, ItemScore] = {}
        for group in self._by_encoder(metrics):
            encoder = self._encoder(group[0])
            asked = [metric.asked for metric in group]
            note = "" if isinstance(encoder, Undefined) else _described(encoder)
            found = self._compared(group[0], asked, item, encoder)
            check_names(found, asked, group[0].implementation)
            for metric in group:
                score = found[metric.asked]
                values = checked(score.values, len(score.values), metric, case.video)
                scores[metric.id] = ItemScore(values, score.beside, note)
        return scores

    def _compared(
        self, metric: MetricSpec, asked: Sequence[str], item: CrossItem, encoder: Encoder | Undefined
    ) -> Mapping[str, CrossScore]:
        if isinstance(encoder, Undefined):
            return dict.fromkeys(asked, CrossScore((encoder,)))
        try:
            found: Mapping[str, CrossScore] = self._functions[metric](asked, item, encoder)
        except UnavailableError as error:  # What decodes the frames is not installed.
            return dict.fromkeys(asked, CrossScore((unavailable(error),)))
        return found

    @staticmethod
    def _by_encoder(metrics: Sequence[MetricSpec]) -> list[list[MetricSpec]]:
        """Metrics of one implementation and one encoder together, so that a video is encoded once."""
        groups: dict[tuple[str, str], list[MetricSpec]] = {}
        for metric in metrics:
            groups.setdefault((metric.implementation, encoder_name(metric)), []).append(metric)
        return list(groups.values())

    def _encoder(self, metric: MetricSpec) -> Encoder | Undefined:
        name = encoder_name(metric)
        if name not in self._encoders:
            try:
                self._encoders[name] = build_encoder(self._plugins, name, scoring_context())
            except UnavailableError as error:
                self._encoders[name] = unavailable(error)
        return self._encoders[name]


def _described(encoder: Encoder) -> str:
    """What an encoder says of its checkpoint, if it says anything."""
    describe = getattr(encoder, "describe", None)
    return str(describe()) if describe else ""
