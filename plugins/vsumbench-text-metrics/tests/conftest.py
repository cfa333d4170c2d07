"""A small video to build annotations for, a program in the place of Java; helpers become importable."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from vsumbench_text_metrics import java, meteor

from vsumbench.contracts import Video

sys.path.insert(0, str(Path(__file__).parent))

# METEOR reads its paraphrase table for a quarter of a minute: one process for all tests of a test process.
meteor.IDLE_SECONDS = 3600.0


@pytest.fixture
def video() -> Video:
    return Video(id="v1", duration=30.0, fps=30.0, n_frames=900, picks=np.arange(0, 900, 15))


@pytest.fixture
def fake_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a shell script named java first on PATH; it writes its process id to the file that is returned."""

    meteor.release()

    def make(script: str) -> Path:
        pids = tmp_path / "pids"
        program = tmp_path / "bin" / "java"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho $$ >> '{pids}'\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv(java.JAVA, raising=False)
        return pids

    return make
