"""The parts of the backbone, as the classes transformers has for them."""

from __future__ import annotations

from torch import nn
from transformers import (
    Blip2QFormerConfig,
    Blip2QFormerModel,
    Blip2VisionConfig,
    Blip2VisionModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from .config import BackboneConfig, QFormerSize

INITIAL_STD = 0.02


def vision_model(config: BackboneConfig) -> nn.Module:
    """The frame ViT with its last layer norm."""
    size = config.vision
    model = Blip2VisionModel(
        Blip2VisionConfig(
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=size.mlp,
            image_size=size.image,
            patch_size=size.patch,
            # The class's own default starts every weight at zero, from which nothing can be trained.
            initializer_range=INITIAL_STD,
        )
    )
    model.post_layernorm.eps = size.final_eps
    return model


def qformer(config: BackboneConfig, size: QFormerSize, reads: int) -> nn.Module:
    """A Q-Former over an encoder of width `reads`, without text embeddings and without the FFNs for text."""
    return Blip2QFormerModel(
        Blip2QFormerConfig(
            hidden_size=config.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=size.ffn,
            cross_attention_frequency=size.cross_every,
            encoder_hidden_size=reads,
            hidden_dropout_prob=config.dropout,
            attention_probs_dropout_prob=config.dropout,
            initializer_range=INITIAL_STD,
        )
    )


def language_model(config: BackboneConfig) -> LlamaForCausalLM:
    """The causal language model. Special tokens are named when it generates, not here."""
    size = config.language
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=size.vocabulary,
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=size.mlp,
            max_position_embeddings=size.positions,
            initializer_range=INITIAL_STD,
            rms_norm_eps=size.norm_eps,
            pad_token_id=None,
            bos_token_id=None,
            eos_token_id=None,
        )
    )
