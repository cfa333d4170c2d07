"""Memory and speed of decoding, measured side by side in one run.

    python benchmarks/video.py [--minutes 120] [--repeat 5] [--video FILE] [--out video.json]

1. A video of `--minutes` is made by repeating the packets of one encoded group of pictures with later times,
   and `color-motion` is extracted from it at two steps a second in a process of its own. Its peak resident
   memory (Linux) stands beside that of a process that imported the same modules, built the extractor and read
   nothing. Exits 1 if they differ by `--limit` or more.
2. All frames of a video (`--video`, else a generated one of 1280 x 720) through `stream_frames` and through a
   plain PyAV loop (`decode`, `to_ndarray`), in turn and after a warm-up: median of the ratios of frames a
   second. Exits 1 below `--ratio`.
3. Two steps a second against every frame, with sparse and with dense key frames; decoded from the start, and
   with jumps.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.data.video import Sampling, encode, probe, stream_frames

READ = r"""
import re, sys, time
import numpy as np, av
from vsumbench.data.video import open_video
from vsumbench.plugins import default_plugins
from vsumbench.running.extracting import extraction_context, make, prepare_extractor
plugins = default_plugins()
spec = plugins.extractor("color-motion")
extraction = prepare_extractor(plugins, spec, extraction_context(plugins, "cpu"))
extraction.build()
start, steps = time.perf_counter(), 0
if len(sys.argv) > 1:
    video = open_video(sys.argv[1])
    steps = len(make(video, extraction))
    assert steps == video.steps
# Not ru_maxrss: a process starts with that of its parent.
peak = int(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1]) / 1024
print(peak, steps, time.perf_counter() - start)
"""


def drawn(count: int, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Frames of a rolling texture."""
    ground = np.random.default_rng(0).integers(0, 255, (height // 8, width // 8, 3)).astype(np.uint8)
    ground = np.repeat(np.repeat(ground, 8, axis=0), 8, axis=1)
    for index in range(count):
        yield np.roll(ground, 3 * index, axis=1)


def repeated(source: Path, target: Path, times: int) -> None:
    """The packets of a clip, `times` over, each round later by the clip's length; nothing is encoded."""
    import av

    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = writer.add_stream_from_template(reader.streams.video[0])
        packets = [packet for packet in reader.demux(video=0) if packet.size]
        content = [(bytes(p), p.pts, p.dts, p.duration, p.is_keyframe) for p in packets]
        base = packets[0].time_base
        length = sum(packet.duration or 0 for packet in packets)
        for round_ in range(times):
            for data, pts, dts, duration, key in content:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.duration = stream, base, duration
                packet.pts, packet.dts = (pts or 0) + round_ * length, (dts or 0) + round_ * length
                packet.is_keyframe = key
                writer.mux(packet)


def peak(arguments: list[str]) -> tuple[float, int, float]:
    """Peak resident MiB, steps read and seconds of a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", READ, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    memory, steps, seconds = done.stdout.split()
    return float(memory), int(steps), float(seconds)


def timed(work: Callable[[], int]) -> tuple[int, float]:
    """What it counted, and the CPU seconds it took: other processes do not count."""
    start = time.process_time()
    return work(), time.process_time() - start


def plainly(path: Path) -> int:
    """Every frame as RGB, by PyAV alone."""
    import av

    count = 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            pixels = frame.to_ndarray(format="rgb24")
            count += pixels.ndim == 3
    return count


def memory(folder: Path, minutes: float) -> dict[str, float]:
    """Part 1."""
    gop, long = folder / "gop.mp4", folder / "long.mp4"
    encode(gop, drawn(60, 640, 360), 30, gop=60, options={"x264-params": "scenecut=0:threads=1"})
    repeated(gop, long, round(minutes * 60 / 2))
    info = probe(long)
    idle, _, _ = peak([])
    used, steps, seconds = peak([str(long)])
    return {
        "minutes": info.duration / 60,
        "frames": info.n_frames,
        "steps": steps,
        "seconds": seconds,
        "idle MiB": idle,
        "peak MiB": used,
        "above idle MiB": used - idle,
    }


def throughput(path: Path, repeat: int) -> dict[str, float]:
    """Part 2."""
    ours, theirs = [], []
    for number in range(repeat + 1):
        count, one = timed(lambda: sum(frame.pixels.ndim == 3 for frame in stream_frames(path)))
        same, other = timed(lambda: plainly(path))
        assert count == same
        if number:  # the first round warms up
            ours.append(count / one)
            theirs.append(count / other)
    return {
        "stream_frames frames/s": statistics.median(ours),
        "plain PyAV frames/s": statistics.median(theirs),
        "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
    }


def sampled(folder: Path, repeat: int) -> dict[str, dict[str, float]]:
    """Part 3: CPU seconds for 20 s of video."""
    found = {}
    for name, gop in (("key frame every 250", 250), ("key frame every 15", 15)):
        path = folder / f"gop{gop}.mp4"
        encode(path, drawn(600, 640, 360), 30, gop=gop, options={"x264-params": "scenecut=0:threads=1"})
        info = probe(path)
        picks = Sampling("fps", 2).picks(info.times, info.duration)
        ways: dict[str, Callable[[], int]] = {
            "every frame": lambda path=path, info=info: sum(1 for _ in stream_frames(path, info=info)),
            "2 a second, from the start": lambda path=path, info=info, picks=picks: sum(
                1 for _ in stream_frames(path, picks, info=info, method="sequential")
            ),
            "2 a second, with jumps": lambda path=path, info=info, picks=picks: sum(
                1 for _ in stream_frames(path, picks, info=info)
            ),
            "probe": lambda path=path: probe(path).n_frames,
        }
        found[name] = {
            way: statistics.median(timed(work)[1] for _ in range(repeat)) for way, work in ways.items()
        }
    return found


def main() -> int:
    """Run all parts; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--video", type=Path)
    parser.add_argument("--limit", type=float, default=600, help="MiB above the idle process")
    parser.add_argument("--ratio", type=float, default=0.9, help="of the frames a second of plain PyAV")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = asked.video
        if video is None:
            video = folder / "hd.mp4"
            encode(video, drawn(120, 1280, 720), 25)
        results = {
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "memory": memory(folder, asked.minutes),
            "throughput": throughput(video, asked.repeat),
            "sampled, CPU seconds": sampled(folder, asked.repeat),
        }
    text = json.dumps(results, indent=1)
    print(text)
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")
    fine = results["memory"]["above idle MiB"] < asked.limit and results["throughput"]["ratio"] >= asked.ratio
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
