"""New modules with weights of their own seeds. Public to plugins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from vsumbench.contracts import Seeds


@contextmanager
def drawn_from(seeds: Seeds) -> Iterator[None]:
    """What is drawn on the CPU comes from these seeds; torch's global generator is left as it was.

    Of the CPU alone: `torch.manual_seed` would reseed every other device too.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seeds.integer())
        yield
