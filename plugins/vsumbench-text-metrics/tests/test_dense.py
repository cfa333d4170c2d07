"""Dense captioning: what becomes an item, and the traps of protocols.md section g."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from dense_samples import annotations_of, scored, summary_of, video_named
from vsumbench_text_metrics import dense, protocol_specs
from vsumbench_text_metrics.dense import DENSE, negative
from vsumbench_text_metrics.dense_specs import DENSE_2019, DENSE_PRECISION, DENSE_RECALL
from vsumbench_text_metrics.protocols import PARAGRAPH_JOINED

from vsumbench.contracts import (
    Annotations,
    Cause,
    Link,
    Needs,
    SpanItem,
    Summary,
    TextItem,
    Undefined,
    check_summary,
)
from vsumbench.errors import OptionValueError, PredictionError
from vsumbench.scoring.spans import overlaps

VIDEO = video_named("v")
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="no java on PATH")


def corpora(
    summary: Summary, annotations: Annotations, *thresholds: float, **changed: Any
) -> list[list[tuple[str, str]]]:
    """Per threshold, the (hypothesis, reference) of each item."""
    parameters = {**DENSE_2019.parameters, "thresholds": thresholds, **changed}
    found = DENSE.corpora(summary, VIDEO, annotations, parameters)
    assert not isinstance(found, Undefined)
    return [[(item.hypothesis, *item.references) for item in corpus] for corpus in found]  # type: ignore


def test_every_pair_that_overlaps_enough_is_an_item_over_all_files() -> None:
    summary = summary_of("v", [(0, 10, "he runs"), (50, 60, "he stops")])
    annotations = annotations_of(
        "v", [(0, 10, "a man runs"), (0, 9, "he sprints")], [(1, 10, "running"), (50, 60, "standing still")]
    )
    (items,) = corpora(summary, annotations, 0.5)
    assert items == [
        ("he runs", "a man runs"),
        ("he runs", "he sprints"),
        ("he runs", "running"),
        ("he stops", "standing still"),
    ]


def test_there_is_one_corpus_a_threshold() -> None:
    summary = summary_of("v", [(0, 10, "he runs")])
    found = corpora(summary, annotations_of("v", [(0, 6, "a man runs")]), 0.3, 0.5, 0.7, 0.9)
    assert [items[0][1] == "a man runs" for items in found] == [True, True, False, False]


def test_an_overlap_equal_to_the_threshold_matches_a_caption_and_finds_no_event() -> None:
    overlap = float(overlaps([(0, 10)], [(0, 5)])[0, 0])
    summary, annotations = summary_of("v", [(0, 10, "he runs")]), annotations_of("v", [(0, 5, "a man runs")])
    assert corpora(summary, annotations, overlap) == [[("he runs", "a man runs")]]
    item = spans(summary, annotations, overlap)
    assert list(dense.precision(item)) == list(dense.recall(item)) == [0]


def test_a_prediction_without_a_pair_meets_letters_that_only_depend_on_what_it_is() -> None:
    annotations = annotations_of("v", [(0, 10, "a man runs")])
    captions = [(50.0, 60.0, "nothing"), (0.0, 10.0, "he runs"), (70.0, 80.0, "nothing more")]
    ((first, _, third),) = corpora(summary_of("v", captions), annotations, 0.5)
    assert first == ("nothing", negative("v", 0, 0.5)) and third == ("nothing more", negative("v", 2, 0.5))
    # Scored after others, again, or with the thresholds in another order: the same letters.
    later = corpora(summary_of("v", captions), annotations, 0.9, 0.5)
    assert later[1][0] == first and later[0][0] == ("nothing", negative("v", 0, 0.9))


def test_the_letters_differ_by_video_prediction_and_threshold() -> None:
    drawn = [negative(video, i, t) for video in ("a", "b") for i in range(30) for t in (0.3, 0.5, 0.7, 0.9)]
    assert len(set(drawn)) == len(drawn)
    assert {len(text) for text in drawn} == set(range(10, 21))
    assert set("".join(drawn)) == set("abcdefghijklmnopqrstuvwxyz")
    assert negative("v_QOlSCBRmfWY", 0, 0.3) == "savgjinhnavp"


def test_the_first_thousand_proposals_count() -> None:
    captions = [(0.0, 10.0, f"no {i}") for i in range(1500)]
    annotations = annotations_of("v", [(0, 10, "a man runs")])
    (items,) = corpora(summary_of("v", captions), annotations, 0.5)
    assert [hypothesis for hypothesis, _ in items] == [f"no {i}" for i in range(1000)]
    late = [*((90.0, 99.0, "elsewhere"),) * 1000, (0.0, 10.0, "he runs")]
    assert list(dense.recall(spans(summary_of("v", late), annotations, 0.5))) == [0]


def test_characters_outside_ascii_become_spaces_on_both_sides() -> None:
    summary = summary_of("v", [(0, 10, "a caf\u00e9 \u2013 open")])
    (items,) = corpora(summary, annotations_of("v", [(0, 10, "na\u00efve man\u2019s")]), 0.5)
    assert items == [("a caf    open", "na ve man s")]


@pytest.mark.parametrize(("worth", "cause"), [("zero", Cause.PREDICTION), ("left out", Cause.REFERENCE)])
def test_a_video_without_a_prediction_is_undefined_and_says_what_it_counts(worth: str, cause: Cause) -> None:
    summary, annotations = summary_of("v", []), annotations_of("v", [(0, 10, "a man runs")])
    check_summary(summary, VIDEO)
    parameters = {**DENSE_2019.parameters, "without_predictions": worth}
    for found in (
        DENSE.corpora(summary, VIDEO, annotations, parameters),
        DENSE.spans(summary, VIDEO, annotations, parameters),
    ):
        assert isinstance(found, Undefined) and found.cause is cause and worth in found.reason


def test_what_a_video_without_a_prediction_is_worth_must_be_known() -> None:
    with pytest.raises(OptionValueError, match="without_predictions is 'half'"):
        corpora(summary_of("v", []), annotations_of("v", [(0, 1, "x")]), 0.5, without_predictions="half")


@pytest.mark.parametrize("files", [(), ((),), ((), ())])
def test_a_video_without_captions_is_undefined_by_its_references(files: tuple) -> None:
    found = DENSE.corpora(
        summary_of("v", [(0, 1, "x")]), VIDEO, annotations_of("v", *files), DENSE_2019.parameters
    )
    assert isinstance(found, Undefined) and found.cause is Cause.REFERENCE


def test_a_file_that_lacks_the_video_is_no_file_to_compare_with() -> None:
    summary, annotations = (
        summary_of("v", [(0, 10, "he runs")]),
        annotations_of("v", [], [(0, 10, "running")]),
    )
    assert corpora(summary, annotations, 0.5) == [[("he runs", "running")]]
    assert list(dense.recall(spans(summary, annotations, 0.5))) == [100]


def test_reference_captions_that_end_before_they_start_match_nothing_and_still_count() -> None:
    # Two videos of the real training file have such a segment.
    annotations = annotations_of("v", [(61.29, 60.71, "upside down"), (0, 10, "a man runs")])
    summary = summary_of("v", [(60.0, 62.0, "he turns"), (0, 10, "he runs")])
    (items,) = corpora(summary, annotations, 0.3)
    assert items == [("he turns", negative("v", 0, 0.3)), ("he runs", "a man runs")]
    assert list(dense.recall(spans(summary, annotations, 0.3))) == [50]


def test_the_words_of_a_segment_are_those_its_links_name() -> None:
    text = "He runs. Then he stops, then he runs."
    links = (Link(24, 37, 0), Link(0, 8, 0), Link(9, 22, 1))
    summary = Summary(
        video_id="v", segments=np.array([[0.0, 10], [20, 30], [40, 50]]), text=text, links=links
    )
    annotations = annotations_of("v", [(0, 10, "a"), (20, 30, "b"), (40, 50, "c")])
    (items,) = corpora(summary, annotations, 0.5)
    assert items == [("He runs. then he runs.", "a"), ("Then he stops", "b"), ("", "c")]


def test_spans_no_segment_can_hold_are_taken_from_their_array() -> None:
    annotations = annotations_of("v", [(90, 110, "the end"), (20, 30, "the middle")])
    summary = summary_of("v", [(90, 100, "he ends"), (20, 21, "he blinks")])
    given = np.array([[90.0, 110.0], [30.0, 20.0]])
    as_predicted = Summary(
        **{
            **{
                name: getattr(summary, name)
                for name in ("video_id", "segments", "text", "links", "importance")
            },
            "arrays": {dense.TIMESTAMPS: given},
        }
    )
    check_summary(as_predicted, VIDEO)
    item = spans(as_predicted, annotations, 0.9)
    assert (item.predicted == given).all()
    assert list(dense.precision(item)) == [50]
    assert corpora(as_predicted, annotations, 0.9)[0][0] == ("he ends", "the end")
    short = Summary(
        video_id="v", segments=summary.segments, text="x", arrays={dense.TIMESTAMPS: np.zeros((1, 2))}
    )
    with pytest.raises(PredictionError, match="timestamps of shape"):
        corpora(short, annotations, 0.9)


@pytest.mark.parametrize(
    ("summary", "missing"),
    [
        (Summary(video_id="v", text="a man runs"), "no segments"),
        (Summary(video_id="v", segments=np.array([[0.0, 1.0]])), "no text"),
        (Summary(video_id="v", importance=np.zeros(3)), "no segments and no text"),
    ],
)
def test_a_prediction_without_segments_or_text_is_refused(summary: Summary, missing: str) -> None:
    with pytest.raises(PredictionError, match=f"video 'v' has {missing}"):
        corpora(summary, annotations_of("v", [(0, 1, "x")]), 0.5)


def test_precision_and_recall_are_each_the_best_of_the_files_in_percent() -> None:
    annotations = annotations_of(
        "v", [(0, 10, "a")], [(0, 10, "a"), (20, 30, "b"), (40, 50, "c"), (60, 70, "d")]
    )
    item = spans(summary_of("v", [(0, 10, "x"), (20, 30, "y")]), annotations, 0.3, 0.9)
    assert list(dense.precision(item)) == [100, 100] and list(dense.recall(item)) == [100, 100]
    one = spans(summary_of("v", [(0, 9, "x"), (80, 90, "y")]), annotations, 0.5, 0.9)
    assert list(dense.precision(one)) == [50, 0] and list(dense.recall(one)) == [100, 0]


def test_captions_are_compared_one_by_one_and_not_as_the_paragraph_they_make() -> None:
    said = [(0.0, 10.0, "he runs"), (50.0, 60.0, "he stops")]
    summary, annotations = summary_of("v", said), annotations_of("v", said)
    (items,) = corpora(summary, annotations, 0.5)
    assert items == [("he runs", "he runs"), ("he stops", "he stops")]
    paragraph = PARAGRAPH_JOINED.references(VIDEO, annotations, {})
    assert (PARAGRAPH_JOINED.prediction(summary, {}), paragraph) == (
        "he runs he stops",
        ("he runs he stops",),
    )
    assert (DENSE_2019.corpus, protocol_specs.PARAGRAPH_JOINED.corpus) == ("video", "fold")


@needs_java
def test_a_video_of_one_item_has_cider_0_and_other_metrics_of_it() -> None:
    (found,) = _scored(summary_of("v", [(0, 10, "a man runs fast")]), "a man runs fast")
    assert found["cider"].value == 0 and "one item" in found["cider"].note
    assert found["bleu3"].value == pytest.approx(100)


@needs_java
def test_an_empty_caption_scores_0() -> None:
    (found,) = _scored(summary_of("v", [(0, 10, "")]), "a man runs fast")
    assert [found[name].value for name in ("meteor", "bleu4", "rougeL-coco")] == [0, pytest.approx(0), 0]


def _scored(summary: Summary, reference: str) -> Any:
    parameters = {**DENSE_2019.parameters, "thresholds": (0.5,)}
    found = DENSE.corpora(summary, VIDEO, annotations_of("v", [(0, 10, reference)]), parameters)
    assert not isinstance(found, Undefined)
    parts: list[Any] = [part for part in found if not isinstance(part, Undefined)]
    items: list[TextItem] = parts[0]
    assert len(items) == 1
    return scored(("cider", "bleu3", "bleu4", "meteor", "rougeL-coco"), parts)


def test_the_specs_fit_each_other() -> None:
    assert DENSE_2019.serves(Needs.SPANS) and DENSE_2019.serves(Needs.TEXT)
    parameters: Mapping[str, Any] = DENSE_2019.parameters_for(Needs.SPANS)
    assert parameters["thresholds"] == (0.3, 0.5, 0.7, 0.9)
    for metric in (DENSE_PRECISION, DENSE_RECALL):
        assert metric.id in DENSE_2019.metrics and metric.needs is Needs.SPANS
        name = metric.implementation.partition(":")[2]
        assert callable(getattr(dense, name))


def spans(summary: Summary, annotations: Annotations, *thresholds: float) -> SpanItem:
    found = DENSE.spans(summary, VIDEO, annotations, {**DENSE_2019.parameters, "thresholds": thresholds})
    assert not isinstance(found, Undefined)
    return found
