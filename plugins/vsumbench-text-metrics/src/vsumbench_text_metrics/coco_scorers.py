"""BLEU, ROUGE-L and CIDEr on tokenised texts by `vsumbench.scoring`, all corpora at once.

Equal to pycocoevalcap to 1e-12 relative (`coco_library`); a test on real text holds it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring import bleu as bleu_arrays
from vsumbench.scoring.cider import cider as cider_arrays
from vsumbench.scoring.rouge_l import rouge_l as rouge_l_arrays

from .tokens import Scored, Tokens

ORDERS = bleu_arrays.ORDERS
ONE_ITEM = "CIDEr of one item is 0 by definition"
SAME_REFERENCES = "CIDEr is 0 by definition where every item has the same references"


def bleu(tokens: Tokens) -> dict[str, Scored]:
    """`bleu1` to `bleu4`; statistics are matches and totals of orders 1 to n and both lengths."""
    statistics = bleu_arrays.bleu_statistics(tokens.pairs)
    sums = np.add.reduceat(statistics, tokens.ends[:-1], axis=0)
    corpora, items = bleu_arrays.bleu(sums), bleu_arrays.bleu(statistics)
    found = {}
    for n in range(1, ORDERS + 1):
        columns = [*range(n), *range(ORDERS, ORDERS + n), -2, -1]
        rows = list(map(tuple, statistics[:, columns].tolist()))
        found[f"bleu{n}"] = Scored(corpora[:, n - 1].tolist(), items[:, n - 1].tolist(), rows)
    return found


def rouge_l(tokens: Tokens) -> dict[str, Scored]:
    """`rougeL-coco`. Texts are split at single spaces, so an empty text is one empty token."""
    values = rouge_l_arrays(
        [text.split(" ") for text in tokens.hypotheses],
        [[text.split(" ") for text in texts] for texts in tokens.references],
    )
    return {"rougeL-coco": Scored(_means(values, tokens), values.tolist())}


def cider(tokens: Tokens) -> dict[str, Scored]:
    """`cider`, with a remark where it is 0 by definition."""
    found = cider_arrays(tokens.pairs)
    notes = [
        "" if weighted else ONE_ITEM if size == 1 else SAME_REFERENCES
        for size, weighted in zip(tokens.sizes, found.weighted.tolist(), strict=True)
    ]
    return {"cider": Scored(_means(found.items, tokens), found.items.tolist(), notes=notes)}


def _means(values: NDArray[np.float64], tokens: Tokens) -> list[float]:
    means: list[float] = (np.add.reduceat(values, tokens.ends[:-1]) / np.array(tokens.sizes)).tolist()
    return means
