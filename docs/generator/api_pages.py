"""Pages about the code that plugins and scripts see: contracts, hooks, exit codes."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import sys
from types import FunctionType, ModuleType
from typing import Any

from .docstrings import attributes, below_assignments, constants, entries, first_paragraph, sections
from .markdown import code, document, facts, table

_MARK = "vsumbench_spec"


def exit_codes_page() -> str:
    """`exit-codes.md`."""
    from vsumbench.errors import all_errors

    rows = [("0", "", "Success.")]
    rows += [(str(cls.exit_code), code(cls.__name__), first_paragraph(cls.__doc__)) for cls in all_errors()]
    rows.append(("130", "", "Interrupted from the keyboard; what was computed stays."))
    return document(
        "Exit codes",
        "What `vsumbench` exits with, and the class of `vsumbench.errors` behind it. Each is printed as one "
        "line on "
        "standard error: what was asked, what is true, the next command. `--debug` adds the traceback.",
        "A class below another is also an instance of it, so scripts can catch the wider one. Code 1 is "
        "also what an "
        "error nobody foresaw ends with.",
        table(("code", "class", "meaning"), rows),
    )


def hooks_page() -> str:
    """`hooks.md`."""
    from vsumbench import hookspecs

    hooks = [value for value in vars(hookspecs).values() if hasattr(value, _MARK)]
    return document(
        "Hooks",
        "What a plugin may observe or add.",
        _manual(sections(hookspecs.__doc__)[""]),
        "How to write one: [write-a-hook.md](../how-to/write-a-hook.md).",
        "## Hooks",
        *(_hook(hook) for hook in hooks),
        "## Types",
        *(_describe(name, getattr(hookspecs, name)) for name in ("BoardColumn", "Check")),
    )


def contracts_page() -> str:
    """`contracts.md`."""
    from vsumbench import contracts

    by_module: dict[str, list[str]] = {}
    for name in contracts.__all__:
        by_module.setdefault(_home(contracts, name), []).append(name)
    parts = []
    for module_name in sorted(by_module):
        module = sys.modules[module_name]
        parts.append(f"## {module_name.rpartition('.')[2]}")
        parts.append(first_paragraph(module.__doc__))
        parts += [
            _describe(name, getattr(contracts, name), constants(module)) for name in by_module[module_name]
        ]
    return document(
        "Contracts",
        "The public names of `vsumbench.contracts`, by module. Import them from `vsumbench.contracts`. What "
        "of this is "
        "promised to last: [plugin-api.md](../explanation/plugin-api.md).",
        *parts,
    )


def _home(package: ModuleType, name: str) -> str:
    """The module a public name is written in; constants do not say it themselves."""
    home = getattr(getattr(package, name), "__module__", "")
    if home.startswith(package.__name__):
        return str(home)
    modules = [m for key, m in sys.modules.items() if key.startswith(f"{package.__name__}.")]
    return next(m.__name__ for m in modules if name in constants(m))


def _hook(hook: FunctionType) -> str:
    parts = sections(hook.__doc__)
    return "\n\n".join(
        part
        for part in (
            f"### {hook.__name__}",
            f"```python\n{_signature(hook.__name__, hook)}\n```",
            parts[""],
            facts((code(name), text) for name, text in entries(parts.get("Args", "")).items()),
            f"Returns: {' '.join(parts['Returns'].split())}" if "Returns" in parts else "",
        )
        if part
    )


def _describe(name: str, value: Any, told: dict[str, str] | None = None) -> str:
    told = told or {}
    parts = [f"### {name}"]
    if isinstance(value, FunctionType):
        parts += [f"```python\n{_signature(name, value)}\n```", sections(value.__doc__)[""]]
        parts.append(
            facts((code(n), t) for n, t in entries(sections(value.__doc__).get("Raises", "")).items())
        )
    elif not isinstance(value, type):
        parts += [f"Constant, {code(_text(value))}.", told.get(name, "")]
    else:
        parts.append(sections(value.__doc__)[""].partition("\n\n")[0])
        if issubclass(value, enum.Enum):
            meanings = below_assignments(inspect.getsource(value))
            parts.append(
                table(
                    ("member", "value", "meaning"),
                    [(code(m.name), code(m.value), meanings.get(m.name, "")) for m in value],
                )
            )
        if dataclasses.is_dataclass(value):
            parts.append(_fields(value))
        parts.append(_methods(value))
    return "\n\n".join(part for part in parts if part)


def _fields(cls: type) -> str:
    meanings = attributes(cls)
    return table(
        ("field", "type", "default", "meaning"),
        [
            (code(f.name), code(_type(f.type)), _default(f), meanings.get(f.name, ""))
            for f in dataclasses.fields(cls)
        ],
    )


def _methods(cls: type) -> str:
    rows = []
    for name, member in vars(cls).items():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        public = not name.startswith("_") or (name == "__call__" and getattr(cls, "_is_protocol", False))
        if public and isinstance(function, FunctionType):
            shown = name if isinstance(member, property) else _signature(name, function)
            rows.append((code(shown), first_paragraph(function.__doc__)))
    return table(("method or property", "meaning"), rows)


def _signature(name: str, function: FunctionType) -> str:
    signature = inspect.signature(function)
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    return f"{name}{_unquoted(str(signature.replace(parameters=parameters)))}"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return code(_text(field.default))
    if field.default_factory is not dataclasses.MISSING:
        return code(_text(field.default_factory()))
    return "must be given"


def _text(value: object) -> str:
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, type):
        return value.__name__
    if dataclasses.is_dataclass(value):
        return f"{type(value).__name__}()"
    return str(value).replace("vsumbench.contracts.", "") if not isinstance(value, str) else repr(value)


def _type(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def _unquoted(text: str) -> str:
    """Annotations are strings already; quotes around them would be shown as code."""
    return re.sub(r"'([\w.\[\], |\"-]+)'", r"\1", text)


def _manual(text: str) -> str:
    """The module's docstring without its first paragraph, and its indented block as a fenced one."""
    body = text.partition("\n\n")[2]
    indented = re.search(r"(?:^ {4}.*\n|^\n(?= {4}))+", body, flags=re.MULTILINE)
    if indented is None:
        return body
    block = inspect.cleandoc("\n" + indented[0])
    return f"{body[: indented.start()]}\n```python\n{block}\n```\n{body[indented.end() :]}"
