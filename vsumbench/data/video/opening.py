"""Opening a video file: one clear error for everything that is not one, and a container that is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.errors import DataDamagedError, DataMissingError, UnavailableError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

FORMATS = (
    "mov", "matroska", "avi", "mpegts", "mpeg", "flv", "ogg", "asf", "gif", "apng", "nut", "ivf", "mxf",
    "mpegvideo", "m4v", "h264", "hevc", "obu", "av1", "wtv", "rm", "yuv4mpegpipe",
    "mp3", "wav", "flac", "aac", "srt", "webvtt",
    "image2", "jpeg_pipe", "png_pipe", "bmp_pipe", "webp_pipe", "tiff_pipe", "gif_pipe", "jpegls_pipe",
)  # fmt: skip
"""Containers that are opened. Playlists are not among them: they lead to other files, and to the network."""
STILLS = frozenset({"avif", "avis", "heic", "heix", "mif1", "msf1"})
"""Brands of still pictures in a container of videos."""
ANOTHER = "Give a video file (mp4, mkv, webm, mov, avi)."


def import_av() -> Any:
    """PyAV.

    Raises:
        UnavailableError: it is not installed.
    """
    try:
        import av
    except ImportError:
        raise UnavailableError(
            "reading video files needs PyAV, which is not installed.", "pip install 'vsumbench[video]'"
        ) from None
    return av


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its video stream: the first that is no cover picture. Closed at the end.

    Raises:
        UnavailableError: PyAV is not installed.
        DataMissingError: no such file, no file, or unreadable.
        DataDamagedError: not a video, or without a video stream.
    """
    av = import_av()
    check_file(path)
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
    try:
        container = av.open(str(path.absolute()), options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise DataDamagedError(
            f"{path}: expected a video, found something FFmpeg cannot open ({reason(error)}).",
            f"{ANOTHER} If it is one, it is damaged or was cut short: get it again.",
        ) from None
    try:
        yield container, _video_stream(container, path)
    finally:
        container.close()


def check_file(path: Path) -> None:
    """Refuse what is no readable file with bytes in it.

    Raises:
        DataMissingError: not there, not a regular file, or not readable.
        DataDamagedError: empty.
    """
    try:
        # It raises for names that are too long, and in folders that nobody may look into.
        if not path.exists():
            raise DataMissingError(f"{path} does not exist.", ANOTHER)
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file"
            raise DataMissingError(f"{path} is {kind}.", ANOTHER)
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    if empty:
        raise DataDamagedError(f"{path}: expected a video, found an empty file.", "Get it again.")


def reason(error: BaseException) -> str:
    """What an error of FFmpeg says, without its number and the path, in lower case."""
    text = getattr(error, "strerror", None) or str(error)
    return text.strip().rstrip(".").lower() or type(error).__name__


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    name = container.format.name
    brand = container.metadata.get("major_brand", "").strip().lower()
    if name == "image2" or name.endswith("_pipe") or brand in STILLS:
        raise DataDamagedError(f"{path}: expected a video, found a picture ({brand or name}).", ANOTHER)
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            if stream.codec_context is None:
                raise DataDamagedError(
                    f"{path}: its video is in a codec this build of FFmpeg cannot read.", "Convert it first."
                )
            return stream
    kinds: list[str] = sorted({stream.type for stream in container.streams})
    kinds = ["a cover picture" if kind == "video" else kind for kind in kinds]
    found = f"only {' and '.join(kinds)}" if kinds else "no stream at all"
    raise DataDamagedError(f"{path}: expected a video stream, found {found}.", ANOTHER)
