"""BLIP's text decoder on a sequence of frames: its loss, its beam search, and what it looked at."""

from __future__ import annotations

from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BlipTextConfig
from transformers.models.blip.modeling_blip_text import BlipTextLMHeadModel

from vsumbench_vtsum_blip.options import WritingOptions
from vsumbench_vtsum_blip.sizes import Sizes
from vsumbench_vtsum_blip.temporal.network import Seen

from .codec import Codec, Tokens

TIED = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")
"""Tensors of the decoder that are others by a second name."""
END, PADDING = 102, 0
"""Ids in BERT's vocabulary; the tokenizer's own are used wherever texts are written."""


def new_decoder(sizes: Sizes, label_smoothing: float = 0.0) -> Any:
    """A decoder of these sizes, drawn by torch's generator. In transformers its smoothing is 0 by default."""
    config = BlipTextConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=sizes.width,
        encoder_hidden_size=sizes.width,
        projection_dim=sizes.width,
        intermediate_size=sizes.mlp,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        max_position_embeddings=sizes.positions,
        # The start token is the last but one of the vocabulary.
        bos_token_id=sizes.vocabulary - 2,
        sep_token_id=min(END, sizes.vocabulary - 1),
        eos_token_id=min(END, sizes.vocabulary - 1),
        pad_token_id=PADDING,
        label_smoothing=label_smoothing,
        is_decoder=True,
    )
    decoder: Any = BlipTextLMHeadModel(config)
    for layer in decoder.bert.encoder.layer:
        attention = layer.crossattention.self
        if "encoder_attention_mask" in signature(attention.forward).parameters:
            attention.register_forward_pre_hook(_with_mask_of_frames, with_kwargs=True)
    return decoder


def _with_mask_of_frames(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Transformers 5.23 hands the mask of frames to this layer under the name of the other mask, which the
    layer then does not look at: without this, texts would depend on padding."""
    if kwargs.get("encoder_attention_mask") is None:
        kwargs = kwargs | {"encoder_attention_mask": kwargs.get("attention_mask")}
    return args, kwargs


def caption_loss(decoder: nn.Module, seen: Seen, tokens: Tokens) -> Tensor:
    """Cross-entropy of each next word, meaned over the batch's words, prompt and padding left out."""
    found = decoder(
        input_ids=tokens.ids,
        attention_mask=tokens.mask,
        encoder_hidden_states=seen.states,
        encoder_attention_mask=seen.mask.long(),
        labels=tokens.labels,
    )
    loss: Tensor = found.loss
    return loss


@torch.no_grad()
def write(decoder: Any, seen: Seen, codec: Codec, options: WritingOptions) -> list[tuple[int, ...]]:
    """The ids of each text, prompt first, without end and padding.

    Encoder states are given once a video: `generate` of transformers repeats them for its beams.
    """
    prompt = torch.tensor([codec.prompt] * len(seen.states), device=seen.states.device)
    found = decoder.generate(
        input_ids=prompt,
        attention_mask=torch.ones_like(prompt),
        encoder_hidden_states=seen.states,
        encoder_attention_mask=seen.mask.long(),
        num_beams=options.beams,
        do_sample=False,
        max_length=options.max_length,
        min_length=options.min_length,
        repetition_penalty=options.repetition_penalty,
        eos_token_id=codec.end,
        pad_token_id=codec.padding,
    )
    return [_written(row, codec) for row in found.tolist()]


@torch.no_grad()
def looked_at(decoder: Any, seen: Seen, rows: list[tuple[int, ...]], padding: int) -> Tensor:
    """(B, L, T) what share of its cross-attention each token gave each frame, meaned over layers and heads.

    The share of a token is that of the step at which it was written, so the first column is of no token.
    """
    length = max(map(len, rows))
    ids = torch.tensor([[*row, *[padding] * (length - len(row))] for row in rows], device=seen.states.device)
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows], device=ids.device)
    found = decoder(
        input_ids=ids,
        attention_mask=mask,
        encoder_hidden_states=seen.states,
        encoder_attention_mask=seen.mask.long(),
        output_attentions=True,
    )
    shares = torch.stack([layer.mean(dim=1) for layer in found.cross_attentions]).mean(dim=0)
    return shares.roll(1, dims=1)


def _written(row: list[int], codec: Codec) -> tuple[int, ...]:
    """A row of `generate` up to its end token, which may not come, and without padding."""
    ids = row[: row.index(codec.end)] if codec.end in row else row
    while ids and ids[-1] == codec.padding:
        ids = ids[:-1]
    return tuple(ids)
