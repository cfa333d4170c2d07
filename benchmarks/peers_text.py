"""The packages' own text scorers, which ours are measured against, and the texts both are given.

Texts: paragraphs of ActivityNet Captions val_1 as hypotheses with those of val_2 as references, the
first 4,000 common ids (48 and 42 words on the average), from `VSUMBENCH_SHARED`; where they are not there,
generated pairs of these lengths. BLEU, ROUGE-L and CIDEr get PTB tokens of both, made beforehand and not
timed, as the reference seconds are without tokenisation. rouge-score gets the texts; words and stems are
timed.

The peers need no calibration: they are pycocoevalcap 1.2 and rouge-score 0.1.2, called as documented.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from vsumbench_text_metrics import coco_library, coco_scorers, ptb, rouge_library, rouge_scorers, rouge_words
from vsumbench_text_metrics.tokens import Scored, Tokens

REFERENCE_SECONDS = {"BLEU": 1.4, "ROUGE-L": 2.8, "CIDEr": 5.3, "rouge-score": 17.0}
ROUGE_TYPES = ("rouge1", "rouge2", "rougeL")


@dataclass(frozen=True)
class Texts:
    """Hypotheses and one reference each, as written and as tokens; and where they are from."""

    hypotheses: list[str]
    references: list[list[str]]
    tokens: tuple[list[str], list[list[str]]]
    source: str

    def fresh(self) -> Tokens:
        """The tokens with nothing computed yet."""
        return Tokens(*self.tokens, (len(self.hypotheses),))


def load(count: int = 4000) -> Texts:
    """The real pairs, or generated ones; PTB tokens, or lower-cased words where there is no Java."""
    said, told, source = _real(count) or _generated(count)
    if shutil.which("java"):
        tokens = ptb.tokenize([*said, *told])
    else:
        tokens = [" ".join(rouge_words.words(text, stem=False)) for text in (*said, *told)]
        source += ", words instead of PTB tokens (no Java)"
    return Texts(said, [[text] for text in told], (tokens[:count], [[t] for t in tokens[count:]]), source)


def _real(count: int) -> tuple[list[str], list[str], str] | None:
    folder = Path(os.environ.get("VSUMBENCH_SHARED") or "../shared") / "data" / "activitynet_captions"
    if not all((folder / name).is_file() for name in ("val_1.json", "val_2.json")):
        return None
    first, second = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("val_1.json", "val_2.json")
    )
    names = sorted(set(first) & set(second))[:count]
    said, told = (
        [" ".join(line.strip() for line in texts[name]["sentences"]) for name in names]
        for texts in (first, second)
    )
    return said, told, "ActivityNet Captions val_1 with val_2"


def _generated(count: int, seed: int = 0) -> tuple[list[str], list[str], str]:
    """Words drawn as often as words of a language are, a third of each hypothesis from its reference."""
    draw = random.Random(seed)
    vocabulary = ["".join(draw.choices("etaoinshrdlcum", k=draw.randint(2, 9))) for _ in range(9000)]
    shares = [1 / (rank + 2) for rank in range(len(vocabulary))]
    said, told = [], []
    for _ in range(count):
        reference = draw.choices(vocabulary, shares, k=max(5, round(draw.gauss(42, 18))))
        hypothesis = draw.choices(vocabulary, shares, k=max(5, round(draw.gauss(48, 22))))
        for place in draw.sample(range(len(hypothesis)), len(hypothesis) // 3):
            hypothesis[place] = reference[place % len(reference)]
        told.append(" ".join(reference))
        said.append(" ".join(hypothesis))
    return said, told, "generated"


Call = Callable[[Texts], object]

PEERS: dict[str, Call] = {
    "BLEU": lambda texts: coco_library.bleu(texts.fresh()),
    "ROUGE-L": lambda texts: coco_library.rouge_l(texts.fresh()),
    "CIDEr": lambda texts: coco_library.cider(texts.fresh()),
    "rouge-score": lambda texts: rouge_library.rouge_scores(ROUGE_TYPES, texts.hypotheses, texts.references),
}
"""The packages' own scorers."""


def _rouge_cold(texts: Texts) -> object:
    """With no stem remembered from an earlier run."""
    rouge_words.forget()
    return rouge_scorers.rouge_scores(ROUGE_TYPES, texts.hypotheses, texts.references)


OURS: dict[str, Call] = {
    "BLEU": lambda texts: coco_scorers.bleu(texts.fresh()),
    "ROUGE-L": lambda texts: coco_scorers.rouge_l(texts.fresh()),
    "CIDEr": lambda texts: coco_scorers.cider(texts.fresh()),
    "rouge-score": _rouge_cold,
}
"""The same by `vsumbench.scoring`, from texts or tokens to values."""


def largest_difference(name: str, texts: Texts) -> float:
    """Largest relative difference of any value of an item or corpus, ours to the package's."""
    ours, theirs = OURS[name](texts), PEERS[name](texts)
    assert isinstance(ours, dict) and isinstance(theirs, dict)
    return max(_difference(_values(ours[key]), _values(theirs[key])) for key in ours)


def _values(found: Scored | np.ndarray) -> np.ndarray:
    return np.array([*found.corpora, *found.items]) if isinstance(found, Scored) else found


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    scale = np.where(theirs == 0, 1, np.abs(theirs))
    return float((np.abs(ours - theirs) / scale).max())
