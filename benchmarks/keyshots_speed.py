"""How fast keyshot methods train, beside plain peers: CPU seconds an epoch of 40 videos x 300 steps x 1,024.

    OMP_NUM_THREADS=1 python benchmarks/keyshots_speed.py [--methods vasnet,dsn] [--repeat 5] [--videos 8]
        [--json FILE] [--write docs/explanation/training-speed.md]

One core, CPU seconds of this process, preset `paper` (CSTA: `scratch`, MSVA: three streams). Ours is the
second epoch of the shared loop as a run calls it, with the model's own optimizer and loss, less what
checkpoints take, which is printed beside it. The peer (`peers_keyshots.py`) is the loop of the model sheets,
written plainly. Each repetition trains ours and the peer on the same videos, one after the other; the first
one warms up and is thrown away. The ratio is the median of the repetitions' ratios, peer / ours. `--videos`
are trained in a repetition and the seconds scaled to 40; PGL-SUM, whose step is the whole set, always
trains 40.

`GFLOP/s` is what ours computes in matrix products and convolutions, forward and backward, a second, and
`of peak` its share of what one large product of matrices computes a second on the same core, between the
repetitions. Cores differ, and so does one core by what runs on the machine beside it.

`reference` are the seconds of the official code on another machine. They are printed, and no ratio has them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from page_tables import replace_table
from peers_keyshots import PEERS, TrainingVideo
from torch.utils.flop_counter import FlopCounterMode

from vsumbench.config.options import compose_options
from vsumbench.contracts import (
    Annotations,
    Context,
    Feature,
    FeatureSpec,
    Folders,
    Sample,
    Seeds,
    Selection,
    Video,
)
from vsumbench.importing import load_implementation
from vsumbench.plugins import default_plugins
from vsumbench.training import checkpoints as stored

VIDEOS, STEPS, WIDTH = 40, 300, 1024
SHOT = 10
REFERENCE = {
    "vasnet": 7.4,
    "dsnet-ab": 8.7,
    "dsnet-af": 6.4,
    "pgl-sum": 10.8,
    "msva": 14.8,
    "dsn": 7.6,
    "csta": 70.1,
}
WHOLE_SET = ("pgl-sum",)
NAMES = {"msva": ("googlenet-pool5", "i3d-rgb", "i3d-flow")}


@dataclass(frozen=True)
class Row:
    """CPU seconds an epoch of 40 videos, medians; `checkpoints` are seconds for one epoch's writing.

    `speed` and `peak` are in 10^9 additions and multiplications a second.
    """

    method: str
    ours: float
    peer: float
    ratio: float
    lowest: float
    highest: float
    checkpoints: float
    speed: float
    peak: float
    reference: float


def samples(count: int, streams: Sequence[str]) -> list[Sample]:
    """Videos with random features and a target that changes from shot to shot."""
    made = []
    for number in range(count):
        draw = np.random.default_rng(number)
        target = np.repeat(draw.random(STEPS // SHOT), SHOT) + 0.05 * draw.random(STEPS)
        first = np.arange(0, STEPS, SHOT)
        features = {}
        for name in streams:
            rows = (0.03 * np.abs(draw.standard_normal((STEPS, WIDTH)))).astype(np.float32)
            spec = FeatureSpec(name=name, shape=(WIDTH,))
            features[name] = Feature(spec=spec, steps=STEPS, read=lambda rows=rows: rows)
        video = Video(
            id=f"video_{number}",
            duration=STEPS / 2,
            fps=2.0,
            n_frames=STEPS,
            picks=np.arange(STEPS),
            change_points=np.stack([first, first + SHOT - 1], axis=1),
            features=features,
        )
        made.append(Sample(video, Annotations(video_id=video.id, gtscore=target)))
    return made


def plain(sample: Sample) -> TrainingVideo:
    """The same video for a peer."""
    rows = np.concatenate([feature.read() for feature in sample.video.features.values()], axis=1)
    assert sample.annotations.gtscore is not None and sample.video.change_points is not None
    return TrainingVideo(rows, sample.annotations.gtscore, sample.video.change_points)


@contextmanager
def timed_checkpoints() -> Iterator[list[float]]:
    """CPU seconds of writing and reading checkpoints, as they come."""
    spent: list[float] = []
    kept = {name: getattr(stored.Checkpoints, name) for name in ("write", "weights")}

    def timing(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            begin = time.process_time()
            try:
                return function(*args, **named)
            finally:
                spent.append(time.process_time() - begin)

        return call

    try:
        for name, function in kept.items():
            setattr(stored.Checkpoints, name, timing(function))
        yield spent
    finally:
        for name, function in kept.items():
            setattr(stored.Checkpoints, name, function)


class Clock:
    """Progress that notes the CPU time at each step, and what checkpoints have taken until then."""

    def __init__(self, spent: list[float]) -> None:
        self.spent = spent
        self.ticks: list[tuple[float, float]] = []

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """A step is finished."""
        self.ticks.append((time.process_time(), sum(self.spent)))


def context(options: Any, folder: Path, progress: Clock) -> Context:
    """One process on the CPU, the last epoch's weights."""
    (folder / "checkpoints").mkdir()
    return Context(
        device="cpu",
        dtype="float32",
        seeds=Seeds(0),
        folders=Folders(checkpoints=folder / "checkpoints", scratch=folder),
        progress=progress,
        options=options,
        selection=Selection.LAST_EPOCH,
        validate=None,
        annotations=None,
        model=lambda name: None,
        metric=lambda name: None,
        encoder=lambda name: None,
    )


def ours(method: str, told: Sequence[Sample]) -> tuple[float, float]:
    """CPU seconds of the second epoch on these samples: training, checkpoints."""
    spec = default_plugins().model(method)
    preset = spec.preset("scratch") or spec.preset("paper")
    variant = spec.variant("all") if method == "msva" else None
    options = compose_options(spec, variant=variant, preset=preset, overrides=("epochs=2",)).options
    build = load_implementation(spec.implementation, what=method, extras=())
    with tempfile.TemporaryDirectory() as folder, timed_checkpoints() as spent:
        clock = Clock(spent)
        given = context(options, Path(folder), clock)
        model = build(options, given)
        learned = model._learned(model.features(told[0].video))
        network = model._new(learned)
        model._built = network, learned
        model.train(network, model._examples(told, learned), given, None)
    half = len(clock.ticks) // 2
    (begin, before), (end, after) = clock.ticks[half - 1], clock.ticks[-1]
    return end - begin - (after - before), after - before


def operations(method: str, told: Sequence[Sample]) -> int:
    """Additions and multiplications of an epoch on these samples, as far as torch counts them."""
    with FlopCounterMode(display=False) as counter:
        ours(method, told)
    total: int = counter.get_total_flops() // 2
    return total


def peak() -> float:
    """Operations a second of a product of large matrices."""
    matrix = torch.rand(WIDTH, WIDTH)
    begin = time.process_time()
    for _ in range(10):
        matrix @ matrix
    return 10 * 2 * WIDTH**3 / (time.process_time() - begin)


def measured(method: str, repeat: int, videos: int) -> Row:
    """Ours, the peer and the peak in turn."""
    count = VIDEOS if method in WHOLE_SET else videos
    told = samples(count, NAMES.get(method, ("googlenet-pool5",)))
    plainly = [plain(sample) for sample in told]
    step = PEERS[method]()
    found = []
    for _ in range(repeat + 1):
        mine, written = ours(method, told)
        begin = time.process_time()
        for batch in [plainly] if method in WHOLE_SET else [[video] for video in plainly]:
            step(batch)
        theirs = time.process_time() - begin
        found.append((mine * VIDEOS / count, theirs * VIDEOS / count, written, peak()))
    kept = found[1:]
    ratios = [theirs / mine for mine, theirs, *_ in kept]
    mine, theirs, written, most = (statistics.median(column) for column in zip(*kept, strict=True))
    speed = operations(method, told) * VIDEOS / count / mine / 1e9
    return Row(
        method,
        *(mine, theirs, statistics.median(ratios), min(ratios), max(ratios), written, speed, most / 1e9),
        REFERENCE[method],
    )


HEAD = (
    "| method | ours, s | peer, s | peer / ours | from, to | writing, s | GFLOP/s | of peak | reference, s |",
    "| --- |" + " ---: |" * 8,
)


def line(row: Row) -> str:
    """A row of the table."""
    return (
        f"| `{row.method}` | {row.ours:.2f} | {row.peer:.2f} | {row.ratio:.2f} | {row.lowest:.2f}, "
        f"{row.highest:.2f} | {row.checkpoints:.2f} | {row.speed:.0f} | {row.speed / row.peak:.2f} | "
        f"{row.reference} |"
    )


def main() -> int:
    """Print a table; with `--json` and `--write`, write it too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--methods", default=",".join(PEERS))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--videos", type=int, default=8)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", type=Path, help="page whose table is replaced")
    given = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        parser.error("set OMP_NUM_THREADS=1: seconds are those of one core")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = []
    print("\n".join(HEAD))
    for method in given.methods.split(","):
        row = measured(method, given.repeat, given.videos)
        rows.append(row)
        print(line(row), flush=True)
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    if given.write:
        machine = (
            f"One core, Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}."
        )
        text = "\n".join([*HEAD, *map(line, rows), "", machine])
        replace_table(given.write, text, "benchmarks/keyshots_speed.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
