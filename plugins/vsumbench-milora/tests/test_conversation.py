"""What chat models are told, how rows of other lengths share a batch, and how the release draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import torch
from milora_support import MICRO, TINY_ID, TOKENIZER, Bench, awaken, noise_video, options_of, write_weights
from vsumbench_milora.milora.model import Milora
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone
from vsumbench_milora.video_llama.conversation import SYSTEM, Conversation, times_sentence
from vsumbench_milora.video_llama.decoding import Ends, kept_context
from vsumbench_milora.video_llama.loading import language_of
from vsumbench_milora.video_llama.model import VideoLlama
from vsumbench_milora.video_llama.options import BranchOptions
from vsumbench_milora.video_llama.prompt import Prompt, PromptBatch, TextBatch

from vsumbench.contracts import Seeds
from vsumbench.errors import OptionValueError


class Bytes:
    """A tokenizer with a token a byte, which knows every text: ids from 3; 0 pad, 1 begin, 2 end."""

    bos_token_id, eos_token_id, pad_token_id, unk_token_id = 1, 2, 0, None
    init_kwargs: Mapping[str, Any] = MappingProxyType({})

    def __call__(self, text: str, add_special_tokens: bool) -> Any:
        assert not add_special_tokens
        return type("Ids", (), {"input_ids": [3 + byte for byte in text.encode()]})()

    def __len__(self) -> int:
        return 259

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        return bytes(number - 3 for number in ids if number > 2).decode(errors="replace")


def text_of(ids: tuple[int, ...]) -> str:
    return Bytes().decode(list(ids), skip_special_tokens=True)


SIZES = replace(MICRO, language=replace(MICRO.language, vocabulary=259, positions=2048))


def options(**changes: Any) -> BranchOptions:
    return BranchOptions(backbone=TINY_ID, num_frames=3, prompt="Tell it.", max_new_tokens=20, **changes)


def conversation(form: str, **changes: Any) -> Conversation:
    language = language_of(options(conversation=form, **changes), SIZES, Bytes(), None)
    assert language.conversation is not None
    return language.conversation


def test_a_llama_2_chat_is_told_in_its_own_turn() -> None:
    prompt = conversation("llama-2").prompt(noise_video("v", steps=12))
    assert prompt.before[0] == 1 and prompt.before.count(1) == 1 and 1 not in prompt.after
    assert text_of(prompt.before) == f"[INST] <<SYS>>\n{SYSTEM}\n<</SYS>>\n\n<Video>"
    sentence = "Shown are 3 frames of the video, from the seconds 0.0, 4.0, 8.0."
    assert text_of(prompt.after) == f"</Video> {sentence} Tell it. [/INST]"


def test_vicuna_is_told_between_its_separators_and_stops_at_them() -> None:
    language = language_of(options(conversation="vicuna", tell_times=False), SIZES, Bytes(), None)
    assert text_of(language.prompt.before) == f"{SYSTEM}###Human: <Video>"
    assert text_of(language.prompt.after) == "</Video> Tell it.###Assistant:"
    assert language.stops == ((835,), (2277, 29937))
    assert language.prompts([noise_video("v")]) is language.prompt
    assert language.batch(["a"], torch.device("cpu")).ids.tolist() == [[3 + ord("a"), 835]]
    chat = language_of(options(), SIZES, Bytes(), None)
    assert chat.stops == () and chat.batch(["a"], torch.device("cpu")).ids.tolist() == [[3 + ord("a"), 2]]


def test_seconds_have_one_decimal_and_their_number_is_told() -> None:
    assert times_sentence([0.0, 3.14159, 10.06]).endswith("the seconds 0.0, 3.1, 10.1.")
    assert "Shown are 3 frames" in times_sentence([0.0, 3.0, 10.0])


def test_the_length_of_a_prompt_does_not_follow_from_the_batch() -> None:
    speaks = conversation("llama-2")
    short, long = noise_video("a", steps=3), noise_video("b", steps=2000)
    alone, both = speaks.batch([short]), speaks.batch([short, long])
    assert alone.length == both.length == speaks.longest
    assert len(speaks.prompt(short)) < len(speaks.prompt(long)) <= both.length


def test_a_tokenizer_without_the_words_of_a_chat_is_refused() -> None:
    with pytest.raises(OptionValueError, match="conversation = 'llama-2'"):
        language_of(options(), MICRO, TOKENIZER, None)


@pytest.mark.parametrize("new", [1900, 2048])
def test_more_tokens_than_there_is_room_for_are_refused(new: int) -> None:
    asked = replace(options(decoding="release"), max_new_tokens=new)
    with pytest.raises(OptionValueError, match=f"max_new_tokens = {new}"):
        language_of(asked, SIZES, Bytes(), Seeds(0))


def test_the_release_keeps_the_last_2000_tokens_of_prompt_and_answer() -> None:
    assert kept_context(1500, 300) == 1500
    assert kept_context(1900, 300) == 1700


# Rows of a batch -------------------------------------------------------------------------------------------


PROMPTS = (Prompt((1, 4), (5, 20, 21)), Prompt((1, 4), (5, 20, 21, 22, 23, 24)), Prompt((1, 4), (5, 6)))
BATCH = PromptBatch(PROMPTS, 11)


@pytest.fixture(scope="module")
def awake() -> Backbone:
    return awaken(new_backbone(MICRO, 3).requires_grad_(False).eval())


def visual(rows: int = 3) -> torch.Tensor:
    draw = torch.Generator().manual_seed(2)
    return torch.randn(rows, MICRO.video_qformer.queries, MICRO.language.width, generator=draw)


def test_a_loss_does_not_see_the_padding_before_a_prompt(awake: Backbone) -> None:
    texts = [(30, 31, 2), (40, 41, 42, 43, 2), (50, 2)]
    together, count = awake.language_loss(visual(), BATCH, TextBatch.of(texts, 0))
    alone = [
        awake.language_loss(visual()[row : row + 1], PROMPTS[row], TextBatch.of([text], 0))[0]
        for row, text in enumerate(texts)
    ]
    assert int(count) == 10
    torch.testing.assert_close(together, torch.stack(alone).sum())


def test_an_answer_does_not_see_the_padding_before_its_prompt(awake: Backbone) -> None:
    given: dict[str, Any] = {"max_new_tokens": 10, "end": 2, "padding": 0}
    together = awake.generate(visual(), BATCH, **given)
    assert together == [
        awake.generate(visual()[row : row + 1], PROMPTS[row], **given)[0] for row in range(len(PROMPTS))
    ]
    assert len({tuple(row) for row in together}) == 3


def test_an_answer_ends_at_the_first_stop_of_its_row(awake: Backbone) -> None:
    given: dict[str, Any] = {"max_new_tokens": 10, "end": MICRO.language.vocabulary - 1, "padding": 0}
    whole = awake.generate(visual(), BATCH, **given)
    pair, single = tuple(whole[0][3:5]), (whole[1][6],)
    stops = (single, pair)
    stopped = awake.generate(visual(), BATCH, **given, stops=stops)
    ends = Ends(given["end"], 0, stops)
    assert stopped == [ends.cut(row) for row in whole]
    assert len(stopped[0]) <= 3 and len(stopped[1]) <= 6


def test_each_row_is_drawn_from_its_own_seed(awake: Backbone) -> None:
    given: dict[str, Any] = {"max_new_tokens": 12, "end": MICRO.language.vocabulary - 1, "padding": 0}
    seeds = [Seeds(0).child(name) for name in "abc"]
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    drawn = awake.generate(visual(), BATCH, **given, seeds=seeds)
    assert torch.equal(torch.random.get_rng_state(), before)
    turned = awake.generate(visual().flip(0), PromptBatch(PROMPTS[::-1], 11), **given, seeds=seeds[::-1])
    assert drawn == turned[::-1]
    assert drawn != awake.generate(visual(), BATCH, **given)
    others = awake.generate(visual(), BATCH, **given, seeds=[Seeds(1).child(name) for name in "abc"])
    assert all(a != b for a, b in zip(drawn, others, strict=True))


def test_tokens_are_drawn_from_the_most_likely_ones_that_make_up_nine_tenths() -> None:
    from vsumbench_milora.video_llama.decoding import ReleasedSampling

    shares = torch.tensor([0.5, 0.3, 0.15, 0.04, 0.01])
    draws = ReleasedSampling([Seeds(0).child(number) for number in range(2000)])
    left = draws(torch.zeros(2000, 0, dtype=torch.long), shares.log().repeat(2000, 1))
    counts = left.argmax(-1).bincount(minlength=5) / 2000
    assert (left > -torch.inf).sum(-1).tolist() == [1] * 2000
    torch.testing.assert_close(counts, torch.tensor([0.5, 0.3, 0.15, 0, 0]) / 0.95, atol=0.04, rtol=0)


def test_what_a_video_is_told_does_not_follow_from_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    write_weights(tmp_path / "weights", backbone=awaken(new_backbone(MICRO, 3)))
    asked = BranchOptions(
        backbone=TINY_ID,
        num_frames=2,
        prompt="Summarize the video.",
        max_new_tokens=12,
        conversation="plain",
        decoding="release",
    )
    context = Bench(tmp_path).context()
    videos = [noise_video(f"d{number}") for number in range(3)]
    model = VideoLlama(asked, context)
    together = {one.video_id: one.text for one in model.summarize(videos, context)}
    alone = {one.video_id: one.text for video in videos[::-1] for one in model.summarize([video], context)}
    assert together == alone and len(set(together.values())) == 3


def test_each_repetition_of_a_run_draws_answers_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is built once for all of them; else their spread would be zero."""
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    write_weights(tmp_path / "weights", backbone=awaken(new_backbone(MICRO, 3)))
    context, videos = Bench(tmp_path).context(), [noise_video(f"d{number}") for number in range(2)]
    looks = {"num_frames": 2, "max_new_tokens": 12}
    shared = {"backbone": TINY_ID, "prompt": "Summarize the video.", "conversation": "plain"}
    for decoding, distinct in (("release", 2), ("greedy", 1)):
        for model in (
            VideoLlama(BranchOptions(decoding=decoding, **shared, **looks), context),
            Milora(options_of("temporal-only", decoding=decoding, **looks), context),
        ):
            told = {
                tuple(one.text for one in model.summarize(videos, replace(context, seeds=seeds)))
                for seeds in (context.seeds.child("repetition", number) for number in range(2))
            }
            assert len(told) == distinct
