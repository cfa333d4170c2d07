"""A small checkpoint with the names and the layout of the release, and its forward pass from these names.

The forward pass is written from the conventions of the release (one matrix for query, key and value with
biases for query and value; BERT layers), not from the backbone's code.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from milora_support import TOKENIZER
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import conv2d, gelu, layer_norm
from transformers import LlamaConfig, LlamaForCausalLM

WIDTH, HEADS, BLOCKS, PATCH = 176, 2, 3, 56
D, D_HEADS, FFN = 128, 2, 96
IMAGE_LAYERS, VIDEO_LAYERS, IMAGE_QUERIES, VIDEO_QUERIES, POSITIONS = 4, 2, 3, 5, 32
LANGUAGE = 32
BRANCH, VISION, QFORMER = "VL_LLaMA_2_7B_Finetuned.pth", "eva_vit_g.pth", "blip2_pretrained_flant5xxl.pth"
FOLDER = "llama-2-7b-chat-hf"

State = dict[str, Tensor]


@dataclass
class Fake:
    """The parts of a checkpoint, under released names, each as its file holds it."""

    branch: State
    vision: State
    qformer: State
    language: LlamaForCausalLM

    def write(self, folder: Path) -> Path:
        """As it is published: pickles that also hold the training's state, and LLaMA as safetensors."""
        folder.mkdir(parents=True, exist_ok=True)
        beside = {
            "optimizer": {"state": {}, "param_groups": [{"lr": 3e-5}]},
            "config": {"run": {}},
            "epoch": 2,
        }
        torch.save({"model": self.branch, **beside, "scaler": None}, folder / BRANCH)
        torch.save(self.vision, folder / VISION)
        torch.save({"model": self.qformer}, folder / QFORMER)
        # What the repository holds besides is not looked at.
        (folder / "AL_LLaMA_2_7B_Finetuned.pth").write_bytes(b"not read")
        (folder / "imagebind_huge.pth").write_bytes(b"not read")
        self.language.save_pretrained(folder / FOLDER)
        TOKENIZER.save_pretrained(folder / FOLDER)
        return folder

    def everything(self) -> State:
        """All tensors but LLaMA's, under the names of the whole released model."""
        return (
            {f"visual_encoder.{name}": tensor for name, tensor in self.vision.items()}
            | self.qformer
            | (self.branch)
        )


def fake(seed: int = 0, grid: int = 4) -> Fake:
    """Random parts. `grid`: patches along one side that the ViT's positions are given for."""
    draw = torch.Generator().manual_seed(seed)

    def one(*shape: int, scale: float = 0.2, around: float = 0.0) -> Tensor:
        return around + scale * torch.randn(*shape, generator=draw)

    branch = {
        "video_frame_position_embedding.weight": one(POSITIONS, D),
        "video_query_tokens": one(1, VIDEO_QUERIES, D, scale=1.0),
        "llama_proj.weight": one(LANGUAGE, D),
        "llama_proj.bias": one(LANGUAGE),
        **_bert(one, "video_Qformer.bert.", VIDEO_LAYERS, 1, D),
        # The audio branch, and buffers that older versions stored.
        "audio_query_tokens": one(1, 2, D),
        "audio_llama_proj.weight": one(LANGUAGE, D),
        "audio_Qformer.bert.embeddings.LayerNorm.weight": one(D),
        "llama_model.model.layers.0.self_attn.rotary_emb.inv_freq": one(8),
    }
    vision = {
        "cls_token": one(1, 1, WIDTH, scale=1.0),
        "pos_embed": one(1, 1 + grid * grid, WIDTH, scale=0.5),
        "patch_embed.proj.weight": one(WIDTH, 3, PATCH, PATCH, scale=0.02),
        "patch_embed.proj.bias": one(WIDTH),
        "norm.weight": one(WIDTH),
        "norm.bias": one(WIDTH),
    }
    for number in range(BLOCKS):
        block = f"blocks.{number}."
        vision |= {
            **_norm(one, f"{block}norm1", WIDTH),
            f"{block}attn.qkv.weight": one(3 * WIDTH, WIDTH),
            f"{block}attn.q_bias": one(WIDTH),
            f"{block}attn.v_bias": one(WIDTH),
            **_linear(one, f"{block}attn.proj", WIDTH, WIDTH),
            **_norm(one, f"{block}norm2", WIDTH),
            **_linear(one, f"{block}mlp.fc1", 64, WIDTH),
            **_linear(one, f"{block}mlp.fc2", WIDTH, 64),
        }
    qformer = {
        "query_tokens": one(1, IMAGE_QUERIES, D, scale=1.0),
        **_norm(one, "ln_vision", WIDTH),
        **_bert(one, "Qformer.bert.", IMAGE_LAYERS, 2, WIDTH),
        "Qformer.cls.predictions.bias": one(9),
        "t5_proj.weight": one(7, D),
        "t5_proj.bias": one(7),
    }
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=LANGUAGE,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=512,
        rms_norm_eps=1e-6,
        pad_token_id=None,
        bos_token_id=1,
        eos_token_id=2,
    )
    return Fake(branch, vision, qformer, LlamaForCausalLM(config).eval())


def _linear(one: Callable[..., Tensor], name: str, out: int, into: int) -> State:
    return {f"{name}.weight": one(out, into), f"{name}.bias": one(out)}


def _norm(one: Callable[..., Tensor], name: str, width: int) -> State:
    return {f"{name}.weight": one(width, around=1.0), f"{name}.bias": one(width)}


def _bert(one: Callable[..., Tensor], prefix: str, layers: int, cross_every: int, reads: int) -> State:
    state = _norm(one, f"{prefix}embeddings.LayerNorm", D)
    state[f"{prefix}embeddings.position_ids"] = torch.arange(6)[None]
    state[f"{prefix}embeddings.word_embeddings.weight"] = one(9, D)
    for number in range(layers):
        layer = f"{prefix}encoder.layer.{number}."
        kinds = {"attention": D} | ({"crossattention": reads} if number % cross_every == 0 else {})
        for kind, width in kinds.items():
            for part, into in (("query", D), ("key", width), ("value", width)):
                state |= _linear(one, f"{layer}{kind}.self.{part}", D, into)
            state |= _linear(one, f"{layer}{kind}.output.dense", D, D)
            state |= _norm(one, f"{layer}{kind}.output.LayerNorm", D)
        state |= _linear(one, f"{layer}intermediate_query.dense", FFN, D)
        state |= _linear(one, f"{layer}output_query.dense", D, FFN)
        state |= _norm(one, f"{layer}output_query.LayerNorm", D)
        # The text side of BERT, which a query never passes.
        state |= _linear(one, f"{layer}intermediate.dense", FFN, D)
    return state


def released_vit(state: State, pixels: Tensor) -> Tensor:
    """(F, 3, 224, 224) → (F, N, WIDTH): all blocks but the last, then BLIP-2's layer norm."""
    vit = "visual_encoder."
    patches = conv2d(
        pixels, state[f"{vit}patch_embed.proj.weight"], state[f"{vit}patch_embed.proj.bias"], stride=PATCH
    )
    rows = patches.flatten(2).mT
    x = torch.cat([state[f"{vit}cls_token"].expand(len(rows), -1, -1), rows], 1) + state[f"{vit}pos_embed"]
    for number in range(BLOCKS - 1):
        block = f"{vit}blocks.{number}."
        y = _normed(state, f"{block}norm1", x, 1e-6)
        bias = torch.cat([state[f"{block}attn.q_bias"], torch.zeros(WIDTH), state[f"{block}attn.v_bias"]])
        query, key, value = (y @ state[f"{block}attn.qkv.weight"].T + bias).split(WIDTH, -1)
        x = x + _applied(state, f"{block}attn.proj", _attend(query, key, value, HEADS))
        y = _normed(state, f"{block}norm2", x, 1e-6)
        x = x + _applied(state, f"{block}mlp.fc2", gelu(_applied(state, f"{block}mlp.fc1", y)))
    return _normed(state, "ln_vision", x, 1e-5)


def released_qformer(state: State, prefix: str, queries: Tensor, reads: Tensor, layers: int) -> Tensor:
    """(B, q, D) queries that look at (B, N, ·) → (B, q, D); layers that hold cross-attention have it."""
    x = _normed(state, f"{prefix}embeddings.LayerNorm", queries, 1e-12)
    for number in range(layers):
        layer = f"{prefix}encoder.layer.{number}."
        x = _bert_attention(state, f"{layer}attention", x, x)
        if f"{layer}crossattention.self.query.weight" in state:
            x = _bert_attention(state, f"{layer}crossattention", x, reads)
        y = _applied(
            state,
            f"{layer}output_query.dense",
            gelu(_applied(state, f"{layer}intermediate_query.dense", x)),
        )
        x = _normed(state, f"{layer}output_query.LayerNorm", x + y, 1e-12)
    return x


def released_visual(state: State, pixels: Tensor) -> Tensor:
    """(B, T, 3, 224, 224) → (B, Q, LANGUAGE): what the language model gets to see."""
    batch, frames = pixels.shape[:2]
    vision = released_vit(state, pixels.flatten(0, 1))
    queries = state["query_tokens"].expand(len(vision), -1, -1)
    read = released_qformer(state, "Qformer.bert.", queries, vision, IMAGE_LAYERS)
    read = read.view(batch, frames, IMAGE_QUERIES, D)
    placed = read + state["video_frame_position_embedding.weight"][:frames, None]
    mixed = released_qformer(
        state,
        "video_Qformer.bert.",
        state["video_query_tokens"].expand(batch, -1, -1),
        placed.flatten(1, 2),
        VIDEO_LAYERS,
    )
    return _applied(state, "llama_proj", mixed)


def _bert_attention(state: State, name: str, x: Tensor, reads: Tensor) -> Tensor:
    query, key, value = (
        _applied(state, f"{name}.self.{part}", of)
        for part, of in (("query", x), ("key", reads), ("value", reads))
    )
    out = _applied(state, f"{name}.output.dense", _attend(query, key, value, D_HEADS))
    return _normed(state, f"{name}.output.LayerNorm", out + x, 1e-12)


def _attend(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    query, key, value = (one.unflatten(-1, (heads, -1)).transpose(1, 2) for one in (query, key, value))
    share = (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1)
    return (share @ value).transpose(1, 2).flatten(2)


def _applied(state: State, name: str, x: Tensor) -> Tensor:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def _normed(state: State, name: str, x: Tensor, eps: float) -> Tensor:
    return layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps)


def write_as_transformers(made: Fake, folder: Path) -> Path:
    """The ViT and the image Q-Former as transformers publishes BLIP-2, in place of LAVIS's two files."""
    for name in (VISION, QFORMER):
        (folder / name).unlink()
    state: State = {
        "query_tokens": made.qformer["query_tokens"],
        "language_model.shared.weight": torch.ones(2),
    }
    for name, tensor in made.vision.items():
        if not name.startswith((f"blocks.{BLOCKS - 1}.", "norm.")) and not name.endswith("_bias"):
            state[f"vision_model.{_vision_name(name)}"] = tensor
    for number in range(BLOCKS - 1):
        block = f"blocks.{number}.attn."
        bias = [made.vision[f"{block}q_bias"], torch.zeros(WIDTH), made.vision[f"{block}v_bias"]]
        state[f"vision_model.encoder.layers.{number}.self_attn.qkv.bias"] = torch.cat(bias)
    for name, tensor in made.qformer.items():
        if name.startswith("ln_vision."):
            state[name.replace("ln_vision", "vision_model.post_layernorm")] = tensor
        elif name.startswith("Qformer.bert.encoder.") and ".intermediate." not in name:
            changed = name.removeprefix("Qformer.bert.").replace("attention.self.", "attention.attention.")
            state[f"qformer.{changed}"] = tensor
        elif name.startswith("Qformer.bert.embeddings.LayerNorm"):
            state[name.replace("Qformer.bert.embeddings.LayerNorm", "qformer.layernorm")] = tensor
    blip = folder / "blip2-flan-t5-xxl"
    blip.mkdir()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, blip / "model.safetensors")
    (blip / "config.json").write_text(json.dumps({"model_type": "blip-2"}), encoding="utf-8")
    return folder


def _vision_name(name: str) -> str:
    for released, theirs in (
        ("cls_token", "embeddings.class_embedding"),
        ("pos_embed", "embeddings.position_embedding"),
        ("patch_embed.proj", "embeddings.patch_embedding"),
        ("blocks.", "encoder.layers."),
        (".norm1.", ".layer_norm1."),
        (".norm2.", ".layer_norm2."),
        (".attn.proj.", ".self_attn.projection."),
        (".attn.qkv.", ".self_attn.qkv."),
    ):
        name = name.replace(released, theirs)
    return name
