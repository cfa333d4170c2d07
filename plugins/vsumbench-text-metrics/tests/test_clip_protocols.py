"""Which frames and texts of a video are compared through CLIP."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from seen_through import video
from vsumbench_text_metrics.clip_protocols import SELECTED, SETS
from vsumbench_text_metrics.sentences import stop_and_space

from vsumbench.contracts import Annotations, Cause, CrossItem, Summary, TimedText, Undefined
from vsumbench.errors import DataDamagedError, MismatchError, PredictionError

STEPS = 20
SCORES = np.arange(STEPS, dtype=np.float64)


def annotations(**changed: Any) -> Annotations:
    rows = np.zeros((2, STEPS), dtype=np.bool_)
    rows[0, :3] = rows[1, 4:6] = True
    facts: dict[str, Any] = {"grid": "picks", "user_summaries": rows, "texts": ("A dog. It runs.",)}
    return Annotations(video_id="v1", **{**facts, **changed})


def summary(**changed: Any) -> Summary:
    return Summary(video_id="v1", **{"importance": SCORES, "text": "A cat sits. It waits!", **changed})


def made(protocol: Any, told: Summary, known: Annotations, **changed: Any) -> CrossItem:
    found = protocol.item(told, video(STEPS, **changed), known, {})
    assert isinstance(found, CrossItem)
    return found


def timed(start: float, end: float, text: str) -> TimedText:
    return TimedText(start=start, end=end, text=text)


def steps(row: np.ndarray) -> list[int]:
    return np.flatnonzero(row).tolist()


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "sentences"),
        [
            ("A dog runs. It barks!  Does it?", ("A dog runs.", "It barks!", "Does it?")),
            ('He said "stop." Then (quietly.) he left', ('He said "stop."', "Then (quietly.)", "he left")),
            ("first line\nsecond\r\n\nthird", ("first line", "second", "third")),
            ("two  spaces\tand a tab", ("two spaces and a tab",)),
            ("no stop at all", ("no stop at all",)),
            ("3.5 metres, e.g.this", ("3.5 metres, e.g.this",)),
            ("Dr. Who", ("Dr.", "Who")),
            ("Wait… what", ("Wait…", "what")),
            ("fused.The next", ("fused.The next",)),
            ("é. ü.", ("é.", "ü.")),
            ("", ()),
            (" \n ", ()),
            (".", (".",)),
        ],
    )
    def test_a_sentence_ends_at_a_stop_with_a_space_and_at_a_line_break(
        self, text: str, sentences: tuple[str, ...]
    ) -> None:
        assert stop_and_space(text) == sentences


class TestSets:
    def test_references_are_each_annotators_steps(self) -> None:
        found = made(SETS, summary(), annotations())
        assert [steps(row) for row in found.reference_frames] == [[0, 1, 2], [4, 5]]

    def test_selections_of_native_frames_are_read_at_the_picks(self) -> None:
        rows = np.zeros((1, 2 * STEPS), dtype=np.bool_)
        rows[0, [0, 3, 4]] = True
        native = {"n_frames": 2 * STEPS, "picks": np.arange(0, 2 * STEPS, 2)}
        found = made(SETS, summary(), annotations(grid="frames", user_summaries=rows), **native)
        assert steps(found.reference_frames[0]) == [0, 2]

    def test_scores_show_the_top_share_as_videoxum_means_it(self) -> None:
        # int(0.15 x 20) = 3: the 4th largest score and above.
        assert steps(made(SETS, summary(), annotations()).predicted_frames) == [16, 17, 18, 19]

    def test_a_summary_of_segments_alone_is_taken_as_it_is(self) -> None:
        chosen = np.array([[2.0, 4.0], [7.5, 9.0]])
        found = made(SETS, summary(importance=None, segments=chosen), annotations())
        assert steps(found.predicted_frames) == [2, 3, 8]
        assert found.importance is None

    def test_segments_beside_scores_count_for_an_annotator_alone(self) -> None:
        chosen = np.array([[2.0, 4.0]])
        of_model = made(SETS, summary(segments=chosen), annotations())
        of_person = made(SETS, summary(segments=chosen, annotator=1), annotations())
        assert steps(of_model.predicted_frames) == [16, 17, 18, 19]
        assert steps(of_person.predicted_frames) == [2, 3]

    def test_scores_of_native_frames_and_of_seconds_are_read_at_the_picks(self) -> None:
        native = {"n_frames": 2 * STEPS, "picks": np.arange(0, 2 * STEPS, 2), "fps": 2.0}
        by_frame = summary(importance=np.arange(2.0 * STEPS), times="frames")
        assert made(SETS, by_frame, annotations(), **native).importance == pytest.approx(2 * SCORES)
        by_second = summary(importance=np.array([5.0, 1.0]), times=np.array([0.0, 4.0]))
        held = made(SETS, by_second, annotations(), **native).importance
        assert held is not None and held.tolist() == [5.0] * 4 + [1.0] * 16

    def test_times_beyond_the_video_are_a_failed_prediction(self) -> None:
        late = summary(importance=np.array([5.0]), times=np.array([99.0]))
        with pytest.raises(PredictionError, match="do not fall on distinct frames"):
            made(SETS, late, annotations())

    def test_texts_are_divided_into_sentences(self) -> None:
        found = made(SETS, summary(), annotations())
        assert found.predicted_texts == ("A cat sits.", "It waits!")
        assert found.reference_texts == ("A dog.", "It runs.")

    def test_annotated_sentences_come_before_the_text_that_joins_them(self) -> None:
        # VideoXum's texts are its sentences with nothing between.
        captions = ((timed(0, 2, " A dog"), timed(2, 4, "runs\nfast. "), timed(4, 5, " ")),)
        found = made(SETS, summary(), annotations(texts=("A dogruns fast. ",), captions=captions))
        assert found.reference_texts == ("A dog", "runs fast.")

    def test_sentences_of_every_reference_are_in_the_set(self) -> None:
        captions = ((timed(0, 2, "One."),), ())
        found = made(SETS, summary(), annotations(texts=("One.", "Two. Three."), captions=captions))
        assert found.reference_texts == ("One.", "Two.", "Three.")

    def test_no_text_and_an_empty_text_are_told_apart(self) -> None:
        assert made(SETS, summary(text=None), annotations()).predicted_texts == ()
        for blank in ("", "  \n"):
            assert made(SETS, summary(text=blank), annotations()).predicted_texts == ("",)

    def test_an_edition_without_user_summaries_is_refused(self) -> None:
        with pytest.raises(MismatchError, match="has no user summaries"):
            SETS.item(summary(), video(STEPS), annotations(user_summaries=None), {})

    def test_no_annotator_left_is_undefined_by_the_reference(self) -> None:
        found = SETS.item(summary(), video(STEPS), annotations().without(1).without(0), {})
        assert isinstance(found, Undefined) and found.cause is Cause.REFERENCE

    def test_a_summary_of_text_alone_is_refused(self) -> None:
        with pytest.raises(MismatchError, match="neither importance nor segments"):
            SETS.item(summary(importance=None), video(STEPS), annotations(), {})

    def test_selections_of_another_length_are_damaged(self) -> None:
        rows = np.ones((1, STEPS - 1), dtype=np.bool_)
        with pytest.raises(DataDamagedError, match=r"19 values a row, expected 20 \(picks\)"):
            SETS.item(summary(), video(STEPS), annotations(user_summaries=rows), {})


class TestSelected:
    def test_the_best_frames_and_the_whole_text_are_taken(self) -> None:
        found = made(SELECTED, summary(), annotations())
        assert steps(found.predicted_frames) == [17, 18, 19]
        assert found.predicted_texts == ("A cat sits. It waits!",)
        assert found.importance is SCORES

    def test_ties_go_to_the_earlier_step(self) -> None:
        found = made(SELECTED, summary(importance=np.zeros(STEPS)), annotations())
        assert steps(found.predicted_frames) == [0, 1, 2]

    def test_line_breaks_become_spaces_and_characters_are_composed(self) -> None:
        found = made(SELECTED, summary(text="a\ncafe\u0301"), annotations())
        assert found.predicted_texts == ("a café",)

    def test_it_needs_no_reference(self) -> None:
        found = made(SELECTED, summary(), annotations(user_summaries=None, texts=()))
        assert found.reference_frames.shape == (0, STEPS) and found.reference_texts == ()

    def test_segments_without_importance_are_sent_to_the_other_protocol(self) -> None:
        told = summary(importance=None, segments=np.array([[0.0, 2.0]]))
        with pytest.raises(MismatchError, match="has no importance") as caught:
            SELECTED.item(told, video(STEPS), annotations(), {})
        assert "clip-sets" in caught.value.hint

    def test_a_summary_without_a_text_is_refused(self) -> None:
        with pytest.raises(PredictionError, match="holds no text"):
            SELECTED.item(summary(text=None), video(STEPS), annotations(), {})


def test_the_seed_follows_from_the_video_alone() -> None:
    one, other = made(SETS, summary(), annotations()), made(SETS, summary(text="x"), annotations())
    elsewhere = made(SETS, summary(), annotations(), id="v2")
    assert one.seed == other.seed != elsewhere.seed
