"""How fast scoring is, beside plain peers written from the definitions and the libraries that are cited.

    OMP_NUM_THREADS=1 python benchmarks/scoring.py [--rows kts,text] [--slow-peers] [--repeat 5]
        [--write docs/explanation/scoring-speed.md]

One core, CPU seconds of this process. Each row: ours is warmed up by one call and the median of `--repeat`
calls is taken; the peer is called once where a call takes more than ten seconds, else as often. Both
answer the same question on the same input, and the answers are compared.

The reference seconds are those of the public implementations on another machine, which took 0.11 s for a
hundred tau of 2,000 values (dependencies.md section 6). That loop is run before each row here: the
calibration. A peer counts if it is the public implementation itself, or if, at the other machine's speed, it
takes at most 1.25 times the reference seconds; the ratio is then peer / ours. A slower peer proves nothing,
and the ratio is that of the table: reference seconds, at this machine's speed, / ours. Exits 1 if a ratio
misses its target.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import peers_kts
import peers_text
import peers_v2v
from page_tables import replace_table

SLACK = 1.25
CALIBRATION = 0.11
"""Seconds of `hundred_taus` on the machine of the reference seconds."""
SLOW = 10.0
"""A peer that takes longer is called once, and only with `--slow-peers` if it takes minutes."""
MINUTES = 60.0


@dataclass(frozen=True)
class Row:
    """One operation.

    Attributes:
        name: for `--rows`; the first word names the group.
        what: the operation and its size.
        reference: CPU seconds of the public implementation.
        target: least ratio.
        ours, peer: the two answers to the same question.
        same: whether the answers are equal, or as near as the definition allows.
        library: the peer is the public implementation itself, so that it counts whatever it takes.
    """

    name: str
    what: str
    reference: float
    target: float
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    same: Callable[[Any, Any], bool]
    library: bool = False


@dataclass(frozen=True)
class Result:
    """What a row gave, CPU seconds."""

    name: str
    what: str
    reference: float
    target: float
    ours: float
    peer: float | None
    against: str
    ratio: float
    same: bool | None
    calibration: float

    @property
    def reached(self) -> bool:
        """Whether the ratio reaches its target with equal answers."""
        return self.ratio >= self.target and self.same is not False


def calibration() -> float:
    """How much faster this machine is, just now, than that of the reference seconds."""
    peers_v2v.hundred_taus()
    return CALIBRATION / seconds(peers_v2v.hundred_taus, 5)[0]


def seconds(call: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """The median CPU seconds of a call, and its last answer; one call is enough for a slow one."""
    times: list[float] = []
    answer = None
    for _ in range(repeat):
        began = time.process_time()
        answer = call()
        times.append(time.process_time() - began)
        if times[0] > SLOW:
            break
    return statistics.median(times), answer


def measure(row: Row, repeat: int, slow_peers: bool) -> Result:
    """Ours and the peer's seconds for one row."""
    faster = calibration()
    row.ours()
    ours, answer = seconds(row.ours, repeat)
    peer: float | None = None
    same: bool | None = None
    if slow_peers or row.reference < MINUTES:
        peer, expected = seconds(row.peer, repeat)
        same = row.same(answer, expected)
    counts = peer is not None and (row.library or peer * faster <= SLACK * row.reference)
    against, slow = (
        ("library" if row.library else "peer", peer) if counts else ("table", row.reference / faster)
    )
    assert slow is not None
    return Result(
        row.name, row.what, row.reference, row.target, ours, peer, against, slow / ours, same, faster
    )


def near(one: Any, other: Any, tolerance: float = 1e-9) -> bool:
    """Whether two answers of numbers agree, relative to the larger."""
    return bool(np.allclose(np.asarray(one), np.asarray(other), rtol=tolerance, atol=1e-15))


# The rows -------------------------------------------------------------------------------------------------


def kts_rows() -> list[Row]:
    """KTS of 5,000 steps of 1,024 numbers: in blocks as videos are, and of random directions."""
    from vsumbench.scoring.kts import segment

    rows = []
    for data in ("blocks", "orthogonal"):
        made = cache(lambda data=data: peers_kts.DATA[data](5000))
        for count, reference in ((4999, 466.0), (200, 107.0)):
            rows.append(
                Row(
                    f"kts-{data}-{count}",
                    f"KTS 5,000 x 1024, ncp {count:,}, {data}",
                    reference,
                    15,
                    lambda made=made, count=count: segment(made(), max_change_points=count).change_points,
                    lambda made=made, count=count: peers_kts.auto(made(), count),
                    lambda one, other: np.array_equal(one, other),
                )
            )
    return rows


def vector_rows() -> list[Row]:
    """Knapsack, keyshot summary and rank correlations."""
    from vsumbench.scoring.keyshots import keyshot_summary
    from vsumbench.scoring.knapsack import knapsack
    from vsumbench.scoring.overlap import f1_scores
    from vsumbench.scoring.rank import RankedRows, kendall_tau_b, levels, spearman_rho
    from vsumbench.scoring.shots import hold, top_share

    video = peers_v2v.shot_video()
    values, weights, capacity = peers_v2v.knapsack_problem(video)
    arrays = np.asarray(values), np.asarray(weights)
    rated = peers_v2v.rated_videos()
    chosen = peers_v2v.selected_videos()

    def correlations(full: bool) -> tuple[float, float]:
        pairs = []
        for one in rated:
            frames = one.ratings.shape[1]
            # The peer holds scores as single precision.
            scores = hold(one.scores, one.picks, frames).astype(np.float32) if full else one.scores
            predicted = levels(scores)
            users = RankedRows(one.ratings if full else one.ratings[:, one.picks])
            pairs.append((users.kendall(predicted).mean(), users.spearman(predicted).mean()))
        tau, rho = np.mean(pairs, axis=0)
        return float(tau), float(rho)

    def videoxum() -> tuple[float, ...]:
        found = []
        for one in chosen:
            selections = one.selected.astype(np.bool_)
            predicted, mean = levels(one.saliency), levels(selections.mean(axis=0))
            f1 = f1_scores(top_share(one.saliency), selections).mean()
            found.append((f1, kendall_tau_b(predicted, mean), spearman_rho(predicted, mean)))
        return tuple(np.mean(found, axis=0))

    videos = len(chosen)
    return [
        Row(
            "knapsack",
            "knapsack, 10,000 frames, 200 shots, exact",
            0.15,
            50,
            lambda: np.flatnonzero(knapsack(*arrays, capacity)).tolist(),
            lambda: sorted(peers_v2v.knapsack(values, weights, capacity)),
            lambda one, other: one == other,
        ),
        Row(
            "summary",
            "scores → keyshot summary, 10,000 frames",
            0.18,
            30,
            lambda: keyshot_summary(
                hold(video.scores, video.picks, video.n_frames), video.change_points, video.n_frames
            ),
            lambda: peers_v2v.keyshot_summary(video),
            lambda one, other: np.array_equal(one, other.astype(np.bool_)),
        ),
        Row(
            "correlations-2fps",
            "TVSum-like tau + rho, 50 videos x 20 users, 2 fps",
            2.7,
            15,
            lambda: correlations(False),
            lambda: peers_v2v.per_user_2fps(rated),
            near,
        ),
        Row(
            "correlations-full",
            "TVSum-like tau + rho, 50 videos x 20 users, full rate",
            7.4,
            15,
            lambda: correlations(True),
            lambda: peers_v2v.per_user_full(rated),
            near,
        ),
        Row(
            "videoxum",
            f"VideoXum F1 + tau + rho, 10 annotators, {videos} videos",
            0.060 * videos,
            40,
            videoxum,
            lambda: peers_v2v.videoxum(chosen),
            near,
        ),
    ]


def text_rows() -> list[Row]:
    """Text metrics on 4,000 paragraphs; the peers are the libraries' own scorers."""
    texts = cache(peers_text.load)
    targets = {"BLEU": 4.0, "ROUGE-L": 4.0, "CIDEr": 4.0, "rouge-score": 4.0}
    return [
        Row(
            f"text-{name.lower()}",
            f"{name}, 4,000 paragraphs",
            peers_text.REFERENCE_SECONDS[name],
            target,
            lambda name=name: peers_text.OURS[name](texts()),
            lambda name=name: peers_text.PEERS[name](texts()),
            lambda one, other, name=name: peers_text.largest_difference(name, texts()) <= 1e-12,
            library=True,
        )
        for name, target in targets.items()
    ]


GROUPS = {"kts": kts_rows, "vectors": vector_rows, "text": text_rows}


# Output ---------------------------------------------------------------------------------------------------


def table(results: Sequence[Result], machine: str) -> str:
    """The results as a Markdown table."""
    lines = [
        "| operation | reference s | peer s | ours s | ratio | against | target | same answer |",
        "| --- | ---: | ---: | ---: | ---: | --- | ---: | --- |",
    ]
    for one in results:
        peer = "not run" if one.peer is None else f"{one.peer:.3g}"
        same = {None: "not compared", True: "yes", False: "NO"}[one.same]
        lines.append(
            f"| {one.what} | {one.reference:g} | {peer} | {one.ours:.3g} | {one.ratio:.1f}x | {one.against} "
            f"| {one.target:g}x | {same} |"
        )
    return "\n".join([*lines, "", machine])


def machine(results: Sequence[Result]) -> str:
    """What it was measured on, in a sentence."""
    found = [one.calibration for one in results]
    return (
        f"One core, Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}; by the "
        f"calibration loop {min(found):.2f} to {max(found):.2f} times as fast as the machine of the table."
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", default="", help="comma-separated beginnings of row names; all by default")
    parser.add_argument("--slow-peers", action="store_true", help="run peers that take minutes, once")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--write", type=Path, help="page whose table is replaced")
    parser.add_argument("--json", type=Path, help="file for the results")
    asked = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        parser.error("one core is measured: set OMP_NUM_THREADS=1")
    wanted = tuple(filter(None, asked.rows.split(",")))
    rows = [row for group in GROUPS.values() for row in group()]
    results = []
    for row in rows:
        if not wanted or row.name.startswith(wanted):
            results.append(measure(row, asked.repeat, asked.slow_peers))
            one = results[-1]
            peer = "not run" if one.peer is None else f"{one.peer:.3g} s"
            print(
                f"{one.what}: ours {one.ours:.3g} s, peer {peer}, {one.ratio:.1f}x against the {one.against} "
                f"(target {one.target:g}x)",
                flush=True,
            )
    text = table(results, machine(results))
    print(f"\n{text}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in results], indent=1), encoding="utf-8")
    if asked.write:
        replace_table(asked.write, text, "benchmarks/scoring.py")
    sys.exit(0 if all(one.reached for one in results) else 1)


if __name__ == "__main__":
    main()
