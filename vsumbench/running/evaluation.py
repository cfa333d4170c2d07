"""Score summaries of known videos under one protocol: of a run, of a file, of a validation pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
)
from vsumbench.errors import MissingPredictionError, PluginError, PredictionError, UnavailableError
from vsumbench.plugins import Plugins

from .scorer import ItemScore, VectorScorer, aggregate_annotators, mean


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
            line["items"] = [None if isinstance(item, Undefined) else item for item in score.items]
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
            metric: plugins.load(metric.implementation, what=f"metric {metric.id!r}") for metric in metrics
        }
        self._vectors = VectorScorer(protocol, self.implementation, self._functions)

        # One video is met again and again: by every repetition, or by every annotator.
        @lru_cache(maxsize=64)
        def sample(video_id: str) -> tuple[Video, Annotations]:
            return dataset.video(video_id), dataset.annotations(video_id)

        self._sample = sample

    @property
    def is_text(self) -> bool:
        """Whether it scores complete corpora of text."""
        return self.protocol.yields is Needs.TEXT

    def score_item(self, summary: Summary, metrics: Iterable[MetricSpec]) -> dict[str, ItemScore]:
        """Values of one summary of importance or segments, by metric id."""
        video, annotations = self._sample(summary.video_id)
        return self._vectors.score(summary, video, annotations, metrics)

    def score_corpus(self, summaries: Sequence[Summary], metrics: Sequence[MetricSpec]) -> CorpusResult:
        """Values of a complete corpus of texts. Metrics that share an implementation are called once.

        Something missing outside (no Java) makes that metric undefined, with its reason.
        """
        items, left_out = self._items(summaries)
        scores: dict[str, CorpusScore] = {}
        groups: dict[str, list[MetricSpec]] = {}
        for metric in metrics:
            groups.setdefault(metric.implementation, []).append(metric)
        for group in groups.values():
            names = [metric.id for metric in group]
            if not items:
                nothing = CorpusScore(Undefined("every reference is undefined", Cause.REFERENCE))
                scores |= dict.fromkeys(names, nothing)
                continue
            try:
                found = self._functions[group[0]](names, items)
            except UnavailableError as error:
                missing = CorpusScore(Undefined(f"unavailable: {error}", Cause.UNAVAILABLE))
                found = dict.fromkeys(names, missing)
            if set(found) != set(names):
                raise PluginError(
                    f"metrics {', '.join(names)} were asked for; {group[0].implementation} returned "
                    f"{', '.join(found) or 'none'}."
                )
            scores |= found
        for name, score in scores.items():
            if not isinstance(score.value, Undefined) and not math.isfinite(score.value):
                raise PluginError(
                    f"metric {name!r} returned {score.value}; it must return Undefined instead."
                )
        return CorpusResult(scores, tuple(item.id for item in items), left_out)

    def _items(self, summaries: Sequence[Summary]) -> tuple[list[TextItem], tuple[tuple[str, str], ...]]:
        items, left_out = [], []
        for summary in summaries:
            video, annotations = self._sample(summary.video_id)
            if summary.annotator is not None:
                annotations = annotations.without(summary.annotator)
            references = self.implementation.references(video, annotations, self.protocol.parameters)
            if isinstance(references, Undefined):
                left_out.append((summary.video_id, references.reason))
                continue
            hypothesis = self.implementation.prediction(summary, self.protocol.parameters)
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
        if self.is_text:
            return _defined(self.score_corpus(summaries, (metric,)).scores[metric.id].value, metric)
        values = []
        for summary in summaries:
            score = self.score_item(summary, (metric,))[metric.id]
            value = aggregate_annotators(
                score, self.protocol, self.protocol.annotators, metric.no_skill
            ).value
            values.append(_defined(value, metric))
        return mean(values)


def _defined(value: Value, metric: MetricSpec) -> float:
    if isinstance(value, Undefined):
        if value.cause is Cause.UNAVAILABLE:
            raise UnavailableError(f"metric {metric.id!r} selects the checkpoint and is {value.reason}.")
        return metric.no_skill
    return value
