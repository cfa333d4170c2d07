"""Rates worked out by hand, and recipes that cannot be followed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from vsumbench.errors import OptionValueError
from vsumbench.training.recipe import Recipe, Schedule
from vsumbench.training.schedule import rate, warmup_steps


def recipe(**settings: Any) -> Recipe:
    return Recipe(**{"epochs": 1, "batch_size": 1} | settings)


def rates(total: int, **settings: Any) -> list[float]:
    return [rate(step, total, recipe(**settings)) for step in range(total)]


def test_the_warm_up_is_linear_and_ends_at_the_peak() -> None:
    assert rates(8, warmup=0.5, schedule="constant") == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_the_cosine_is_counted_from_the_end_of_the_warm_up() -> None:
    assert rates(6, warmup=1 / 3) == pytest.approx(
        [0.5, 1.0, 1.0, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]
    )


def test_a_minimum_is_a_share_of_the_peak_and_the_limit_after_the_last_step() -> None:
    settings = recipe(warmup=0.0, minimum=0.2)
    assert rate(2, 4, settings) == pytest.approx(0.6)
    assert rate(4, 4, settings) == pytest.approx(0.2)
    assert rates(4, warmup=0.0, minimum=0.2, schedule="linear") == pytest.approx([1.0, 0.8, 0.6, 0.4])


def test_no_step_is_taken_at_rate_zero() -> None:
    schedules: tuple[Schedule, ...] = ("cosine", "linear", "constant")
    for schedule in schedules:
        for total in (1, 2, 3, 30):
            assert min(rates(total, schedule=schedule)) > 0.0


@pytest.mark.parametrize(
    ("share", "total", "steps"), [(0.1, 30, 3), (0.1, 31, 4), (0.07, 100, 7), (0, 5, 0), (1, 5, 5)]
)
def test_the_warm_up_is_rounded_up_but_not_for_the_sake_of_a_float(
    share: float, total: int, steps: int
) -> None:
    assert warmup_steps(total, recipe(warmup=share)) == steps


def test_a_step_that_is_not_there_has_no_rate() -> None:
    with pytest.raises(ValueError, match="step 5 is not one of 4"):
        rate(5, 4, recipe())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"epochs": 0}, "epochs is 0; it is a whole number, at least 1"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"accumulation": True}, "accumulation is True"),
        ({"patience": 0}, "patience is 0"),
        ({"checkpoint_every": 0}, "checkpoint_every is 0"),
        ({"warmup": 1.5}, "warmup is 1.5; it is a share"),
        ({"minimum": float("nan")}, "minimum is nan"),
        ({"clip_norm": 0.0}, "clip_norm is 0.0; it is above 0, or None"),
        ({"schedule": "step"}, "schedule 'step' is not known. It is one of cosine, linear, constant"),
    ],
)
def test_a_recipe_that_cannot_be_followed_says_why(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionValueError) as raised:
        recipe(**settings)
    assert said in str(raised.value)
