"""All sizes of a backbone, and the two that are used: the published one and the tiny one."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import LlamaConfig, SiglipVisionConfig

INITIAL_STD = 0.02


@dataclass(frozen=True, kw_only=True)
class VisionSize:
    """The frame ViT. `image` and `patch` are pixels along one side."""

    width: int
    layers: int
    heads: int
    mlp: int
    image: int
    patch: int

    def config(self) -> SiglipVisionConfig:
        """As transformers says it."""
        return SiglipVisionConfig(
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            intermediate_size=self.mlp,
            image_size=self.image,
            patch_size=self.patch,
        )


@dataclass(frozen=True, kw_only=True)
class LanguageSize:
    """The causal language model. `kv_heads` share their keys and values among `heads` (grouped queries).

    `vocabulary` counts the rows of its table of words: the placeholder of frames has none.
    """

    width: int
    layers: int
    heads: int
    kv_heads: int
    mlp: int
    vocabulary: int
    positions: int
    rope_theta: float

    def config(self) -> LlamaConfig:
        """As transformers says it. Special tokens are named when it generates, not here."""
        return LlamaConfig(
            vocab_size=self.vocabulary,
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            intermediate_size=self.mlp,
            max_position_embeddings=self.positions,
            rope_parameters={"rope_type": "default", "rope_theta": self.rope_theta},
            rms_norm_eps=1e-5,
            tie_word_embeddings=False,
            initializer_range=INITIAL_STD,
            pad_token_id=None,
            bos_token_id=None,
            eos_token_id=None,
        )


@dataclass(frozen=True, kw_only=True)
class LiveSize:
    """Frame encoder and language model; the connector's sizes follow from both."""

    vision: VisionSize
    language: LanguageSize


PAPER = LiveSize(
    vision=VisionSize(width=1024, layers=24, heads=16, mlp=4096, image=384, patch=16),
    language=LanguageSize(
        width=4096,
        layers=32,
        heads=32,
        kv_heads=8,
        mlp=14336,
        vocabulary=128256,
        positions=8192,
        rope_theta=500_000.0,
    ),
)
"""SigLIP-L/16 at 384 pixels and Llama-3-8B (`videollm-online.md`, "Architecture")."""

TINY = LiveSize(
    vision=VisionSize(width=64, layers=3, heads=4, mlp=128, image=64, patch=8),
    language=LanguageSize(
        width=96,
        layers=3,
        heads=4,
        kv_heads=2,
        mlp=192,
        vocabulary=1,
        positions=1024,
        rope_theta=10_000.0,
    ),
)
"""A model of the same shape for one CPU core. Replace `language.vocabulary` by the tokenizer's length."""
