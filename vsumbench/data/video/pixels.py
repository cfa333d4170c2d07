"""From decoded pictures to RGB pixels as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter
    from numpy.typing import NDArray


def orientation(frame: VideoFrame) -> tuple[int, bool]:
    """How a picture is turned to be shown: degrees clockwise (0, 90, 180, 270), after mirroring or not.

    Angles between are taken as the nearest of them, as players that cannot tilt a picture do.
    """
    import numpy as np
    from av.sidedata.sidedata import Type

    data = cast(Any, frame.side_data).get(Type.DISPLAYMATRIX)  # its stub knows no keys of this type
    if data is None:
        return 0, False
    a, b, _, c, d, *_ = (int(value) for value in np.frombuffer(data, dtype=np.int32))
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    angle = float(np.degrees(np.arctan2(b, a)))
    return round(angle / 90) % 4 * 90, mirrored


SPARE = 4
"""Frames of memory that the allocator may hold on to."""


class Converter:
    """Turns decoded frames of one stream into (height, width, 3) uint8, all of one size.

    Colours are those of swscale's own conversion, as `VideoFrame.to_ndarray(format="rgb24")` gives them: the
    same on every run and number of threads. Vector instructions round otherwise than plain ones, so other
    processor families may differ by a few of 255 levels.
    """

    def __init__(self, width: int, height: int, rotation: int, mirrored: bool) -> None:
        """Args are those of the shown picture."""
        import numpy as np
        from av.video.reformatter import VideoReformatter

        self._size = (height, width) if rotation % 180 else (width, height)
        self._turns = -rotation // 90
        self._mirrored = mirrored
        self._reformatter: VideoReformatter = VideoReformatter()
        # glibc gives memory back to the system, and asks for it again, with every frame, as long as it has
        # not seen a larger block freed: half of the time of a conversion. This block is never touched.
        np.empty((SPARE, height, width, 3), dtype=np.uint8)

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The pixels of a frame; contiguous, and not shared with the decoder."""
        import numpy as np

        width, height = self._size
        shown = self._reformatter.reformat(frame, width=width, height=height, format="rgb24", threads=1)
        pixels = cast("NDArray[np.uint8]", shown.to_ndarray())
        if shown is frame:  # RGB as it was decoded: later frames may be predicted from this memory
            pixels = pixels.copy()
        if self._mirrored:
            pixels = pixels[:, ::-1]
        if self._turns:
            pixels = np.rot90(pixels, self._turns)
        return np.ascontiguousarray(pixels)
