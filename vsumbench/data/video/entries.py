"""At which key frames decoding can begin without changing a pixel of what follows."""

from __future__ import annotations

ENTERED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
"""Containers that are entered at a key frame: their index says where it stands."""
CODECS = frozenset(
    {"h264", "hevc", "mpeg4", "mpeg2video", "vp8", "vp9", "av1", "ffv1", "mjpeg", "prores", "dnxhd"}
)
"""Codecs of which the tests compare both ways of reading, and those without any memory between frames."""


def is_entry(codec: str, packet: bytes, nal_length: int) -> bool:
    """Whether this packet of a key frame is one.

    A key frame of H.264 is an entry where it is an IDR picture: after a mere recovery point, frames may
    follow that lean on what stands before it.

    Args:
        codec: FFmpeg's name of the codec.
        packet: the encoded picture.
        nal_length: bytes of the length before each NAL unit; 0 where they stand behind start codes.
    """
    if codec != "h264":
        return codec in CODECS
    return any(kind == 5 for kind in _h264_kinds(packet, nal_length))


def is_hidden(codec: str, first: int) -> bool:
    """Whether a packet that begins with this byte is decoded but never shown: a reference for others."""
    if codec == "vp8":
        return not first & 0x10
    return False


def nal_length_of(extradata: bytes | None) -> int:
    """Bytes of the length before each NAL unit of H.264, from the header of its stream; 0: start codes."""
    if not extradata or extradata[0] != 1 or len(extradata) < 5:
        return 0
    return (extradata[4] & 3) + 1


def _h264_kinds(packet: bytes, nal_length: int) -> list[int]:
    kinds, at = [], 0
    if nal_length:
        while at + nal_length < len(packet):
            size = int.from_bytes(packet[at : at + nal_length], "big")
            kinds.append(packet[at + nal_length] & 31)
            at += nal_length + size
        return kinds
    while (at := packet.find(b"\x00\x00\x01", at)) >= 0 and at + 3 < len(packet):
        kinds.append(packet[at + 3] & 31)
        at += 3
    return kinds
