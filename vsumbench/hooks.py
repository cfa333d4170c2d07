"""Calling hooks: plugins are registered and implementations called one by one; none stops another."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import close_matches
from .importing import one_line

if TYPE_CHECKING:
    from pluggy import HookImpl, PluginManager


@dataclass(frozen=True)
class HookFailure:
    """One implementation that raised."""

    plugin: str
    hook: str
    error: Exception

    def __str__(self) -> str:
        return f"hook {self.hook} of plugin {self.plugin} raised {one_line(self.error)}"


def _warn(line: str) -> None:
    print(f"vsumbench: warning: {line}", file=sys.stderr, flush=True)


class Hooks:
    """The registered hook plugins.

    Args:
        report: takes one warning line for each implementation that raises. Default: standard error.
    """

    def __init__(self, report: Callable[[str], None] = _warn) -> None:
        self._report = report
        self._manager: PluginManager | None = None

    def register(self, plugin: object, name: str) -> str | None:
        """Add a plugin. Returns None, or one line saying why it cannot be used and is not registered."""
        from pluggy import PluginManager, PluginValidationError

        from . import hookspecs

        if self._manager is None:
            self._manager = PluginManager(hookspecs.PROJECT)
            self._manager.add_hookspecs(hookspecs)
        manager = self._manager
        try:
            manager.register(plugin, name=name)
            manager.check_pending()
        except (PluginValidationError, ValueError) as error:
            if manager.get_plugin(name) is plugin:
                manager.unregister(plugin)
            return _on_one_line(error)
        callers = manager.get_hookcallers(plugin) or []
        for caller in callers:
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin and (impl.wrapper or impl.hookwrapper):
                    manager.unregister(plugin)
                    return f"hook {caller.name} is a wrapper; wrappers are not supported"
        if not callers:
            manager.unregister(plugin)
            return "it implements no hook; mark functions with vsumbench.hookspecs.hookimpl"
        return None

    def names(self) -> dict[str, list[str]]:
        """Registered plugins → the hooks each implements."""
        if self._manager is None:
            return {}
        return {
            name: sorted(caller.name for caller in self._manager.get_hookcallers(plugin) or [])
            for name, plugin in self._manager.list_name_plugin()
            if plugin is not None
        }

    def notify(self, hook: str, **arguments: Any) -> tuple[HookFailure, ...]:
        """Tell every observer. One that raises is reported in one line and the next is told all the same."""
        return self._call(hook, arguments)[1]

    def collect(self, hook: str, **arguments: Any) -> list[Any]:
        """What every implementation returns, None left out. One that raises adds only its warning line."""
        return [answer for _, answer in self.collect_named(hook, **arguments)]

    def collect_named(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """As `collect`, each answer with the name of the plugin that gave it."""
        return self._call(hook, arguments)[0]

    def _call(
        self, hook: str, arguments: dict[str, Any]
    ) -> tuple[list[tuple[str, Any]], tuple[HookFailure, ...]]:
        results: list[tuple[str, Any]] = []
        failures: list[HookFailure] = []
        for impl in self._implementations(hook, arguments):
            try:
                answer = impl.function(*(arguments[name] for name in impl.argnames))
                # Generators run inside the guard, so that a lazy implementation is contained too.
                answer = list(answer) if isinstance(answer, Iterator) else answer
            except Exception as error:
                failure = HookFailure(impl.plugin_name, hook, error)
                failures.append(failure)
                self._report(str(failure))
            else:
                if answer is not None:
                    results.append((impl.plugin_name, answer))
        return results, tuple(failures)

    def _implementations(self, hook: str, arguments: dict[str, Any]) -> list[HookImpl]:
        if self._manager is None:
            return []
        caller = getattr(self._manager.hook, hook, None)
        if caller is None or caller.spec is None:
            raise TypeError(f"there is no hook {hook!r}")
        if set(arguments) != set(caller.spec.argnames):
            raise TypeError(
                f"hook {hook} takes {sorted(caller.spec.argnames)}, was called with {sorted(arguments)}"
            )
        return list(reversed(caller.get_hookimpls()))


def _on_one_line(error: Exception) -> str:
    """What pluggy says in several lines, on one: the hook, and what is wrong with it."""
    from . import hookspecs

    text = " ".join(str(error).split())
    undeclared = re.search(r"for hook '(\w+)'.*?Argument\(s\) \{(.+?)\} are declared", text)
    if undeclared:
        hook, wrong = undeclared[1], re.findall(r"'(\w+)'", undeclared[2])
        takes = inspect.signature(getattr(hookspecs, hook)).parameters
        asked = ", ".join(map(repr, sorted(wrong)))
        return f"its hook {hook} asks for {asked}; that hook has {', '.join(takes) or 'none'}"
    unknown = re.search(r"unknown hook '(\w+)'", text)
    if unknown:
        hooks = [
            name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")
        ]
        near = close_matches(unknown[1], hooks, limit=1) or sorted(hooks)
        return f"there is no hook {unknown[1]!r}; did you mean {' or '.join(map(repr, near))}?"
    return text
