"""Which frames of a file are looked at where nobody says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vsumbench.contracts import ExtractorSpec, FeatureSpec
from vsumbench.data.video import encode
from vsumbench.running.extract_from import videos_of_files

SPEC = ExtractorSpec(
    id="any",
    version="1",
    title="any",
    output=FeatureSpec(name="any", shape=(1,)),
    implementation="nowhere:build",
)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds at 8 frames a second."""
    path = tmp_path / "clip.mp4"
    encode(path, (np.full((32, 32, 3), 16 * n, np.uint8) for n in range(16)), 8)
    return path


@pytest.mark.parametrize(
    ("wish", "rules", "steps"),
    [
        ({}, {}, 4),
        ({"sampling": "fps", "rate": 4.0}, {}, 8),
        ({"sampling": "count", "rate": 5}, {}, 5),
        ({"sampling": "fps", "rate": 4.0}, {"every": 8}, 2),
    ],
)
def test_the_rule_given_goes_before_that_of_the_extractor_and_that_before_two_a_second(
    clip: Path, wish: dict[str, object], rules: dict[str, float], steps: int
) -> None:
    (video,) = videos_of_files([clip], (), rules, replace(SPEC, **wish))
    assert video.steps == steps
