"""ROUGE by the rouge-score package itself: `rouge1[rouge-score]`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def rouge_scores(
    types: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    stem: bool = True,
) -> dict[str, NDArray[np.float64]]:
    """What `rouge_scorers.rouge_scores` returns, from the package's `score_multi`."""
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    scorer = RougeScorer(list(types), use_stemmer=stem)
    items = [
        scorer.score_multi(list(texts), text) for text, texts in zip(hypotheses, references, strict=True)
    ]
    return {kind: np.array([item[kind] for item in items], dtype=np.float64).reshape(-1, 3) for kind in types}
