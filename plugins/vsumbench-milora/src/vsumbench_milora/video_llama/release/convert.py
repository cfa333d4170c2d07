"""The released checkpoint into a folder this version reads: `backbone.json`, shards, tokenizer.

`vsumbench weights import` calls it. Tensors keep the type they are published in.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data.weights import in_mebibytes
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench_milora.video_llama.checkpoint import load_tokenizer, write_config
from vsumbench_milora.video_llama.config import PAPER_7B, PAPER_13B, BackboneConfig
from vsumbench_milora.video_llama.counting import empty_backbone
from vsumbench_milora.video_llama.shards import SHARD_BYTES, write_shards

from .files import Entry
from .layout import find
from .names import block_of, is_left_out, source_of
from .sizes import grid, sizes_of

AGAIN = "Get the files again from where they are published."


def convert_7b(source: Path, folder: Path, progress: ProgressCallback | None = None) -> None:
    """Convert a checkpoint with a language model of 7B.

    Raises:
        As `convert`; MismatchError also for a checkpoint of another size.
    """
    convert(source, folder, progress, expected=PAPER_7B)


def convert_13b(source: Path, folder: Path, progress: ProgressCallback | None = None) -> None:
    """Convert a checkpoint with a language model of 13B.

    Raises:
        As `convert_7b`.
    """
    convert(source, folder, progress, expected=PAPER_13B)


def convert(
    source: Path,
    folder: Path,
    progress: ProgressCallback | None = None,
    *,
    expected: BackboneConfig | None = None,
    limit: int = SHARD_BYTES,
) -> None:
    """Read the published files in `source` and write a backbone into the existing, empty `folder`.

    All names and shapes are compared before anything is written; every tensor is used or knowingly left out.

    Args:
        expected: the sizes it must have; any where nothing is given.
        limit: most bytes of a shard; so much is in memory at once.

    Raises:
        DataMissingError: a part of the checkpoint is not there.
        DataDamagedError: a file that is cut off, or a tensor that is missing, unknown, of another shape, or
            not finite.
        MismatchError: a file that holds more than tensors, parts that do not fit, or another size.
    """
    published = find(source)
    parts = published.read()
    found = ChainMap(*parts)
    config = sizes_of(found, published.language, behind=0 if published.vision is None else 1)
    if expected is not None:
        _refuse_other_size(config, expected, source)
    plan = _plan(config, found)
    _refuse_unknown(parts, plan, config)
    tokenizer = load_tokenizer(published.language, config)
    size = sum(_bytes(piece) for piece in plan.values())
    write_shards(folder, _tensors(plan), limit=limit, told=in_mebibytes(progress, size))
    tokenizer.save_pretrained(folder)
    write_config(folder, config)


@dataclass(frozen=True)
class _Piece:
    """How one of our tensors is made: of one released tensor, or of two biases, in a shape."""

    pieces: tuple[Entry, ...]
    shape: tuple[int, ...]
    released: str

    def read(self) -> Tensor:
        tensors = [piece.read() for piece in self.pieces]
        for tensor in tensors:
            if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
                raise DataDamagedError(
                    f"{self.pieces[0].file}: {self.released!r} holds values that are no finite numbers.",
                    AGAIN,
                )
        if len(tensors) == 2:
            query, value = tensors
            return torch.cat([query, torch.zeros_like(query), value.to(query.dtype)])
        tensor = tensors[0]
        if tensor.ndim == 3 and len(self.shape) == 3 and tensor.shape != self.shape:
            tensor = on_grid(tensor, self.shape[1])
        return tensor.reshape(self.shape)


def on_grid(table: Tensor, tokens: int) -> Tensor:
    """(1, n, d) positions of an image and its patches → (1, tokens, d), the patches' resized (bicubic)."""
    old, new = grid(table.shape[1]), grid(tokens)
    patches = table[:, 1:].float().reshape(1, old, old, -1).permute(0, 3, 1, 2)
    resized = interpolate(patches, size=(new, new), mode="bicubic", align_corners=False)
    flat = resized.permute(0, 2, 3, 1).flatten(1, 2).to(table.dtype)
    return torch.cat([table[:, :1], flat], dim=1)


def _plan(config: BackboneConfig, found: Mapping[str, Entry]) -> dict[str, _Piece]:
    """Our name → how it is made, for every tensor of the backbone."""
    plan, absent = {}, []
    for name, tensor in empty_backbone(config).state_dict().items():
        source, shape = source_of(name), tuple(tensor.shape)
        other = source.names[0] not in found and source.elsewhere in found
        names = (source.elsewhere,) if other else source.names
        if missing := [one for one in names if one not in found]:
            absent += missing
            continue
        pieces = tuple(found[one] for one in names)
        _check_shape(names, pieces, shape)
        plan[name] = _Piece(pieces, shape, names[0])
    if absent:
        raise DataDamagedError(
            f"the checkpoint lacks {len(absent)} tensors; the first is {absent[0]!r}.", AGAIN
        )
    return plan


def _check_shape(names: tuple[str, ...], pieces: tuple[Entry, ...], shape: tuple[int, ...]) -> None:
    sides = [side for side in shape if side != 1]
    if len(pieces) == 2:
        sides = [shape[0] // 3]
    for name, piece in zip(names, pieces, strict=True):
        own = [side for side in piece.shape if side != 1]
        if name.endswith(("pos_embed", "position_embedding")) and len(piece.shape) == 3:
            # Another grid is resized; whether it is a grid at all is looked at here.
            grid(piece.shape[1])
            own, sides = own[-1:], sides[-1:]
        if own != sides:
            raise DataDamagedError(
                f"{piece.file}: tensor {name!r} has shape {piece.shape}; the other parts ask for "
                f"{tuple(sides)}.",
                AGAIN,
            )


def _refuse_unknown(
    parts: list[dict[str, Entry]], plan: Mapping[str, _Piece], config: BackboneConfig
) -> None:
    wanted = {name for ours in plan for name in _names(ours)}
    for part in parts:
        for name, entry in part.items():
            block = block_of(name)
            behind = block is not None and block >= config.vision.layers
            if name not in wanted and not behind and not is_left_out(name):
                raise DataDamagedError(
                    f"{entry.file}: tensor {name!r} is no part of Video-LLaMA that is known here.", AGAIN
                )


def _names(ours: str) -> tuple[str, ...]:
    source = source_of(ours)
    return (*source.names, source.elsewhere)


def _refuse_other_size(config: BackboneConfig, expected: BackboneConfig, source: Path) -> None:
    for what in ("vision", "image_qformer", "video_qformer"):
        if getattr(config, what) != getattr(expected, what):
            raise MismatchError(
                f"{source}: {what} has {getattr(config, what)}; the release has {getattr(expected, what)}.",
                AGAIN,
            )
    found, wanted = config.language, expected.language
    if (found.width, found.layers) != (wanted.width, wanted.layers):
        raise MismatchError(
            f"{source} has a language model of {found.layers} layers of width {found.width}; these weights "
            f"have {wanted.layers} of {wanted.width}.",
            "Import it under the id of its size; see `vsumbench weights list`.",
        )


def _tensors(plan: Mapping[str, _Piece]) -> Iterator[tuple[str, Tensor]]:
    for name, piece in plan.items():
        yield name, piece.read()


def _bytes(piece: _Piece) -> int:
    """About: tensors are published in half or in full precision."""
    size = 2
    for side in piece.shape:
        size *= side
    return size
