"""Find and open the edition of a dataset that a command asks for."""

from __future__ import annotations

from pathlib import Path

from vsumbench.contracts import DatasetSpec
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data.editions import ResolvedEdition, resolve_edition
from vsumbench.data.roots import resolve_data_root
from vsumbench.plugins import Plugins


def find_edition(
    plugins: Plugins,
    spec: DatasetSpec,
    asked: str,
    data_root: Path | None,
    progress: ProgressCallback | None = None,
) -> ResolvedEdition:
    """The edition asked for below the data root, opened; see `vsumbench.data.editions.resolve_edition`.

    Raises:
        UnknownSettingError, DataMissingError, DataDamagedError: there is no such edition, or no data for it.
    """
    return resolve_edition(
        spec,
        resolve_data_root(data_root),
        asked,
        load=lambda dotted: plugins.load(dotted, what=f"dataset {spec.id!r}"),
        progress=progress,
    )
