"""What a checkpoint holds of a module and its optimizer: flat tensors by name, and JSON for the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from vsumbench.errors import DataDamagedError


class Learned:
    """The part of a module that training changes: its trainable parameters, and buffers once they change.

    Buffers are compared by digest with what they were at first, since not every operation that changes one
    says so.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.parameters: dict[str, Parameter] = {
            name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad
        }
        if not self.parameters:
            raise ValueError("the module has no trainable parameter: none has requires_grad")
        self._first = {name: _digest(buffer) for name, buffer in self._buffers().items()}

    def tensors(self) -> dict[str, Tensor]:
        """Copies on the CPU of what training has changed."""
        changed = {
            name: buffer
            for name, buffer in self._buffers().items()
            if _digest(buffer) != self._first.get(name)
        }
        return {name: _copy(tensor) for name, tensor in (self.parameters | changed).items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put back what `tensors` gave."""
        targets = self.parameters | self._buffers()
        if missing := self.parameters.keys() - tensors.keys() | tensors.keys() - targets.keys():
            raise DataDamagedError(
                f"the checkpoint does not fit the module: {min(missing)!r} is not in both."
            )
        with torch.no_grad():
            for name, tensor in tensors.items():
                targets[name].copy_(tensor)

    def layout(self) -> dict[str, Any]:
        """Name → shape and dtype, as JSON."""
        return {name: [*p.shape, str(p.dtype)] for name, p in self.parameters.items()}

    def _buffers(self) -> dict[str, Tensor]:
        lasting = self.module.state_dict(keep_vars=True).keys()
        return {name: buffer for name, buffer in self.module.named_buffers() if name in lasting}


def optimizer_layout(optimizer: torch.optim.Optimizer, names: Mapping[Parameter, str]) -> dict[str, Any]:
    """Class and groups, with names of parameters and everything that is set, as JSON.

    Raises:
        ValueError: it optimizes something that is no trainable parameter of the module, which no checkpoint
            would hold.
    """
    groups = []
    for group in optimizer.param_groups:
        if any(parameter not in names for parameter in group["params"]):
            raise ValueError("the optimizer holds a tensor that is not a trainable parameter of the module")
        settings = {name: _plain(value) for name, value in group.items() if name != "params"}
        groups.append(settings | {"params": [names[parameter] for parameter in group["params"]]})
    return {"class": type(optimizer).__name__, "groups": groups}


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state of an optimizer: tensors as `INDEX/NAME`, and the numbers among it as JSON.

    What is set (rates, betas) is not part of it: the caller builds the optimizer with the same settings.

    Raises:
        ValueError: state that is neither tensor nor plain number.
    """
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"{index}/{name}"] = _copy(value)
            elif value is None or isinstance(value, bool | int | float | str):
                plain[f"{index}/{name}"] = value
            else:
                kind = f"{type(optimizer).__name__} keeps a {type(value).__name__} as {name!r}"
                raise ValueError(f"{kind}; checkpoints hold tensors and numbers")
    return tensors, plain


def load_optimizer_state(
    optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]
) -> None:
    """Put back what `optimizer_state` gave."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in (*tensors.items(), *plain.items()):
        index, _, name = key.partition("/")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _copy(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()


def _digest(tensor: Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(flat.numpy().tobytes()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.tolist()
    return [*value] if isinstance(value, tuple) else value
