"""`clip` and `blip`: frames through the image tower of a checkpoint, which the encoder of that name loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import Context, FeatureSpec
from vsumbench.data import damaged, read_json, sha256_file, sha256_json
from vsumbench.data.checkpoints import CONFIG, Checkpoint, find_checkpoint

if TYPE_CHECKING:
    from .frames import EncoderExtractor

PREPARATIONS = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Tower:
    """A checkpoint as what its frames become: the weights, and how frames are prepared."""

    checkpoint: Checkpoint
    width_of: tuple[str, ...]

    def sha256(self) -> str:
        """Digest over the weights, the configuration and the preparation: all three shape the vectors.

        Raises:
            DataMissingError: a file is gone.
        """
        folder = self.checkpoint.folder
        beside = [CONFIG, *(name for name in PREPARATIONS if (folder / name).is_file())]
        files = {name: sha256_file(folder / name) for name in beside}
        return sha256_json({"weights": self.checkpoint.sha256(), **files})

    def complete(self, output: FeatureSpec) -> FeatureSpec:
        """The output with the checkpoint's name and the width its configuration states.

        Raises:
            DataDamagedError: the configuration does not state it.
        """
        path = self.checkpoint.folder / CONFIG
        found: Any = read_json(path)
        for part in self.width_of:
            found = found.get(part) if isinstance(found, dict) else None
        width = _DEFAULTS[self.width_of] if found is None else found
        if type(width) is not int or width < 1:
            raise damaged(path, ".".join(self.width_of), "a width", repr(found))
        return replace(output, name=output.name or self.checkpoint.title, shape=(width,))


_CLIP_WIDTH, _BLIP_WIDTH = ("projection_dim",), ("vision_config", "hidden_size")
_DEFAULTS = {_CLIP_WIDTH: 512, _BLIP_WIDTH: 768}
"""What transformers takes where a configuration does not say; it leaves out what is as by default."""


def find_clip(argument: str) -> Tower:
    """The CLIP checkpoint of this name or folder; see `find_checkpoint`."""
    return Tower(find_checkpoint(argument), _CLIP_WIDTH)


def find_blip(argument: str) -> Tower:
    """The BLIP checkpoint of this name or folder; see `find_checkpoint`."""
    return Tower(find_checkpoint(argument), _BLIP_WIDTH)


def build_clip(context: Context, argument: str) -> EncoderExtractor:
    """Projected embeddings as CLIP gives them, not normalised.

    Raises:
        UnavailableError, MismatchError, DataDamagedError: as the encoder `clip`.
    """
    from .frames import EncoderExtractor  # Torch is not needed to find a checkpoint.

    return EncoderExtractor(context, context.encoder(f"clip[{argument}]").pooled_images)


def build_blip(context: Context, argument: str) -> EncoderExtractor:
    """The class token after the tower's last layer norm, not projected and not normalised.

    Raises:
        UnavailableError, MismatchError, DataDamagedError: as the encoder `blip`.
    """
    from .frames import EncoderExtractor

    return EncoderExtractor(context, context.encoder(f"blip[{argument}]").class_tokens)
