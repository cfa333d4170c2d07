"""How long a container says it is: what tells a file that was cut short from one that just ends."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

EBML = b"\x1a\x45\xdf\xa3"
SEGMENT = b"\x18\x53\x80\x67"
BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"styp", b"pnot"})


def is_cut(path: Path) -> bool:
    """Whether the file ends before its container does (MP4 and MOV, Matroska and WebM, AVI).

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in BOXES:
            return _end_of_boxes(file, size) > size
        if head[:4] == EBML:
            return _end_of_segment(file, size) > size
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return 8 + int.from_bytes(head[4:8], "little") > size
    return False


def _end_of_boxes(file: BinaryIO, size: int) -> int:
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return at + 8
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:16], "big"), 16
        if length == 0:  # to the end of the file
            return size
        if length < header:  # no box: whatever stands here is not for this check
            return at
        at += length
    return at


def _end_of_segment(file: BinaryIO, size: int) -> int:
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(12)
        name = _vint_length(head, 0)
        width = _vint_length(head, name)
        if not name or not width or name + width > len(head):
            return at
        bits = 7 * width
        length = int.from_bytes(head[name : name + width], "big") & ((1 << bits) - 1)
        if length == (1 << bits) - 1:  # unknown, as live streams have it
            return size
        end = at + name + width + length
        if head[:name] == SEGMENT:
            return end
        at = end
    return at


def _vint_length(data: bytes, at: int) -> int:
    """Bytes of the variable-length number that begins here; 0 where none does."""
    if at >= len(data) or data[at] == 0:
        return 0
    return 9 - data[at].bit_length()
