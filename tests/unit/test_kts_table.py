"""The table of the kernel temporal segmentation: strips, compiled code, and where that is not to be had."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vsumbench.scoring import kts_table
from vsumbench.scoring.kts import linear_kernel

COMPILED = "vsumbench.scoring.kts_compiled"
needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


def noise(steps: int, width: int = 16, seed: int = 0) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).standard_normal((steps, width))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def filled(relax: kts_table.Relax, scatter: NDArray[np.float64], *bounds: int) -> NDArray[np.float64]:
    return np.concatenate(list(kts_table.table(scatter, *bounds, choose=lambda done, left: relax)))


def scatter_of(name: str) -> NDArray[np.float64]:
    if name == "short is best":  # no scatter of any features: rewards every segment that is too short
        steps = np.arange(1300)
        return np.sqrt(np.maximum(steps[None, :] - steps[:, None] + 1.0, 0.0))
    rows = {
        "unlike": noise(1300),
        "ties": np.random.default_rng(1).integers(-1, 2, (700, 2)),
        "equal": np.full((600, 5), 0.3),
    }
    return kts_table.scatters(linear_kernel(rows[name]))[0]


SCATTERS = pytest.mark.parametrize("name", ["short is best", "unlike", "ties", "equal"])
# Change points, least and greatest length; the last with lengths that end amid a compiled group of starts.
BOUNDS = pytest.mark.parametrize(
    "bounds", [(20, 1, 100_000), (3, 37, 500), (12, 1, 300), (16, 5, 2000), (17, 2, 97), (6, 2, 603)]
)


@BOUNDS
@SCATTERS
def test_strips_of_any_width_fill_the_same_table(
    name: str, bounds: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    scatter = scatter_of(name)
    whole = filled(kts_table.relax, scatter, *bounds)
    monkeypatch.setattr(kts_table, "_STRIP", 333)
    assert np.array_equal(filled(kts_table.relax, scatter, *bounds), whole)


@needs_numba
@BOUNDS
@SCATTERS
def test_the_compiled_table_is_the_same_to_the_last_bit(name: str, bounds: tuple[int, int, int]) -> None:
    compiled = importlib.import_module(COMPILED)
    scatter = scatter_of(name)
    assert np.array_equal(filled(compiled.relax, scatter, *bounds), filled(kts_table.relax, scatter, *bounds))


def test_compiled_running_sums_are_the_same_to_the_last_bit() -> None:
    compiled = importlib.import_module(COMPILED)
    kernel = np.random.default_rng(0).standard_normal((60, 60))
    ours, theirs = kernel.copy(), kernel.copy()
    compiled.accumulate(ours)
    kts_table.accumulate(theirs)
    assert np.array_equal(ours, theirs)
    assert np.array_equal(theirs, np.cumsum(np.cumsum(kernel, axis=0), axis=1))


def test_filling_the_table_leaves_numpys_buffer_as_it_was() -> None:
    usual = np.setbufsize(4096)
    try:
        filled(kts_table.relax, linear_kernel(noise(20)), 3, 1, 20)
        assert np.getbufsize() == 4096
    finally:
        np.setbufsize(usual)


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not loaded the compiled code yet."""
    monkeypatch.delitem(sys.modules, COMPILED, raising=False)


@pytest.mark.usefixtures("unloaded")
def test_small_runs_and_runs_almost_done_do_not_load_compiled_code() -> None:
    assert kts_table.suited(0, 10**12) is kts_table.relax
    assert kts_table.suited(10**12, 10**6) is kts_table.relax
    assert COMPILED not in sys.modules


@needs_numba
@pytest.mark.usefixtures("unloaded")
def test_long_runs_load_compiled_code_once_and_use_it_from_then_on() -> None:
    compiled = kts_table.suited(kts_table.PATIENCE, kts_table.WORTHWHILE)
    assert compiled is sys.modules[COMPILED].relax
    assert kts_table.suited(0, 1) is compiled


@pytest.mark.usefixtures("unloaded")
def test_without_numba_long_runs_go_on_in_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    assert kts_table.suited(10**12, 10**12) is kts_table.relax


@needs_numba
def test_an_install_that_cannot_be_written_to_compiles_for_the_process(tmp_path: Path) -> None:
    """Neither beside the package nor in the home folder: numba refuses to keep the code, not to run it."""
    package = Path(kts_table.__file__).parent
    copied = tmp_path / "vsumbench" / "scoring"
    copied.mkdir(parents=True)
    for name in ("__init__.py", "kts_table.py", "kts_compiled.py"):
        (copied / name).write_bytes((package / name).read_bytes())
    (copied.parent / "__init__.py").touch()
    (copied / "__pycache__").touch()  # a file where the folder would be
    statement = (
        "import numpy as np; from vsumbench.scoring import kts_compiled\n"
        "rows = np.full((1, 4), np.inf); scatter = np.zeros((3, 3))\n"
        "kts_compiled.relax(scatter, np.zeros(4), rows, 1, 1, 9)\n"
        "print(kts_compiled.__file__); print(rows[0].tolist())"
    )
    environment = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/cache", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", statement],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines() == [str(copied / "kts_compiled.py"), "[inf, inf, 0.0, 0.0]"]
