"""The backbone an option names, checked against the other options."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vsumbench.data.weights import read_weights_manifest
from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError
from vsumbench_milora.options import VideoLlamaOptions

from .backbone import Backbone
from .checkpoint import backbone_folder, load_backbone, read_config
from .config import BackboneConfig
from .prompt import Prompt, TextBatch
from .text import TextCodec


def backbone_config(options: VideoLlamaOptions) -> BackboneConfig:
    """Sizes of the backbone, without loading it.

    Raises:
        WeightsMissingError, UnavailableError, DataDamagedError: as `backbone_folder` and `read_config`.
        OptionValueError: more frames than it has positions.
    """
    config = read_config(backbone_folder(options.backbone))
    if options.num_frames > config.frame_positions:
        raise OptionValueError(
            f"option num_frames = {options.num_frames}: the backbone {options.backbone!r} has positions for "
            f"{config.frame_positions} frames.",
            f"Use num_frames={config.frame_positions} or fewer.",
        )
    return config


@dataclass(frozen=True)
class Language:
    """How a network is spoken to: tokenizer, prompt, and most tokens of a summary."""

    codec: TextCodec
    prompt: Prompt
    limit: int

    def batch(self, texts: Sequence[str], device: torch.device) -> TextBatch:
        """Summaries to learn. A text of more than `limit` tokens is cut."""
        ids = [self.codec.encode(text, self.limit) for text in texts]
        return TextBatch.of(ids, self.codec.padding).to(device)


def load(options: VideoLlamaOptions) -> tuple[Backbone, Language]:
    """The frozen backbone on the CPU, and how it is spoken to.

    Raises:
        WeightsMissingError, UnavailableError, DataDamagedError: as `load_backbone`.
        OptionValueError: a prompt, or a length, that the language model has no room for.
    """
    config = backbone_config(options)
    backbone, tokenizer = load_backbone(backbone_folder(options.backbone))
    codec = TextCodec(tokenizer)
    prompt = codec.prompt(options.prompt)
    taken = config.video_qformer.queries + len(prompt)
    room = config.language.positions - taken
    if options.max_new_tokens > room:
        raise OptionValueError(
            f"option max_new_tokens = {options.max_new_tokens}: the language model has "
            f"{config.language.positions} positions, {taken} of which video and prompt take.",
            f"Use max_new_tokens={room} or fewer." if room > 0 else "Use a shorter prompt.",
        )
    return backbone, Language(codec, prompt, options.max_new_tokens)


def backbone_identity(options: VideoLlamaOptions) -> dict[str, str]:
    """Id and digest of the backbone's weights: what a saved model stands on."""
    manifest = read_weights_manifest(backbone_folder(options.backbone))
    return {"backbone": options.backbone, "backbone_digest": manifest.digest}


def write_settings(path: Path, settings: dict[str, Any]) -> None:
    """Settings of a saved model as JSON."""
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_settings(path: Path, options: VideoLlamaOptions) -> dict[str, Any]:
    """What `write_settings` wrote, for the backbone these options name.

    Raises:
        DataDamagedError: the file is missing or is no mapping.
        MismatchError: it belongs to another backbone.
    """
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        found = {name: settings[name] for name in ("backbone", "backbone_digest")}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataDamagedError(f"{path} cannot be read: {error}.", "Train again.") from None
    if found != backbone_identity(options):
        raise MismatchError(
            f"{path.parent} was saved for the backbone {found['backbone']!r} with digest "
            f"{found['backbone_digest'][:12]}; the one here is {options.backbone!r} with digest "
            f"{backbone_identity(options)['backbone_digest'][:12]}.",
            "Get that backbone, or train again.",
        )
    mapping: dict[str, Any] = settings
    return mapping
