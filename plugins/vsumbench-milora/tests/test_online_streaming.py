"""Greedy answers and streams: with and without kept keys, thresholds, and what becomes of responses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from milora_support import noise_video
from online_support import V1, V1_PLUS, frames, micro_language, new_wording, talkative
from vsumbench_milora.videollm_online.answers import importance, streamed_summary
from vsumbench_milora.videollm_online.generation import Thread, answer
from vsumbench_milora.videollm_online.live.network import Live
from vsumbench_milora.videollm_online.live.seeing import Seen
from vsumbench_milora.videollm_online.live.template import Assistant, Frames, Layout, Turn, User, encode
from vsumbench_milora.videollm_online.making.make import PROMPT, SYSTEM
from vsumbench_milora.videollm_online.streaming import Response, Streamed, Streamer

from vsumbench.contracts import Link, Summary, check_summary
from vsumbench.errors import MismatchError

WORDING = new_wording()


def streamer(layout: Layout, threshold: float = 0.0, limit: int = 8) -> tuple[Streamer, torch.Tensor]:
    language, seen = talkative(0 if layout == V1 else 3)
    live = Live(language, WORDING.placeholder)
    return Streamer(live, layout, WORDING, SYSTEM, PROMPT, threshold, limit), seen


@pytest.mark.parametrize("layout", [V1, V1_PLUS])
def test_a_learned_stream_is_told_again_at_its_frames(layout: Layout) -> None:
    reader, seen = streamer(layout)
    found = reader.run(seen)
    # Nothing was learned of the last frame.
    learned = [response for response in found.responses if response.frame < 5]
    assert [response.frame for response in learned] == [1, 4]
    told = [WORDING.decode(response.ids) for response in learned]
    assert told == ["A red circle moves.", "Two blue stars."]
    assert (found.silence[[0, 2, 3]] > 0.5).all() and (found.silence[[1, 4]] < 0.5).all()


@pytest.mark.parametrize("layout", [V1, V1_PLUS])
@pytest.mark.parametrize("threshold", [0.0, 0.999])
def test_kept_keys_and_values_change_neither_what_is_said_nor_when(layout: Layout, threshold: float) -> None:
    reader, _ = streamer(layout, threshold, limit=4)
    seen = frames(5, layout.tokens, seed=9)
    kept, again = reader.run(seen), replace(reader, cached=False).run(seen)
    assert kept.responses == again.responses
    np.testing.assert_allclose(kept.silence, again.silence, atol=1e-5)


@pytest.mark.parametrize("layout", [V1, V1_PLUS])
def test_a_stream_is_read_as_it_was_learned(layout: Layout) -> None:
    """The probabilities are those of one pass over the whole conversation, written as for learning."""
    reader, seen = streamer(layout)
    found = reader.run(seen)
    turns: list[Turn] = [
        User(PROMPT),
        Frames(2, 2),
        Assistant("A red circle moves."),
        Frames(3, 3),
        Assistant("Two blue stars."),
        Frames(1),
    ]
    ids = torch.tensor(encode(turns, SYSTEM, layout, WORDING).ids)
    with torch.no_grad():
        hidden = reader.live.hidden(reader.live.embed(ids[None], seen))[0]
        chances = reader.live.logits(hidden).softmax(dim=-1)[:, layout.silence(WORDING)]
    ends = (ids == WORDING.placeholder).nonzero()[layout.tokens - 1 :: layout.tokens, 0]
    np.testing.assert_allclose(found.silence, chances[ends].numpy(), atol=1e-5)


def test_a_threshold_above_every_probability_makes_it_answer_at_every_frame() -> None:
    reader, seen = streamer(V1_PLUS, threshold=1.0, limit=2)
    assert [response.frame for response in reader.run(seen).responses] == list(range(6))


@pytest.mark.parametrize("layout", [V1, V1_PLUS])
def test_a_stream_that_outgrows_the_positions_is_refused_by_its_video(layout: Layout) -> None:
    reader, seen = streamer(layout, threshold=1.0, limit=2)
    turns: list[Turn] = [User(PROMPT)]
    for response in reader.run(seen).responses:
        turns += [Frames(1), Assistant(WORDING.decode(response.ids))]
    # The end of the last answer is not read.
    length = len(encode(turns, SYSTEM, layout, WORDING).ids) - 1
    assert len(replace(reader, room=length).run(seen).responses) == 6
    with pytest.raises(MismatchError, match=f"'v_7' has come to {length} tokens; .* {length - 1} positions"):
        replace(reader, room=length - 1).run(seen, "v_7")


def test_no_answer_is_longer_than_the_limit() -> None:
    reader, seen = streamer(V1_PLUS, limit=3)
    assert {len(response.ids) for response in reader.run(seen).responses} == {3}


@pytest.mark.parametrize("cached", [True, False])
def test_greedy_decoding_is_a_plain_argmax_loop(cached: bool) -> None:
    live = Live(micro_language(), WORDING.placeholder)
    ids = WORDING.tokens("Watch the video.")[0]
    written: list[int] = []
    with torch.no_grad():
        while len(written) < 6:
            logits = live.llama(input_ids=torch.tensor([ids + written])).logits[0, -1]
            written.append(int(logits.argmax()))
    thread = Thread(live, cached=cached)
    logits = thread.read(thread.words(ids))
    assert answer(thread, logits, limit=6, end=WORDING.end) == written
    stopped = Thread(live, cached=cached)
    logits = stopped.read(stopped.words(ids))
    end = written[3]
    assert answer(stopped, logits, limit=6, end=end) == written[: written.index(end)]


def summary_of(responses: tuple[Response, ...], steps: int = 4) -> Summary:
    video = noise_video("v", steps=8)
    chosen = tuple(range(0, 8, 8 // steps))
    seen = Seen(torch.zeros(steps, 1, 16), chosen, video.pick_times[list(chosen)])
    streamed = Streamed(np.array([0.9, 0.2, 0.7, 0.4] * (steps // 4)), responses)
    found = streamed_summary(video, seen, streamed, WORDING, "silence")
    check_summary(found, video)
    return found


def response(frame: int, text: str) -> Response:
    return Response(frame, tuple(WORDING.tokens(text)[0]))


def test_responses_become_linked_segments_and_silence_becomes_importance() -> None:
    found = summary_of((response(1, "A red circle."), response(3, "Two blue stars.")))
    assert found.text == "A red circle. Two blue stars."
    assert found.segments is not None
    assert found.segments.tolist() == [[0.0, 4.0], [4.0, 8.0]]
    assert found.links == (Link(0, 13, 0), Link(14, 29, 1))
    assert found.importance is not None and not isinstance(found.times, str)
    np.testing.assert_allclose(found.importance, [0.1, 0.8, 0.3, 0.6])
    assert found.times.tolist() == [0.0, 2.0, 4.0, 6.0]


def test_a_stream_without_responses_is_an_empty_text_with_importance() -> None:
    found = summary_of(())
    assert found.segments is not None
    assert found.text == "" and found.segments.shape == (0, 2)


def test_an_empty_response_leaves_its_time_to_the_next_one() -> None:
    found = summary_of((Response(0, ()), response(2, "A circle.")))
    assert found.segments is not None
    assert found.segments.tolist() == [[0.0, 6.0]]


def test_importance_by_responses_is_one_where_it_was_answered() -> None:
    streamed = Streamed(np.full(4, 0.5), (response(2, "A circle."),))
    assert importance(streamed, "responses").tolist() == [0.0, 0.0, 1.0, 0.0]
    assert importance(streamed, "silence").tolist() == [0.5] * 4
