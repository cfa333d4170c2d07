"""Run the conformance checks of a kind on one plugin."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vsumbench.entrypoints import Kind
from vsumbench.errors import UsageError
from vsumbench.hookspecs import Check as AddedCheck
from vsumbench.plugins import Plugins, default_plugins

from . import (
    dataset_checks,
    metric_checks,
    model_bounds_checks,
    model_output_checks,
    model_spec_checks,
    model_state_checks,
)
from .checks import Check, CheckResult, run_check
from .common_checks import common_checks, require_texts
from .dataset_subject import DatasetSubject
from .metric_subject import MetricSubject
from .model_subject import ModelSubject
from .subject import Subject

_OWN: dict[Kind, tuple[Check, ...]] = {
    Kind.MODEL: (
        *model_spec_checks.CHECKS,
        *model_output_checks.CHECKS,
        *model_state_checks.CHECKS,
        *model_bounds_checks.CHECKS,
    ),
    Kind.DATASET: dataset_checks.CHECKS,
    Kind.METRIC: metric_checks.CHECKS,
}
_SUBJECTS: dict[Kind, type[Subject]] = {
    Kind.MODEL: ModelSubject,
    Kind.DATASET: DatasetSubject,
    Kind.METRIC: MetricSubject,
}
_TITLE = Check("metadata", "a title is given", lambda subject: require_texts(subject, ("title",)))


def checks_for(kind: Kind | str, plugins: Plugins) -> tuple[Check, ...]:
    """The checks of a kind, those that hook plugins add included. Kinds without a suite of their own get the
    checks that concern every spec.

    Raises:
        UsageError: there is no such kind.
    """
    kind = _kind(kind)
    own = (*common_checks(kind), *_OWN.get(kind, (_TITLE,)))
    taken = {check.name for check in own}
    added = []
    for answer in plugins.hooks().collect("conformance_checks", kind=kind.value):
        for extra in answer:
            name, number = extra.name, 2
            while name in taken:
                name, number = f"{extra.name} ({number})", number + 1
            taken.add(name)
            added.append(Check(name, extra.name, _of_hook(extra)))
    return (*own, *added)


def _of_hook(added: AddedCheck) -> Callable[[Subject], None]:
    return lambda subject: added.check(subject.spec)


@contextmanager
def open_subject(kind: Kind | str, name: str, plugins: Plugins) -> Iterator[Any]:
    """The plugin under test, with a folder that goes away afterwards.

    Raises:
        UnknownNameError, CollisionError, PluginError: its spec cannot be had.
    """
    kind = _kind(kind)
    # With the argument in its brackets, or its default one.
    taking: Mapping[Kind, Callable[[str], Any]] = {Kind.MODEL: plugins.model, Kind.METRIC: plugins.metric}
    spec = taking[kind](name) if kind in taking else plugins.spec(kind, name)
    entry = plugins.origin(kind, name)
    with tempfile.TemporaryDirectory(prefix="vsumbench-check-", ignore_cleanup_errors=True) as folder:
        yield _SUBJECTS.get(kind, Subject)(kind, spec, entry, plugins, Path(folder))


def check_plugin(
    kind: Kind | str,
    name: str,
    plugins: Plugins | None = None,
    *,
    told: Callable[[CheckResult], None] | None = None,
) -> list[CheckResult]:
    """Run every check of a kind on one plugin.

    Args:
        kind: `model`, `dataset`, `metric`, or another kind of plugin.
        name: as on the command line: a name, `package.module:SPEC` or `./file.py:SPEC`.
        plugins: where names are looked up; the installed ones where not given.
        told: is told each result as it comes.

    Raises:
        UsageError: there is no such kind.
        UnknownNameError, CollisionError, PluginError: the spec cannot be had, so there is nothing to check.
    """
    plugins = plugins or default_plugins()
    results = []
    with open_subject(kind, name, plugins) as subject:
        for check in checks_for(kind, plugins):
            results.append(run_check(check, subject))
            if told is not None:
                told(results[-1])
    return results


def _kind(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise UsageError(f"{kind!r} is no kind of plugin.", f"Kinds: {', '.join(Kind)}.") from None
