"""The agreement of two people on 4,000 real videos, to the printed digits (protocols.md section h)."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pytest
from real_pairs import COUNT, names, needs_captions, needs_java, paragraphs, read, tokenised
from vsumbench_text_metrics import coco, coco_scorers, meteor, nist, rouge, sacre
from vsumbench_text_metrics.protocols import PARAGRAPH_JOINED

from vsumbench.contracts import Annotations, CorpusScore, Summary, TextItem, TimedText, Video

pytestmark = [needs_captions, pytest.mark.timeout(1200)]

COCO = {"bleu4": 5.30, "rougeL-coco": 25.84, "cider": 25.54}
ROUGE = {
    "rouge1": 37.02,
    "rouge2": 11.07,
    "rougeL": 27.16,
    "rouge1[no-stem]": 34.45,
    "rouge2[no-stem]": 10.05,
    "rougeL[no-stem]": 25.52,
    "rougeL[recall]": 31.10,
}
METEOR, METEOR_MEAN = 14.69, 15.59
FEW = 200
METEOR_FEW = 14.99
"""The corpus METEOR of the first 200 pairs, by pycocoevalcap 1.2's own wrapper of the jar."""


@functools.cache
def items() -> tuple[TextItem, ...]:
    """The pairs as the protocol `paragraph-joined` builds them."""
    said, told = read("val_1.json"), read("val_2.json")
    found = []
    for name in names():
        length = float(told[name]["duration"])
        video = Video(id=name, duration=length, fps=1.0, n_frames=int(length), picks=np.arange(int(length)))
        captions = tuple(
            TimedText(start=start, end=end, text=text)
            for (start, end), text in zip(told[name]["timestamps"], told[name]["sentences"], strict=True)
        )
        annotations = Annotations(video_id=name, captions=(captions,))
        references = PARAGRAPH_JOINED.references(video, annotations, {})
        assert isinstance(references, tuple)
        text = " ".join(sentence.strip() for sentence in said[name]["sentences"])
        hypothesis = PARAGRAPH_JOINED.prediction(Summary(video_id=name, text=text), {})
        found.append(TextItem(name, hypothesis, references))
    assert len(found) == COUNT
    return tuple(found)


@functools.cache
def coco_scores() -> Mapping[str, CorpusScore]:
    return coco.score(list(COCO), items())


@functools.cache
def rouge_scores() -> Mapping[str, CorpusScore]:
    return rouge.score(list(ROUGE), items())


@functools.cache
def meteor_score() -> CorpusScore:
    return coco.score(["meteor"], items())["meteor"]


def printed(value: object, expected: float) -> None:
    assert isinstance(value, float)
    assert f"{value:.2f}" == f"{expected:.2f}"


@needs_java
@pytest.mark.parametrize("metric", COCO)
def test_human_agreement_in_coco_metrics_is_the_measured_one(metric: str) -> None:
    printed(coco_scores()[metric].value, COCO[metric])


@pytest.mark.parametrize("metric", ROUGE)
def test_human_agreement_in_rouge_score_is_the_measured_one(metric: str) -> None:
    printed(rouge_scores()[metric].value, ROUGE[metric])


def test_human_agreement_in_nist_is_the_measured_one() -> None:
    printed(nist.score(["nist"], items())["nist"].value, 2.34)


def test_human_agreement_in_sacrebleu_and_in_the_mean_of_sentences_are_the_measured_ones() -> None:
    found = sacre.score(["sacrebleu"], items())["sacrebleu"]
    printed(found.value, 5.87)
    printed(float(np.mean([value for value in found.items if isinstance(value, float)])), 5.78)


def test_human_agreement_in_lower_cased_sacrebleu_is_the_measured_one() -> None:
    said, told = paragraphs()
    lower = sacre.BleuSettings(lowercase=True)
    printed(sacre.corpus_bleu(said, [[text] for text in told], lower).score, 6.23)


@needs_java
def test_meteor_of_some_pairs_is_the_published_wrappers() -> None:
    tokens = tokenised(FEW)
    found = meteor.meteor(tokens.hypotheses, tokens.references)
    printed(100 * found.corpus, METEOR_FEW)
    assert 100 * float(np.mean(found.items)) > METEOR_FEW + 0.5


@needs_java
@pytest.mark.slow
def test_human_agreement_in_meteor_is_the_measured_one() -> None:
    printed(meteor_score().value, METEOR)


@needs_java
@pytest.mark.slow
def test_the_mean_of_item_meteors_is_the_measured_other_number() -> None:
    values = [value for value in meteor_score().items if isinstance(value, float)]
    printed(float(np.mean(values)), METEOR_MEAN)


@needs_java
def test_the_protocol_gives_the_pairs_as_they_were_measured() -> None:
    said, told = paragraphs()
    assert [item.hypothesis.split() for item in items()] == [text.split() for text in said]
    assert [item.references[0].split() for item in items()] == [text.split() for text in told]
    assert np.mean([len(text.split()) for text in said]) == pytest.approx(48.2, abs=0.05)
    assert np.mean([len(text.split()) for text in told]) == pytest.approx(41.9, abs=0.05)
    assert coco_scorers.bleu(tokenised())["bleu4"].corpora[0] == pytest.approx(
        coco_scores()["bleu4"].value / 100  # type: ignore[operator]
    )
