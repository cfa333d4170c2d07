"""A context outside a run: to count a model's parameters, or to build an encoder that scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from vsumbench.contracts import Context, Folders, Seeds, Selection
from vsumbench.errors import MismatchError


class _Quiet:
    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Nobody watches."""


def _refuse(name: str) -> NoReturn:
    raise MismatchError(f"{name!r} was asked for in a context that has no other plugins.")


def outside_a_run(
    device: str,
    folder: Path,
    *,
    options: Any = None,
    model: Callable[[str], Any] = _refuse,
    metric: Callable[[str], Any] = _refuse,
    encoder: Callable[[str], Any] = _refuse,
) -> Context:
    """A context in float32 on a device, with `folder` to write to and nothing of a run; seed 0."""
    return Context(
        device=device,
        dtype="float32",
        seeds=Seeds(0),
        folders=Folders(checkpoints=folder, scratch=folder),
        progress=_Quiet(),
        options=options,
        selection=Selection.LAST_EPOCH,
        validate=None,
        annotations=None,
        model=model,
        metric=metric,
        encoder=encoder,
    )
