"""A backbone filled from files: built without memory, then each tensor put where it belongs.

No second copy of the weights exists at any time: a tensor is read, given its type, moved, and takes the place
of its empty namesake.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import dispatch_model, infer_auto_device_map, init_empty_weights
from accelerate.utils import get_max_memory
from torch import Tensor, nn

from vsumbench.errors import MismatchError, UnavailableError

from .backbone import Backbone
from .config import BackboneConfig
from .shards import opened

Load = Literal["full", "sharded", "8bit"]
FROZEN = ("vision.", "image_queries", "image_qformer.", "language.")
"""How the names of those parameters begin that neither Video-LLaMA nor an adapter method trains."""
_LANGUAGE = "language."
_EIGHT_BIT_THRESHOLD = 6.0


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a backbone goes, and in which types.

    Attributes:
        load: `full` puts all of it on `device`; `sharded` spreads the layers of the language model over every
            accelerator there is, and over the CPU's memory where these are full; `8bit` keeps the linear
            layers of the language model in 8 bits (bitsandbytes).
        device: of everything, but for what `sharded` spreads.
        dtype: type of the parameters the branch trains, and of all others where `frozen` is None.
        frozen: type of the frozen ones.
        positions: rows of the frame position table; more than are stored are interpolated. None for as many
            as are stored.
        only: how the names of those parameters begin that are read, where not all are needed; the others stay
            without memory.
    """

    load: Load = "full"
    device: str = "cpu"
    dtype: torch.dtype = torch.float32
    frozen: torch.dtype | None = None
    positions: int | None = None
    only: tuple[str, ...] = ()

    def type_of(self, name: str) -> torch.dtype:
        """The type of a parameter of this name."""
        return self.frozen if self.frozen is not None and name.startswith(FROZEN) else self.dtype


FULL = Placement()


def filled(config: BackboneConfig, files: Sequence[Path], placement: Placement) -> Backbone:
    """A frozen backbone in evaluation mode.

    Args:
        config: sizes of what the files hold.
        files: safetensors; names and shapes have been compared with the sizes.

    Raises:
        UnavailableError: bitsandbytes is not there.
        MismatchError: the device has too little memory.
        DataDamagedError: a file is not whole.
    """
    # Buffers follow from formulas and are computed; nothing is drawn, so torch's generator is left alone.
    with torch.random.fork_rng(devices=[]), init_empty_weights(include_buffers=False):
        backbone = Backbone(config)
    backbone.requires_grad_(False)
    if placement.load == "full":
        _refuse_too_large(backbone, placement)
    places: Mapping[str, Any] = {"": placement.device}
    if placement.load == "8bit":
        backbone.language = _with_8bit_layers(backbone.language, placement)
    elif placement.load == "sharded":
        places = device_map(backbone, placement)
    for path in files:
        with opened(path) as file:
            for name in file.keys():  # noqa: SIM118
                if placement.only and not name.startswith(placement.only):
                    continue
                _put(backbone, name, file.get_tensor(name), placement, places)
    if placement.positions is not None and placement.positions > len(backbone.frame_positions):
        extend_positions(backbone, placement.positions)
    for buffer_owner in backbone.modules():
        for name, buffer in buffer_owner.named_buffers(recurse=False):
            if placement.load != "sharded":
                setattr(buffer_owner, name, buffer.to(placement.device))
    if placement.load == "sharded":
        dispatch_model(backbone.language, _below(places, _LANGUAGE), main_device=_main(placement))
    return backbone.eval()


def extend_positions(backbone: Backbone, rows: int) -> None:
    """Give the frame position table more rows: first and last stay, the others lie evenly between (linear).

    Raises:
        MismatchError: the table has more rows than that.
    """
    table = backbone.frame_positions
    if rows < len(table):
        raise MismatchError(
            f"the frame position table has {len(table)} rows; {rows} were asked for.", "Leave it as it is."
        )
    longer = nn.functional.interpolate(
        table.detach().T[None].float(), size=rows, mode="linear", align_corners=True
    )[0].T
    backbone.frame_positions = nn.Parameter(
        longer.to(table.dtype).contiguous(), requires_grad=table.requires_grad
    )
    backbone.config = backbone.config.with_positions(rows)


def device_map(
    backbone: Backbone, placement: Placement, memory: Mapping[int | str, int] | None = None
) -> dict[str, Any]:
    """Name of a part → where it goes: everything on the main device, but for layers of the language model.

    Args:
        memory: device → bytes that may be used; what is free, where nothing is given.
    """
    main = _main(placement)
    free = dict(get_max_memory() if memory is None else memory)
    others = sum(
        tensor.numel() * placement.type_of(name).itemsize
        for name, tensor in backbone.named_parameters()
        if not name.startswith(_LANGUAGE)
    )
    if main in free:
        free[main] = max(free[main] - others, 0)
    layers = infer_auto_device_map(
        backbone.language,
        max_memory=free,
        no_split_module_classes=["LlamaDecoderLayer"],
        dtype=placement.type_of(_LANGUAGE),
    )
    return {"": main} | {f"{_LANGUAGE}{name}".rstrip("."): place for name, place in layers.items()}


def _refuse_too_large(backbone: Backbone, placement: Placement) -> None:
    """Refuse what an accelerator cannot hold, before a minute is spent on reading it.

    Raises:
        MismatchError: how much it is, how much is free, and what takes less.
    """
    if not placement.device.startswith("cuda"):
        return
    needed = size_of(backbone, placement)
    free = torch.cuda.mem_get_info(placement.device)[0]
    if needed > free:
        raise MismatchError(
            f"the backbone takes {needed / 2**30:.1f} GiB; {placement.device} has {free / 2**30:.1f} free.",
            "Use --dtype bfloat16, which halves it, or the option load=sharded or load=8bit.",
        )


def size_of(backbone: Backbone, placement: Placement) -> int:
    """Bytes of the parameters that are read, in the types they get."""
    return sum(
        tensor.numel() * placement.type_of(name).itemsize
        for name, tensor in backbone.named_parameters()
        if not placement.only or name.startswith(placement.only)
    )


def _main(placement: Placement) -> int | str:
    device = torch.device(placement.device)
    return device.type if device.index is None and device.type == "cpu" else (device.index or 0)


def _below(places: Mapping[str, Any], beginning: str) -> dict[str, Any]:
    inside = {
        name.removeprefix(beginning): place for name, place in places.items() if name.startswith(beginning)
    }
    return inside or {"": places.get(beginning.rstrip("."), places[""])}


def _put(
    backbone: Backbone, name: str, tensor: Tensor, placement: Placement, places: Mapping[str, Any]
) -> None:
    place = places[max((part for part in places if _covers(part, name)), key=len)]
    # A copy of its own, so that the file may go.
    own = tensor.to(device=place, dtype=placement.type_of(name), copy=True)
    owner, _, last = name.rpartition(".")
    module = backbone.get_submodule(owner)
    old = getattr(module, last)
    if type(old) is nn.Parameter:
        setattr(module, last, nn.Parameter(own, requires_grad=False))
    else:
        # bitsandbytes quantises a parameter of its own class when it is moved.
        setattr(module, last, type(old)(own.cpu(), requires_grad=False, **old.__dict__).to(place))


def _covers(part: str, name: str) -> bool:
    return not part or name == part or name.startswith(f"{part}.")


def _with_8bit_layers(language: Any, placement: Placement) -> Any:
    if importlib.util.find_spec("bitsandbytes") is None:
        raise UnavailableError(
            "load=8bit needs bitsandbytes, which is not installed.",
            "Install it with `pip install bitsandbytes`, or use load=full or load=sharded.",
        )
    from transformers import BitsAndBytesConfig
    from transformers.integrations.bitsandbytes import replace_with_bnb_linear

    kind: Any = BitsAndBytesConfig
    settings = kind(load_in_8bit=True, llm_int8_threshold=_EIGHT_BIT_THRESHOLD)
    return replace_with_bnb_linear(language, ["lm_head"], settings)
