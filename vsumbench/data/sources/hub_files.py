"""Files of the Hugging Face hub, through its own client where that is installed; transformers brings it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from vsumbench.data.obtaining import fetch_command
from vsumbench.errors import DataMissingError, UnavailableError

from .addresses import HUB, is_pattern
from .placing import DISK_FULL


def hub_is_there() -> bool:
    """Whether the client can be imported."""
    return importlib.util.find_spec("huggingface_hub") is not None


def download_from_hub(origin: str, members: list[str], local: Path) -> None:
    """Fetch members of a repository, names or patterns, into `local`; what is there is continued.

    Raises:
        UnavailableError: the client is not installed.
        DataMissingError: the client says no: no network, no such file, a repository to log in for.
    """
    command = fetch_command(origin, "FOLDER", members)
    if not hub_is_there():
        raise UnavailableError(
            f"{origin} is fetched by huggingface_hub, which is not installed.",
            f"`pip install huggingface_hub`, or run `{command}` elsewhere and use `vsumbench data import`.",
        )
    import huggingface_hub

    found = HUB.fullmatch(origin)
    assert found is not None
    kind = "dataset" if found[1] else "model"
    patterns = [member for member in members if is_pattern(member)]
    try:
        for member in members:
            if member not in patterns:
                huggingface_hub.hf_hub_download(found[2], member, repo_type=kind, local_dir=local)
        if patterns:
            huggingface_hub.snapshot_download(
                found[2], repo_type=kind, allow_patterns=patterns, local_dir=local
            )
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise _refused(origin, error, command) from error
    except Exception as error:
        # The client's errors have no common base: its own, those of its HTTP library, ValueError.
        raise _refused(origin, error, command) from error


def _refused(origin: str, error: Exception, command: str) -> DataMissingError:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return DataMissingError(
        f"{origin} could not be fetched: {first.rstrip('.')}.",
        f"Repeat the command later (`hf auth login` where it asks for an account), or run `{command}` "
        "elsewhere and use `vsumbench data import`.",
    )
