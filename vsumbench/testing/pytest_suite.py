"""The conformance suite as pytest tests: one line in a plugin's test module, one test a check."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

from vsumbench.entrypoints import Kind
from vsumbench.plugins import Plugins, default_plugins

from .checks import Check, Outcome, run_check
from .suite import checks_for, open_subject

if TYPE_CHECKING:
    from .subject import Subject


def conformance(kind: Kind | str, name: str, plugins: Plugins | None = None) -> Callable[..., None]:
    """A parametrised test function over every check of a kind.

        from vsumbench.testing import conformance

        test_conformance = conformance("model", "mymodel")

    The plugin is loaded when the first test runs, and what checks share (a trained model) is made once.

    Args:
        kind: `model`, `dataset`, `metric`, or another kind of plugin.
        name: as on the command line: an installed name, `package.module:SPEC` or `./file.py:SPEC`.
        plugins: where names are looked up; the installed ones where not given.

    Raises:
        UsageError: there is no such kind.
    """
    import pytest

    known = plugins or default_plugins()

    @cache
    def subject() -> Subject:
        stack = ExitStack()
        atexit.register(stack.close)
        found: Subject = stack.enter_context(open_subject(kind, name, known))
        return found

    checks = checks_for(kind, known)

    @pytest.mark.parametrize("check", checks, ids=[check.name for check in checks])
    def test_conformance(check: Check) -> None:
        result = run_check(check, subject())
        if result.outcome is Outcome.SKIP:
            pytest.skip(result.message)
        if result.outcome is Outcome.FAIL:
            pytest.fail(f"{check.description}: {result.message}", pytrace=False)

    test_conformance.__doc__ = f"The conformance suite on {Kind(kind)} {name!r}."
    decorated: Any = test_conformance
    test: Callable[..., None] = decorated
    return test
