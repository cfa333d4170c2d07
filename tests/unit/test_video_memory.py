"""Memory of reading a long video: that of a few frames. The benchmark reads two hours, this ten minutes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "video.py"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs /proc")
def test_ten_minutes_are_read_within_the_memory_of_a_few_frames(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("benchmark_of_video", BENCHMARK)
    assert spec is not None and spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    found = benchmark.memory(tmp_path, 10)
    assert found["frames"] == 18_000 and found["steps"] == 1_200
    # 640 x 360 pixels in RGB are 0.7 MiB; the decoder and the index of packets come on top.
    assert 0 < found["above idle MiB"] < 60
