"""The backbone an option names, checked against the other options."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from vsumbench.contracts import Seeds, Video
from vsumbench.data.weights import find_weights, read_weights_manifest
from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError
from vsumbench.training.precision import BFLOAT16, kept_in
from vsumbench_milora.options import VideoLlamaOptions

from .backbone import Backbone
from .checkpoint import backbone_folder, load_backbone, read_config
from .config import BackboneConfig
from .conversation import Conversation, refuse_form, stops_of
from .decoding import CONTEXT
from .filling import Placement
from .prompt import Prompt, Prompts, TextBatch
from .text import TextCodec
from .weights import SIZES


def backbone_config(options: VideoLlamaOptions) -> BackboneConfig:
    """Sizes of the backbone, without loading it; with the positions `extend_positions` asks for.

    Published weights need not be here for it.

    Raises:
        WeightsMissingError, DataDamagedError: as `backbone_folder` and `read_config`.
        OptionValueError: more frames than it has positions.
    """
    known = SIZES.get(options.backbone)
    config = (
        known
        if known is not None and find_weights(options.backbone) is None
        else read_config(backbone_folder(options.backbone))
    )
    if options.num_frames <= config.frame_positions:
        return config
    if options.extend_positions:
        return config.with_positions(options.num_frames)
    raise OptionValueError(
        f"option num_frames = {options.num_frames}: the backbone {options.backbone!r} has positions for "
        f"{config.frame_positions} frames.",
        f"Use num_frames={config.frame_positions} or fewer, or extend_positions=true.",
    )


@dataclass(frozen=True)
class Language:
    """How a network is spoken to.

    Attributes:
        codec: the tokenizer.
        prompt: what it is told, without the seconds of a video.
        limit: most tokens of a summary.
        conversation: the form of the prompts, where they have one and differ from video to video.
        stops: token sequences that end an answer, beside the end token.
        seeds: what answers are drawn from, each video's from its own; None for greedy decoding.
    """

    codec: TextCodec
    prompt: Prompt
    limit: int
    conversation: Conversation | None = None
    stops: tuple[tuple[int, ...], ...] = ()
    seeds: Seeds | None = None

    def prompts(self, videos: Sequence[Video]) -> Prompts:
        """What is said to some videos: one prompt where it is the same for all."""
        if self.conversation is None or not self.conversation.tell_times:
            return self.prompt
        return self.conversation.batch(videos)

    def batch(self, texts: Sequence[str], device: torch.device) -> TextBatch:
        """Summaries to learn, each with what ends an answer. A text of more than `limit` tokens is cut."""
        end = self.stops[0] if self.stops else ()
        ids = [self.codec.encode(text, self.limit, end) for text in texts]
        return TextBatch.of(ids, self.codec.padding).to(device)

    def drawing(self, seeds: Seeds) -> Language:
        """The same, but where answers are drawn they are drawn from these seeds, those of a repetition."""
        return self if self.seeds is None else replace(self, seeds=seeds)

    def seeds_of(self, videos: Sequence[Video]) -> list[Seeds] | None:
        """What the answer of each is drawn from; None for greedy decoding."""
        return None if self.seeds is None else [self.seeds.child("decoding", video.id) for video in videos]


def load(
    options: VideoLlamaOptions, seeds: Seeds | None = None, device: str = "cpu", dtype: str = "float32"
) -> tuple[Backbone, Language]:
    """The frozen backbone, and how it is spoken to.

    Args:
        options: which backbone, in which form, told what.
        seeds: of the run; needed where answers are drawn.
        device: where it goes.
        dtype: of the run.

    Raises:
        WeightsMissingError, DataDamagedError, UnavailableError: as `load_backbone`.
        OptionValueError: a prompt, or a length, that the language model has no room for.
    """
    config = backbone_config(options)
    backbone, tokenizer = load_backbone(backbone_folder(options.backbone), placement(options, device, dtype))
    return backbone, language_of(options, config, tokenizer, seeds)


def placement(options: VideoLlamaOptions, device: str, dtype: str) -> Placement:
    """Where the options want a backbone, and in which types, in a run of this dtype."""
    own = kept_in(dtype)
    frozen = torch.bfloat16 if dtype == BFLOAT16 and options.frozen_in == "context" else own
    positions = options.num_frames if options.extend_positions else None
    return Placement(load=options.load, device=device, dtype=own, frozen=frozen, positions=positions)


Module = TypeVar("Module", bound=nn.Module)


def settled(model: Module, options: VideoLlamaOptions, device: str, dtype: str) -> Module:
    """A network around a backbone that `load` placed, with all that was added on its device and in its type.

    Frozen parameters that are kept in bfloat16 stay so, and what `load` spread stays where it is.
    """
    where = placement(options, device, dtype)
    if where.load == "full" and where.frozen == where.dtype:
        return model.to(device, where.dtype)
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if parameter.dtype in (torch.float32, torch.float64):
                at = parameter.device if where.load == "sharded" else device
                parameter.data = parameter.data.to(at, where.dtype)
    return model


def language_of(
    options: VideoLlamaOptions, config: BackboneConfig, tokenizer: Any, seeds: Seeds | None
) -> Language:
    """How a backbone of these sizes is spoken to.

    Raises:
        OptionValueError: as `load`.
    """
    codec = TextCodec(tokenizer, config.language.vocabulary)
    conversation = None
    if options.conversation == "plain":
        prompt = codec.prompt(options.prompt)
        taken = len(prompt)
    else:
        refuse_form(options.conversation, codec)
        conversation = Conversation(
            options.conversation, codec, options.prompt, options.num_frames, options.tell_times
        )
        prompt, taken = conversation.prompt(), conversation.longest
    taken += config.video_qformer.queries
    room = config.language.positions - taken
    if options.max_new_tokens > room:
        raise OptionValueError(
            f"option max_new_tokens = {options.max_new_tokens}: the language model has "
            f"{config.language.positions} positions, {taken} of which video and prompt take.",
            f"Use max_new_tokens={room} or fewer." if room > 0 else "Use a shorter prompt.",
        )
    drawn = None
    if options.decoding == "release":
        if options.max_new_tokens >= CONTEXT:
            raise OptionValueError(
                f"option max_new_tokens = {options.max_new_tokens}: decoding=release keeps {CONTEXT} tokens "
                "of prompt and answer together.",
                f"Use max_new_tokens={CONTEXT - 1} or fewer.",
            )
        if seeds is None:
            raise ValueError("decoding=release draws, and nobody gave seeds")
        drawn = seeds
    return Language(
        codec, prompt, options.max_new_tokens, conversation, stops_of(options.conversation), drawn
    )


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
