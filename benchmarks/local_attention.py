"""Attention along the band against attention over the whole matrix, as the released code computes it.

    python benchmarks/local_attention.py [--device cuda]

One layer's attention of VTSUM-BLIP (12 heads of 64, two steps on each side), forward and backward, at 512 and
4,096 steps. Two peers: the whole matrix with a mask through torch's own fused attention, and the whole matrix
written out, as the released code has it. Time: median of repeated runs in turn, after a warm-up. Memory: what
each adds to a process of its own (on a GPU, what torch allocates).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor
from vsumbench_vtsum_blip.temporal.band import Band, banded_attention, dense_attention, dense_mask

HEADS, WIDTH, RADIUS = 12, 64, 2
STEPS = (512, 4_096)
REPEATS = {512: 15, 4_096: 3}


def written_out(queries: Tensor, keys: Tensor, values: Tensor, band: Band) -> Tensor:
    """The whole matrix, step by step."""
    logits = queries @ keys.transpose(-2, -1) * WIDTH**-0.5
    blocked = ~dense_mask(band)[:, None]
    weights = (logits + blocked * -1e4).softmax(dim=-1)
    return weights @ values


WAYS: dict[str, Callable[..., Tensor]] = {
    "band": banded_attention,
    "matrix, fused": dense_attention,
    "matrix, written out": written_out,
}


def once(way: str, steps: int, device: str) -> float:
    """Seconds of one forward and backward pass, masks included."""
    torch.manual_seed(0)
    parts = [torch.randn(1, HEADS, steps, WIDTH, device=device).requires_grad_() for _ in range(3)]
    mask = torch.ones(1, steps, dtype=torch.bool, device=device)
    _wait(device)
    begun = time.perf_counter()
    WAYS[way](*parts, Band.of(mask, RADIUS)).sum().backward()
    _wait(device)
    return time.perf_counter() - begun


def memory(way: str, steps: int, device: str) -> float:
    """MiB that one pass adds at its peak."""
    if device != "cpu":
        once(way, steps, device)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        once(way, steps, device)
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    command = [sys.executable, __file__, "--alone", way, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def alone(way: str, steps: int) -> float:
    """The same in this process, which has done nothing else; a short video comes first."""
    once(way, 32, "cpu")
    before = _peak_mib()
    once(way, steps, "cpu")
    return _peak_mib() - before


def _peak_mib() -> float:
    # Not ru_maxrss: a process starts with that of its parent.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s*(\d+)", status)
    assert found is not None, "peak memory is read on Linux"
    return int(found[1]) / 1024


def measured(steps: int, device: str) -> dict[str, dict[str, float]]:
    """Way → median seconds and MiB."""
    for way in WAYS:
        once(way, steps, device)
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(REPEATS[steps]):
        for way, found in times.items():
            found.append(once(way, steps, device))
    return {
        way: {"seconds": statistics.median(found), "mib": memory(way, steps, device)}
        for way, found in times.items()
    }


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", nargs=2, metavar=("WAY", "STEPS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.alone:
        print(alone(asked.alone[0], int(asked.alone[1])))
        return
    found: dict[int, Any] = {steps: measured(steps, asked.device) for steps in STEPS}
    if asked.json:
        print(json.dumps(found))
        return
    for steps, ways in found.items():
        band = ways["band"]
        for way, one in ways.items():
            line = f"T = {steps:5,}  {way:20}  {one['seconds'] * 1e3:9.2f} ms  {one['mib']:8.1f} MiB"
            if way != "band":
                line += f"   {one['seconds'] / band['seconds']:6.1f} x the time of the band"
                line += f", {one['mib'] / max(band['mib'], 0.1):6.1f} x its memory"
            print(line)


if __name__ == "__main__":
    main()
