"""Scores texts that a protocol divides into corpora of one video, and spans of time: dense captioning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsumbench.contracts import CorpusScore, MetricSpec, Needs, ProtocolSpec, TextItem, Undefined, unavailable
from vsumbench.errors import PluginError, UnavailableError

from .scorer import Case, ItemScore, check_names, checked, grouped


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
            for case, parts, into in zip(cases, divided, scores, strict=True):
                listed = (parts,) if isinstance(parts, Undefined) else parts
                results = [part if isinstance(part, Undefined) else next(found) for part in listed]
                for metric in group:
                    own = [
                        CorpusScore(result) if isinstance(result, Undefined) else result[metric.asked]
                        for result in results
                    ]
                    values = checked([score.value for score in own], len(own), metric, case.video)
                    into[metric.id] = ItemScore(values, note=_shared_note(own))

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
        if len(results) != len(corpora):
            raise PluginError(
                f"{group[0].implementation} returned scores of {len(results)} corpora for {len(corpora)}."
            )
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


def _shared_note(scores: Sequence[CorpusScore]) -> str:
    """What is remarked of every corpus of a video that was scored: the scorer and its weights."""
    notes = [score.note.split("; ") for score in scores if not isinstance(score.value, Undefined)]
    return "; ".join(part for part in notes[0] if all(part in note for note in notes)) if notes else ""
