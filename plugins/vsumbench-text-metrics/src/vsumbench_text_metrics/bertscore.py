"""BERTScore with any encoder of text: greedy matching of token vectors (protocols.md d)."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsumbench.contracts import CorpusScore, TextItem
from vsumbench.errors import UnavailableError, UnknownMetricError

from .bertscore_specs import BERTSCORE
from .texts import Corpus, keep, mean_rows, read

if TYPE_CHECKING:
    from .bertscore_model import TokenVectors

_ARGUMENT = re.compile(r"(?P<model>.+)-L(?P<layer>\d+)")


@dataclass(frozen=True)
class Asked:
    """A name, taken apart: `bertscore[MODEL-LNN]`."""

    model: str
    layer: int

    @classmethod
    def parse(cls, name: str) -> Asked:
        """What a name asks for; without brackets, the spec's own argument.

        Raises:
            UnknownMetricError: another metric, or no model and layer in the brackets.
        """
        metric, _, rest = name.partition("[")
        if metric != BERTSCORE.id:
            raise UnknownMetricError.about("metric", name, [BERTSCORE.id], where="vsumbench list metrics")
        found = _ARGUMENT.fullmatch(rest.removesuffix("]") or BERTSCORE.argument)
        if found is None:
            raise UnknownMetricError(
                f"metric {name!r} is not known: its brackets hold no model and layer.",
                f"Write them as in {BERTSCORE.asked}.",
            )
        return cls(found["model"], int(found["layer"]))


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """Mean over items of F, a fraction; of several references the one with the best F.

    A reference without a token the model knows to weigh is taken out. Statistics of an item: the value and a
    count of one. The note holds model, layer, versions, the digest of the weights, and how many texts were
    cut to what the model reads. The model runs on torch's default device, in float32.

    Raises:
        UnknownMetricError: another metric, or a layer the model does not have.
        UnavailableError: torch, transformers or the model are not on this machine; the hint gets them.
        PredictionError: a text that is no Unicode text.
    """
    return {name: _score(Asked.parse(name), items) for name in metrics}


def _score(asked: Asked, items: Sequence[TextItem]) -> CorpusScore:
    texts = read(items)
    if not texts:
        return texts.undefined()
    model = _model(asked)
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


def _model(asked: Asked) -> TokenVectors:
    try:
        from .bertscore_model import load
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"bertscore needs the package {error.name!r}, which is not installed.",
            "Run `pip install 'vsumbench-text-metrics[bertscore]'`.",
        ) from None
    return load(asked.model, asked.layer)
