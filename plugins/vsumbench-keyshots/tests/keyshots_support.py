"""Models built with given options, and their networks with official weights."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from keyshots_golden import Case, trace_target
from torch import Tensor, nn
from vsumbench_keyshots.shared.scorer import FrameScorer

from vsumbench.config.options import compose_options
from vsumbench.contracts import Context, Folders, ModelSpec, Seeds, Selection
from vsumbench.importing import load_implementation
from vsumbench.training.official import official_state


class Quiet:
    """Progress that nobody watches."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Nothing."""


def refuse(name: str) -> Any:
    """No other plugin is there."""
    raise AssertionError(name)


def context(options: Any, folder: Path | None = None, **changes: Any) -> Context:
    """A context on the CPU."""
    folder = folder or Path(tempfile.gettempdir())
    given: dict[str, Any] = {
        "device": "cpu",
        "dtype": "float32",
        "seeds": Seeds(3),
        "folders": Folders(checkpoints=folder / "checkpoints", scratch=folder / "scratch"),
        "progress": Quiet(),
        "options": options,
        "selection": Selection.LAST_EPOCH,
        "validate": None,
        "annotations": None,
        "model": refuse,
        "metric": refuse,
        "encoder": refuse,
    }
    return Context(**given | changes)


def build(spec: ModelSpec, *overrides: str, variant: str = "", preset: str = "paper") -> FrameScorer[Any]:
    """The model of a spec."""
    composed = compose_options(
        spec,
        variant=spec.variant(variant) if variant else None,
        preset=spec.preset(preset),
        overrides=overrides,
    )
    build_one = load_implementation(spec.implementation, what=spec.id, extras=())
    model: FrameScorer[Any] = build_one(composed.options, context(composed.options))
    return model


def with_official(model: FrameScorer[Any], width: int, weights: dict[str, Tensor]) -> nn.Module:
    """The model's network on features of a width, filled under official names, in evaluation mode."""
    with torch.device("meta"):  # Nothing is drawn only to be replaced.
        network = model.network(width)
    state = official_state(network, model.keys(network), weights, model.left_out)
    network.load_state_dict({name: tensor.clone() for name, tensor in state.items()}, assign=True)
    return network.eval()


def three_steps(
    case: Case, model: FrameScorer[Any], network: nn.Module, features: list[Tensor], clip: float | None
) -> tuple[list[float], list[float]]:
    """Losses before three steps of the model's own optimizer, and gradient norms; dropout stays off."""
    losses, norms = [], []
    optimizer = model.optimizer(network)
    assert optimizer.param_groups[0]["weight_decay"] == case.expected["weight_decay"]
    optimizer.param_groups[0]["lr"] = case.expected["lr"]
    for _ in range(3):
        optimizer.zero_grad()
        total = torch.stack([(network(x) - trace_target(len(x))).square().mean() for x in features]).sum()
        total.backward()
        limit = float("inf") if clip is None else clip
        norms.append(float(nn.utils.clip_grad_norm_(network.parameters(), limit)))
        losses.append(float(total.detach()))
        optimizer.step()
    return losses, norms


def compare_trace(case: Case, losses: list[float], norms: list[float]) -> None:
    """The first step to a ten-thousandth; later ones to 2 %, since Adam turns tiny differences into steps."""
    stored = case.expected
    pairs = ((losses, stored["loss_before_each_step"]), (norms, stored["grad_norm_before_clip"]))
    for found, expected in pairs:
        assert abs(found[0] / expected[0] - 1) < 1e-4
        for one, other in zip(found[1:], expected[1:], strict=True):
            assert abs(one / other - 1) < 0.02
