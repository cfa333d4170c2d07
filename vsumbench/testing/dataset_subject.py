"""A dataset under test: every edition that can be had on this machine, opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vsumbench.contracts import Dataset, EditionSpec
from vsumbench.contracts.dataset import PLANTED
from vsumbench.data.editions import open_edition, resolve_edition
from vsumbench.data.presence import NOT_MADE, edition_presence
from vsumbench.data.roots import dataset_folder, resolve_data_root
from vsumbench.errors import DataMissingError

from .checks import Skipped
from .subject import Subject

SAMPLE = 12
"""How many videos of a large edition are looked at, spread over its list."""


@dataclass(frozen=True)
class OpenEdition:
    """One edition with its folder, its reader and the ids that are looked at."""

    spec: EditionSpec
    folder: Path
    dataset: Dataset
    ids: tuple[str, ...]


@dataclass
class DatasetSubject(Subject):
    """The generated edition `planted` (made if need be), others that were made, and whichever real ones lie
    under the data root."""

    @cached_property
    def _opened(self) -> tuple[list[OpenEdition], list[str]]:
        opened: list[OpenEdition] = []
        absent: list[str] = []
        root = resolve_data_root()
        for edition in self.spec.editions:
            if edition.generated:
                # The first is made for the check; larger ones are looked at where somebody made them.
                made = edition_presence(self.spec, edition, root, self.load).state != NOT_MADE
                if edition.id != PLANTED and not made:
                    absent.append(edition.id)
                    continue
                resolved = resolve_edition(self.spec, root, edition.id, load=self.load)
                folder, dataset = resolved.folder, resolved.dataset
            else:
                folder = dataset_folder(root.path, self.spec.id)
                dataset = open_edition(self.spec, edition, folder, self.load)
                try:
                    present = dataset.status().present
                except DataMissingError:
                    present = ()
                if not present:
                    absent.append(edition.id)
                    continue
            opened.append(OpenEdition(edition, folder, dataset, spread(dataset.status().present)))
        return opened, absent

    def load(self, dotted: str) -> object:
        """Import what the spec names by dotted path."""
        found: object = self.plugins.load(dotted, what=self.what)
        return found

    @property
    def editions(self) -> list[OpenEdition]:
        """The editions that can be opened here.

        Raises:
            Skipped: there are none.
        """
        opened, absent = self._opened
        if not opened:
            raise Skipped(f"no edition is there: {', '.join(absent)}; name a data root with VSUMBENCH_DATA")
        return opened


def spread(ids: tuple[str, ...], count: int = SAMPLE) -> tuple[str, ...]:
    """At most `count` ids, first and last included, at equal distances."""
    if len(ids) <= count:
        return ids
    return tuple(dict.fromkeys(ids[round(i * (len(ids) - 1) / (count - 1))] for i in range(count)))
