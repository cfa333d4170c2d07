"""What a conformance check is, and what comes of running one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vsumbench.errors import UnavailableError, VsumbenchError, WeightsMissingError
from vsumbench.importing import one_line


class Outcome(StrEnum):
    """How a check ended."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Check:
    """One named property of a plugin.

    Attributes:
        name: short and unique within its kind; the test id.
        description: what holds when the check passes, as a sentence.
        run: called with the subject; returns a remark or None, raises `Failed` or `Skipped`.
    """

    name: str
    description: str
    run: Callable[[Any], str | None]


@dataclass(frozen=True)
class CheckResult:
    """What a check found. `message` is one line: the reason of a failure or a skip, or a remark."""

    name: str
    description: str
    outcome: Outcome
    message: str = ""


class Failed(AssertionError):  # noqa: N818 - it is an outcome, not an error of ours
    """The property does not hold; the text says what was found."""


class Skipped(Exception):  # noqa: N818 - as above
    """The property cannot be looked at here, or does not concern this plugin; the text says why."""


def require(holds: object, reason: str) -> None:
    """Fail the check unless `holds`. Unlike `assert`, it also counts under `python -O`."""
    if not holds:
        raise Failed(reason)


def run_check(check: Check, subject: Any) -> CheckResult:
    """Run one check. Whatever a plugin raises is a failure of that check alone.

    Weights or packages that are not installed make a skip: they say nothing about the plugin.
    """
    try:
        remark = check.run(subject)
    except Skipped as reason:
        return CheckResult(check.name, check.description, Outcome.SKIP, _line(reason))
    except (WeightsMissingError, UnavailableError) as error:
        return CheckResult(check.name, check.description, Outcome.SKIP, _line(error))
    except AssertionError as reason:
        # The first line: under pytest a plain assert goes on with the values it compared.
        said = str(reason).partition("\n")[0].strip()
        return CheckResult(check.name, check.description, Outcome.FAIL, said or "an assertion failed")
    except VsumbenchError as error:
        return CheckResult(check.name, check.description, Outcome.FAIL, _line(error))
    except Exception as error:
        text = f"raised {one_line(error)}"
        return CheckResult(check.name, check.description, Outcome.FAIL, " ".join(text.split()))
    return CheckResult(check.name, check.description, Outcome.PASS, remark or "")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
