"""Checks of any plugin: its spec is complete and light, and its implementation and source can be found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vsumbench.entrypoints import Kind
from vsumbench.records.provenance import sources_digest

from .checks import Check, require
from .elsewhere import in_fresh_interpreter
from .subject import Subject

HEAVY = (
    *("numpy", "scipy", "pandas", "torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors"),
    *("tensorflow", "jax", "sklearn", "cv2", "PIL", "av", "h5py", "pydantic", "matplotlib", "nltk"),
)
"""Packages a spec module must not import: `vsumbench list` reads every spec."""

_PROBE = """
from vsumbench.importing import import_attribute
before = set(sys.modules)
import_attribute(target, what="the spec", default="SPEC")
answer = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
"""


def common_checks(kind: Kind) -> tuple[Check, ...]:
    """The checks that concern every spec of a kind."""
    checks = [Check("light-import", "importing the spec imports no heavy package", light_import)]
    if kind is not Kind.LEADERBOARD:
        checks += [
            Check("implementation", "the implementation the spec names can be imported", implementation),
            Check("source-digest", "the source of the implementation can be found and digested", source),
        ]
    return tuple(checks)


def light_import(subject: Subject) -> None:
    """In a fresh interpreter, import the module of the spec and look at what came with it."""
    imported = in_fresh_interpreter(_PROBE, subject.target)
    heavy = [name for name in imported if name in HEAVY]
    require(
        not heavy,
        f"importing {subject.entry.target} imports {', '.join(heavy)}; only implementations may",
    )


def implementation(subject: Subject) -> None:
    """The dotted path is `module:attribute` and leads to something callable (or to a protocol object)."""
    dotted = subject.spec.implementation
    require(
        re.fullmatch(r"[\w.]+:[\w.]+", dotted) is not None,
        f"implementation is {dotted!r}; it must read `package.module:name`",
    )
    found = subject.implementation()
    if subject.kind is not Kind.PROTOCOL:
        require(callable(found), f"{dotted} is of type {type(found).__name__}, which cannot be called")


def source(subject: Subject) -> None:
    """A record names the source it was made by, so that source must be there as files."""
    module = subject.spec.implementation.partition(":")[0]
    more = subject.spec.source if subject.kind is Kind.MODEL else ()
    sources_digest((module, *more))


def require_texts(subject: Subject, names: Iterable[str]) -> None:
    """Fail unless each of these fields of the spec holds a text."""
    for name in names:
        value = getattr(subject.spec, name)
        require(isinstance(value, str) and value.strip(), f"the spec's {name} is empty")


def require_citation(subject: Subject) -> None:
    """Fail unless the spec says where the thing comes from: a citation, or a note."""
    citation, note = subject.spec.citation, getattr(subject.spec, "note", "")
    require(
        (citation is not None and citation.title.strip()) or note.strip(),
        "the spec has neither a citation nor a note saying where it comes from",
    )
