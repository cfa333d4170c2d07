"""A backbone on disk: sizes in `backbone.json`, weights in `model.safetensors`, and its tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from vsumbench.data.weights import find_weights, weights_root
from vsumbench.errors import DataDamagedError, UnavailableError, WeightsMissingError

from .backbone import Backbone, new_backbone
from .config import BackboneConfig
from .counting import empty_backbone

CONFIG, WEIGHTS = "backbone.json", "model.safetensors"
FORMAT = 1
_AGAIN = "Make or import these weights again."


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
    content = {"format": FORMAT} | backbone.config.to_json()
    text = json.dumps(content, indent=1, sort_keys=True)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in backbone.state_dict().items()}
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    tokenizer.save_pretrained(folder)


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
        UnavailableError: these are weights in their published form, which this version cannot read.
        DataDamagedError: the sizes cannot be read.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise UnavailableError(
            f"{folder} has no {CONFIG}: converting released Video-LLaMA checkpoints is not part of this "
            "version.",
            "Use --preset tiny.",
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        form = content.pop("format")
        if form != FORMAT:
            raise DataDamagedError(f"{path} is of format {form!r}; this version reads {FORMAT}.", _AGAIN)
        return BackboneConfig.from_json(content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataDamagedError(f"{path} is not the description of a backbone: {error}.", _AGAIN) from None


def load_backbone(folder: Path) -> tuple[Backbone, Any]:
    """The frozen backbone of a folder, on the CPU, in evaluation mode, and its tokenizer.

    Raises:
        UnavailableError: as `read_config`.
        DataDamagedError: a file is missing, cut off or of another model.
    """
    config = read_config(folder)
    _check_tensors(folder / WEIGHTS, config)
    tokenizer = load_tokenizer(folder, config)
    backbone = new_backbone(config, 0)
    backbone.load_state_dict(load_file(folder / WEIGHTS), strict=True)
    return backbone.requires_grad_(False).eval(), tokenizer


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
        raise DataDamagedError(f"the tokenizer in {folder} cannot be read: {reason}.", _AGAIN) from error
    if len(tokenizer) != config.language.vocabulary:
        raise DataDamagedError(
            f"the tokenizer in {folder} has {len(tokenizer)} tokens; the language model has "
            f"{config.language.vocabulary}.",
            _AGAIN,
        )
    return tokenizer


def _check_tensors(path: Path, config: BackboneConfig) -> None:
    """Compare names and shapes with the backbone before anything is allocated."""
    expected = {name: tuple(tensor.shape) for name, tensor in empty_backbone(config).state_dict().items()}
    try:
        with safe_open(path, framework="pt") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise DataDamagedError(f"{path} is missing.", _AGAIN) from None
    except (SafetensorError, OSError) as error:
        raise DataDamagedError(f"{path} is not a whole safetensors file: {error}.", _AGAIN) from None
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise DataDamagedError(
                f"{path}: tensor {name!r} is {found.get(name, 'missing')}; "
                f"{CONFIG} asks for {expected.get(name, 'none of that name')}.",
                _AGAIN,
            )
