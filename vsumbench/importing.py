"""Importing what a plugin names, with every failure turned into one line that says whose it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .errors import PluginError, UnavailableError, VsumbenchError

if TYPE_CHECKING:
    from .contracts import Extra

TRAIN_PACKAGES = ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers")
"""What `vsumbench[train]` brings."""


def one_line(error: BaseException) -> str:
    """An error on one line: its text if it is ours, else its class and the first line of its text."""
    if isinstance(error, VsumbenchError):
        return str(error)
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def traceback_of(error: BaseException) -> str:
    """The traceback of what an error was made from, or the empty string."""
    import traceback

    return "".join(traceback.format_exception(error.__cause__)) if error.__cause__ is not None else ""


def split_file(name: str) -> tuple[Path, str] | None:
    """`./file.py:ATTRIBUTE` → (path, attribute or ""); None for anything else."""
    match = re.fullmatch(r"(.+\.py)(?::([\w.]+))?", name)
    return (Path(match[1]), match[2] or "") if match else None


def is_module_path(name: str) -> bool:
    """Whether a name reads as `package.module:ATTRIBUTE`, or as a dotted module that can be found."""
    module, colon, attribute = name.partition(":")
    if not all(part.isidentifier() for part in module.split(".")):
        return False
    if colon:
        return all(part.isidentifier() for part in attribute.split("."))
    return "." in module and _is_importable(module.partition(".")[0])


def import_attribute(target: str, *, what: str, default: str = "") -> Any:
    """The object `module:attribute` or `./file.py:attribute` names; without it, the module's default.

    Raises:
        PluginError: the module cannot be imported, or has no such attribute. `what` says whose it is.
    """
    file = split_file(target)
    if file is not None:
        path, attribute = file
        module = _import_file(path, what)
    else:
        name, _, attribute = target.partition(":")
        module = _import_module(name.strip(), what, target)
    found: Any = module
    for part in (attribute.strip() or default).split("."):
        if not part:
            continue
        try:
            found = getattr(found, part)
        except AttributeError:
            from .errors import close_matches

            near = close_matches(part, (n for n in dir(found) if not n.startswith("_")))
            raise PluginError(
                f"{what}: {module.__name__} has no {part!r}.", f"Did you mean {near[0]!r}?" if near else ""
            ) from None
    return found


def load_implementation(dotted: str, *, what: str, extras: tuple[Extra, ...] = ()) -> Any:
    """Import an implementation; see `Plugins.load`."""
    for extra in extras:
        if not _is_importable(extra.module.partition(".")[0]):
            raise _missing(extra.module, extra.install, what)
    try:
        return import_attribute(dotted, what=what)
    except PluginError as error:
        cause = error.__cause__
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            package = cause.name.partition(".")[0]
            installs = {extra.module.partition(".")[0]: extra.install for extra in extras}
            installs |= dict.fromkeys(TRAIN_PACKAGES, "vsumbench[train]") | installs
            if package in installs and not _is_importable(package):
                raise _missing(package, installs[package], what) from error
        raise


def _missing(package: str, install: str, what: str) -> UnavailableError:
    command = install if install.startswith("pip ") else f"pip install {_quote(install)}"
    return UnavailableError(
        f"{what} needs the package {package!r}, which is not installed.", f"Run `{command}`."
    )


def _quote(requirement: str) -> str:
    """Quoted for a shell where a bare requirement would be read as a pattern or a redirection."""
    return requirement if re.fullmatch(r"[\w.=-]+", requirement) else f"'{requirement}'"


def _is_importable(package: str) -> bool:
    from importlib.util import find_spec

    try:
        return package in sys.modules or find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _import_module(name: str, what: str, target: str) -> ModuleType:
    import contextlib
    import importlib

    try:
        # A plugin that prints while it is imported must not end up inside `--json`.
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise PluginError(f"{what}: importing {target} raised {one_line(error)}") from error


def _import_file(path: Path, what: str) -> ModuleType:
    """Import a file under its own name, so that its spec can name the implementation `stem:attribute`."""
    import importlib
    from importlib.util import find_spec

    path = path.resolve()
    if not path.is_file():
        raise PluginError(
            f"{what}: there is no file {path}.", "Give a path to a Python file, e.g. `./mine.py:SPEC`."
        )
    if not path.stem.isidentifier():
        raise PluginError(
            f"{what}: {path.name} cannot be imported by name.", "Rename it with letters, digits and `_`."
        )
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    importlib.invalidate_caches()
    spec = find_spec(path.stem)
    if (
        spec is None
        or spec.origin is None
        or not Path(spec.origin).is_file()
        or Path(spec.origin).resolve() != path
    ):
        found = spec.origin if spec is not None and spec.origin else "a built-in module"
        raise PluginError(f"{what}: the name of {path.name} is taken by {found}.", "Rename the file.")
    return _import_module(path.stem, what, path.name)
