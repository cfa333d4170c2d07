"""How an epoch is cut into steps, micro-batches and the shares of processes."""

from __future__ import annotations

import json
import subprocess
import sys

from vsumbench.contracts import Seeds
from vsumbench.training.division import batches, micro_batches, steps_per_epoch
from vsumbench.training.recipe import Recipe


def recipe(batch_size: int, accumulation: int = 1) -> Recipe:
    return Recipe(epochs=1, batch_size=batch_size, accumulation=accumulation)


def parts(batch: list[int], accumulation: int, processes: int) -> dict[int, list[int]]:
    """Micro-batches by number, from all processes."""
    return {
        number: [*indices]
        for process in range(processes)
        for number, indices in micro_batches(
            batch, recipe(8, accumulation), process=process, processes=processes
        )
    }


def test_every_example_comes_once_an_epoch_and_the_last_step_takes_the_rest() -> None:
    found = batches(10, 1, recipe(4), Seeds(0))
    assert [len(batch) for batch in found] == [4, 4, 2]
    assert steps_per_epoch(10, recipe(4)) == 3
    assert sorted(index for batch in found for index in batch) == [*range(10)]


def test_each_epoch_has_its_own_order_and_always_the_same() -> None:
    first, second = (batches(10, epoch, recipe(4), Seeds(0)) for epoch in (1, 2))
    assert first != second
    assert first == batches(10, 1, recipe(4), Seeds(0))
    assert first != batches(10, 1, recipe(4), Seeds(1))


def test_micro_batches_differ_by_one_at_most() -> None:
    assert parts([*range(7)], 3, 1) == {0: [0, 1, 2], 1: [3, 4], 2: [5, 6]}


def test_the_micro_batches_do_not_depend_on_how_many_processes_share_them() -> None:
    assert parts([*range(7)], 4, 1) == parts([*range(7)], 4, 2) == parts([*range(7)], 4, 4)


def test_every_process_gets_a_share_even_without_accumulation() -> None:
    assert parts([*range(5)], 1, 2) == {0: [0, 1, 2], 1: [3, 4]}


def test_a_process_may_get_nothing_of_a_small_step_and_the_first_one_never() -> None:
    assert parts([9], 1, 3) == {0: [9]}
    assert [*micro_batches([9], recipe(8), process=2, processes=3)] == []


def test_what_a_spec_may_hold_imports_neither_torch_nor_numpy() -> None:
    modules = ("recipe", "schedule", "division", "course", "selection")
    statement = "; ".join(f"import vsumbench.training.{module}" for module in modules)
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "vsumbench" in found and found.isdisjoint({"torch", "numpy", "accelerate", "safetensors"})
