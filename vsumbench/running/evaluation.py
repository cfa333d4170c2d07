"""Score summaries of known videos under one protocol: of a run, of a file, of a validation pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vsumbench.contracts import (
    Annotations,
    Cause,
    CorpusScore,
    Dataset,
    MetricSpec,
    Needs,
    ProtocolSpec,
    Summary,
    TextItem,
    Undefined,
    Value,
    Video,
    check_summary,
    unavailable,
)
from vsumbench.errors import MissingPredictionError, PluginError, PredictionError, UnavailableError
from vsumbench.plugins import Plugins

from .cross import CrossScorer
from .divided import DividedScorer
from .encoders import on_scoring_device
from .scorer import (
    Case,
    ItemScore,
    aggregate_annotators,
    check_names,
    grouped,
    mean,
    numbers_of,
    reasons_of,
)
from .vectors import VectorScorer


@dataclass(frozen=True)
class CorpusResult:
    """What the metrics say of one complete corpus, and the items that were left out for their references."""

    scores: Mapping[str, CorpusScore]
    ids: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]

    def line(self, metric: str) -> dict[str, Any]:
        """The score line of one metric: value or reason, items and the statistics a bootstrap needs."""
        score = self.scores[metric]
        line: dict[str, Any] = {"ids": self.ids}
        if isinstance(score.value, Undefined):
            line |= {"value": None, "undefined": [score.value.cause.value, score.value.reason]}
        else:
            line["value"] = score.value
        if self.left_out:
            line["left_out"] = self.left_out
        if score.items:
            line["items"] = numbers_of(score.items)
            if reasons := reasons_of(score.items):
                line["undefined_items"] = reasons
        if score.statistics:
            line["statistics"] = score.statistics
        if score.note:
            line["note"] = score.note
        return line


class Evaluator:
    """One protocol with some of its metrics, on the videos of one dataset."""

    def __init__(
        self, dataset: Dataset, protocol: ProtocolSpec, metrics: Sequence[MetricSpec], plugins: Plugins
    ) -> None:
        self.protocol = protocol
        self.metrics = tuple(metrics)
        what = f"protocol {protocol.id!r}"
        self.implementation: Any = plugins.load(protocol.implementation, what=what)
        self._functions = {
            metric: on_scoring_device(plugins.load(metric.implementation, what=f"metric {metric.id!r}"))
            for metric in metrics
        }
        self._items = self._item_scorer(plugins)

        # One video is met again and again: by every repetition, or by every annotator.
        @lru_cache(maxsize=64)
        def sample(video_id: str) -> tuple[Video, Annotations]:
            return dataset.video(video_id), dataset.annotations(video_id)

        self._sample = sample

    def _item_scorer(self, plugins: Plugins) -> VectorScorer | DividedScorer | CrossScorer:
        if self.protocol.yields is Needs.FRAMES_AND_TEXT:
            return CrossScorer(self.protocol, self.implementation, self._functions, plugins)
        if self.protocol.corpus == "video":
            return DividedScorer(self.protocol, self.implementation, self._functions)
        return VectorScorer(self.protocol, self.implementation, self._functions)

    @property
    def whole_fold(self) -> bool:
        """Whether it scores complete folds of text, and not one video at a time."""
        return self.protocol.whole_fold(self.protocol.yields)

    @property
    def compares_selections(self) -> bool:
        """Whether a summary must have importance or segments; else it must have a text."""
        return self.protocol.yields is not Needs.TEXT

    @property
    def batch(self) -> int:
        """How many summaries are best scored together."""
        return self._items.batch

    def score_items(
        self, summaries: Sequence[Summary], metrics: Sequence[MetricSpec]
    ) -> list[dict[str, ItemScore]]:
        """Values of each summary, by metric id, for protocols that score one video at a time."""
        cases = [Case(summary, *self._sample(summary.video_id)) for summary in summaries]
        return self._items.score(cases, metrics)

    def score_corpus(self, summaries: Sequence[Summary], metrics: Sequence[MetricSpec]) -> CorpusResult:
        """Values of a complete corpus of texts. Metrics that share an implementation are called once.

        Something missing outside (no Java) makes that metric undefined, with its reason.
        """
        items, left_out = self._texts(summaries)
        scores: dict[str, CorpusScore] = {}
        for group in grouped(metrics):
            asked = [metric.asked for metric in group]
            if not items:
                nothing = CorpusScore(Undefined("every reference is undefined", Cause.REFERENCE))
                found: Mapping[str, CorpusScore] = dict.fromkeys(asked, nothing)
            else:
                try:
                    found = self._functions[group[0]](asked, items)
                except UnavailableError as error:
                    found = dict.fromkeys(asked, CorpusScore(unavailable(error)))
            check_names(found, asked, group[0].implementation)
            scores |= {metric.id: found[metric.asked] for metric in group}
        for name, score in scores.items():
            if not isinstance(score.value, Undefined) and not math.isfinite(score.value):
                raise PluginError(
                    f"metric {name!r} returned {score.value}; it must return Undefined instead."
                )
        return CorpusResult(scores, tuple(item.id for item in items), left_out)

    def _texts(self, summaries: Sequence[Summary]) -> tuple[list[TextItem], tuple[tuple[str, str], ...]]:
        items, left_out = [], []
        parameters = self.protocol.parameters_for(Needs.TEXT)
        for summary in summaries:
            video, annotations = self._sample(summary.video_id)
            if summary.annotator is not None:
                annotations = annotations.without(summary.annotator)
            references = self.implementation.references(video, annotations, parameters)
            if isinstance(references, Undefined):
                left_out.append((summary.video_id, references.reason))
                continue
            hypothesis = self.implementation.prediction(summary, parameters)
            items.append(TextItem(summary.video_id, hypothesis, references))
        return items, tuple(left_out)

    def fold_value(self, ids: Sequence[str], summaries: Sequence[Summary], metric: MetricSpec) -> float:
        """One number for a validation fold; what is undefined counts as no skill.

        Raises:
            MissingPredictionError: a video of `ids` has no summary.
            PredictionError: a summary that cannot be scored, is a second one, or of a video not asked for.
        """
        given, asked = Counter(summary.video_id for summary in summaries), frozenset(ids)
        for video_id in ids:
            if video_id not in given:
                raise MissingPredictionError(f"validation video {video_id!r} has no summary.")
        for video_id, count in given.items():
            if count != (video_id in asked):
                raise PredictionError(
                    f"video {video_id!r} has {count} summaries in this validation, expected "
                    f"{int(video_id in asked)}."
                )
        for summary in summaries:
            check_summary(summary, self._sample(summary.video_id)[0])
        if self.whole_fold:
            return _defined(self.score_corpus(summaries, (metric,)).scores[metric.id].value, metric)
        values = []
        for scores in self.score_items(summaries, (metric,)):
            value = aggregate_annotators(
                scores[metric.id], self.protocol, self.protocol.annotators, metric.no_skill
            ).value
            values.append(_defined(value, metric))
        return mean(values)


def _defined(value: Value, metric: MetricSpec) -> float:
    if isinstance(value, Undefined):
        if value.cause is Cause.UNAVAILABLE:
            raise UnavailableError(
                f"metric {metric.id!r} selects the checkpoint and cannot be had: {value.reason}",
                "Or choose another rule with --selection.",
            )
        return metric.no_skill
    return value
