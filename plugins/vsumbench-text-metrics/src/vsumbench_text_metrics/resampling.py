"""Corpus values from summed statistics, many at once: what a bootstrap over items needs.

Every row in `CorpusScore.statistics` of this distribution is additive. Summing the rows of a resample and
calling `value_of` gives the metric's value of that resample, with the document frequencies of the full set
for CIDEr and its n-gram weights for NIST.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsumbench.errors import UnknownMetricError

from .names import base

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEANS = ("rougeL-coco", "cider", "rouge1", "rouge2", "rougeL", "meteor-nltk", "bertscore")
BLEU = ("bleu1", "bleu2", "bleu3", "bleu4")
ADDITIVE = (*BLEU, "sacrebleu", "meteor", "nist", *MEANS)


def value_of(metric: str, totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The metric's value, in its scale, for each of B sums of statistics.

    Args:
        metric: an id of `ADDITIVE`, with or without words in brackets.
        totals: (B, K) sums over items of their rows.

    Returns:
        (B,) values; NaN where a resample holds no item with a reference, and for NIST where all its
        hypotheses are empty.

    Raises:
        UnknownMetricError: a metric without additive statistics.
    """
    measure = base(metric)
    if measure in MEANS:
        return _mean(totals)
    if measure == "meteor":
        return _meteor(totals)
    if measure == "sacrebleu":
        return _sacrebleu(totals)
    if measure == "nist":
        from vsumbench.scoring.nist import nist

        return nist(totals)
    if measure in BLEU:
        return _bleu(totals)
    raise UnknownMetricError.about(
        "metric with additive statistics", metric, ADDITIVE, where="vsumbench list metrics"
    )


def _mean(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    count = totals[:, 1]
    return np.where(count > 0, totals[:, 0] / np.where(count > 0, count, 1), np.nan)


def _bleu(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    from vsumbench.scoring.bleu import bleu

    return np.where(totals[:, -1] > 0, 100 * bleu(totals)[:, -1], np.nan)


def _sacrebleu(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU

    values = np.full(len(totals), np.nan)
    for i, row in enumerate(totals.astype(np.int64).tolist()):
        if row[9] > 0:
            values[i] = BLEU.compute_bleu(row[:4], row[4:8], row[8], row[9], smooth_method="exp").score
    return values


def _meteor(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """METEOR 1.5 with its English parameters.

    A line holds words and function words of both sides, then for each matcher (exact, stem, synonym,
    paraphrase) matched content words of both sides and matched function words of both sides, then chunks and
    matched words of both sides.
    """
    import numpy as np

    alpha, beta, gamma, delta = 0.85, 0.2, 0.6, 0.75
    weights = np.array([1.0, 0.6, 0.8, 0.6])
    matches = totals[:, 4:20].reshape(len(totals), 4, 4)
    chunks, matched, matched_reference = totals[:, 20], totals[:, 21], totals[:, 22]

    def share(side: int) -> NDArray[np.float64]:
        words, function = totals[:, side], totals[:, 2 + side]
        found = delta * matches[:, :, side] @ weights + (1 - delta) * matches[:, :, 2 + side] @ weights
        whole = delta * (words - function) + (1 - delta) * function
        return np.where(whole > 0, found / np.where(whole > 0, whole, 1), 0)

    precision, recall = share(0), share(1)
    below = alpha * precision + (1 - alpha) * recall
    mean = np.where(below > 0, precision * recall / np.where(below > 0, below, 1), 0)
    average = (matched + matched_reference) / 2
    fragmented = np.where(average > 0, chunks / np.where(average > 0, average, 1), 0)
    value = 100 * mean * (1 - gamma * fragmented**beta)
    return np.where(totals[:, 1] > 0, value, np.nan)
