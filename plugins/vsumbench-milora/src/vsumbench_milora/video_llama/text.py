"""Text to tokens and back: the tiny backbone's word-level tokenizer, or any tokenizer of transformers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from vsumbench.errors import DataDamagedError, OptionValueError

from .prompt import Prompt

VIDEO, END_OF_VIDEO = "<Video>", "</Video>"
"""Texts around the visual embeddings (`video-llama.md`, "Prompt")."""
_SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", VIDEO, END_OF_VIDEO)
_PUNCTUATION = (",", ".")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?])\s+)[a-z]")


def word_tokenizer(words: Iterable[str]) -> Any:
    """A tokenizer with one token for each of these words, in lower case, beside comma and full stop.

    Raises:
        ValueError: a word holds white space or punctuation, so that it would never be found.
    """
    known = sorted({word.lower() for word in words} - {*_SPECIAL, *_PUNCTUATION})
    broken = [word for word in known if re.search(r"[^\w]", word) or not word]
    if broken:
        raise ValueError(f"{broken[0]!r} is not one word")
    vocabulary = {token: number for number, token in enumerate((*_SPECIAL, *_PUNCTUATION, *known))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    # Of this decoder only its cleaning is used: no space before punctuation.
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer_class: Any = PreTrainedTokenizerFast
    return tokenizer_class(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=[VIDEO, END_OF_VIDEO],
        do_lower_case=True,
    )


class TextCodec:
    """What the backbone needs of a tokenizer.

    Args:
        tokenizer: any tokenizer of transformers that has an end token.
        embeddings: how many tokens the language model knows; all of the tokenizer's where nothing is given.

    Attributes:
        end: id of the end token.
        padding: id of the padding token; the end token where there is none, or none the model knows.

    Raises:
        DataDamagedError: the tokenizer has no end token.
    """

    def __init__(self, tokenizer: Any, embeddings: int | None = None) -> None:
        if tokenizer.eos_token_id is None:
            raise DataDamagedError("the tokenizer has no end token.", "Use the tokenizer of the weights.")
        self.tokenizer = tokenizer
        known = len(tokenizer) if embeddings is None else embeddings
        self.end: int = tokenizer.eos_token_id
        padding = tokenizer.pad_token_id
        self.padding: int = self.end if padding is None or padding >= known else padding
        # A tokenizer that keeps no capitals gets them back at the start of sentences.
        self._capitalise = bool(tokenizer.init_kwargs.get("do_lower_case"))

    def __len__(self) -> int:
        return len(self.tokenizer)

    def prompt(self, instruction: str) -> Prompt:
        """Begin token, `<Video>`, the visual embeddings, `</Video>`, then the instruction.

        Raises:
            OptionValueError: the instruction has words the tokenizer does not know.
        """
        tokenizer = self.tokenizer
        after = self.ids(END_OF_VIDEO) + self.ids(instruction)
        if tokenizer.unk_token_id is not None and tokenizer.unk_token_id in after:
            raise OptionValueError(
                f"option prompt = {instruction!r} has words this backbone does not know.",
                "Use words of its vocabulary, or leave the option as it is.",
            )
        return Prompt((*self.begin, *self.ids(VIDEO)), tuple(after))

    @property
    def begin(self) -> tuple[int, ...]:
        """The begin token, where the tokenizer has one."""
        number = self.tokenizer.bos_token_id
        return () if number is None else (number,)

    def encode(self, text: str, limit: int, end: tuple[int, ...] = ()) -> tuple[int, ...]:
        """At most `limit` ids; the end token, or `end`, stands last unless the text was cut."""
        return (*self.ids(text), *(end or (self.end,)))[:limit]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of generated ids, in NFC, without special tokens."""
        text: str = self.tokenizer.decode(list(ids), skip_special_tokens=True)
        text = unicodedata.normalize("NFC", text).strip()
        if self._capitalise:
            text = _SENTENCE_START.sub(lambda match: match.group().upper(), text)
        return text

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, and nothing before or behind them."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids
