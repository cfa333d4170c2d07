"""Which names are installed: one pass over installed metadata, without importing any plugin."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

CORE = "vsumbench"
HOOK_GROUP = "vsumbench.hooks"
RESTRICT = "VSUMBENCH_PLUGINS"
"""Environment variable: comma-joined distributions; only these and the core load. Empty: the core alone."""


class Kind(StrEnum):
    """What a plugin provides. Each kind has its own entry-point group."""

    MODEL = "model"
    DATASET = "dataset"
    METRIC = "metric"
    PROTOCOL = "protocol"
    ENCODER = "encoder"
    EXTRACTOR = "extractor"
    LEADERBOARD = "leaderboard"

    @property
    def plural(self) -> str:
        """The word `vsumbench list` takes."""
        return f"{self.value}s"

    @property
    def group(self) -> str:
        """The entry-point group, e.g. `vsumbench.models`."""
        return f"vsumbench.{self.plural}"


@dataclass(frozen=True)
class Entry:
    """One declared name. `target` is `module:attribute` of the spec; nothing of it has been imported."""

    kind: Kind
    name: str
    target: str
    distribution: str
    version: str

    @property
    def qualified(self) -> str:
        """`distribution:name`, which is unambiguous when two distributions declare one name."""
        return f"{self.distribution}:{self.name}"


@dataclass(frozen=True)
class HookEntry:
    """One hook plugin: a module or object whose hook implementations observe or extend runs."""

    name: str
    target: str
    distribution: str
    version: str


@dataclass(frozen=True)
class Installed:
    """What the metadata say.

    Attributes:
        entries: every declared name, sorted by kind and name.
        hooks: every hook plugin, sorted by distribution and name.
        distributions: distribution → version, of those that declare anything here.
        absent: names in `$VSUMBENCH_PLUGINS` that no installed distribution bears.
        left_out: distributions that `$VSUMBENCH_PLUGINS` excludes.
        damaged: distribution → why its entry points cannot be read.
    """

    entries: tuple[Entry, ...] = ()
    hooks: tuple[HookEntry, ...] = ()
    distributions: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    damaged: Mapping[str, str] = field(default_factory=dict)


def normalise(name: str) -> str:
    """The form names are compared in: no case, and `_`, `-` and spaces are the same."""
    return re.sub(r"[\s_-]+", "-", name.strip()).casefold()


def normalise_distribution(name: str) -> str:
    """The form distribution names are compared in: runs of `-`, `_` and `.` are one dash, no case."""
    return re.sub(r"[-_.\s]+", "-", name.strip()).casefold()


def scan() -> Installed:
    """Read the entry points of every distribution on `sys.path`.

    Where one distribution is there twice (an editable install beside its build folder, a path given twice),
    the first on the path counts, as it does for imports.
    """
    from importlib.metadata import distributions

    allowed = os.environ.get(RESTRICT)
    wanted = (
        None
        if allowed is None
        else {normalise_distribution(n): n.strip() for n in allowed.split(",") if n.strip()}
    )
    kinds = {kind.group: kind for kind in Kind}
    entries: list[Entry] = []
    hooks: list[HookEntry] = []
    found: dict[str, str] = {}
    left_out: list[str] = []
    damaged: dict[str, str] = {}
    seen: set[str] = set()
    for distribution in distributions():
        key = _key(distribution)
        if key is None or key in seen:
            continue
        seen.add(key)
        try:
            points = _entry_points(distribution, kinds)
        except (ValueError, TypeError, AttributeError, OSError) as error:
            damaged[key] = f"{type(error).__name__}: {error}"
            continue
        if not points:
            continue
        name, version = _name_and_version(distribution)
        name = name or key
        if wanted is not None and key != CORE and key not in wanted:
            left_out.append(name)
            continue
        found[name] = version
        for point in points:
            if point.group == HOOK_GROUP:
                hooks.append(HookEntry(point.name, point.value, name, version))
            else:
                entries.append(Entry(kinds[point.group], point.name, point.value, name, version))
    order = list(Kind)
    return Installed(
        entries=tuple(
            sorted(entries, key=lambda e: (order.index(e.kind), normalise(e.name), e.distribution))
        ),
        hooks=tuple(sorted(hooks, key=lambda h: (h.distribution, h.name))),
        distributions=dict(sorted(found.items())),
        absent=tuple(raw for key, raw in (wanted or {}).items() if key not in seen),
        left_out=tuple(sorted(left_out)),
        damaged=damaged,
    )


def _entry_points(distribution: Distribution, kinds: Mapping[str, Kind]) -> list[EntryPoint]:
    """The entry points of our groups. Most have none: a look at the text spares parsing them."""
    text = distribution.read_text("entry_points.txt")
    if text is None or "vsumbench." not in text:
        return []
    ours = [point for point in distribution.entry_points if point.group in kinds or point.group == HOOK_GROUP]
    for point in ours:
        if not point.name or re.fullmatch(r"[\w.]+\s*(:\s*[\w.]+)?", point.value) is None:
            raise ValueError(f"the entry point {point.name!r} is {point.value!r}, not `module:attribute`")
    return ours


def _key(distribution: Distribution) -> str | None:
    """The normalised name. The file name gives it without parsing metadata; a damaged folder gives None."""
    fast = getattr(distribution, "_normalized_name", None)
    name = fast if isinstance(fast, str) else _name_and_version(distribution)[0]
    return normalise_distribution(name) if name else None


def _name_and_version(distribution: Distribution) -> tuple[str, str]:
    """Name and version from the metadata header, without building an email message for each."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    header = text.partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", header, flags=re.MULTILINE))
    return fields.get("Name", ""), fields.get("Version", "unknown")
