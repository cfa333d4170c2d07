"""The weights the options name: language model and tokenizer, frame encoder, what training begins with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from transformers import (
    AutoConfig,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from vsumbench.contracts import Seeds
from vsumbench.data.weights import find_weights, read_weights_manifest, weights_root
from vsumbench.errors import DataDamagedError, MismatchError, WeightsMissingError
from vsumbench.training.drawing import drawn_from

from .adapters import add_adapter
from .live.network import connected, new_connector
from .live.sizes import PAPER
from .live.wording import Wording
from .options import OnlineOptions
from .storing import CONFIG, load_adapter

LANGUAGE, VISION, CONNECTOR_FILE = "language", "vision", "connector.safetensors"
PUBLISHED_LANGUAGE, PUBLISHED_VISION = "llama-3-8b-instruct", "siglip-large-patch16-384"
_AGAIN = "Make or import these weights again."
_FROZEN = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def weights_of(weights_id: str) -> Path:
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


def part_of(weights_id: str, part: str) -> Path:
    """Where a part lies: in a folder of its name, or, of weights that are this part alone, on top.

    Raises:
        WeightsMissingError: as `weights_of`.
    """
    folder = weights_of(weights_id)
    return folder / part if (folder / part).is_dir() else folder


def language_config(options: OnlineOptions) -> LlamaConfig:
    """Sizes of the language model; those of the published one are known without its files.

    Raises:
        WeightsMissingError: other weights, which are not there.
        DataDamagedError, MismatchError: the configuration cannot be read, or is of another kind of model.
    """
    if options.language == PUBLISHED_LANGUAGE and find_weights(options.language) is None:
        return PAPER.language.config()
    config = _config(part_of(options.language, LANGUAGE), "llama")
    if config.tie_word_embeddings:
        raise MismatchError(
            f"the language model {options.language!r} shares its table of words with its head, which is "
            "adapted here.",
            "Use one whose configuration says tie_word_embeddings=false, as Llama-3-8B does.",
        )
    made: LlamaConfig = config
    return made


def vision_config(options: OnlineOptions) -> SiglipVisionConfig:
    """Sizes of the frame encoder. Raises as `language_config`."""
    if options.vision == PUBLISHED_VISION and find_weights(options.vision) is None:
        return PAPER.vision.config()
    config = _config(part_of(options.vision, VISION), "siglip", "siglip_vision_model")
    made: SiglipVisionConfig = getattr(config, "vision_config", config)
    return made


def load_language(options: OnlineOptions) -> tuple[LlamaForCausalLM, Wording]:
    """The language model on the CPU in its frozen dtype, without connector, and its tokenizer.

    Raises:
        WeightsMissingError, DataDamagedError, MismatchError: as `language_config`; or files that cannot be
            read, lack parameters, or belong to different models.
    """
    language_config(options)
    folder = part_of(options.language, LANGUAGE)
    model: LlamaForCausalLM = _load(LlamaForCausalLM, folder, _FROZEN[options.frozen_dtype])
    wording = Wording(
        _read(folder, lambda: AutoTokenizer.from_pretrained(str(folder), local_files_only=True))
    )
    rows = model.config.vocab_size
    if wording.vocabulary != rows:
        raise DataDamagedError(
            f"the tokenizer in {folder} has {wording.vocabulary} tokens; the language model has {rows}.",
            _AGAIN,
        )
    return model, wording


def load_vision(options: OnlineOptions) -> SiglipVisionModel:
    """The frame encoder on the CPU, frozen, in evaluation mode. Raises as `load_language`."""
    vision_config(options)
    model: SiglipVisionModel = _load(
        SiglipVisionModel, part_of(options.vision, VISION), _FROZEN[options.frozen_dtype]
    )
    return model.requires_grad_(False)


def bare_model(language: LlamaForCausalLM, options: OnlineOptions, seeds: Seeds) -> PeftModel:
    """Language model with a connector drawn at random and a new adapter.

    Args:
        language: changed in place.
        options: sizes.
        seeds: of connector and adapter.
    """
    with drawn_from(seeds.child("connector")):
        connector = new_connector(vision_config(options).hidden_size, language.config.hidden_size)
    return add_adapter(connected(language, connector), options, seeds.child("adapter"))


def first_model(language: LlamaForCausalLM, options: OnlineOptions, seeds: Seeds) -> PeftModel:
    """What training, and the zero-shot row, begin with: see `OnlineOptions.adapter`.

    Raises:
        WeightsMissingError: these weights are not there.
        DataDamagedError, MismatchError: as `load_adapter`; or neither an adapter nor a connector is there.
    """
    if not options.adapter:
        return bare_model(language, options, seeds)
    folder = weights_of(options.adapter)
    if (folder / CONFIG).is_file():
        model = bare_model(language, options, seeds)
        load_adapter(model, folder, options)
        return model
    with torch.device("meta"):
        connector: nn.Module = new_connector(vision_config(options).hidden_size, language.config.hidden_size)
    path = folder / CONNECTOR_FILE
    try:
        connector.load_state_dict(load_file(path), assign=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataDamagedError(f"the connector in {path} cannot be read: {reason}.", _AGAIN) from None
    return add_adapter(connected(language, connector), options, seeds.child("adapter"))


def identity(options: OnlineOptions) -> dict[str, str]:
    """Ids and digests of what a saved adapter stands on."""
    named = {LANGUAGE: options.language, VISION: options.vision}
    digests = {
        f"{part}_digest": read_weights_manifest(weights_of(name)).digest for part, name in named.items()
    }
    return named | digests


def _config(folder: Path, *kinds: str) -> Any:
    config: Any = _read(folder, lambda: AutoConfig.from_pretrained(str(folder), local_files_only=True))
    if config.model_type not in kinds:
        raise MismatchError(
            f"{folder} holds a model of the type {config.model_type!r}; {kinds[0]!r} is needed.",
            "Import the weights that are meant.",
        )
    return config


def _load(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A model of transformers with nothing made up: no parameter is drawn."""
    model, report = _read(
        folder,
        lambda: kind.from_pretrained(
            str(folder),
            local_files_only=True,
            use_safetensors=True,
            dtype=dtype,
            attn_implementation="sdpa",
            output_loading_info=True,
        ),
    )
    absent = sorted(report["missing_keys"])
    if absent:
        raise DataDamagedError(f"{folder} lacks {len(absent)} parameters, {absent[0]} first.", _AGAIN)
    return model.eval()


def _read(folder: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    # The readers raise whatever their libraries raise, bare Exception included.
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataDamagedError(f"{folder} cannot be read: {reason}.", _AGAIN) from error
