"""BERTScore with any encoder of text: greedy matching of token vectors (protocols.md d)."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsumbench.contracts import CorpusScore, TextItem
from vsumbench.errors import UnavailableError

from .bertscore_names import Asked
from .texts import Corpus, keep, mean_rows, read

if TYPE_CHECKING:
    from .bertscore_model import TokenVectors


@dataclass(frozen=True)
class BertScore:
    """Mean over items of F, a fraction; of several references the one with the best F.

    A reference without a token the model knows to weigh is taken out. Statistics of an item: the value and a
    count of one. The note holds model, layer, versions, the digest of the weights, and how many texts were
    cut to what the model reads. The model runs in float32.

    Attributes:
        device: where the model runs, as torch writes it.
    """

    device: str = "cpu"

    def on(self, device: str) -> BertScore:
        """The same on another device; values agree but for rounding in float32 (below 1e-5)."""
        return BertScore(device)

    def __call__(self, metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
        """A score for each metric, by the name it was asked with.

        Raises:
            UnknownMetricError: another metric, or a layer the model does not have.
            UnavailableError: torch, transformers or the model are not on this machine; the hint gets them.
            PredictionError: a text that is no Unicode text.
        """
        return self.many(metrics, [items])[0]

    def many(
        self, metrics: Sequence[str], corpora: Sequence[Sequence[TextItem]]
    ) -> list[Mapping[str, CorpusScore]]:
        """What a call for each corpus would return, in order; each model is loaded once.

        Raises:
            As a call does.
        """
        found: list[dict[str, CorpusScore]] = [{} for _ in corpora]
        for name in metrics:
            asked = Asked.parse(name)
            for scores, items in zip(found, corpora, strict=True):
                scores[name] = _score(asked, items, self.device)
        return list(found)


score = BertScore()


def _score(asked: Asked, items: Sequence[TextItem], device: str) -> CorpusScore:
    texts = read(items)
    if not texts:
        return texts.undefined()
    model = _model(asked, device)
    corpus = keep(
        items,
        [(item.hypothesis, item.references) for item in items],
        lambda text: not model.tokens(text).weighted,
        where=" of tokens",
    )
    if not corpus:
        return corpus.undefined()
    values = _best(corpus, model)
    return corpus.score(
        statistics.fmean(values), values, mean_rows(values), model.describe(), _cut(corpus, model)
    )


def _best(corpus: Corpus, model: TokenVectors) -> list[float]:
    """(K,) best F of each item."""
    pairs = [
        (hypothesis, reference)
        for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True)
        for reference in references
    ]
    found = dict(zip(pairs, model.f_of(pairs), strict=True))
    return [
        max(found[hypothesis, reference] for reference in references)
        for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True)
    ]


def _cut(corpus: Corpus, model: TokenVectors) -> str:
    texts = [*corpus.hypotheses, *(text for references in corpus.references for text in references)]
    cut = sum(model.tokens(text).cut for text in texts)
    return f"{cut} of {len(texts)} texts cut to {model.limit} tokens" if cut else ""


def _model(asked: Asked, device: str) -> TokenVectors:
    try:
        from .bertscore_model import load
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"bertscore needs the package {error.name!r}, which is not installed.",
            "Run `pip install 'vsumbench-text-metrics[bertscore]'`.",
        ) from None
    return load(asked.model, asked.layer, device)
