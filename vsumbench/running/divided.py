"""Scores texts that a protocol divides into corpora of one video, and spans of time: dense captioning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsumbench.contracts import CorpusScore, MetricSpec, Needs, ProtocolSpec, TextItem, Undefined, Value
from vsumbench.errors import UnavailableError

from .scorer import Case, ItemScore, check_names, checked, grouped, unavailable


class DividedScorer:
    """Metrics of text, each on the corpora of one video; metrics of spans on what stands beside them."""

    batch = 256
    """Videos scored together, so that one process of Java serves many corpora."""

    def __init__(
        self, protocol: ProtocolSpec, implementation: Any, functions: Mapping[MetricSpec, Any]
    ) -> None:
        self._protocol = protocol
        self._implementation = implementation
        self._functions = functions

    def score(self, cases: Sequence[Case], metrics: Sequence[MetricSpec]) -> list[dict[str, ItemScore]]:
        """The values of each summary, by metric id: one a corpus, or one a threshold."""
        texts = [metric for metric in metrics if metric.needs is Needs.TEXT]
        spans = [metric for metric in metrics if metric.needs is Needs.SPANS]
        scores: list[dict[str, ItemScore]] = [{} for _ in cases]
        if texts:
            self._texts(cases, texts, scores)
        for metric in spans:
            for case, found in zip(cases, scores, strict=True):
                found[metric.id] = self._spans(case, metric)
        return scores

    def _texts(
        self, cases: Sequence[Case], metrics: Sequence[MetricSpec], scores: list[dict[str, ItemScore]]
    ) -> None:
        parameters = self._protocol.parameters_for(Needs.TEXT)
        divided = [
            self._implementation.corpora(case.summary, case.video, case.others(), parameters)
            for case in cases
        ]
        corpora = [
            corpus
            for parts in divided
            if not isinstance(parts, Undefined)
            for corpus in parts
            if not isinstance(corpus, Undefined)
        ]
        for group in grouped(metrics):
            found = iter(self._call(group, corpora))
            values: list[dict[str, list[Value]]] = []
            for parts in divided:
                own: dict[str, list[Value]] = {metric.id: [] for metric in group}
                for part in (parts,) if isinstance(parts, Undefined) else parts:
                    result = None if isinstance(part, Undefined) else next(found)
                    for metric in group:
                        own[metric.id].append(part if result is None else result[metric.asked].value)
                values.append(own)
            for case, own, into in zip(cases, values, scores, strict=True):
                for metric in group:
                    listed = own[metric.id]
                    into[metric.id] = ItemScore(checked(listed, len(listed), metric, case.video))

    def _call(
        self, group: Sequence[MetricSpec], corpora: Sequence[Sequence[TextItem]]
    ) -> list[Mapping[str, CorpusScore]]:
        """The scores of each corpus; all at once where the implementation can."""
        asked = [metric.asked for metric in group]
        function = self._functions[group[0]]
        many = getattr(function, "many", None)
        try:
            found = many(asked, corpora) if many else [function(asked, corpus) for corpus in corpora]
        except UnavailableError as error:
            return [dict.fromkeys(asked, CorpusScore(unavailable(error)))] * len(corpora)
        results: list[Mapping[str, CorpusScore]] = list(found)
        for result in results:
            check_names(result, asked, group[0].implementation)
        return results

    def _spans(self, case: Case, metric: MetricSpec) -> ItemScore:
        parameters = self._protocol.parameters_for(Needs.SPANS)
        item = self._implementation.spans(case.summary, case.video, case.others(), parameters)
        if isinstance(item, Undefined):
            return ItemScore((item,))
        found = self._functions[metric](item)
        return ItemScore(checked(found, len(item.thresholds), metric, case.video))
