"""Text to tokens and back: any tokenizer of transformers, with one more token that stands for frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vsumbench.errors import DataDamagedError, OptionValueError
from vsumbench_milora.video_llama.text import TextCodec, word_tokenizer

PLACEHOLDER = "<v>"
_SIGNS = ("[", "]", ":")


def live_tokenizer(words: Iterable[str]) -> Any:
    """The word-level tokenizer of these words that also knows the signs of the template.

    Raises:
        ValueError: as `word_tokenizer`.
    """
    tokenizer: Any = word_tokenizer(words)
    tokenizer.add_tokens([*_SIGNS])
    return tokenizer


class Wording:
    """What is needed of a tokenizer. `<v>` is added to it, without a row in the language model's table.

    Args:
        tokenizer: a fast tokenizer of transformers with an end token. It is changed.

    Attributes:
        placeholder: id of `<v>`, the first one behind the vocabulary.
        end: id of the end token.
        padding: id of the padding token; the end token where there is none.
        begin_text, end_text: begin and end token as text; the former empty where there is none.

    Raises:
        DataDamagedError: the tokenizer has no end token, or is not a fast one.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not tokenizer.is_fast:
            raise DataDamagedError(
                "the tokenizer cannot say where its tokens stand.", "Use one with a tokenizer.json."
            )
        self._codec = TextCodec(tokenizer)
        if PLACEHOLDER not in tokenizer.get_vocab():
            tokenizer.add_special_tokens(
                {"additional_special_tokens": [PLACEHOLDER]}, replace_extra_special_tokens=False
            )
        self.tokenizer = tokenizer
        self.placeholder: int = tokenizer.convert_tokens_to_ids(PLACEHOLDER)
        self.end, self.padding = self._codec.end, self._codec.padding
        self.begin_text: str = tokenizer.bos_token or ""
        self.end_text: str = tokenizer.eos_token

    @property
    def vocabulary(self) -> int:
        """How many rows the language model's table of words has."""
        return self.placeholder

    def tokens(self, text: str) -> tuple[list[int], list[int]]:
        """Ids, and the character each of them starts at."""
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids: list[int] = found.input_ids
        return ids, [start for start, _ in found.offset_mapping]

    def id_of(self, text: str) -> int:
        """The one token this text is.

        Raises:
            DataDamagedError: it is none, or several.
        """
        ids, _ = self.tokens(text)
        if len(ids) != 1 or ids[0] == self.tokenizer.unk_token_id:
            raise DataDamagedError(
                f"{text!r} is not one token of this tokenizer.", "Use the tokenizer of the weights."
            )
        return ids[0]

    def cut(self, text: str, limit: int) -> str:
        """The text up to its `limit`-th token, and no part of a character that tokens share."""
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        places = found.offset_mapping
        if len(places) <= limit:
            return text
        start, end = places[limit - 1]
        return text[: start if places[limit][0] < end else end]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of generated ids, in NFC, without special tokens."""
        return self._codec.decode(ids)

    def require_known(self, option: str, text: str) -> None:
        """Refuse a text with words the tokenizer does not know.

        Raises:
            OptionValueError: naming the option.
        """
        unknown = self.tokenizer.unk_token_id
        if unknown is not None and unknown in self.tokens(text)[0]:
            raise OptionValueError(
                f"option {option} = {text!r} has words this backbone does not know.",
                "Use words of its vocabulary, or leave the option as it is.",
            )
