"""Many small corpora at once: what a call for each would give, from one process of each kind."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence

import pytest
from vsumbench_text_metrics import coco, ptb
from vsumbench_text_metrics.meteor_process import MeteorProcess

from vsumbench.contracts import CorpusScore, TextItem, Undefined

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")

WORDS = ("a", "man", "the", "dog", "runs", "sits", "on", "in", "park", ",", ".", "red", "ball", "with", "and")


def sentence(draw: random.Random) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 12)))


def corpora(count: int, seed: int = 0) -> list[list[TextItem]]:
    """Corpora of one to five items of one to three references; texts repeat among them, some are empty."""
    draw = random.Random(seed)
    pool = [sentence(draw) for _ in range(3 * count)] + ["", "...", "!"]
    return [
        [
            TextItem(f"{c}-{i}", draw.choice(pool), tuple(draw.choices(pool, k=draw.randint(1, 3))))
            for i in range(draw.randint(1, 5))
        ]
        for c in range(count)
    ]


def assert_same(found: CorpusScore, expected: CorpusScore) -> None:
    assert (
        found.value == pytest.approx(expected.value, rel=1e-12)
        if isinstance(expected.value, float)
        else found.value == expected.value
    )
    assert len(found.items) == len(expected.items)
    for value, other in zip(found.items, expected.items, strict=True):
        assert isinstance(value, Undefined) == isinstance(other, Undefined)
        assert value == (other if isinstance(other, Undefined) else pytest.approx(other, rel=1e-12))
    assert found.note == expected.note
    assert len(found.statistics) == len(expected.statistics)
    for row, wanted in zip(found.statistics, expected.statistics, strict=True):
        assert row == pytest.approx(wanted, rel=1e-12)


@pytest.mark.slow
def test_many_corpora_give_what_a_call_for_each_gives() -> None:
    asked = [*coco.METRICS, "cider[pycocoevalcap]", "bleu4[pycocoevalcap]", "rougeL-coco[pycocoevalcap]"]
    given = [*corpora(3), [], [TextItem("x", "a man", ())], [TextItem("y", "", ("a man runs",))]]
    found = coco.score.many(asked, given)
    assert len(found) == len(given)
    for scores, items in zip(found, given, strict=True):
        alone = coco.score(asked, items)
        assert list(scores) == list(alone) == asked
        for metric in asked:
            assert_same(scores[metric], alone[metric])


def test_document_frequencies_of_one_corpus_do_not_enter_another() -> None:
    one = corpora(1, seed=4)[0]
    alone = coco.score(["cider"], one)["cider"]
    for others in (corpora(3, seed=5), [one, one]):
        assert_same(coco.score.many(["cider"], [*others, one, *others])[len(others)]["cider"], alone)


def test_many_corpora_are_one_tokenizer_process_and_one_meteor_process_of_distinct_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokenised: list[Sequence[str]] = []
    started: list[object] = []
    sent: list[str] = []
    run, begin, send = ptb.tokenize, MeteorProcess.__init__, MeteorProcess.send

    def tokenize(texts: Sequence[str]) -> list[str]:
        tokenised.append(texts)
        return run(texts)

    def start(self: MeteorProcess, command: tuple[str, ...]) -> None:
        started.append(self)
        begin(self, command)

    def ask(self: MeteorProcess, line: str) -> None:
        sent.append(line)
        send(self, line)

    monkeypatch.setattr(ptb, "tokenize", tokenize)
    monkeypatch.setattr(MeteorProcess, "__init__", start)
    monkeypatch.setattr(MeteorProcess, "send", ask)
    given = [
        [TextItem("a", "A man runs.", ("The man ran.",)), TextItem("b", "A dog.", ("Two dogs.",))],
        [TextItem("c", "A man runs!", ("the man ran",)), TextItem("d", "A cat.", ("Two dogs.",))],
    ]
    coco.score.many(["meteor", "bleu1"], given)
    assert len(tokenised) == 1 and len(tokenised[0]) == len(set(tokenised[0]))
    # None where the process of an earlier corpus is still there.
    assert len(started) <= 1
    # "A man runs." and "A man runs!" are the same tokens.
    assert [line.split()[0] for line in sent] == ["SCORE"] * 3 + ["EVAL"] * 2


def test_no_corpora_and_no_metrics_need_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ptb, "tokenize", None)
    assert coco.score.many(["bleu1"], []) == []
    assert coco.score.many([], [[TextItem("a", "b", ("c",))]]) == [{}]
    empty = coco.score.many(["bleu1", "meteor"], [[], []])
    assert all(isinstance(score.value, Undefined) for scores in empty for score in scores.values())
