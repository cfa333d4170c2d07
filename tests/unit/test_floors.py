"""The floors: one caption for all videos, and importance by position; and the text measures behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from harness import Silent
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Sample, Seeds, Video
from vsumbench.defaults.reference_rows import constant_row
from vsumbench.defaults.reference_rows.constant_row import ConstantRow
from vsumbench.defaults.reference_rows.mean_position_row import MeanPositionRow
from vsumbench.defaults.specs import ConstantOptions
from vsumbench.errors import MismatchError
from vsumbench.planted import TARGET, sentences, write_script
from vsumbench.plugins import default_plugins
from vsumbench.running.pipeline import run
from vsumbench.running.request import RunRequest
from vsumbench.scoring.cider import CiderCorpus
from vsumbench.scoring.rouge_l import RougeLCorpus
from vsumbench.scoring.words import words
from vsumbench.testing import check_plugin

CONTEXT: Any = SimpleNamespace(seeds=Seeds(0), progress=Silent())


def captions(count: int, wordings: int = 1) -> list[list[list[str]]]:
    """Items with planted captions as words."""
    return [
        [words(" ".join(sentences(write_script(TARGET, f"v{i}"), w))) for w in range(wordings)]
        for i in range(count)
    ]


def sample(texts: Sequence[str] = (), name: str = "v", **annotations: Any) -> Sample:
    frames = annotations.pop("frames", 10)
    picks = annotations.pop("picks", np.arange(0, frames, 2))
    video = Video(id=name, duration=frames / 2, fps=2.0, n_frames=frames, picks=picks)
    return Sample(video, Annotations(video_id=name, texts=tuple(texts), **annotations))


# Measures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wordings", [1, 3])
def test_a_constant_answer_has_the_published_scorers_cider(wordings: int) -> None:
    scorer_module = pytest.importorskip("pycocoevalcap.cider.cider_scorer")
    items = captions(40, wordings)
    corpus = CiderCorpus(items)
    flat = [text for item in items for text in item]
    for text in (0, 7, len(flat) - 1):
        scorer = scorer_module.CiderScorer()
        for item in items:
            scorer += (" ".join(flat[text]), [" ".join(reference) for reference in item])
        mean, values = scorer.compute_score()
        assert corpus.constant(text) == pytest.approx(values, abs=1e-9)
        assert corpus.constant(text).mean() == pytest.approx(mean, abs=1e-9)


def test_the_chosen_caption_is_the_published_scorers_best() -> None:
    scorer_module = pytest.importorskip("pycocoevalcap.cider.cider_scorer")
    items = captions(25)
    values = []
    for (candidate,) in items:
        scorer = scorer_module.CiderScorer()
        for item in items:
            scorer += (" ".join(candidate), [" ".join(reference) for reference in item])
        values.append(scorer.compute_score()[0])
    corpus = CiderCorpus(items)
    ours = [corpus.constant(text).mean() for text in range(len(items))]
    assert ours == pytest.approx(values) and int(np.argmax(ours)) == int(np.argmax(values))


def test_only_compared_items_are_valued_and_frequencies_are_those_of_all() -> None:
    items = captions(20)
    some = np.arange(20) % 3 == 0
    assert CiderCorpus(items, some).constant(4) == pytest.approx(CiderCorpus(items).constant(4)[some])


def test_one_item_or_equal_texts_have_no_cider() -> None:
    assert CiderCorpus([[["a", "b"]]]).constant(0).tolist() == [0.0]
    assert CiderCorpus([[["a", "b"]], [["a", "b"]]]).constant(1).tolist() == [0.0, 0.0]


def test_texts_near_all_others_are_more_central_than_odd_ones() -> None:
    items = [[text.split()] for text in ("a b c d", "a b c e", "a b f d", "x y z w")]
    assert int(np.argmin(CiderCorpus(items).centrality())) == 3


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """By the table every textbook has."""
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1])


@pytest.mark.parametrize("length", [1, 3, 63, 64, 65, 128, 130, 200])
def test_common_subsequences_are_those_of_the_table_at_every_block_length(length: int) -> None:
    draw = np.random.default_rng(length)

    def text(size: int) -> list[str]:
        return [str(word) for word in draw.integers(0, 7, size)]

    answer = text(length)
    references = [text(int(size)) for size in draw.integers(1, 90, 12)] + [[], ["unseen"]]
    corpus = RougeLCorpus([[reference] for reference in references])
    assert corpus.common(answer).tolist() == [longest_common(answer, r) for r in references]


@pytest.mark.parametrize("wordings", [1, 3])
def test_a_constant_answer_has_the_published_scorers_rouge(wordings: int) -> None:
    rouge_module = pytest.importorskip("pycocoevalcap.rouge.rouge")
    items = captions(30, wordings)
    scorer, answer = rouge_module.Rouge(), items[3][0]
    expected = [scorer.calc_score([" ".join(answer)], [" ".join(r) for r in item]) for item in items]
    assert RougeLCorpus(items).constant(answer) == pytest.approx(expected, abs=1e-12)


def test_words_are_lower_case_without_punctuation() -> None:
    assert words("A dog's well-known ball, (red) and 2 more…") == [
        "a", "dog's", "well-known", "ball", "red", "and", "2", "more"
    ]  # fmt: skip
    assert words(" . !") == []


# constant-caption -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["cider", "rougeL"])
def test_the_caption_is_the_best_of_all_training_captions_by_its_measure(measure: Any) -> None:
    items = captions(30)
    train = [sample([" ".join(item[0])], f"v{i}") for i, item in enumerate(items)]
    row = ConstantRow(ConstantOptions(measure=measure), CONTEXT)
    report = row.fit(train, (), CONTEXT)
    if measure == "cider":
        corpus = CiderCorpus(items)
        values = [corpus.constant(text).mean() for text in range(30)]
    else:
        rouge = RougeLCorpus(items)
        values = [rouge.constant(item[0]).mean() for item in items]
    assert row.text == " ".join(items[int(np.argmax(values))][0])
    assert report.facts["value"] == pytest.approx(max(values)) and report.facts["candidates"] == 30


def test_of_many_captions_the_most_central_are_tried_against_drawn_videos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(constant_row, "CANDIDATES", 5)
    monkeypatch.setattr(constant_row, "REFERENCES", 12)
    items = captions(20, wordings=2)
    train = [sample([" ".join(text) for text in item], f"v{i}") for i, item in enumerate(items)]
    rows = [ConstantRow(ConstantOptions(), CONTEXT) for _ in range(2)]
    reports = [row.fit(train, (), CONTEXT) for row in rows]
    assert reports[0].facts == reports[1].facts and rows[0].text == rows[1].text
    assert (reports[0].facts["candidates"], reports[0].facts["compared"]) == (5, 12)
    assert reports[0].facts["texts"] == 40


def test_texts_without_words_are_no_candidates_and_none_at_all_is_refused(tmp_path: Path) -> None:
    row = ConstantRow(ConstantOptions(), CONTEXT)
    row.fit([sample(["..."], "a"), sample(["A cat sleeps."], "b")], (), CONTEXT)
    assert row.text == "A cat sleeps."
    row.save(tmp_path)
    again = ConstantRow(ConstantOptions(), CONTEXT)
    again.load(tmp_path)
    assert [summary.text for summary in again.summarize([sample().video], CONTEXT)] == ["A cat sleeps."]
    with pytest.raises(MismatchError, match="no training video has a text"):
        row.fit([sample(["..."])], (), CONTEXT)


# mean-position --------------------------------------------------------------------------------------------


def curve(row: MeanPositionRow, frames: int) -> NDArray[np.float64]:
    video = sample(frames=frames, picks=np.arange(frames)).video
    (summary,) = row.summarize([video], CONTEXT)
    assert summary.importance is not None
    return summary.importance


def test_a_rise_in_every_training_video_is_found_at_any_length_and_on_both_grids() -> None:
    row = MeanPositionRow(None, CONTEXT)
    slow = np.linspace(0, 1, 300)[None].repeat(2, axis=0)
    row.fit(
        [
            sample(name="frames", frames=300, importance=slow),
            sample(
                name="picks", frames=300, picks=np.arange(0, 300, 3), importance=slow[:, ::3], grid="picks"
            ),
        ],
        (),
        CONTEXT,
    )
    for frames in (7, 50, 1000):
        found = curve(row, frames)
        assert len(found) == frames and (np.diff(found) >= 0).all()
        assert found == pytest.approx((np.arange(frames) + 0.5) / frames, abs=0.02)


def test_annotators_then_videos_are_averaged() -> None:
    row = MeanPositionRow(None, CONTEXT)
    one = sample(name="a", frames=10, importance=np.array([[1.0] * 10, [3.0] * 10]))
    two = sample(name="b", frames=10, user_summaries=np.array([[True] * 10, [False] * 10]))
    row.fit([one, two], (), CONTEXT)
    assert curve(row, 10) == pytest.approx(np.full(10, (2.0 + 0.5) / 2))


def test_nothing_to_average_is_refused(tmp_path: Path) -> None:
    row = MeanPositionRow(None, CONTEXT)
    with pytest.raises(MismatchError, match="no training video has importance"):
        row.fit([sample(["text"])], (), CONTEXT)


# As plugins -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["constant-caption", "mean-position"])
def test_a_floor_passes_the_conformance_suite(name: str) -> None:
    results = check_plugin("model", name)
    assert [f"{r.name}: {r.message}" for r in results if r.outcome == "fail"] == []


def test_floors_run_on_the_toy_dataset_as_floors(tmp_path: Path) -> None:
    plugins = default_plugins()
    position = RunRequest(model="mean-position", dataset="toy", runs=tmp_path, protocols=("peruser-2fps",))
    record = run(position, plugins, Silent()).record
    assert record.model.baseline and record.model.trainable and record.scores[0].value is not None
    assert record.setting.selected_by == "", "nothing was chosen among epochs"
    variants = {}
    for variant in ("cider", "rougeL"):
        name = f"constant-caption@{variant}"
        request = RunRequest(
            model=name, dataset="toy", runs=tmp_path, predict_only=True, protocols=("paragraph-joined",)
        )
        record = run(request, plugins, Silent()).record
        assert record.model.baseline and record.tasks == ("v2t",)
        variants[variant] = record.model.options["measure"]
    assert variants == {"cider": "cider", "rougeL": "rougeL"}
