"""BLEU, METEOR, ROUGE-L and CIDEr of the COCO caption evaluation, on texts tokenised once by the PTB
tokenizer.

Definitions: protocols.md section b. METEOR is the packaged jar's; the others are computed by
`vsumbench.scoring`, and by pycocoevalcap itself where a name says so: `cider[pycocoevalcap]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from vsumbench.contracts import CorpusScore, TextItem, unavailable
from vsumbench.errors import RunFailedError, UnavailableError

from .names import Asked, parse
from .texts import Corpus, Row, keep, read
from .tokens import Scored, Scorer, Tokens

BLEU = ("bleu1", "bleu2", "bleu3", "bleu4")
METRICS = (*BLEU, "meteor", "rougeL-coco", "cider")
LIBRARY = "pycocoevalcap"
GRAMMARS = {metric: {"scorer": (LIBRARY,)} for metric in METRICS if metric != "meteor"}


class CocoMetrics:
    """The metrics asked for, x100, each on a whole corpus.

    Statistics of an item, all additive: BLEU-n clipped matches of orders 1..n, totals of orders 1..n,
    hypothesis and reference length; METEOR its 23 numbers; ROUGE-L and CIDEr the value and a count of one.
    CIDEr uses the document frequencies of the whole corpus.
    """

    def __call__(self, metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
        """A score for each metric, by the name it was asked with.

        A METEOR that fails is undefined, with the reason; the others keep their values.

        Raises:
            UnknownMetricError: a metric, or a word in its brackets, that is not known.
            UnavailableError: no Java. There is no fall-back to another tokenizer.
            RunFailedError: Java hangs or dies at tokenising, or at METEOR where nothing else was asked for.
            PredictionError: a text that is no Unicode text.
        """
        return self.many(metrics, [items])[0]

    def many(
        self, metrics: Sequence[str], corpora: Sequence[Sequence[TextItem]]
    ) -> list[Mapping[str, CorpusScore]]:
        """What a call for each corpus would return, in order, from one tokenizer process and one METEOR.

        Raises:
            As a call does.
        """
        asked = parse(metrics, METRICS, GRAMMARS)
        raw = [read(items) for items in corpora]
        if not asked:
            return [{} for _ in raw]
        tokenised = _tokenised([corpus.items for corpus in raw if corpus])
        whole = [next(tokenised) if corpus else corpus for corpus in raw]
        scored = [corpus for corpus in whole if corpus]
        found = {one.name: iter(scores) for one, scores in _all_scores(asked, scored)}
        return [
            {one.name: next(found[one.name]) if corpus else corpus.undefined() for one in asked}
            for corpus in whole
        ]


score = CocoMetrics()


def _tokenised(corpora: Sequence[Sequence[TextItem]]) -> Iterator[Corpus]:
    """The corpora of tokens. A reference of nothing but removed punctuation is empty here and taken out:
    ROUGE-L would score an empty hypothesis against it with 1 (protocols.md section b, traps)."""
    from .ptb import tokenize_once

    tokens = iter(
        tokenize_once(
            [text for items in corpora for item in items for text in (item.hypothesis, *item.references)]
        )
    )
    for items in corpora:
        texts = [(next(tokens), [next(tokens) for _ in item.references]) for item in items]
        yield keep(items, texts, lambda text: not text.strip(), where=" after tokenisation")


def _all_scores(
    asked: Sequence[Asked], corpora: Sequence[Corpus]
) -> Iterator[tuple[Asked, list[CorpusScore]]]:
    """Each metric with its score of each corpus; what several need is computed once."""
    if not corpora:
        yield from ((one, []) for one in asked)
        return
    tokens = Tokens.of(corpora)
    done: dict[Scorer, dict[str, Scored]] = {}
    for one in asked:
        if one.metric == "meteor":
            yield one, _meteor(tokens, corpora, alone=all(other.metric == "meteor" for other in asked))
            continue
        scorer = _scorer(one)
        if scorer not in done:
            done[scorer] = scorer(tokens)
        yield one, done[scorer][one.metric].scores(corpora, tokens.ends)


def _scorer(asked: Asked) -> Scorer:
    from . import coco_library, coco_scorers

    library = LIBRARY in asked.words
    if asked.metric in BLEU:
        return coco_library.bleu if library else coco_scorers.bleu
    if asked.metric == "cider":
        return coco_library.cider if library else coco_scorers.cider
    return coco_library.rouge_l if library else coco_scorers.rouge_l


def _meteor(tokens: Tokens, corpora: Sequence[Corpus], *, alone: bool) -> list[CorpusScore]:
    from .meteor import meteor_of_corpora

    ends = tokens.ends
    places = [slice(*pair) for pair in pairwise(ends)]
    try:
        results = meteor_of_corpora([(tokens.hypotheses[at], tokens.references[at]) for at in places])
    except (RunFailedError, UnavailableError) as error:
        if alone:
            raise
        return [CorpusScore(value=unavailable(error)) for _ in corpora]
    found = Scored(
        [result.corpus for result in results],
        [value for result in results for value in result.items],
        [_additive(row) for result in results for row in result.statistics],
        ["METEOR 1.5 -l en -norm"] * len(corpora),
    )
    return found.scores(corpora, ends)


def _additive(row: Row) -> Row:
    """The row with no chunk where one chunk is the whole of both texts.

    METEOR counts no fragmentation for such an item, alone or in a corpus, so its chunk must not enter a sum.
    """
    words, reference_words, chunks, matched, matched_reference = (row[i] for i in (0, 1, 20, 21, 22))
    whole = chunks == 1 and (matched, matched_reference) == (words, reference_words)
    return (*row[:20], 0.0, *row[21:]) if whole else row
