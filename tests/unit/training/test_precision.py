"""Autocast, devices and what a training leaves behind in its process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from learners import Example, Lesson, Net, adam, context, examples, squared
from torch import nn

from vsumbench.errors import MismatchError
from vsumbench.testing.interrupting import StepCounter, Stopped
from vsumbench.training.loop import Loss, train
from vsumbench.training.recipe import Recipe

RECIPE = Recipe(epochs=2, batch_size=5)


def computed_in(folder: Path, dtype: str) -> tuple[set[torch.dtype], Lesson]:
    """The dtypes of a linear layer's output while training, and the lesson."""
    seen: set[torch.dtype] = set()

    def watched(module: nn.Module, batch: Sequence[Example]) -> Loss:
        assert isinstance(module, Net)
        hook = module.first.register_forward_hook(lambda layer, inputs, output: seen.add(output.dtype))
        found = squared(module, batch)
        hook.remove()
        return found

    lesson = Lesson(folder, RECIPE, dtype=dtype, loss=watched)
    lesson.run()
    return seen, lesson


def test_bfloat16_computes_in_bfloat16_and_keeps_the_weights_in_float32(tmp_path: Path) -> None:
    seen, lesson = computed_in(tmp_path, "bfloat16")
    assert seen == {torch.bfloat16}
    assert {p.dtype for p in lesson.module.parameters()} == {torch.float32}
    assert "forward" not in vars(lesson.module)


def test_dtypes_follow_each_other_in_one_process(tmp_path: Path) -> None:
    seen = [
        computed_in(tmp_path / str(number), dtype)[0]
        for number, dtype in enumerate(["float32", "bfloat16", "float32"])
    ]
    assert seen == [{torch.float32}, {torch.bfloat16}, {torch.float32}]


def test_float64_is_not_rounded_on_the_way(tmp_path: Path) -> None:
    net = Net().double()
    train(
        net,
        adam(net),
        examples(dtype=torch.float64),
        squared,
        RECIPE,
        context(tmp_path, StepCounter(), dtype="float64"),
    )
    assert {p.dtype for p in net.parameters()} == {torch.float64}
    assert not torch.equal(net.last.weight, net.last.weight.float().double())


def test_the_callers_generator_settings_and_rates_are_as_before(tmp_path: Path) -> None:
    net = Net(dropout=0.5)
    optimizer = adam(net, 0.125)
    torch.manual_seed(11)
    state, settings = torch.get_rng_state(), torch.are_deterministic_algorithms_enabled()
    environment = dict(os.environ)
    with pytest.raises(Stopped):
        train(net, optimizer, examples(), squared, RECIPE, context(tmp_path, StepCounter(stop_at=2)))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.are_deterministic_algorithms_enabled() == settings
    assert dict(os.environ) == environment
    assert [group["lr"] for group in optimizer.param_groups] == [0.125]
    assert all(p.grad is None for p in net.parameters())


def test_settings_somebody_else_gave_accelerate_are_as_before(tmp_path: Path) -> None:
    from accelerate import Accelerator

    aside = [dict(borg._shared_state) for borg in (PartialState, AcceleratorState)]
    try:
        mine = Accelerator(cpu=True, mixed_precision="bf16")
        Lesson(tmp_path, RECIPE).run()
        assert mine.mixed_precision == "bf16" and PartialState().device.type == "cpu"
    finally:
        for borg, state in zip((PartialState, AcceleratorState), aside, strict=True):
            borg._shared_state.clear()
            borg._shared_state.update(state)


@pytest.mark.parametrize("device", ["cuda:1", "mps"])
def test_a_single_device_is_not_shared_by_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    net = Net()
    with pytest.raises(MismatchError, match="several processes cannot train on device"):
        train(net, adam(net), examples(), squared, RECIPE, context(tmp_path, StepCounter(), device=device))


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_cuda_device_learns_what_the_cpu_learns(tmp_path: Path, dtype: str) -> None:
    def on_its_device(module: nn.Module, batch: Sequence[Example]) -> Loss:
        device = next(module.parameters()).device
        return squared(module, [(inputs.to(device), targets.to(device)) for inputs, targets in batch])

    last = f"cuda:{torch.cuda.device_count() - 1}"
    ended = {}
    for device in ("cpu", last):
        net = Net()
        report = train(
            net,
            adam(net),
            examples(),
            on_its_device,
            RECIPE,
            context(tmp_path / device, StepCounter(), device=device, dtype=dtype),
        )
        assert str(next(net.parameters()).device) == device
        ended[device] = report.history[-1]["loss"]
    assert ended[last] == pytest.approx(ended["cpu"], rel=1e-5 if dtype == "float32" else 2e-2)
