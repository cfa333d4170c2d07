"""Weights of a network by path: found, and loaded whole or refused by the name of what is wrong."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vsumbench.data import damaged
from vsumbench.data.digests import sha256_file_kept
from vsumbench.data.weights import weights_root
from vsumbench.data.weights_import import is_pickle
from vsumbench.errors import DataDamagedError, UnavailableError

if TYPE_CHECKING:
    from torch import nn

AGAIN = "Get the file again, or name one of this network."


@dataclass(frozen=True)
class WeightsFile:
    """One file of weights."""

    path: Path

    def sha256(self) -> str:
        """Digest of the file as it is now.

        Raises:
            DataMissingError: it is gone.
        """
        return sha256_file_kept(self.path)


def find_safetensors(argument: str) -> WeightsFile:
    """The safetensors file of this path, else of this name below the weights root.

    Raises:
        UnavailableError: there is none, or it is a pickle; the hint converts it.
    """
    return _find(argument, ".safetensors")


def find_npz(argument: str) -> WeightsFile:
    """The npz file of this path, else of this name below the weights root.

    Raises:
        UnavailableError: there is none.
    """
    return _find(argument, ".npz")


def _find(argument: str, suffix: str) -> WeightsFile:
    given = Path(argument).expanduser()
    path = next((place for place in (given, weights_root() / given) if place.is_file()), None)
    if path is None:
        raise UnavailableError(
            f"the weights file {argument!r} is not here, and not below {weights_root()} either.",
            f"Put the path of a {suffix} file into the brackets.",
        )
    if path.suffix.lower() == suffix:
        return WeightsFile(path)
    if suffix == ".safetensors" and is_pickle(path.name):
        raise UnavailableError(
            f"{path} is a pickle, which is not read.",
            f"If you trust it, convert it once: {_conversion(path)}.",
        )
    raise UnavailableError(
        f"{path} is no {suffix} file.", f"Put the path of a {suffix} file into the brackets."
    )


def _conversion(path: Path) -> str:
    target = path.with_suffix(".safetensors")
    code = (
        "import torch; from safetensors.torch import save_file; "
        f"save_file({{k: v.clone() for k, v in torch.load({str(path)!r}, weights_only=True).items()}}, "
        f"{str(target)!r})"
    )
    return f"`{shlex.join(['python', '-c', code])}`"


def load_whole(
    network: nn.Module, file: WeightsFile, *, left_out: Iterable[str] = (), may_lack: Iterable[str] = ()
) -> None:
    """Fill a network from a safetensors file: every parameter, of its shape, and nothing unknown.

    Args:
        network: what is filled.
        file: where the parameters are.
        left_out: beginnings of names in the file that are of no use here.
        may_lack: ends of names that the file need not have.

    Raises:
        DataDamagedError: a file that cannot be read; a name that is missing or unknown; another shape; a type
            that is not floating point; values that are not finite.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = file.path
    try:
        found = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise damaged(path, "", "a whole safetensors file", error, AGAIN) from None
    found = {name: tensor for name, tensor in found.items() if not name.startswith(tuple(left_out))}
    wanted = network.state_dict()
    lacking = [name for name in wanted if name not in found and not name.endswith(tuple(may_lack))]
    if lacking:
        raise _wrong(path, lacking, "is missing", len(wanted))
    unknown = [name for name in found if name not in wanted]
    if unknown:
        raise _wrong(path, unknown, "is unknown", len(wanted))
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape:
            raise damaged(
                path, name, f"shape {tuple(wanted[name].shape)}", f"shape {tuple(tensor.shape)}", AGAIN
            )
        if wanted[name].is_floating_point() != tensor.is_floating_point():
            raise damaged(path, name, f"dtype {wanted[name].dtype}", f"dtype {tensor.dtype}", AGAIN)
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise damaged(path, name, "finite numbers", "NaN or infinity", AGAIN)
    network.load_state_dict(found, strict=False)


def _wrong(path: Path, names: list[str], what: str, wanted: int) -> DataDamagedError:
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return damaged(
        path, "", f"the {wanted} tensors of this network", f"that {names[0]!r} {what}{more}", AGAIN
    )
