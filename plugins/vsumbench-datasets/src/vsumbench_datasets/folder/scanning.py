"""Which files of a folder belong to which video. Names are looked at, no content."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vsumbench.data import damaged
from vsumbench.data.subtitles import sidecar
from vsumbench.errors import DuplicateIdError

from .spec import ANNOTATION_SUFFIXES, SPLITS_FILE, VIDEO_SUFFIXES


@dataclass(frozen=True, kw_only=True)
class Item:
    """One video and what lies beside it.

    Attributes:
        id: path in the folder without the suffix, with forward slashes, letters composed (NFC).
        video: the video file.
        subtitles: as `sidecar` finds them; or None.
        annotations: `NAME.json` or `NAME.csv`; or None.
    """

    id: str
    video: Path
    subtitles: Path | None
    annotations: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return tuple(path for path in (self.video, self.subtitles, self.annotations) if path is not None)


def scan(folder: Path) -> tuple[Item, ...]:
    """The videos of a folder, at any depth, by id. Names that begin with a dot are left alone.

    Raises:
        DuplicateIdError: two video files, or two annotation files, of one id.
        DataDamagedError: a link that leads out of the folder, or to a folder; a name that is no text.
    """
    if not folder.is_dir():
        return ()
    files = [path for path in _walk(folder, folder.resolve()) if path.name != SPLITS_FILE]
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
    owners: dict[str, Path] = {}
    for path in videos:
        name = identifier(folder, path)
        if name in owners:
            raise DuplicateIdError(
                f"{folder}: video id {name!r} stands twice: {owners[name].name!r} and {path.name!r}.",
                "Rename or move one of the two.",
            )
        owners[name] = path
    beside: dict[Path, list[Path]] = {}
    for path in files:
        beside.setdefault(path.parent, []).append(path)
    return tuple(
        Item(
            id=name,
            video=path,
            subtitles=sidecar(path, beside[path.parent]),
            annotations=_annotations(path, beside[path.parent]),
        )
        for name, path in sorted(owners.items())
    )


def identifier(folder: Path, path: Path) -> str:
    """The id of a video file.

    Raises:
        DataDamagedError: its name is not valid Unicode.
    """
    name = unicodedata.normalize("NFC", path.relative_to(folder).with_suffix("").as_posix())
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise damaged(
            folder, "", "names that are Unicode", f"{os.fsencode(path.name)!r}", "Rename it."
        ) from None
    return name


def _walk(place: Path, root: Path) -> Iterator[Path]:
    for path in sorted(place.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            _check_link(path, root)
        if path.is_dir():
            yield from _walk(path, root)
        else:
            yield path


def _check_link(path: Path, root: Path) -> None:
    target = path.resolve()
    if target.is_dir():
        raise damaged(path, "", "a file or a folder", "a link to a folder", "Move the folder here instead.")
    if not target.is_relative_to(root):
        raise damaged(
            path,
            "",
            "files within the folder",
            f"a link that leads out of it, to {target}",
            "Copy the file here.",
        )


def _annotations(video: Path, files: list[Path]) -> Path | None:
    present = set(files)
    found = [path for suffix in ANNOTATION_SUFFIXES if (path := video.with_suffix(suffix)) in present]
    if len(found) > 1:
        raise DuplicateIdError(
            f"{video} has two annotation files: {found[0].name!r} and {found[1].name!r}.",
            "Keep one of the two.",
        )
    return found[0] if found else None
