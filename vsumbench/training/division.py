"""Who computes what: epochs into steps, steps into micro-batches, micro-batches over processes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from vsumbench.contracts import Seeds

from .recipe import Recipe


def steps_per_epoch(examples: int, recipe: Recipe) -> int:
    """Steps of one epoch; the last one may be smaller than the others, and nothing is dropped."""
    return math.ceil(examples / recipe.batch_size)


def batches(examples: int, epoch: int, recipe: Recipe, seeds: Seeds) -> list[list[int]]:
    """The indices of each step of an epoch, in an order that depends on the seeds and the epoch alone."""
    order = [int(index) for index in seeds.child("order", epoch).generator().permutation(examples)]
    return [order[begin : begin + recipe.batch_size] for begin in range(0, examples, recipe.batch_size)]


def micro_batches(
    batch: Sequence[int], recipe: Recipe, *, process: int, processes: int
) -> Iterator[tuple[int, Sequence[int]]]:
    """The numbered micro-batches of a step that one process computes.

    A step is cut into `accumulation` parts, rounded up to a multiple of `processes`, whose sizes differ by at
    most one, the larger ones first; part i goes to process `i % processes`. So the parts, with their numbers,
    are the same for any number of processes that divides `accumulation`. Empty parts are left out: a process
    may get none.
    """
    parts = math.ceil(recipe.accumulation / processes) * processes
    size, larger = divmod(len(batch), parts)
    for part in range(process, parts, processes):
        begin = part * size + min(part, larger)
        chosen = batch[begin : begin + size + (part < larger)]
        if chosen:
            yield part, chosen
