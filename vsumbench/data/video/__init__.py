"""Video files: what is in them, their frames in bounded memory, and small ones written. Public to plugins.

    info = probe(path)
    for frame in stream_frames(path, Sampling("fps", 2).picks(info.times, info.duration), info=info): ...
    video = open_video(path, sampling=Sampling.parse("count=64"))

Needs PyAV (`pip install 'vsumbench[video]'`), which is imported when a file is opened.
"""

from .encoding import encode
from .info import PacketIndex, VideoInfo
from .opening import check_file
from .probing import probe
from .reading import decodable, open_video
from .sampling import Sampling
from .streaming import stream_frames

__all__ = [
    "PacketIndex",
    "Sampling",
    "VideoInfo",
    "check_file",
    "decodable",
    "encode",
    "open_video",
    "probe",
    "stream_frames",
]
