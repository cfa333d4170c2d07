"""Where datasets lie: the data root (upstream files) and, apart from it, the folder of generated editions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vsumbench.contracts.dataset import PLANTED
from vsumbench.errors import DataDamagedError

Origin = Literal["--data-root", "VSUMBENCH_DATA", "default"]
PLANTED_VARIABLE = "VSUMBENCH_PLANTED"


@dataclass(frozen=True)
class DataRoot:
    """A folder with one folder per dataset, and who named it.

    A root that somebody named (`explicit`) is never silently replaced by a generated edition.
    """

    path: Path
    explicit: bool
    origin: Origin

    def __str__(self) -> str:
        return f"{self.path} ({self.origin})"


def resolve_data_root(flag: Path | None = None) -> DataRoot:
    """The data root: the flag, else $VSUMBENCH_DATA, else the platform's data folder. It need not exist."""
    if flag is not None:
        return DataRoot(flag.expanduser(), True, "--data-root")
    named = os.environ.get("VSUMBENCH_DATA", "").strip()
    if named:
        return DataRoot(Path(named).expanduser(), True, "VSUMBENCH_DATA")
    import platformdirs

    return DataRoot(platformdirs.user_data_path("vsumbench", appauthor=False) / "data", False, "default")


def dataset_folder(root: Path, dataset_id: str) -> Path:
    """The folder of a dataset under a data root; `-`, `_` and capitals in its name make no difference.

    Returns `root / dataset_id` where there is no such folder.

    Raises:
        DataDamagedError: two folders differ in spelling only, and none has the canonical name.
    """
    canonical = root / dataset_id
    if canonical.is_dir() or not root.is_dir():
        return canonical
    wanted = _plain(dataset_id)
    found = sorted(entry for entry in root.iterdir() if entry.is_dir() and _plain(entry.name) == wanted)
    if len(found) > 1:
        raise DataDamagedError(
            f"{root} has {len(found)} folders for dataset {dataset_id!r}: "
            f"{', '.join(repr(entry.name) for entry in found)}.",
            f"Keep one of them, best named {dataset_id!r}.",
        )
    return found[0] if found else canonical


def planted_folder(dataset_id: str, version: str, edition: str = PLANTED) -> Path:
    """The folder of a generated edition: below $VSUMBENCH_PLANTED, else below the platform's cache folder.

    `planted` lies in `DATASET/vVERSION`, others in `DATASET/EDITION/vVERSION`.
    """
    named = os.environ.get(PLANTED_VARIABLE, "").strip()
    if named:
        base = Path(named).expanduser()
    else:
        import platformdirs

        base = platformdirs.user_cache_path("vsumbench", appauthor=False) / "planted"
    return base.joinpath(dataset_id, *(() if edition == PLANTED else (edition,)), f"v{version}")


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-")
