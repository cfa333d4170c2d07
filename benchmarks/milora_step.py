"""One training step of MiLoRA at the published size, with random weights, on a GPU with about 40 GiB.

    python benchmarks/milora_step.py [--videos 4]

Seconds of the frozen front and of the step behind it, and the peak of memory, after one step that does not
count. Experts, 32 frames and 128 words as in the preset `paper`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace

import torch
from torch import nn
from vsumbench_milora.milora.adapters import add_experts
from vsumbench_milora.milora.network import MiloraNetwork
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.config import PAPER_7B, BackboneConfig
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch


def train_step(
    config: BackboneConfig, device: str, *, videos: int, frames: int, words: int
) -> dict[str, float]:
    """Seconds and GiB of one optimizer step with random weights, after one that does not count.

    The frozen ViT runs too, once a video, as in a first epoch. Frozen weights are in bf16.
    """
    with torch.device("meta"):
        backbone = Backbone(config)
    backbone = backbone.to_empty(device=device).to(torch.bfloat16).requires_grad_(False)
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.normal_(std=0.02)
    for name, buffer in backbone.named_buffers():
        # Meta construction leaves them empty; those of transformers are positions and rotary frequencies.
        if name.endswith("inv_freq"):
            size = 2 * buffer.numel()
            buffer.copy_(1.0 / 10_000 ** (torch.arange(0, size, 2, device=device) / size))
        elif name.endswith("position_ids"):
            buffer.copy_(torch.arange(buffer.numel(), device=device).view(buffer.shape))
    options = replace(MiloraOptions(), num_frames=frames)
    network = MiloraNetwork(backbone, options.branches, options.fusion_start)
    model = add_experts(network, options, None)
    model = _on(model, device).train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=1e-4)
    prompt = Prompt(tuple(range(8)), tuple(range(8, 24)))
    text = TextBatch.of([list(range(1, words + 1))] * videos, 0).to(device)
    side = config.vision.image
    pixels = torch.randn(videos, frames, 3, side, side, device=device, dtype=torch.bfloat16)
    found = {}
    for part in ("warm", "measured"):
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        begun = _now(device)
        with torch.autocast(device, dtype=torch.bfloat16):
            with torch.no_grad():
                seen = torch.cat([network.front(pixels[n : n + 1]) for n in range(videos)])
            fronted = _now(device)
            total, count = model(seen, prompt, text)
        torch.autograd.backward(total / count)
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if part == "measured":
            found = {"front seconds": fronted - begun, "step seconds": _now(device) - fronted}
    if device == "cuda":
        found["peak GiB"] = torch.cuda.max_memory_allocated() / 2**30
    return found | {
        "trained parameters": sum(p.numel() for p in trained),
        "loss": float(total.detach() / count),
    }


def _on(model: nn.Module, device: str) -> nn.Module:
    """Experts made without memory, on the device with ordinary values."""
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.is_meta:
                values = torch.empty(parameter.shape, device=device).normal_(std=0.02)
                setattr(module, name, nn.Parameter(values, requires_grad=parameter.requires_grad))
    return model


def _now(device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--videos", type=int, default=4, help="of the step")
    asked = parser.parse_args()
    if not torch.cuda.is_available():
        print("there is no CUDA device here", file=sys.stderr)
        return 2
    print(json.dumps(train_step(PAPER_7B, "cuda", videos=asked.videos, frames=32, words=128), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
