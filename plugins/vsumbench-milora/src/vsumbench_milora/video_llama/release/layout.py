"""Where the published files of Video-LLaMA lie in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vsumbench.errors import DataMissingError, MismatchError

from .files import Entry, read_folder, read_json_file, read_pickle
from .names import LLAMA, VIT

VISION, QFORMER = "eva_vit_g.pth", "blip2_pretrained_flant5xxl.pth"
BLIP2 = "Salesforce/blip2-flan-t5-xxl"
_BRANCH = ("VL_LLaMA_2_*.pth", "finetune-vicuna*.pth", "pretrain*vicuna*.pth")
_AUDIO = "audiobranch"


@dataclass(frozen=True)
class Published:
    """The files a backbone is made of.

    Attributes:
        branch: the trained branch, `VL_LLaMA_2_*.pth` (`*vicuna*.pth` of the Vicuna series).
        language: the folder of the language model, in the form of transformers.
        vision, qformer: the ViT and the image Q-Former as LAVIS publishes them; None where `blip2` is given.
        blip2: BLIP-2's folder in the form of transformers; None where the other two are given.
    """

    branch: Path
    language: Path
    vision: Path | None = None
    qformer: Path | None = None
    blip2: Path | None = None

    def read(self) -> list[dict[str, Entry]]:
        """The tensors of each part; where two have one name, the earlier part counts.

        The release loads the branch last, over all others.

        Raises:
            DataMissingError, DataDamagedError, MismatchError: as `read_pickle` and `read_folder`.
        """
        parts = [read_pickle(self.branch)]
        if self.blip2 is not None:
            parts.append(read_folder(self.blip2))
        else:
            assert self.qformer is not None and self.vision is not None
            parts += [read_pickle(self.qformer), read_pickle(self.vision, VIT)]
        return [*parts, read_folder(self.language, LLAMA)]


def find(source: Path) -> Published:
    """Find the files, wherever they lie below a folder.

    Raises:
        DataMissingError: a part is not there.
        MismatchError: there is more than one of a part, so which one is meant would be a guess.
    """
    if not source.is_dir():
        raise DataMissingError(f"{source} is no folder.", "Name the folder the checkpoint was downloaded to.")
    branches = {path for pattern in _BRANCH for path in source.rglob(pattern) if _AUDIO not in path.name}
    language, blip2 = _folders(source, "llama"), _folders(source, "blip-2")
    vision, qformer = (list(source.rglob(name)) for name in (VISION, QFORMER))
    absent = []
    if not branches:
        absent.append(f"{_BRANCH[0]} (the trained branch)")
    if not language:
        absent.append("a folder of the language model with its config.json")
    if not blip2:
        absent += [
            f"{name} (or a folder with {BLIP2})"
            for name, found in ((VISION, vision), (QFORMER, qformer))
            if not found
        ]
    if absent:
        raise DataMissingError(
            f"{source} lacks {'; '.join(absent)}.",
            "Put all parts into one folder; `docs/how-to/get-weights.md` says where each is published.",
        )
    lavis = bool(vision and qformer)
    return Published(
        branch=_only(sorted(branches), "checkpoints of the branch"),
        language=_only(language, "folders of a language model"),
        vision=_only(vision, f"files {VISION}") if lavis else None,
        qformer=_only(qformer, f"files {QFORMER}") if lavis else None,
        blip2=None if lavis else _only(blip2, "folders of BLIP-2"),
    )


def _folders(source: Path, kind: str) -> list[Path]:
    """Folders whose `config.json` is that of a model of this type."""
    return [
        path.parent
        for path in sorted(source.rglob("config.json"))
        if read_json_file(path).get("model_type") == kind
    ]


def _only(found: Sequence[Path], what: str) -> Path:
    if len(found) > 1:
        raise MismatchError(
            f"there are {len(found)} {what}: {', '.join(map(str, found[:3]))}.", "Leave one of them there."
        )
    return found[0]
