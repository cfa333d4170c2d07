"""BLIP as a captioner: `Salesforce/blip-image-captioning-base`, or any BLIP of the same layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BlipConfig, BlipForConditionalGeneration

from vsumbench.data import read_json
from vsumbench.data.checkpoints import Checkpoint
from vsumbench.data.pretrained import damaged_checkpoint, load_pretrained
from vsumbench.errors import DataMissingError, MismatchError
from vsumbench.training.precision import autocast, kept_in

from .pixels import normalised, squared

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""Mean and standard deviation of RGB in [0, 1] that BLIP was trained with."""
PREPROCESSING = "preprocessor_config.json"


class BlipCaptioner:
    """Captions without a text prompt, greedily decoded. Weights are read when the first frame comes.

    Args:
        checkpoint: a `BlipForConditionalGeneration` with its tokenizer.
        digest: of its weights.
        most: tokens of a caption.
        device, dtype: the context's.
    """

    def __init__(self, checkpoint: Checkpoint, digest: str, most: int, device: str, dtype: str) -> None:
        self._checkpoint, self._digest, self._most = checkpoint, digest, most
        self._device, self._dtype = device, dtype
        _check_preprocessing(checkpoint)

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        kind: Any = BlipForConditionalGeneration
        model, tokenizer = load_pretrained(kind, self._checkpoint, accept=self._accept)
        return model.to(self._device, kept_in(self._dtype)).requires_grad_(False).eval(), tokenizer

    def _accept(self, config: Any) -> None:
        if not isinstance(config, BlipConfig):
            raise damaged_checkpoint(self._checkpoint, f"holds a {config.model_type} model, expected BLIP")

    @torch.no_grad()
    def describe(self, pixels: Sequence[NDArray[np.uint8]]) -> list[tuple[str, int]]:
        """For each (H, W, 3) RGB frame its caption and the number of tokens generated, the end included.

        Raises:
            DataDamagedError: the weights cannot be read, or are of another model.
        """
        model, tokenizer = self._loaded
        text = model.config.text_config
        images = normalised(squared(pixels, model.config.vision_config.image_size), MEAN, STD)
        with autocast(self._device, self._dtype):
            written = model.generate(
                pixel_values=images.to(self._device, kept_in(self._dtype)),
                do_sample=False,
                num_beams=1,
                max_new_tokens=self._most,
            )
        found = []
        for row in written.tolist():
            # The first id opens the text and was not generated; what follows the end is padding.
            ids = row[1:]
            ids = ids[: ids.index(text.sep_token_id) + 1] if text.sep_token_id in ids else ids
            found.append((str(tokenizer.decode(ids, skip_special_tokens=True)), len(ids)))
        return found

    def identity(self) -> dict[str, str]:
        """Name and digest of the weights."""
        return {"captioner": self._checkpoint.title, "captioner_digest": self._digest}

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Vision and text model, as large as their configuration says; nothing is trained."""
        config: Any = BlipConfig.from_pretrained(str(self._checkpoint.folder), local_files_only=True)
        with torch.device("meta"):
            model: Any = BlipForConditionalGeneration(config)
        return {
            "captioner.vision": (sum(p.numel() for p in model.vision_model.parameters()), 0),
            "captioner.text": (sum(p.numel() for p in model.text_decoder.parameters()), 0),
        }


def _check_preprocessing(checkpoint: Checkpoint) -> None:
    """Refuse weights whose own preprocessing is another one than is done here.

    Raises:
        MismatchError: another mean or deviation.
    """
    try:
        said = read_json(checkpoint.folder / PREPROCESSING)
    except DataMissingError:
        return  # Tokenizer and model alone are enough: BLIP has always been published with these values.
    for name, ours in (("image_mean", MEAN), ("image_std", STD)):
        theirs = said.get(name, ours)
        if len(theirs) != 3 or any(abs(a - b) > 1e-4 for a, b in zip(theirs, ours, strict=True)):
            raise MismatchError(
                f"{checkpoint.folder / PREPROCESSING} has {name} = {theirs}; frames are normalised with "
                f"{list(ours)} here.",
                "Use a BLIP checkpoint that was trained with these values.",
            )
