"""What is under test: a spec, who declares it, and a folder to work in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsumbench.entrypoints import Entry, Kind
from vsumbench.importing import split_file
from vsumbench.plugins import Plugins


@dataclass
class Subject:
    """A plugin under test. Checks write below `folder` only, which is thrown away afterwards."""

    kind: Kind
    spec: Any
    entry: Entry
    plugins: Plugins
    folder: Path
    _numbers: itertools.count[int] = field(default_factory=itertools.count, repr=False)

    @property
    def what(self) -> str:
        """How messages call it: `model 'csta'`."""
        return f"{self.kind} {self.spec.id!r}"

    @property
    def target(self) -> str:
        """Where the spec lies, for another process: `module:SPEC` or `/path/file.py:SPEC`."""
        file = split_file(self.entry.target)
        if file is None:
            return self.entry.target
        path, attribute = file
        return f"{path.resolve()}:{attribute}" if attribute else str(path.resolve())

    def new_folder(self) -> Path:
        """An empty folder nobody else uses."""
        folder = self.folder / f"{next(self._numbers):03d}"
        folder.mkdir(parents=True)
        return folder

    def implementation(self) -> Any:
        """What the spec's `implementation` names, imported.

        Raises:
            PluginError, UnavailableError: as `Plugins.load`.
        """
        return self.plugins.load(
            self.spec.implementation, what=self.what, extras=getattr(self.spec, "extras", ())
        )
