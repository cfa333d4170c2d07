"""The gradient of one step: summed over micro-batches and processes, divided by what it was summed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn import Parameter

MESSAGE = 1 << 24
"""Numbers that go from process to process at once."""


def sum_over_processes(
    accelerator: Accelerator, parameters: Sequence[Parameter], total: Tensor, items: int
) -> tuple[Tensor, int]:
    """Sum gradients, loss and items over the processes, in place; returns the sums of the last two.

    Done here and not by wrapping the module, because a process may have no example in a step, a parameter may
    be used by some examples only, and a loss may call the module several times. A parameter no process has a
    gradient of keeps none, so an optimizer skips it as it does with one process.
    """
    if accelerator.num_processes == 1:
        return total, items
    had = [parameter.grad is not None for parameter in parameters]
    facts = torch.tensor([0.0, items, *had], dtype=total.dtype, device=total.device)
    facts[0] = total
    facts = accelerator.reduce(facts, reduction="sum")
    used = [parameter for parameter, any_had in zip(parameters, facts[2:].tolist(), strict=True) if any_had]
    for group in _messages(used):
        gradients = []
        for parameter in group:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            gradients.append(parameter.grad)
        flat = accelerator.reduce(torch.cat([g.reshape(-1) for g in gradients]), reduction="sum")
        begin = 0
        for gradient in gradients:
            gradient.copy_(flat[begin : begin + gradient.numel()].view_as(gradient))
            begin += gradient.numel()
    return facts[0], int(facts[1])


def divide_and_clip(
    accelerator: Accelerator, parameters: Sequence[Parameter], items: int, clip_norm: float | None
) -> Tensor:
    """Divide the gradients by `items`, clip them, and return their 2-norm as it was before clipping."""
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.div_(items)
    longest = float("inf") if clip_norm is None else clip_norm
    return accelerator.clip_grad_norm_(parameters, longest)  # type: ignore[no-any-return]


def _messages(parameters: Sequence[Parameter]) -> Iterator[list[Parameter]]:
    """Parameters of one dtype together, as many as fit a message."""
    group: list[Parameter] = []
    size = 0
    for parameter in parameters:
        if group and (size + parameter.numel() > MESSAGE or parameter.dtype != group[0].dtype):
            yield group
            group, size = [], 0
        group.append(parameter)
        size += parameter.numel()
    if group:
        yield group
