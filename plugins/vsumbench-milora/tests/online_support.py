"""A VideoLLM-online with random weights, of the tiny one's shape and smaller: a fixture, never a result."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor
from transformers import LlamaForCausalLM, SiglipConfig, SiglipModel, SiglipTextConfig, SiglipVisionModel
from vsumbench_milora.videollm_online.adapters import TARGETS, add_adapter
from vsumbench_milora.videollm_online.live.batches import Batch
from vsumbench_milora.videollm_online.live.network import Live, connected, new_connector, new_language
from vsumbench_milora.videollm_online.live.sizes import LanguageSize, LiveSize, VisionSize
from vsumbench_milora.videollm_online.live.template import Assistant, Frames, Layout, Turn, User, encode
from vsumbench_milora.videollm_online.live.wording import Wording, live_tokenizer
from vsumbench_milora.videollm_online.making.make import PROMPT, SYSTEM, vocabulary
from vsumbench_milora.videollm_online.options import OnlineOptions
from vsumbench_milora.videollm_online.spec import LLAMA_3, RELEASED, SIGLIP, TINY, VIDEOLLM_ONLINE

from vsumbench.config.options import compose_options
from vsumbench.contracts import Seeds
from vsumbench.data import sha256_file
from vsumbench.data.weights import WEIGHTS_MANIFEST, WeightsManifest
from vsumbench.training.drawing import drawn_from

WORDS = len(live_tokenizer(vocabulary()))
MICRO = LiveSize(
    vision=VisionSize(width=16, layers=1, heads=2, mlp=32, image=16, patch=4),
    language=LanguageSize(
        width=32,
        layers=2,
        heads=4,
        kv_heads=2,
        mlp=64,
        vocabulary=WORDS,
        positions=512,
        rope_theta=10_000.0,
    ),
)
V1, V1_PLUS = Layout.of(0), Layout.of(3)


def new_wording() -> Wording:
    """The tiny backbone's tokenizer with the placeholder of frames."""
    return Wording(live_tokenizer(vocabulary()))


def options_of(variant: str = "offline", **changes: Any) -> OnlineOptions:
    """The tiny preset's options with changes."""
    spec = VIDEOLLM_ONLINE
    composed = compose_options(spec, variant=spec.variant(variant), preset=spec.preset("tiny")).options
    made: OnlineOptions = replace(composed, **changes)
    return made


def micro_language(seed: int = 7, loud: float = 4.0) -> LlamaForCausalLM:
    """A connected language model. `loud` enlarges its weights: small ones attend to everything alike."""
    with drawn_from(Seeds(seed).child("micro")):
        language = new_language(MICRO.language.config())
        connected(language, new_connector(MICRO.vision.width, MICRO.language.width))
    with torch.no_grad():
        for parameter in language.parameters():
            if parameter.ndim > 1:
                parameter.mul_(loud)
    return language


def adapted(options: OnlineOptions | None = None, seed: int = 7) -> Any:
    """The same with a new adapter."""
    return add_adapter(micro_language(seed), options or options_of(), Seeds(3))


def stir(model: torch.nn.Module, scale: float = 0.1) -> None:
    """Give every trainable tensor other values than those it starts with."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(scale * torch.randn(parameter.shape, generator=generator))


def frames(count: int, tokens: int, seed: int = 0) -> Tensor:
    """(T, n, Dv) of noise."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, tokens, MICRO.vision.width, generator=generator)


@cache
def talkative(grid: int) -> tuple[LlamaForCausalLM, Tensor]:
    """A model that has learned one stream of 6 frames by heart, and that stream: answers after 2 and 5."""
    layout, wording = Layout.of(grid), new_wording()
    language = micro_language(loud=1.0).train()
    turns: list[Turn] = [
        User(PROMPT),
        Frames(2, 2),
        Assistant("A red circle moves."),
        Frames(3, 3),
        Assistant("Two blue stars."),
        Frames(1),
    ]
    seen = frames(6, layout.tokens)
    batch = Batch.of([encode(turns, SYSTEM, layout, wording)], [seen], wording.padding)
    optimizer = torch.optim.Adam(language.parameters(), lr=5e-3)
    live = Live(language, wording.placeholder)
    for _ in range(60):
        optimizer.zero_grad()
        total, count = live.loss(batch, 1.0)
        torch.autograd.backward(total / count)
        optimizer.step()
    return language.eval(), seen


def write_tiny(root: Path, weights_id: str = TINY.id) -> Path:
    """A folder of weights with its manifest, laid out as the maker lays it out."""
    folder = root / weights_id
    folder.mkdir(parents=True)
    live_tokenizer(vocabulary()).save_pretrained(folder / "language")
    language = micro_language()
    save_file(language.get_submodule("connector").state_dict(), folder / "connector.safetensors")
    del language.connector
    language.save_pretrained(folder / "language")
    with drawn_from(Seeds(1)):
        SiglipVisionModel(MICRO.vision.config()).save_pretrained(folder / "vision")
    _listed(folder)
    return folder


def released_options(**changes: Any) -> OnlineOptions:
    """The paper's preset at micro size."""
    sizes = {"rank": 4, "alpha": 8.0, "frozen_dtype": "float32", "max_new_tokens": 8, "batch_size": 4}
    words = {"system": SYSTEM, "prompt": PROMPT, "accumulation": 1, "epochs": 1}
    return OnlineOptions(**{**sizes, **words, "max_frames": 6, **changes})


def write_released(root: Path, head: bool = True) -> dict[str, Tensor]:
    """Fake published weights at micro size: peft's file names and keys, Llama in shards, a whole SigLIP.

    Args:
        root: of weights.
        head: whether the adapter's file also holds the head it was trained on, as older peft wrote it.

    Returns:
        The tensors of the adapter's file by their published names.
    """
    options = released_options()
    language = micro_language(11)
    llama = micro_language(11)
    del llama.connector
    llama.save_pretrained(root / LLAMA_3.id, max_shard_size="40KB")
    live_tokenizer(vocabulary()).save_pretrained(root / LLAMA_3.id)
    text = SiglipTextConfig(
        vocab_size=20, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
    )
    with drawn_from(Seeds(2)):
        both = SiglipModel(SiglipConfig(text_config=text, vision_config=MICRO.vision.config()))
        both.save_pretrained(root / SIGLIP.id)
        model = add_adapter(language, options, Seeds(3))
    stir(model)
    tensors = {
        name: tensor.detach().clone()
        for name, tensor in get_peft_model_state_dict(model, save_embedding_layers=False).items()
    }
    if head:
        tensors["base_model.model.lm_head.base_layer.weight"] = llama.lm_head.weight.detach().clone()
    folder = root / RELEASED.id
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "base_model_name_or_path": "meta-llama/Meta-Llama-3-8B-Instruct",
        "bias": "none",
        "lora_alpha": int(options.alpha),
        "lora_dropout": 0.05,
        "modules_to_save": ["connector"],
        "peft_type": "LORA",
        "r": options.rank,
        "target_modules": TARGETS,
        "task_type": "CAUSAL_LM",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    for weights in (RELEASED, LLAMA_3, SIGLIP):
        _listed(root / weights.id)
    return tensors


def rewrite(folder: Path, tensors: dict[str, Tensor]) -> None:
    """Put other tensors into an adapter's folder."""
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})


def _listed(folder: Path) -> None:
    """A manifest over every file below the folder."""
    files = {
        path.relative_to(folder).as_posix(): sha256_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = WeightsManifest(id=folder.name, origin="imported", licence="Apache-2.0", files=files)
    (folder / WEIGHTS_MANIFEST).write_text(json.dumps(manifest.to_json()), encoding="utf-8")
