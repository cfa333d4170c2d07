"""Published checkpoints that a metric or an encoder is given by name: found on this machine, never fetched.

A name is a folder, or the name the checkpoint has on the Hugging Face Hub. Only safetensors are read.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePath

from vsumbench.errors import DataDamagedError, UnavailableError

from .checks import read_json
from .digests import sha256_file_kept, sha256_json
from .weights import weights_root

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a model in the layout of transformers.

    Attributes:
        name: as it was asked for.
        folder: where it lies.
        weights: names of its safetensors files.
    """

    name: str
    folder: Path
    weights: tuple[str, ...]

    @property
    def title(self) -> str:
        """The last part of the name: it says nothing of where the files lie."""
        return PurePath(self.name).name

    def sha256(self) -> str:
        """Digest of the weights file as it is now; of several, over all of them, as `sha256_files` does.

        Raises:
            DataMissingError: a file is gone, or cannot be opened.
        """
        digests = {name: sha256_file_kept(self.folder / name) for name in self.weights}
        return digests[self.weights[0]] if len(digests) == 1 else sha256_json(digests)


def find_checkpoint(name: str) -> Checkpoint:
    """The checkpoint of this name: a folder, else below the weights root, else in the cache of the Hub.

    Raises:
        UnavailableError: it is in none of them, or has no safetensors; the hint gets it.
        DataDamagedError: its index names files that are not there.
    """
    folder = _folder(name)
    if folder is None:
        raise UnavailableError(
            f"the checkpoint {name!r} is not here: it is no folder, and it is neither below "
            "VSUMBENCH_WEIGHTS nor in the cache of the Hugging Face Hub.",
            _how_to_get(name),
        )
    if not (folder / CONFIG).is_file():
        raise UnavailableError(
            f"{folder} is no checkpoint: it has no {CONFIG}.",
            "Name the folder that holds the model, its tokenizer and its configuration.",
        )
    return Checkpoint(name, folder, _weights(name, folder))


def _folder(name: str) -> Path | None:
    given = Path(name).expanduser()
    if name and given.is_dir():
        return given
    if _HUB_NAME.fullmatch(name) is None:
        return None
    below = weights_root() / name
    return below if (below / CONFIG).is_file() else _cached(name)


def _cached(name: str) -> Path | None:
    """The snapshot in the Hub's cache, without looking at the network."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        return None
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):  # Not cached; or no name the Hub could have.
        return None


def _weights(name: str, folder: Path) -> tuple[str, ...]:
    index = folder / WEIGHTS_INDEX
    if (folder / WEIGHTS).is_file():
        return (WEIGHTS,)
    if not index.is_file():
        pickles = sorted(path.name for path in folder.glob("*.bin"))
        held = f"it has {pickles[0]}, a pickle, which is not read" if pickles else "it has no weights"
        raise UnavailableError(
            f"the checkpoint {name!r} in {folder} has no {WEIGHTS}: {held}.",
            _how_to_convert(name, folder) if pickles else _how_to_get(name),
        )
    try:
        names = tuple(sorted(set(read_json(index)["weight_map"].values())))
    except (KeyError, TypeError, AttributeError) as error:
        raise DataDamagedError(
            f"{index}: expected an index of weights, found something else ({type(error).__name__}).",
            "Get the checkpoint again.",
        ) from None
    absent = [part for part in names if not (folder / part).is_file()]
    if absent or not names:
        raise DataDamagedError(
            f"{index} names {len(names)} files; {absent[0] if absent else 'all of them'} is not there.",
            "Get the checkpoint again.",
        )
    return names


def _how_to_get(name: str) -> str:
    if _HUB_NAME.fullmatch(name) is None:
        return "Name an existing folder in the brackets, or a checkpoint by its name on the Hub."
    command = shlex.join(["hf", "download", name, "--local-dir", str(weights_root() / name)])
    return f"Run `{command}`, or put the path of a folder into the brackets."


def _how_to_convert(name: str, folder: Path) -> str:
    target = folder
    first = ""
    if Path(name).expanduser() != folder and weights_root() not in folder.parents:
        # In the cache of the Hub: links into a store that belongs to others.
        target = weights_root() / name
        first = f"`{shlex.join(['hf', 'download', name, '--local-dir', str(target)])}` and "
    code = (
        "from transformers import AutoModel; "
        f"AutoModel.from_pretrained({str(target)!r}, weights_only=True).save_pretrained({str(target)!r})"
    )
    return f"If you trust it, convert it once: {first}`{shlex.join(['python', '-c', code])}`."
