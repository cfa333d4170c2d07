"""Text: planted captions survive the tiny tokenizer, and other tokenizers serve as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from milora_support import TOKENIZER, caption
from transformers import AutoTokenizer, ByT5Tokenizer
from vsumbench_milora.video_llama.config import INSTRUCTION
from vsumbench_milora.video_llama.text import TextCodec, word_tokenizer

from vsumbench.errors import OptionValueError


@pytest.fixture(scope="module")
def codec() -> TextCodec:
    return TextCodec(TOKENIZER)


def test_planted_captions_survive(codec: TextCodec) -> None:
    for number in range(100):
        text = caption(f"v{number}")
        ids = codec.encode(text, 200)
        assert TOKENIZER.unk_token_id not in ids
        assert ids[-1] == codec.end
        assert codec.decode(ids) == text


def test_a_long_text_is_cut_and_has_no_end(codec: TextCodec) -> None:
    ids = codec.encode(caption("v1"), 5)
    assert len(ids) == 5 and codec.end not in ids


def test_every_sentence_begins_with_a_capital_and_no_space_stands_before_punctuation(
    codec: TextCodec,
) -> None:
    ids = codec.encode("a RED circle , then two stars . then a ring.", 99)
    assert codec.decode(ids) == "A red circle, then two stars. Then a ring."
    assert codec.decode([]) == "" == codec.decode([codec.end])


def test_the_prompt_stands_around_the_video(codec: TextCodec) -> None:
    prompt = codec.prompt(INSTRUCTION)
    tokens = TOKENIZER.convert_ids_to_tokens
    assert tokens(prompt.before) == ["<s>", "<Video>"]
    assert tokens(prompt.after) == ["</Video>", "summarize", "the", "video", "."]


def test_a_prompt_of_unknown_words_is_refused(codec: TextCodec) -> None:
    with pytest.raises(OptionValueError, match="Explain everything"):
        codec.prompt("Explain everything.")


def test_a_word_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="two words"):
        word_tokenizer(["red", "two words"])


def test_the_tokenizer_is_the_same_after_it_was_saved(tmp_path: Path, codec: TextCodec) -> None:
    TOKENIZER.save_pretrained(tmp_path)
    loaded = TextCodec(AutoTokenizer.from_pretrained(tmp_path))
    assert loaded.encode(caption("v3"), 99) == codec.encode(caption("v3"), 99)
    assert loaded.decode(codec.encode(caption("v3"), 99)) == caption("v3")
    assert {path.suffix for path in tmp_path.iterdir()} == {".json"}


def test_another_tokenizer_of_transformers_serves_as_well(tmp_path: Path) -> None:
    ByT5Tokenizer().save_pretrained(tmp_path)
    codec = TextCodec(AutoTokenizer.from_pretrained(tmp_path))
    text = "Zwei Fische, über Wasser: naïve é."
    ids = codec.encode(text, 200)
    assert ids[-1] == codec.end and codec.decode(ids) == text
    # It has no begin token.
    assert len(codec.prompt("Say it.").before) == len("<Video>")


def test_generated_text_is_in_composed_form() -> None:
    codec = TextCodec(ByT5Tokenizer())
    assert codec.decode(codec.encode("cafe\u0301", 50)) == "caf\u00e9"
