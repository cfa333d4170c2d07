"""Reference outputs in `golden/forward`: cases found by file name, inputs and weights made by their rules."""

from __future__ import annotations

import functools
import json
import re
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vsumbench.testing.golden import golden_folder


@dataclass(frozen=True)
class Case:
    """One file of reference outputs: `<model>_T60.npz`, `<model>_adam3_T60.json` and the like."""

    path: Path
    model: str
    steps: int

    @property
    def expected(self) -> dict[str, Any]:
        """The arrays, or what the JSON file says."""
        if self.path.suffix == ".json":
            found: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            return found
        with np.load(self.path, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}

    @property
    def state(self) -> dict[str, Any]:
        """The state file: configuration, parameter count, shapes, sums."""
        found: dict[str, Any] = json.loads(
            (self.path.parent / f"{self.model}_state.json").read_text(encoding="utf-8")
        )
        return found

    @property
    def config(self) -> dict[str, Any]:
        """The official configuration."""
        found: dict[str, Any] = self.state["config"]
        return found

    def weights(self) -> dict[str, Tensor]:
        """Official name → tensor: those shipped, or made by the rule and held to the stated sums."""
        shipped = self.path.parent / f"{self.model}_weights.npz"
        if shipped.is_file():
            with np.load(shipped, allow_pickle=False) as stored:
                return {key: torch.from_numpy(stored[key]) for key in stored.files}
        state = self.state
        # Matrices that are stored inputs first have a list of another name, and their rule looks at inputs.
        inputs_first = "parameters" in state
        listed = state["parameters" if inputs_first else "state_dict"]
        shapes = {key: tuple(shape) for key, shape in listed.items() if is_filled(key)}
        made = {key: filled(key, shape, inputs_first) for key, shape in shapes.items()}
        for key, total in state["fill_check_sum_float64"].items():
            assert key not in made or abs(float(made[key].double().sum()) - total) < 1e-3, key
        return made


def cases(model: str, suffix: str = "npz", kind: str = "") -> pytest.MarkDecorator:
    """One test a file of a model (and its small version), whatever its length; one skipped without any."""
    pattern = re.compile(rf"({re.escape(model)}(?:_small)?){kind}_T(\d+)\.{suffix}")
    folder = golden_folder() / "forward"
    names = sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []
    found = [
        pytest.param(Case(folder / name, match[1], int(match[2])), id=name)
        for name in names
        if (match := pattern.fullmatch(name))
    ]
    if not found:
        reason = f"no reference outputs of {model}{kind}; set VSUMBENCH_GOLDEN or VSUMBENCH_SHARED"
        found = [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))]
    return pytest.mark.parametrize("case", found)


def inputs(steps: int, width: int, stream: int = 0) -> Tensor:
    """(steps, width): 0.3 |z|."""
    draw = np.random.default_rng([20240101, stream, steps, width]).standard_normal((steps, width))
    return torch.from_numpy((0.3 * np.abs(draw)).astype(np.float32))


def trace_target(steps: int) -> Tensor:
    """(steps,): what the three steps of Adam learn."""
    return torch.from_numpy(np.random.default_rng([99, steps]).random(steps).astype(np.float32))


def is_filled(key: str) -> bool:
    """Whether the rule makes this tensor; others stay as they are constructed."""
    return not key.endswith("num_batches_tracked") and key != "Positional_encoding_op.pe"


@functools.cache
def filled(key: str, shape: tuple[int, ...], inputs_first: bool = False) -> Tensor:
    """A tensor by the weight rule."""
    n = np.random.default_rng(zlib.crc32(key.encode("utf-8"))).standard_normal(shape)
    last = key.rpartition(".")[2]
    if last == "running_var":
        n = 1 + 0.1 * np.abs(n)
    elif last == "running_mean":
        n = 0.02 * n
    elif len(shape) == 1 and last in ("weight", "gamma"):
        n = 1 + 0.1 * n
    elif len(shape) == 1 or key == "CLS":
        n = 0.02 * n
    elif len(shape) == 4:
        n = n * np.sqrt(2 / prod(shape[1:]))
    else:
        n = n / np.sqrt(shape[0] if inputs_first else prod(shape[1:]))
    return torch.from_numpy(np.asarray(n, dtype=np.float32))


def close(found: Tensor, expected: Any, tolerance: float) -> None:
    """Fail with the largest difference unless it is within the tolerance."""
    mine = found.detach().double().numpy()
    theirs = np.asarray(expected, dtype=np.float64)
    assert mine.shape == theirs.shape
    worst = float(np.abs(mine - theirs).max())
    assert worst <= tolerance, f"differs by {worst:.2e}"
