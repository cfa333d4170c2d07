"""The paper's objectives as options: which tensors they penalise, and that decay is the term."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import Bench, options_of, samples, stir
from torch import Tensor
from vsumbench_milora.milora.learning import CaptionLoss, optimizer_of, penalty
from vsumbench_milora.milora.model import Milora
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch
from vsumbench_milora.video_llama.teaching import examples_of

PROMPT, TEXT = Prompt((1, 4), (5, 20)), TextBatch.of([(30, 31, 2), (40, 41, 42, 2)], 0)
WEIGHTS = {"lambda_t": 0.01, "lambda_s": 0.03, "lambda_reg": 0.02}
OBJECTIVES = {
    "eq5": {"A": (0.02, 0.02), "B": (0.02, 0.02)},
    "eq12": {"A": (0.01, 0.03), "B": (0.01, 0.03)},
    "eq12+alpha": {"A": (0.01, 0.03), "B": (0.01, 0.03), "expert_alpha": (0.01, 0.03)},
    "eq16": {"A": (0.02, 0.02), "B": (0.02, 0.02), "expert_alpha": (0.02, 0.02)},
}
"""Objective → tensor → its weight on temporal and on spatial experts, read off the paper."""


def term(model: Any, objective: str) -> Tensor:
    """The objective's regulariser as printed, differentiable."""
    total = torch.zeros(())
    for name, parameter in model.named_parameters():
        for tensor, (temporal, spatial) in OBJECTIVES[objective].items():
            if f".lora_{tensor}." in name:
                weight = temporal if "video_qformer" in name else spatial
                total = total + weight * (parameter**2).sum()
    return total


def trained(model: Any, options: MiloraOptions, objective: str | None) -> dict[str, Tensor]:
    """The trainable tensors after two steps, with an objective added to the loss where one is named."""
    seen = model.get_base_model().front(torch.randn(2, 4, 3, 16, 16, generator=torch.manual_seed(1)))
    optimizer = optimizer_of(model, options)
    for _ in range(2):
        optimizer.zero_grad()
        total, _ = model(seen, PROMPT, TEXT)
        (total if objective is None else total + term(model, objective)).backward()
        optimizer.step()
    # A shift of all keys moves no softmax: its gradient is rounding, which Adam makes a whole step of.
    return {
        name: p.detach().clone()
        for name, p in model.named_parameters()
        if p.requires_grad and not name.endswith("alignment.modules_to_save.default.key.bias")
    }


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_decay_of_the_optimizer_is_the_objective_as_printed(
    adapted: Callable[..., Any], objective: str
) -> None:
    options = options_of(penalty=objective, learning_rate=1e-2, **WEIGHTS)
    none = replace(options, lambda_t=0.0, lambda_s=0.0, lambda_reg=0.0)
    found = []
    for given, added in ((options, None), (none, objective), (none, None)):
        model = adapted(alignment="a2summ-mask")
        stir(model)
        found.append(trained(model, given, added))
    decayed, explicit, without = found
    for name, value in decayed.items():
        torch.testing.assert_close(value, explicit[name], atol=1e-5, rtol=1e-4, msg=name)
    assert any(not torch.allclose(value, without[name], atol=1e-4) for name, value in decayed.items())


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_penalty_shown_is_that_of_the_objective(adapted: Callable[..., Any], objective: str) -> None:
    model = adapted(alignment="a2summ-mask")
    stir(model)
    options = options_of(penalty=objective, **WEIGHTS)
    torch.testing.assert_close(penalty(model, options), term(model, objective).detach())


def test_the_objectives_differ_where_they_are_printed_differently(adapted: Callable[..., Any]) -> None:
    model = adapted()
    stir(model)
    shown = {name: float(penalty(model, options_of(penalty=name, **WEIGHTS))) for name in OBJECTIVES}
    assert len({round(value, 6) for value in shown.values()}) == 4
    # Eq. 16 is eq. 12 with alpha where both branches have one weight; eq. 5 is eq. 12 there.
    alike = MiloraOptions(lambda_t=0.02, lambda_s=0.02, lambda_reg=0.02)
    for one, other in (("eq16", "eq12+alpha"), ("eq5", "eq12")):
        values = [float(penalty(model, replace(alike, penalty=name))) for name in (one, other)]  # type: ignore[arg-type]
        assert values[0] == pytest.approx(values[1])


def test_fusion_gate_and_alignment_have_no_penalty(adapted: Callable[..., Any]) -> None:
    model = adapted(alignment="a2summ-mask")
    optimizer = optimizer_of(model, options_of(penalty="eq16", **WEIGHTS))
    free = {id(p) for group in optimizer.param_groups if not group["weight_decay"] for p in group["params"]}
    names = {name for name, p in model.named_parameters() if id(p) in free}
    assert names == {
        name
        for name, p in model.named_parameters()
        if p.requires_grad and any(part in name for part in ("lora_gate", ".fusion.", ".alignment."))
    }


def test_uneven_use_of_experts_is_added_to_the_mean_over_tokens(weights: Path, tmp_path: Path) -> None:
    found = {}
    for coefficient in (0.0, 0.5):
        options = options_of(num_frames=2, top_k=1, balance_coef=coefficient)
        model = Milora(options, Bench(tmp_path, options).context())
        network, language = model._new()
        stir(network)
        loss = CaptionLoss(model._sight(network), language, options)
        network.train()
        one = loss(network, examples_of(samples(3)))
        one.total.backward()
        gates = [p.grad for name, p in network.named_parameters() if "lora_gate" in name and p.requires_grad]
        found[coefficient] = (float(one.total.detach()), one.items, float(one.parts["balance"]), gates)
    (plain, items, uneven, before), (total, _, again, after) = found[0.0], found[0.5]
    # Between 1, used evenly, and K = 4, one expert for everything.
    assert again == uneven and 1.0 <= uneven <= 4.0
    assert total - plain == pytest.approx(0.5 * items * uneven, rel=1e-4)
    assert any(not torch.allclose(one, other) for one, other in zip(before, after, strict=True))


def test_without_top_k_there_is_nothing_to_balance(weights: Path, tmp_path: Path) -> None:
    options = options_of(num_frames=2)
    model = Milora(options, Bench(tmp_path, options).context())
    network, language = model._new()
    shown = CaptionLoss(model._sight(network), language, options)(network.train(), examples_of(samples(2)))
    assert shown.parts.keys() == {"penalty"}
