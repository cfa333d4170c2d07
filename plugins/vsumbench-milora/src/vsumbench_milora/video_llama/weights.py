"""The published checkpoints and the tiny backbone, as data; and the sizes of those that are published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vsumbench.contracts import Weights

from .config import PAPER_7B, PAPER_13B, BackboneConfig

_LICENCE = (
    "code BSD-3-Clause; Llama 2 weights under the Llama 2 licence; the authors restrict the model to "
    "non-commercial research"
)
_FILES = (
    "backbone.json",
    "model.safetensors.index.json",
    "model-*.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
)
_HUB = "https://huggingface.co/DAMO-NLP-SG/Video-LLaMA-2-"


def _released(size: str, stage: str, about: str) -> Weights:
    gib, disk = {"7B": ("16", "15"), "13B": ("28", "27")}[size]
    return Weights(
        id=f"video-llama-2-{size.lower()}-{stage}",
        title=f"Video-LLaMA-2 {size}, {stage} (Llama 2 chat)",
        licence=_LICENCE,
        origin=f"{_HUB}{size}-{stage.capitalize()}",
        files=_FILES,
        converter=f"vsumbench_milora.video_llama.release.convert:convert_{size.lower()}",
        note=f"{about}. Published as pickles; the import reads them as weights only and writes {disk} GiB of "
        f"safetensors, a few GiB in memory at once. FOLDER holds the branch VL_LLaMA_2_{size}_*.pth and the "
        f"folder llama-2-{size.lower()}-chat-hf of the origin, and beside them eva_vit_g.pth and "
        "blip2_pretrained_flant5xxl.pth of LAVIS, or Salesforce/blip2-flan-t5-xxl. Loaded in bfloat16 it "
        f"takes about {gib} GiB.",
    )


RELEASED = _released("7B", "finetuned", "7.85 billion parameters, instruction-tuned")
PRETRAINED = _released("7B", "pretrained", "7.85 billion parameters, before instruction tuning")
RELEASED_13B = _released("13B", "finetuned", "14.13 billion parameters, instruction-tuned")
PRETRAINED_13B = _released("13B", "pretrained", "14.13 billion parameters, before instruction tuning")

VICUNA = Weights(
    id="video-llama-vicuna-7b-finetuned",
    title="Video-LLaMA 7B, fine-tuned (Vicuna v0)",
    licence="code BSD-3-Clause; Vicuna v0 under the LLaMA licence; the authors restrict the model to "
    "non-commercial research",
    origin="https://huggingface.co/DAMO-NLP-SG/Video-LLaMA-Series",
    files=_FILES,
    converter=RELEASED.converter,
    note="The first release. FOLDER holds the branch finetune-vicuna7b-v2.pth of the origin, a folder with "
    "Vicuna-7B v0 in the form of transformers, which is LLaMA-7B with the published delta added, and the "
    "same image tower as Video-LLaMA-2.",
)

TINY = Weights(
    id="video-llama-tiny",
    title="Tiny Video-LLaMA, trained on planted videos of another rendering",
    licence="Apache-2.0",
    files=("backbone.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    maker="vsumbench_milora.pretraining.make:make_backbone",
    source=("vsumbench_milora.video_llama", "vsumbench.planted", "vsumbench.training"),
    note="about five minutes on one CPU core",
)

SIZES: Mapping[str, BackboneConfig] = {
    RELEASED.id: PAPER_7B,
    PRETRAINED.id: PAPER_7B,
    RELEASED_13B.id: PAPER_13B,
    PRETRAINED_13B.id: PAPER_13B,
}
"""Sizes of published weights, which need not be here to be counted."""


def conversation_of(weights_id: str) -> Literal["plain", "llama-2", "vicuna"]:
    """The form of conversation that weights were trained with; `plain` for those that are not published."""
    if weights_id == VICUNA.id:
        return "vicuna"
    return "llama-2" if weights_id in SIZES else "plain"
