"""From what a user types to the names of a plugin: its id, its distribution, its package, its class."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vsumbench.entrypoints import CORE
from vsumbench.errors import UsageError
from vsumbench.first_party import FIRST_PARTY

LONGEST = 60


@dataclass(frozen=True)
class PluginName:
    """The names of one plugin.

    Attributes:
        id: as in `vsumbench list`: `my-model`.
        distribution: as in `pip install`: `vsumbench-my-model`.
        package: as in `import`: `vsumbench_my_model`.
        class_name: as in code: `MyModel`.
        title: as in tables: `My Model`.
    """

    id: str
    distribution: str
    package: str
    class_name: str
    title: str


def plugin_name(text: str) -> PluginName:
    """Read a name: letters, digits, `-`, `_` and `.`, with a letter or digit at both ends (as PEP 508).

    A leading `vsumbench-` is taken off, since the distribution gets it anyway.

    Raises:
        UsageError: the text cannot name a distribution, or names one of this project's own.
    """
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", text, flags=re.ASCII) is None:
        raise UsageError(
            f"{text!r} cannot name a package: letters, digits, '-', '_' and '.' only, with a letter or "
            "digit at both ends.",
            "Example: `vsumbench new model my-model`.",
        )
    words = [word for word in re.split(r"[-_.]+", text.casefold()) if word]
    if len(words) > 1 and words[0] == CORE:
        words = words[1:]
    name = "-".join(words)
    if name == CORE or f"{CORE}-{name}" in FIRST_PARTY:
        taken = CORE if name == CORE else f"{CORE}-{name}"
        raise UsageError(f"{taken} is a distribution of this project.", "Choose another name.")
    if len(name) > LONGEST:
        raise UsageError(f"the name has {len(name)} characters; at most {LONGEST} are taken.")
    camel = "".join(word.capitalize() for word in words)
    return PluginName(
        id=name,
        distribution=f"{CORE}-{name}",
        package=f"{CORE}_{'_'.join(words)}",
        class_name=camel if camel[0].isalpha() else f"Plugin{camel}",
        title=" ".join(word.capitalize() for word in words),
    )
