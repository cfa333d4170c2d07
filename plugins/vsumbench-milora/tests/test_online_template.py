"""A conversation as tokens and labels, by hand: v1 without a separator, v1+ with a comma between frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from online_support import V1, V1_PLUS, new_wording
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from vsumbench_milora.videollm_online.conversations import stream_turns
from vsumbench_milora.videollm_online.live.template import (
    ASSISTANT,
    CLOSE,
    IGNORED,
    OPEN,
    Assistant,
    Frames,
    Layout,
    Turn,
    User,
    encode,
    opening,
)
from vsumbench_milora.videollm_online.live.wording import Wording

from vsumbench.contracts import TimedText
from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError

WORDING = new_wording()
FAST: Any = PreTrainedTokenizerFast
SYSTEM = "Watch the video."
STREAM: list[Turn] = [User("Summarize the video."), Frames(3, 3), Assistant("A red circle.")]
ASKED = "<s> watch the video . user : summarize the video ."
SAID = "assistant : a red circle . </s>"


def written(ids: object) -> str:
    """Tokens of ids, `-` where nothing is learned."""
    names = WORDING.tokenizer.convert_ids_to_tokens
    return " ".join("-" if token == IGNORED else names(int(token)) for token in ids)  # type: ignore[attr-defined]


def test_three_frames_of_v1_are_three_placeholders_with_silence_as_end_and_an_answer_as_bracket() -> None:
    found = encode(STREAM, SYSTEM, V1, WORDING)
    assert written(found.ids) == f"{ASKED} [ <v> <v> <v> ] {SAID}"
    silent = " ".join("-" * 12)
    assert written(found.labels) == f"{silent} </s> </s> ] assistant : a red circle . </s> -"


def test_three_frames_of_v1_plus_are_thirty_placeholders_with_a_comma_after_each_but_the_last() -> None:
    found = encode(STREAM, SYSTEM, V1_PLUS, WORDING)
    frame = " ".join(["<v>"] * 10)
    assert written(found.ids) == f"{ASKED} [ {frame} , {frame} , {frame} ] {SAID}"
    unlearned = " ".join("-" * 9)
    silent = " ".join("-" * 12)
    stream = f"{unlearned} , - {unlearned} , - {unlearned} ]"
    assert written(found.labels) == f"{silent} {stream} assistant : a red circle . </s> -"


def test_nothing_of_frames_is_learned_where_the_caption_alone_is_the_target() -> None:
    found = encode([Frames(3), *STREAM[:1], *STREAM[2:]], SYSTEM, V1_PLUS, WORDING)
    ids, labels = found.ids, found.labels
    assert [labels[i] for i in range(len(ids)) if ids[i] == WORDING.placeholder] == [IGNORED] * 30
    assert written(label for label in labels if label != IGNORED) == SAID


def test_silence_is_learned_after_the_last_answer_but_not_at_the_last_frame() -> None:
    turns = [*STREAM, Frames(3, 2)]
    for layout, silence in ((V1, "</s>"), (V1_PLUS, ",")):
        found = encode(turns, SYSTEM, layout, WORDING)
        after = found.labels[max(i for i, token in enumerate(found.ids) if token == WORDING.end) :]
        assert written(label for label in after if label != IGNORED) == f"{silence} {silence}"


@pytest.mark.parametrize(("layout", "silence"), [(V1, "</s>"), (V1_PLUS, ",")])
def test_behind_an_answer_that_was_cut_the_end_is_read_and_not_learned(layout: Layout, silence: str) -> None:
    turns = [*STREAM[:2], Assistant("A red", whole=False), Frames(2, 1)]
    found = encode(turns, SYSTEM, layout, WORDING)
    whole = encode([*STREAM[:2], Assistant("A red"), Frames(2, 1)], SYSTEM, layout, WORDING)
    assert found.ids == whole.ids
    last = written(found.ids).split().index("red")
    assert (written(found.labels[last : last + 1]), written(whole.labels[last : last + 1])) == ("-", "</s>")
    assert found.labels[:last] == whole.labels[:last] and found.labels[last + 1 :] == whole.labels[last + 1 :]
    # Silence after a frame, which v1 says with the same token, is learned as ever.
    assert written(label for label in found.labels[last:] if label != IGNORED) == silence


def test_an_answer_that_is_given_is_not_learned() -> None:
    found = encode([Frames(1), Assistant("A red circle.", learned=False)], SYSTEM, V1, WORDING)
    assert set(found.labels) == {IGNORED}


def test_the_bracket_is_whatever_token_the_tokenizer_makes_of_it() -> None:
    """Llama 3 has one token for the bracket and the line's end behind it."""
    pieces = ["<s>", "</s>", "<unk>", "\n[", "]\n", "\n", " ", ":", "User", "Assistant", "x", "y", "s"]
    raw = Tokenizer(models.WordLevel({piece: n for n, piece in enumerate(pieces)}, unk_token="<unk>"))
    pattern = Regex(r"\n+\[|\]\n|\n+|\w+|[^\w\s]| ")
    raw.pre_tokenizer = pre_tokenizers.Split(pattern, behavior="isolated")
    made = FAST(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    wording = Wording(made)
    found = encode([Frames(2, 2), Assistant("x")], "s", Layout.of(0), wording)
    names = wording.tokenizer.convert_ids_to_tokens
    learned = [names(label) for label in found.labels if label != IGNORED]
    assert learned == ["</s>", "]\n", "Assistant", ":", " ", "x", "</s>"]


def test_what_is_asked_begins_as_what_is_learned() -> None:
    turns: list[Turn] = [Frames(3), User("Summarize the video.")]
    asked = opening(turns, SYSTEM, V1_PLUS, WORDING, ASSISTANT)
    learned = encode([*turns, Assistant("A red circle.")], SYSTEM, V1_PLUS, WORDING).ids
    assert list(learned[: len(asked)]) == asked and written(learned[len(asked) :]) == "a red circle . </s>"


def test_a_text_with_the_placeholder_of_frames_is_refused() -> None:
    with pytest.raises(MismatchError, match="'<v>'"):
        encode([Frames(2), Assistant("A <v> circle.")], SYSTEM, V1, WORDING)


def byte_wording() -> Wording:
    """A byte-level tokenizer that keeps a line's end with the sign before it, as that of Llama 3 does."""
    raw = Tokenizer(models.BPE())
    pieces = Regex(r"[^\s\w]+[\r\n]*|\s*[\r\n]+|\s?\w+|\s+")
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(pieces, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = "Watch the video.\n\nUser: Say it.\n[,,]\nAssistant: A red circle.\n[,]\nAssistant: It stops."
    raw.train_from_iterator([text] * 20, trainer)
    made = FAST(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    return Wording(made)


@pytest.mark.parametrize("make", [new_wording, byte_wording])
@pytest.mark.parametrize("layout", [V1, V1_PLUS])
def test_the_pieces_of_a_stream_are_the_tokens_of_the_whole_conversation(
    make: Callable[[], Wording], layout: Layout
) -> None:
    """What is read piece by piece, as frames come in, is what was learned in one piece."""
    wording = make()
    frame = [wording.placeholder] * layout.tokens
    pause = [layout.silence(wording)] if layout.separator else []
    asked, asking = User("Say it."), wording.tokens(CLOSE + ASSISTANT)[0]
    read = opening([asked], SYSTEM, layout, wording, OPEN)
    for count, answer in ((3, " A red circle."), (1, " It stops.")):
        for number in range(count):
            read += [*(pause if number else []), *frame]
        read += [*asking, *wording.tokens(answer)[0], wording.end]
        read += wording.tokens(OPEN)[0] if count == 3 else []
    turns: list[Turn] = [
        asked,
        Frames(3, 3),
        Assistant("A red circle."),
        Frames(1, 1),
        Assistant("It stops."),
    ]
    whole = encode(turns, SYSTEM, layout, wording)
    assert list(whole.ids) == read
    bracket = whole.labels[max(i for i, token in enumerate(whole.ids) if token == wording.placeholder)]
    assert bracket == asking[0]


def caption(start: float, end: float, text: str) -> TimedText:
    return TimedText(start=start, end=end, text=text)


def test_a_caption_is_the_answer_at_the_first_frame_not_before_its_end() -> None:
    captions = [caption(4, 7.5, "Two."), caption(0, 4, "One.")]
    turns = stream_turns(captions, np.arange(0, 12, 2.0), "Tell.")
    assert turns == [
        User("Tell."),
        Frames(3, 3),
        Assistant("One."),
        Frames(2, 2),
        Assistant("Two."),
        Frames(1, 0),
    ]


def test_captions_of_one_frame_are_one_answer_and_late_ones_are_told_at_the_last_frame() -> None:
    captions = [caption(0, 3, "One."), caption(1, 3.5, "Two."), caption(5, 99, "Three.")]
    turns = stream_turns(captions, np.array([0.0, 2.0, 4.0, 6.0]), "Tell.")
    assert turns[1:] == [Frames(3, 3), Assistant("One. Two."), Frames(1, 1), Assistant("Three.")]


def test_an_answer_is_cut_at_its_last_token_in_its_own_words() -> None:
    assert WORDING.cut("A red circle, moving.", 4) == "A red circle,"
    assert WORDING.cut("A red circle.", 4) == "A red circle."


def test_no_character_is_cut_in_two() -> None:
    wording = byte_wording()
    text = "x ★ y"
    star = len(wording.tokens("★")[0])
    before = len(wording.tokens("x ")[0])
    assert star == 3
    for limit, kept in ((before, "x "), (before + 1, "x "), (before + 2, "x "), (before + 3, "x ★")):
        assert wording.cut(text, limit) == kept


def test_words_the_backbone_does_not_know_are_refused_by_the_option_that_has_them() -> None:
    with pytest.raises(OptionValueError, match="prompt = 'Sing'"):
        WORDING.require_known("prompt", "Sing")


def test_the_placeholder_comes_behind_the_vocabulary_once() -> None:
    assert WORDING.placeholder == WORDING.vocabulary == len(WORDING.tokenizer) - 1
    assert Wording(WORDING.tokenizer).placeholder == WORDING.placeholder
    with pytest.raises(DataDamagedError, match="is not one token"):
        WORDING.id_of("red circle")
