"""Is a table of evidence of the code that is here?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsumbench.plugins import Plugins

from .code import changed, method_code
from .suites import Suite
from .table import Row

WORDS = {
    "method": "its code or its options",
    "shared": "the code it shares with others",
    "core": "training, scoring or the planted world",
}


@dataclass(frozen=True)
class Stale:
    """A method whose row is not of today's code, or missing.

    Attributes:
        own: its own code is another one, or it is gone: the row says nothing of what is here.
    """

    method: str
    why: str
    own: bool
    command: str

    def __str__(self) -> str:
        return f"{self.method}: {self.why}; measure it with `{self.command}`."


def stale(suite: Suite, rows: Sequence[Row], plugins: Plugins) -> list[Stale]:
    """The methods of a suite whose rows are missing or of other code, in alphabetical order."""
    found: list[Stale] = []
    methods = suite.methods(plugins)
    wanted = [(one.dataset, one.protocol, one.metric, suite.preset) for one in suite.benches]
    for name in sorted({*methods, *(row["method"] for row in rows)}):
        command = f"python benchmarks/models_evidence.py {name}"
        own = [row for row in rows if row["method"] == name]
        measured = {(row["dataset"], row["protocol"], row["metric"], row["preset"]) for row in own}
        if name not in methods:
            found.append(Stale(name, "it is in the table and not installed", True, command))
            continue
        now = method_code(methods[name], suite.preset)
        parts = dict.fromkeys(part for row in own for part in changed(row["code"], now))
        missing = [one[0] for one in wanted if one not in measured]
        whys = [" and ".join(WORDS[part] for part in parts) + " changed since"] if parts else []
        whys += [f"it has no evidence on {' and '.join(missing)} yet"] if missing else []
        if whys:
            found.append(Stale(name, ", and ".join(whys), "method" in parts, command))
    return found
