"""How references and hypotheses are built."""

from __future__ import annotations

from typing import Any

import pytest
from vsumbench_text_metrics.protocols import PARAGRAPH, PARAGRAPH_JOINED

from vsumbench.contracts import Annotations, Cause, Summary, TimedText, Undefined, Video
from vsumbench.errors import OptionValueError, PredictionError


def annotated(*texts: str, captions: tuple[tuple[str, ...], ...] = ()) -> Annotations:
    timed = tuple(tuple(TimedText(start=i, end=i + 1, text=t) for i, t in enumerate(row)) for row in captions)
    return Annotations(video_id="v1", texts=texts, captions=timed)


def test_paragraph_lower_cases_and_replaces_the_listed_characters_only(video: Video) -> None:
    text = 'A "Man", (in Red) #1: says; hi~ it\'s *fine* - really? Yes!'
    found = PARAGRAPH.references(video, annotated(text), {})
    assert found == ("a man , in red 1 says hi it's fine - really? yes",)


def test_paragraph_fuses_words_where_no_punctuation_stands_between_sentences(video: Video) -> None:
    assert PARAGRAPH.references(video, annotated("He runs.She walks" + "They sit"), {}) == (
        "he runs she walksthey sit",
    )


def test_paragraph_collapses_white_space_and_strips(video: Video) -> None:
    assert PARAGRAPH.references(video, annotated("  a\t b\n\nc . \n"), {}) == ("a b c",)


def test_paragraph_cuts_to_max_words(video: Video) -> None:
    assert PARAGRAPH.references(video, annotated("One. Two three"), {"max_words": 2}) == ("one two",)


@pytest.mark.parametrize("limit", [-1, 1.5, "20", True])
def test_paragraph_refuses_a_limit_that_is_no_whole_number(limit: object, video: Video) -> None:
    with pytest.raises(OptionValueError, match="max_words is"):
        PARAGRAPH.references(video, annotated("a"), {"max_words": limit})


def test_paragraph_joined_uses_stripped_sentences_and_keeps_case_and_punctuation(video: Video) -> None:
    given = annotated("A.B.", captions=((" A man (in red)\nruns. ", "Then, he\tstops! "),))
    assert PARAGRAPH_JOINED.references(video, given, {}) == ("A man (in red) runs. Then, he stops!",)


def test_paragraph_joined_uses_the_text_where_a_reference_has_no_sentences(video: Video) -> None:
    given = annotated("First. ", " Second.\n", captions=(("One.", "Two."), ()))
    assert PARAGRAPH_JOINED.references(video, given, {}) == ("One. Two.", "Second.")
    assert PARAGRAPH_JOINED.references(video, annotated(" Alone. "), {}) == ("Alone.",)


def test_each_text_is_a_reference_and_empty_ones_among_them_are_dropped(video: Video) -> None:
    assert PARAGRAPH.references(video, annotated("A", "...", "B"), {}) == ("a", "b")
    assert PARAGRAPH_JOINED.references(video, annotated("A", " ", "B"), {}) == ("A", "B")


@pytest.mark.parametrize("protocol", [PARAGRAPH, PARAGRAPH_JOINED])
def test_an_empty_reference_is_undefined_by_the_reference(protocol: Any, video: Video) -> None:
    assert protocol.references(video, annotated(" \n"), {}) == Undefined(
        "video 'v1' has an empty text reference", Cause.REFERENCE
    )
    assert protocol.references(video, annotated(), {}) == Undefined(
        "video 'v1' has no text reference", Cause.REFERENCE
    )


@pytest.mark.parametrize("protocol", [PARAGRAPH, PARAGRAPH_JOINED])
def test_a_prediction_is_taken_as_written_but_for_line_breaks_and_nfc(protocol: Any) -> None:
    text = " A  Man\r\nwalks \u2028 a cafe\u0301! "
    summary = Summary(video_id="v1", text=text)
    assert protocol.prediction(summary, {}) == " A  Man walks   a caf\u00e9! "
    assert protocol.prediction(Summary(video_id="v1", text=""), {}) == ""


@pytest.mark.parametrize("protocol", [PARAGRAPH, PARAGRAPH_JOINED])
def test_a_summary_without_a_text_is_refused_by_name(protocol: Any) -> None:
    with pytest.raises(PredictionError, match="video 'v9' holds no text"):
        protocol.prediction(Summary(video_id="v9"), {})


@pytest.mark.parametrize("protocol", [PARAGRAPH, PARAGRAPH_JOINED])
def test_a_text_given_alone_is_written_as_references_are(protocol: Any, video: Video) -> None:
    text = ' A "Man"\n walks. cafe\u0301 '
    assert protocol.references(video, annotated(text), {}) == (protocol.normalise(text),)
    assert protocol.normalise(protocol.normalise(text)) == protocol.normalise(text)
