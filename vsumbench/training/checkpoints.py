"""Checkpoints on disk: numbered folders of safetensors and JSON, each there as a whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import safetensors
import safetensors.torch
from torch import Tensor

from vsumbench.errors import DataDamagedError, MismatchError

STATE = "state.json"
WEIGHTS = "weights.safetensors"
OPTIMIZER = "optimizer.safetensors"


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one stage of training, in folders named by the steps that were finished.

    A folder is written beside, flushed to disk and renamed, so a kill at any instant leaves whole folders
    and, perhaps, one with a leading dot that nothing looks at. The one with the highest number counts. Others
    are removed after it is there, but for the one that holds the best weights so far.
    """

    folder: Path

    @classmethod
    def of_stage(cls, checkpoints: Path, stage: str) -> Checkpoints:
        """Those of a stage, below a fold's folder of checkpoints."""
        return cls(checkpoints / (quote(stage, safe=" ").replace(".", "%2E") or "%"))

    def latest(self) -> int | None:
        """Steps finished in the latest checkpoint, or None if there is none."""
        steps = [int(entry.name) for entry in self.folder.glob("*") if entry.name.isdigit()]
        return max(steps, default=None)

    def write(
        self,
        step: int,
        state: Mapping[str, Any],
        weights: Mapping[str, Tensor],
        optimizer: Mapping[str, Tensor],
        *,
        best: int | None,
    ) -> None:
        """Write the checkpoint of `step`, then remove those that neither it nor `best` needs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{step}.tmp"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        _write(beside / WEIGHTS, safetensors.torch.save(dict(weights)))
        _write(beside / OPTIMIZER, safetensors.torch.save(dict(optimizer)))
        _write(beside / STATE, json.dumps(state, sort_keys=True, allow_nan=False).encode())
        _flush_folder(beside)
        beside.rename(self._of(step))
        _flush_folder(self.folder)
        needed = {self._of(number) for number in (step, best) if number is not None}
        for entry in self.folder.iterdir():
            if entry not in needed:
                shutil.rmtree(entry, ignore_errors=True)
        if best is not None and best != step:
            # Of the best, only its weights will be asked for.
            (self._of(best) / OPTIMIZER).unlink(missing_ok=True)

    def state(self, step: int) -> dict[str, Any]:
        """What `write` was given."""
        path = self._of(step) / STATE
        try:
            state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from error
        return state

    def weights(self, step: int) -> dict[str, Tensor]:
        """The weights of a checkpoint, on the CPU."""
        return _read(self._of(step) / WEIGHTS)

    def optimizer(self, step: int) -> dict[str, Tensor]:
        """The optimizer's tensors of a checkpoint, on the CPU."""
        return _read(self._of(step) / OPTIMIZER)

    def refuse_foreign(self, step: int, belongs: Mapping[str, Any]) -> None:
        """Refuse the checkpoint of another training: to go on would be neither one nor the other.

        It is not removed either, because it may be hours of somebody's work in a folder named by mistake.

        Raises:
            MismatchError: the first thing that differs, with both values.
        """
        found = _difference(self.state(step).get("belongs"), json.loads(json.dumps(belongs)))
        if found:
            raise MismatchError(
                f"the checkpoint in {self.folder} belongs to another training: {found}.",
                "Remove that folder to train from the start, or use another one.",
            )

    def _of(self, step: int) -> Path:
        return self.folder / f"{step:08d}"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(path: Path) -> None:
    """Make names durable too; where folders cannot be opened, the system does so in its own time."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataDamagedError:
    return DataDamagedError(
        f"the checkpoint file {path} cannot be read ({' '.join(str(error).split())}).",
        f"Remove {path.parent.parent} to train from the start.",
    )


def _difference(there: Any, here: Any, where: str = "") -> str:
    """The first place where two JSON values differ, in words, or the empty string."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted(there.keys() | here.keys()):
            if key not in here or key not in there:
                return f"{where}{key} is only {'there' if key in there else 'here'}"
            if found := _difference(there[key], here[key], f"{where}{key}."):
                return found
        return ""
    return "" if there == here else f"{where.rstrip('.')} is {there!r} there and {here!r} here"
