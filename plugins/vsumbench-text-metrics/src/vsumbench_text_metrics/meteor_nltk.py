"""METEOR as NLTK computes it: another metric than METEOR 1.5, under its own name (protocols.md section d)."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from vsumbench.contracts import CorpusScore, TextItem
from vsumbench.errors import UnavailableError

from .texts import check_metrics, mean_rows, read


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """Mean over items of NLTK's METEOR x100 on lower-cased white-space tokens, best reference of each item.

    Statistics of an item: the value and a count of one.

    Raises:
        UnavailableError: the WordNet data of NLTK are not installed or empty. Nothing is downloaded.
        PredictionError: a text that is no Unicode text.
    """
    check_metrics(metrics, ("meteor-nltk",))
    from nltk.translate.meteor_score import meteor_score  # type: ignore[import-untyped]

    _need_wordnet()
    corpus = read(items)
    if not metrics or not corpus:
        return {metric: corpus.undefined() for metric in metrics}
    values = [
        100 * float(meteor_score([text.lower().split() for text in references], hypothesis.lower().split()))
        for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True)
    ]
    note = "NLTK METEOR, lower-cased white-space tokens; not METEOR 1.5"
    return {"meteor-nltk": corpus.score(statistics.fmean(values), values, mean_rows(values), note)}


def _need_wordnet() -> None:
    from nltk.corpus import wordnet  # type: ignore[import-untyped]

    hint = "Get them with: python -m nltk.downloader wordnet (or put them into a folder named by NLTK_DATA)."
    try:
        wordnet.ensure_loaded()
    except LookupError:
        what = "meteor-nltk needs the WordNet data of NLTK, which are not installed."
        raise UnavailableError(what, hint) from None
    except OSError as error:
        what = f"meteor-nltk needs the WordNet data of NLTK, which are incomplete: {error}."
        raise UnavailableError(what, hint) from None
    # Without a word in it no synonym matches: values of yet another metric (dependencies.md 6: 0.574).
    if next(iter(wordnet.all_lemma_names()), None) is None:
        raise UnavailableError(
            "meteor-nltk needs the WordNet data of NLTK; those installed hold no word.", hint
        )
