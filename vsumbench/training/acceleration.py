"""One training's accelerator: device, autocast and processes, and nothing left behind in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from accelerate.utils import InitProcessGroupKwargs

from vsumbench.contracts import Context, Seeds
from vsumbench.errors import MismatchError

_DEVICE = "ACCELERATE_TORCH_DEVICE"
LONG = timedelta(days=30)
"""Processes wait this long for each other: one of them validates alone, for as long as that takes. When a
process ends, the launcher ends the others."""


@contextmanager
def accelerated(context: Context) -> Iterator[Accelerator]:
    """An accelerator for the context's device and dtype: `bfloat16` is autocast, others compute as they are.

    Accelerate keeps its settings for the whole process. They are put aside here and put back at the end, as
    is the state of torch's generators, so that trainings with different settings follow each other freely.

    Raises:
        MismatchError: several processes were launched for a device that they cannot share.
    """
    device = torch.device(context.device)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and (device.type == "mps" or device.index is not None):
        raise MismatchError(
            f"several processes cannot train on device {context.device!r}.",
            "Use --device cuda (each process takes its own) or --device cpu.",
        )
    borgs = (PartialState, AcceleratorState, GradientState)
    aside = [dict(borg._shared_state) for borg in borgs]
    named = os.environ.pop(_DEVICE, None)
    cuda = [*range(torch.cuda.device_count())] if device.type == "cuda" else []
    try:
        for borg in borgs:
            borg._shared_state.clear()
        if device.index is not None or device.type == "mps":
            os.environ[_DEVICE] = context.device
        with torch.random.fork_rng(devices=cuda):
            yield Accelerator(
                cpu=device.type == "cpu",
                mixed_precision="bf16" if context.dtype == "bfloat16" else "no",
                kwargs_handlers=[InitProcessGroupKwargs(timeout=LONG)],
            )
    finally:
        os.environ.pop(_DEVICE, None)
        if named is not None:
            os.environ[_DEVICE] = named
        for borg, state in zip(borgs, aside, strict=True):
            borg._shared_state.clear()
            borg._shared_state.update(state)


def seed_torch(seeds: Seeds, device: torch.device) -> None:
    """Seed the generators that dropout and its like draw from, of the CPU and of `device`."""
    seed = seeds.integer()
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
