"""What is learned of a text, how a text is written, and which words tell of which segment."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast
from vsumbench_vtsum_blip.backbone import load_backbone
from vsumbench_vtsum_blip.options import PROMPT
from vsumbench_vtsum_blip.pretraining.make import planted_tokenizer
from vsumbench_vtsum_blip.sizes import TINY
from vsumbench_vtsum_blip.temporal.network import Seen
from vsumbench_vtsum_blip.text.codec import IGNORED, Codec
from vsumbench_vtsum_blip.text.decoder import looked_at, new_decoder, write
from vsumbench_vtsum_blip.text.linking import divide, links
from vsumbench_vtsum_blip.text.targets import target_text
from vtsum_support import options_of

from vsumbench.contracts import Link
from vsumbench.errors import DataDamagedError

START = TINY.vocabulary - 2


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(planted_tokenizer(TINY.vocabulary), START)


@pytest.mark.parametrize(
    ("reference", "words", "expected"),
    [
        ("A man opens a door. He leaves!", 128, "a man opens a door he leaves"),
        ("A man opens a door.He leaves", 128, "a man opens a door he leaves"),
        ('  "It\'s" (half-done), # 3: * ~ ; yes\n', 128, "it's half-done , 3 yes"),
        ("One two three four.", 2, "one two"),
    ],
)
def test_a_reference_is_cleaned_as_in_the_release(reference: str, words: int, expected: str) -> None:
    assert target_text(reference, words) == PROMPT + expected


def test_the_start_token_and_the_prompt_are_four_ids_and_not_learned(codec: Codec) -> None:
    assert len(codec.prompt) == 4 and codec.prompt[0] == START
    tokens = codec.batch([target_text("two red circles", 128), target_text("a star", 128)], 128)
    assert tokens.ids[:, :4].tolist() == [list(codec.prompt)] * 2
    assert (tokens.labels[:, :4] == IGNORED).all()
    assert tokens.mask.sum(dim=1).tolist() == [8, 7] and tokens.ids.shape == (2, 8)
    # The end token is learned, the padding after it is not.
    assert tokens.labels[0, 7] == codec.end and tokens.labels[1, 6] == codec.end
    assert tokens.labels[1, 7] == IGNORED and tokens.ids[1, 7] == codec.padding
    assert (tokens.labels[0, 4:] == tokens.ids[0, 4:]).all()


def test_a_long_text_is_cut_before_its_end_token(codec: Codec) -> None:
    tokens = codec.batch([target_text("a star " * 40, 128)], 20)
    assert tokens.ids.shape == (1, 20) and tokens.ids[0, -1] == codec.end


def test_what_was_written_comes_back_without_prompt_and_special_tokens(codec: Codec) -> None:
    text = "two red circles, then a star"
    ids = codec.batch([PROMPT + text], 64).ids[0].tolist()
    assert codec.decode(ids) == text
    assert codec.decode(ids[:4]) == "" and codec.decode(ids[:2]) == ""
    spans = codec.spans(text, ids[4:-1])
    assert [text[start:end] for start, end in spans] == ["two", "red", "circles", ",", "then", "a", "star"]


def test_a_tokenizer_that_does_not_know_the_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit into a vocabulary"):
        planted_tokenizer(40)
    with pytest.raises(DataDamagedError, match="does not know the prompt"):
        Codec(strange_tokenizer(), START)
    tokenizer = planted_tokenizer(TINY.vocabulary)
    tokenizer.sep_token = None
    with pytest.raises(DataDamagedError, match="no sep_token"):
        Codec(tokenizer, START)


def strange_tokenizer() -> Any:
    """One whose words are others."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "bonjour"]
    made = Tokenizer(
        models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokens = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    return PreTrainedTokenizerFast(tokenizer_object=made, **tokens)


def seen(batch: int = 2, steps: int = 6) -> Seen:
    mask = torch.ones(batch, steps, dtype=torch.bool)
    mask[-1, steps // 2 :] = False
    return Seen(torch.randn(batch, steps, TINY.width, generator=torch.Generator().manual_seed(1)), None, mask)


def test_beams_keep_within_their_lengths_and_padding_changes_no_text(codec: Codec) -> None:
    torch.manual_seed(0)
    decoder = new_decoder(TINY).eval()
    asked = ("beams=3", "min_length=10", "max_length=14")
    options = options_of("tt-ca-la", "tiny", *asked)
    videos = seen()
    rows = write(decoder, videos, codec, options)
    assert all(10 <= len(row) <= 14 and row[:4] == codec.prompt for row in rows)
    longer = Seen(
        torch.cat([videos.states, torch.full((2, 3, TINY.width), 9.0)], dim=1),
        None,
        torch.cat([videos.mask, torch.zeros(2, 3, dtype=torch.bool)], dim=1),
    )
    assert write(decoder, longer, codec, options) == rows
    shares = looked_at(decoder, videos, rows, codec.padding)
    assert shares.shape == (2, max(map(len, rows)), 6)
    # Nobody looks at padding, and each token's shares are one whole.
    assert float(shares[1, :, 3:].max()) == 0.0
    assert torch.allclose(shares[:, 1:].sum(-1), torch.ones(2, shares.shape[1] - 1), atol=1e-5)


def test_greedy_text_is_the_most_likely_word_after_word(codec: Codec) -> None:
    torch.manual_seed(0)
    decoder = new_decoder(TINY).eval()
    videos = seen(1)
    options = options_of("tt-ca-la", "tiny", "beams=1", "min_length=1", "max_length=9")
    (row,) = write(decoder, videos, codec, options)
    ids = list(codec.prompt)
    while len(ids) < 9 and ids[-1] != codec.end:
        logits = decoder(
            input_ids=torch.tensor([ids]),
            encoder_hidden_states=videos.states,
            encoder_attention_mask=videos.mask.long(),
        ).logits[0, -1]
        ids.append(int(logits.argmax()))
    assert row == tuple(one for one in ids if one != codec.end)


def test_words_are_divided_among_segments_in_order_with_the_largest_sum() -> None:
    draw = np.random.default_rng(0)
    for words, segments in ((1, 1), (1, 3), (4, 2), (5, 3), (3, 5)):
        for _ in range(10):
            shares = draw.random((words, segments))
            best = max(
                sum(shares[word, segment] for word, segment in enumerate(one))
                for one in product(range(segments), repeat=words)
                if list(one) == sorted(one)
            )
            found = divide(shares)
            assert list(found) == sorted(found)
            assert shares[np.arange(words), found].sum() == pytest.approx(best)


def test_a_link_reaches_from_the_first_to_the_last_word_of_a_segment() -> None:
    text = "red then blue"
    spans = [(0, 3), (3, 3), (4, 8), (9, 13)]
    attention = np.array([[0.9, 0.1, 0.0], [0.3, 0.3, 0.4], [0.6, 0.2, 0.2], [0.0, 0.1, 0.9]])
    segments = [np.array([0]), np.array([2])]
    found = links(spans, attention, segments)
    assert found == (Link(0, 8, 0), Link(9, 13, 1))
    assert [text[one.char_start : one.char_end] for one in found] == ["red then", "blue"]
    assert links([(0, 0)], attention[:1], segments) == () and links(spans, attention, []) == ()


def test_the_made_weights_are_a_backbone_in_the_layout_of_transformers(weights: Path) -> None:
    backbone = load_backbone("blip-tiny")
    assert backbone.reads == "planted-20" and backbone.codec.start == START
    assert set(backbone.projection) == {"weight", "bias"}
    decoder = new_decoder(backbone.sizes)
    absent, unknown = decoder.load_state_dict(dict(backbone.decoder), strict=False)
    assert unknown == [] and set(absent) == {"cls.predictions.decoder.weight", "cls.predictions.decoder.bias"}


def test_no_word_looks_at_a_later_one() -> None:
    torch.manual_seed(0)
    decoder = new_decoder(TINY).eval()
    videos = seen(1)
    ids = torch.tensor([[START, 7, 8, 9, 10, 11]])
    other = ids.clone()
    other[0, 4:] = 20
    before, after = (
        decoder(
            input_ids=one, attention_mask=torch.ones_like(one), encoder_hidden_states=videos.states
        ).logits
        for one in (ids, other)
    )
    assert torch.allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert not torch.allclose(before[:, 4:], after[:, 4:], atol=1e-3)
