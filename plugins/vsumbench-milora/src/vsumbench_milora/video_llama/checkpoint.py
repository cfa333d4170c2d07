"""A backbone on disk: sizes in `backbone.json`, weights in safetensors, and its tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from transformers import AutoTokenizer

from vsumbench.data.weights import find_weights, weights_root
from vsumbench.errors import DataDamagedError, WeightsMissingError

from .backbone import Backbone
from .config import BackboneConfig
from .counting import empty_backbone
from .filling import FULL, Placement, filled
from .shards import AGAIN, INDEX, SINGLE, shapes, shard_files

CONFIG = "backbone.json"
FORMAT = 1


def save_backbone(folder: Path, backbone: Backbone, tokenizer: Any) -> None:
    """Write a backbone and its tokenizer into an existing folder.

    Raises:
        ValueError: the vocabulary of the language model is not that of the tokenizer.
    """
    if len(tokenizer) != backbone.config.language.vocabulary:
        raise ValueError(
            f"the language model has {backbone.config.language.vocabulary} words, "
            f"the tokenizer {len(tokenizer)}"
        )
    write_config(folder, backbone.config)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in backbone.state_dict().items()}
    save_file(state, folder / SINGLE, metadata={"format": "pt"})
    tokenizer.save_pretrained(folder)


def write_config(folder: Path, config: BackboneConfig) -> None:
    """Write the sizes into an existing folder."""
    content = {"format": FORMAT} | config.to_json()
    text = json.dumps(content, indent=1, sort_keys=True)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def backbone_folder(weights_id: str) -> Path:
    """The folder of these weights.

    Raises:
        WeightsMissingError: they are not there.
    """
    folder = find_weights(weights_id)
    if folder is None:
        raise WeightsMissingError(
            f"the weights {weights_id!r} are not in {weights_root()}.",
            "See `vsumbench weights list`; weights that can be made come with `vsumbench weights make`.",
        )
    return folder


def read_config(folder: Path) -> BackboneConfig:
    """The sizes of the backbone in a folder.

    Raises:
        DataDamagedError: there are none, or they cannot be read.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise DataDamagedError(
            f"{folder} has no {CONFIG}: it does not hold a converted Video-LLaMA.",
            f"See `vsumbench weights status {folder.name}`; an import converts the published files.",
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        form = content.pop("format")
        if form != FORMAT:
            raise DataDamagedError(f"{path} is of format {form!r}; this version reads {FORMAT}.", AGAIN)
        return BackboneConfig.from_json(content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataDamagedError(f"{path} is not the description of a backbone: {error}.", AGAIN) from None


def load_backbone(folder: Path, placement: Placement = FULL) -> tuple[Backbone, Any]:
    """The frozen backbone of a folder, in evaluation mode, and its tokenizer.

    Args:
        folder: as `save_backbone` or an import wrote it.
        placement: devices and types; the CPU, and what is stored in float32, where nothing is said.

    Raises:
        DataDamagedError: a file is missing, cut off or of another model.
        UnavailableError, MismatchError: the placement is not to be had.
    """
    config = read_config(folder)
    files = checked_files(folder, config)
    tokenizer = load_tokenizer(folder, config)
    return filled(config, files, placement), tokenizer


def load_tokenizer(folder: Path, config: BackboneConfig) -> Any:
    """The tokenizer of a folder.

    Raises:
        DataDamagedError: it is missing, cannot be read, or is of another size than the language model.
    """
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    # The reader raises whatever its library raises, bare Exception included.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise DataDamagedError(f"the tokenizer in {folder} cannot be read: {reason}.", AGAIN) from error
    beyond = len(tokenizer) - config.language.vocabulary
    # LLaMA's own file names a padding token that has no embedding; it is never put in (see `TextCodec`).
    if beyond not in (0, _without_embedding(tokenizer, config)):
        raise DataDamagedError(
            f"the tokenizer in {folder} has {len(tokenizer)} tokens; the language model has "
            f"{config.language.vocabulary}.",
            AGAIN,
        )
    return tokenizer


def _without_embedding(tokenizer: Any, config: BackboneConfig) -> int:
    """How many special tokens the tokenizer has that the language model has no embedding for."""
    return sum(number >= config.language.vocabulary for number in tokenizer.all_special_ids)


def checked_files(folder: Path, config: BackboneConfig) -> list[Path]:
    """The files of a folder's tensors, whose names and shapes are those of a backbone of these sizes.

    Nothing is allocated.

    Raises:
        DataDamagedError: a file or a tensor is missing, or of another model.
    """
    files = shard_files(folder)
    expected = {name: tuple(tensor.shape) for name, tensor in empty_backbone(config).state_dict().items()}
    found = shapes(files)
    shown = folder / (INDEX if (folder / INDEX).is_file() else SINGLE)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise DataDamagedError(
                f"{shown}: tensor {name!r} is {found.get(name, 'missing')}; "
                f"{CONFIG} asks for {expected.get(name, 'none of that name')}.",
                AGAIN,
            )
    return files
