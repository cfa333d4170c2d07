"""Counting a model's parameters without allocating them: it is built on torch's meta device."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.errors import MismatchError, PluginError, VsumbenchError

if TYPE_CHECKING:
    from vsumbench.contracts import Context, ModelSpec
    from vsumbench.plugins import Plugins


def count_parameters(
    plugins: Plugins, spec: ModelSpec, options: Any, preset: str = ""
) -> Mapping[str, tuple[int, int]]:
    """Part → (total, trainable) of the model built with these options.

    Raises:
        MismatchError: the model does not say how large it is.
        UnavailableError: a package it needs is not installed.
        PluginError: it cannot be built this way.
    """
    from vsumbench.contracts import CountsParameters

    what = f"model {spec.id!r}"
    build = plugins.builder(spec)
    with tempfile.TemporaryDirectory(prefix="vsumbench-info-") as folder, _meta_device():
        try:
            model = build(options, _context(plugins, options, Path(folder), preset))
            if not isinstance(model, CountsParameters):
                raise MismatchError(f"{what} does not count its parameters.", "It may have none.")
            return {str(part): (int(total), int(live)) for part, (total, live) in model.parameters().items()}
        except VsumbenchError:
            raise
        except Exception as error:
            text = (str(error).splitlines() or [""])[0]
            raise PluginError(
                f"{what} cannot be built on the meta device: {type(error).__name__}: {text}",
                "Its `parameters()` should work without weights; see docs/reference/contracts.md.",
            ) from error


@contextlib.contextmanager
def _meta_device() -> Iterator[None]:
    if find_spec("torch") is None:
        yield
        return
    import torch

    with torch.device("meta"):
        yield


def _context(plugins: Plugins, options: Any, folder: Path, preset: str) -> Context:
    """A context to build with, not to run: what a model requires is built the same way."""
    from vsumbench.config.options import required_options
    from vsumbench.running.contexts import outside_a_run
    from vsumbench.running.encoders import build_encoder

    def model(name: str) -> Any:
        spec = plugins.model(name)
        own = required_options(spec, preset).options
        return plugins.builder(spec)(own, _context(plugins, own, folder, preset))

    def metric(name: str) -> Any:
        return plugins.load(plugins.metric(name).implementation, what=f"metric {name!r}")

    def encoder(name: str) -> Any:
        return build_encoder(plugins, name, _context(plugins, None, folder, preset))

    return outside_a_run("meta", folder, options=options, model=model, metric=metric, encoder=encoder)
