"""Several processes for one run, as `torchrun` starts them: the first leads, the others join its trainings.

The first process makes the run as if it were alone. Whenever it is about to train a fold, it calls the
others; they train along and return to waiting. What they are told goes through the launcher's store, not
through the process group, so that a call never meets a collective of a training that failed. Without
`torchrun` nothing here does anything, and torch is not imported.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, NoReturn

from vsumbench.errors import RunFailedError, UnavailableError

NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
LONG = timedelta(days=30)
"""The others wait this long for the first one's next word; when a process ends, the launcher ends all."""
PATIENCE = 20.0
"""Seconds the others give the first process to say why it ends. The launcher ends them as soon as it has."""
_FAILURE = "vsumbench/failure"
_hidden: dict[str, str] = {}
_store: Any = None
_words = 0


def rank() -> int:
    """The number of this process, 0 for the one that leads."""
    return _launched("RANK", 0) if world() > 1 else 0


def world() -> int:
    """How many processes were started together; 1 without `torchrun`."""
    return _launched("WORLD_SIZE", 1)


@contextmanager
def leading() -> Iterator[None]:
    """Around a whole run: however it ends, the other processes end too.

    Outside of `together` this process is alone, and its environment says so: a model or a maker of weights
    that trains on its own account would wait for the others forever.
    """
    if world() == 1:
        yield
        return
    _meeting()
    _hidden.update({name: os.environ.pop(name) for name in NAMES if name in os.environ})
    end = "failed"
    try:
        yield
        end = "done"
    finally:
        os.environ.update(_hidden)
        with suppress(Exception):  # The launcher ends the others too, only later.
            _say({"end": end})


@contextmanager
def together(fold: str, device: str) -> Iterator[None]:
    """Around the training of a fold: the other processes are called to it.

    Raises:
        RunFailedError: what stopped one of them, in place of the broken connection that shows here.
    """
    if world() == 1:
        yield
        return
    _say({"fit": fold, "device": device})
    os.environ.update(_hidden)
    try:
        with _group(device):
            yield
    except Exception as error:
        if isinstance(error.__cause__ or error, RuntimeError) and _meeting().check([_FAILURE]):
            raise RunFailedError(_meeting().get(_FAILURE).decode()) from error
        raise
    finally:
        for name in _hidden:
            os.environ.pop(name, None)


@contextmanager
def joining() -> Iterator[Iterator[str]]:
    """In the other processes: the folds to train, until the first process is done.

    Their failure is told to the first one, which says it; only if that one cannot, it is said here. A
    connection that broke because the first process failed is no news.

    Raises:
        SystemExit: something failed, here or in the first process.
    """
    folds = _folds()
    try:
        yield folds
    except Exception as error:
        if not _ended(within=1.0):
            text = " ".join(str(error).split()) or type(error).__name__
            text = f"process {rank()} of {world()}: {text}"
            _meeting().set(_FAILURE, text)
            # The first process meets the closed group and finds the reason.
            folds.close()
            if not _ended(within=PATIENCE):
                print(f"vsumbench: {text}", file=sys.stderr, flush=True)
                raise SystemExit(1) from error
        _give_way()


def _folds() -> Generator[str, None, None]:
    global _words
    while True:
        _meeting().wait([_key(_words)], LONG)
        word: dict[str, str] = json.loads(_meeting().get(_key(_words)))
        _words += 1
        if word.get("end") == "failed":
            _give_way()
        if "end" in word:
            return
        with _group(word["device"]):
            yield word["fit"]


def _ended(within: float) -> bool:
    """Whether the first process said its last word, or does so within some seconds."""
    until = time.monotonic() + within
    while not _meeting().check([_key(_words)]):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _give_way() -> NoReturn:
    """Leave it to the first process to say what happened: whoever ends first makes the launcher end all."""
    time.sleep(PATIENCE)
    raise SystemExit(1)


def _say(word: dict[str, str]) -> None:
    global _words
    _meeting().set(_key(_words), json.dumps(word))
    _words += 1


def _key(number: int) -> str:
    return f"vsumbench/word/{number}"


def _launched(name: str, default: int) -> int:
    return int(_hidden.get(name) or os.environ.get(name) or default)


def _meeting() -> Any:
    """The store all processes share."""
    global _store
    if _store is None:
        try:
            from torch.distributed.rendezvous import rendezvous
        except ImportError:
            raise UnavailableError(
                f"{world()} processes were started for one run, which needs torch.",
                "Install the extra `train`, or start one process.",
            ) from None
        _store, _, _ = next(iter(rendezvous("env://")))
    return _store


@contextmanager
def _group(device: str) -> Iterator[None]:
    """A process group for one training: gloo, and nccl for what lies on CUDA devices."""
    import torch
    from torch.distributed.distributed_c10d import PrefixStore

    backend = "gloo"
    if device.startswith("cuda"):
        backend = "cpu:gloo,cuda:nccl"
        torch.cuda.set_device(_launched("LOCAL_RANK", 0) % torch.cuda.device_count())
    store = PrefixStore(f"vsumbench/group/{_words}", _meeting())
    torch.distributed.init_process_group(backend, store=store, rank=rank(), world_size=world(), timeout=LONG)
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()
