"""Conversations and the positions of the language model; answers that are cut before they are taught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from milora_support import Bench, caption, noise_video
from online_support import MICRO, V1, V1_PLUS, new_wording, options_of, write_tiny
from vsumbench_milora.videollm_online.conversations import Example, asked_turns, lesson
from vsumbench_milora.videollm_online.live.sizes import PAPER, TINY
from vsumbench_milora.videollm_online.live.template import (
    Assistant,
    Frames,
    Layout,
    Turn,
    User,
    conversation_tokens,
    encode,
)
from vsumbench_milora.videollm_online.model import VideoLlmOnline
from vsumbench_milora.videollm_online.options import OnlineOptions
from vsumbench_milora.videollm_online.room import cut_answers, require_room

from vsumbench.contracts import Annotations, Frame, Sample, TimedText
from vsumbench.errors import MismatchError, OptionValueError
from vsumbench.planted import TARGET, sentences, write_script

WORDING = new_wording()
POSITIONS = TINY.language.positions
TEXT = "A red circle. Two blue stars."


def refusal(options: OnlineOptions, positions: int = POSITIONS) -> OptionValueError:
    with pytest.raises(OptionValueError) as refused:
        require_room(options, positions, WORDING)
    return refused.value


def example(text: str = TEXT, steps: int = 6) -> Example:
    half = steps / 2
    first, second = text.split(". ", 1)
    captions = (
        TimedText(start=0.0, end=half, text=f"{first}."),
        TimedText(start=half, end=float(steps), text=second),
    )
    return Example(noise_video("v", steps=steps), text, captions)


@pytest.mark.parametrize("layout", [V1, V1_PLUS])
def test_a_conversation_is_counted_as_it_is_written(layout: Layout) -> None:
    turns: list[Turn] = [
        User("Summarize the video."),
        Frames(3, 3),
        Assistant("A red circle."),
        Frames(0),
        Frames(1, 1),
        Assistant("Two blue stars.", whole=False),
        Frames(7),
    ]
    whole = encode(turns, "Watch the video.", layout, WORDING)
    assert conversation_tokens(turns, "Watch the video.", layout, WORDING) == len(whole.ids)


@pytest.mark.parametrize("grid", [0, 3])
@pytest.mark.parametrize("variant", ["offline", "stream"])
def test_more_frames_than_positions_are_refused_with_the_most_that_fit(variant: str, grid: int) -> None:
    options = options_of(variant, max_frames=5000, grid=grid)
    refused = refusal(options)
    assert "max_frames = 5000" in refused.message and "has 1024 positions" in refused.message
    fitting = int(refused.hint.split("max_frames=")[1].split("`")[0])
    require_room(replace(options, max_frames=fitting), POSITIONS, WORDING)
    assert f"max_frames={fitting}`" in refusal(replace(options, max_frames=fitting + 1)).hint
    # By hand: what is left of the positions, over a frame and the comma behind it.
    about = POSITIONS // (11 if grid else 1)
    assert about - 100 < fitting < about


def test_an_answer_longer_than_all_positions_is_refused_by_its_own_option() -> None:
    assert "smaller max_new_tokens" in refusal(options_of(max_new_tokens=2000)).hint


def test_the_longest_answer_to_the_most_frames_ends_at_the_last_position() -> None:
    options = options_of(max_frames=3)
    turns = [*asked_turns(3, options), Assistant(" ".join(["red"] * options.max_new_tokens))]
    length = conversation_tokens(turns, options.system, V1_PLUS, WORDING)
    require_room(options, length, WORDING)
    refusal(options, length - 1)


@pytest.mark.parametrize("variant", ["offline", "stream"])
def test_the_tiny_preset_has_room_for_an_answer_of_full_length_after_every_frame(variant: str) -> None:
    """So no video of any dataset makes it run out of positions, taught or read, streamed or not."""
    options = options_of(variant)
    require_room(options, POSITIONS, WORDING)
    said = Assistant(" ".join(["red"] * options.max_new_tokens))
    turns: list[Turn] = [User(options.stream_prompt), *[Frames(1), said] * options.max_frames]
    assert conversation_tokens(turns, options.system, V1_PLUS, WORDING) < POSITIONS


def test_planted_captions_are_counted_and_fit_the_tiny_preset() -> None:
    made = []
    for number in range(40):
        script = write_script(TARGET, f"v_{number}")
        told = sentences(script)
        captions = tuple(
            TimedText(start=float(scene.start), end=float(scene.end), text=text)
            for scene, text in zip(script.scenes, told, strict=True)
        )
        made.append(Example(noise_video(f"v_{number}", steps=script.seconds), " ".join(told), captions))
    for variant in ("offline", "stream"):
        options = options_of(variant)
        texts = [len(WORDING.tokens(one.text)[0]) for one in made]
        longer = sum(length > options.max_new_tokens for length in texts)
        found = cut_answers(made, options, POSITIONS, WORDING)
        assert found == longer if variant == "offline" else found <= longer


def test_the_published_adapter_is_held_to_its_frames_and_a_new_one_to_the_positions_of_llama() -> None:
    published = OnlineOptions()
    positions = PAPER.language.positions
    require_room(published, positions, WORDING)
    assert "max_frames=1200`" in refusal(replace(published, max_frames=1201), positions).hint
    assert "8192 positions" in refusal(replace(published, adapter=""), positions).message
    # v1 reads an hour of frames, one token each.
    require_room(replace(published, adapter="", grid=0, max_frames=7200), positions, WORDING)


@pytest.mark.parametrize("grid", [0, 3])
def test_an_answer_that_is_cut_is_taught_without_its_end(grid: int) -> None:
    times = np.arange(6.0)
    options = options_of(grid=grid, max_new_tokens=3)
    turns = lesson(example(), times, options, WORDING)
    assert turns[-1] == Assistant("A red circle", whole=False)
    labels = encode(turns, options.system, Layout.of(grid), WORDING).labels
    assert WORDING.end not in labels and labels.count(WORDING.tokens("circle")[0][0]) == 1
    length = len(WORDING.tokens(TEXT)[0])
    for limit in (length, length + 1):
        (*_, said) = lesson(example(), times, replace(options, max_new_tokens=limit), WORDING)
        assert said == Assistant(TEXT)


def test_cut_answers_of_a_stream_are_counted_one_by_one() -> None:
    long = "A red circle. Two blue stars moves to the left."
    counts = {}
    for limit in (3, 4, 64):
        options = options_of("stream", max_new_tokens=limit)
        counts[limit] = cut_answers([example(), example(long)], options, POSITIONS, WORDING)
    assert counts == {3: 4, 4: 1, 64: 0}


def test_what_does_not_fit_when_it_is_taught_is_refused_by_the_video() -> None:
    options = options_of("stream")
    turns = lesson(example(), np.arange(6.0), options, WORDING)
    length = conversation_tokens(turns, options.system, V1_PLUS, WORDING)
    assert cut_answers([example()], options, length, WORDING) == 0
    with pytest.raises(MismatchError, match=f"'v', 6 frames .* is {length} tokens; .* {length - 1} pos"):
        cut_answers([example()], options, length - 1, WORDING)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(tmp_path / "weights")
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))


def _unread(*given: Any) -> Iterator[Frame]:
    raise AssertionError("a frame was read")


@pytest.mark.usefixtures("weights")
def test_a_model_without_room_refuses_before_it_reads_a_frame(tmp_path: Path) -> None:
    options = options_of(max_frames=60, epochs=1)
    bench = Bench(tmp_path, options)  # type: ignore[arg-type]
    video = replace(noise_video("v"), frames=_unread)
    taught = [Sample(video, Annotations(video_id="v", texts=(caption("v"),)))]
    model = VideoLlmOnline(options, bench.context())
    positions = MICRO.language.positions
    with pytest.raises(OptionValueError, match=f"has {positions} positions"):
        model.fit(taught, [], bench.context())
    with pytest.raises(OptionValueError, match=f"has {positions} positions"):
        list(VideoLlmOnline(options, bench.context()).summarize([video], bench.context()))
