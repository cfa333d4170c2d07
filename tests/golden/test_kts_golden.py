"""Kernel temporal segmentation against the reference's change points, scores and shots.

The settings of an expected entry are read off its name, `auto_ncp_n//3_vmax1_lmin4` or `nonlin_m3`.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from vsumbench.scoring.kts import (
    Segmentation,
    linear_kernel,
    segment,
    segment_fixed,
    segment_kernel,
    shot_lengths,
    shots,
)
from vsumbench.testing import golden

SCORES = 1e-6
"""The family's tolerance of scores; change points are exact."""
UNREACHABLE = 1e99
"""The reference's table starts from a huge number where ours is infinite."""
SETTINGS = {
    "vmax": ("penalty", float),
    "lmin": ("min_length", int),
    "lmax": ("max_length", int),
    "descrate": ("rate", float),
}
OTHER_KEYS = {"float32_kernel_agrees", "h5_change_points"}


def count(text: str, steps: int) -> int:
    """A number of change points: `n`, `n-1`, `n//3` or a number."""
    found = re.fullmatch(r"(n?)(//|-|\+|\*)?(\d*)", text)
    assert found, text
    left, operator, right = found.groups()
    if not left:
        return int(right)
    if not operator:
        return steps
    operations = {"//": int.__floordiv__, "-": int.__sub__, "+": int.__add__, "*": int.__mul__}
    return operations[operator](steps, int(right))


def options(words: list[str]) -> dict[str, Any]:
    """Keyword arguments from words like `vmax0.5` and `lmin4`."""
    found = {}
    for word in words:
        name = next(name for name in SETTINGS if word.startswith(name))
        keyword, kind = SETTINGS[name]
        found[keyword] = kind(word[len(name) :])
    return found


def automatic_options(name: str, steps: int) -> dict[str, Any]:
    _, _, number, *words = name.split("_")
    return {"max_change_points": count(number, steps), **options(words)}


def computed(name: str, features: np.ndarray) -> Segmentation:
    """What an expected entry of this name is about."""
    if name.startswith("auto_ncp_"):
        return segment(features, **automatic_options(name, len(features)))
    assert name.startswith("nonlin_m"), name
    number, *words = name.removeprefix("nonlin_m").split("_")
    return segment_fixed(features, count(number, len(features)), **options(words))


def automatic_keys(case: dict[str, Any]) -> list[str]:
    """The automatic settings the reference has an answer for, its default first."""
    keys = [k for k, v in case["expected"].items() if k.startswith("auto_ncp_") and not golden.raises(v)]
    return sorted(keys, key=lambda key: key != "auto_ncp_n-1_vmax1")


def features_of(case: dict[str, Any]) -> np.ndarray:
    return golden.array("kts", case["input"]["features"])


@golden.cases("kts")
def test_change_points_and_scores_are_the_references(case: dict[str, Any]) -> None:
    features = features_of(case)
    asked = {key: value for key, value in case["expected"].items() if key not in OTHER_KEYS}
    assert asked
    for name, expected in asked.items():
        if golden.raises(expected):
            with pytest.raises(ValueError):
                computed(name, features)
            continue
        known = {"change_points", "scores", "scores_0_to_mbest", "objective"}
        assert set(expected) <= known, f"unknown in {name}: {set(expected) - known}"
        found = computed(name, features)
        if "change_points" in expected:
            assert found.change_points.tolist() == expected["change_points"], name
        for key in {"scores", "scores_0_to_mbest"} & set(expected):
            scores = np.array([golden.number(score) for score in expected[key]])
            scores[scores > UNREACHABLE] = math.inf
            np.testing.assert_allclose(found.scores, scores, rtol=0, atol=SCORES, err_msg=name)
        if "objective" in expected:
            assert found.objective == pytest.approx(golden.number(expected["objective"]), abs=SCORES), name


@golden.cases("kts", having=lambda case: "h5_change_points" in case["expected"])
def test_shots_have_the_form_of_the_h5_files(case: dict[str, Any]) -> None:
    expected = case["expected"]["h5_change_points"]
    found = shots(segment(features_of(case)).change_points, expected["n_frames"], expected["sample_rate"])
    assert found.tolist() == expected["change_points"]
    assert shot_lengths(found).tolist() == expected["n_frame_per_seg"]


@golden.cases(
    "kts", having=lambda case: "float32_kernel_agrees" in case["expected"] and bool(automatic_keys(case))
)
def test_a_float32_kernel_finds_the_references_change_points_where_it_did_there(case: dict[str, Any]) -> None:
    """A float32 kernel keeps its own rounding, so another answer may be as good; never a better one."""
    features = features_of(case).astype(np.float32)
    name = automatic_keys(case)[0]
    settings = automatic_options(name, len(features))
    found = segment_kernel(features @ features.T, **settings)
    if case["expected"]["float32_kernel_agrees"]:
        assert found.change_points.tolist() == case["expected"][name]["change_points"]
    exact = segment_kernel(linear_kernel(features), **settings)
    scale = 1 + float(np.square(features, dtype=np.float64).sum())
    shared = min(len(found.scores), len(exact.scores))
    assert np.abs(found.scores[:shared] - exact.scores[:shared]).max() < 1e-5 * scale
