"""Weights that an option names: by id, by folder, or by their name on the Hub. Never fetched."""

from __future__ import annotations

from pathlib import Path

from vsumbench.data.checkpoints import Checkpoint, find_checkpoint
from vsumbench.data.weights import find_weights, weights_digest
from vsumbench.errors import MismatchError, UnavailableError


def found_weights(name: str, sha256: str, option: str) -> tuple[Checkpoint, str]:
    """Where the weights of this name lie, and their digest.

    Args:
        name: id of weights with a manifest, folder, or name on the Hub.
        sha256: the digest they must have; may be empty for weights by id, which a run's digest holds.
        option: name of the option that holds `name`; the digest is in `OPTION_sha256`.

    Raises:
        UnavailableError: they are not here, or are no safetensors.
        MismatchError: they have another digest, or a digest is needed and not given.
        DataDamagedError: files of theirs are missing.
    """
    digest_option = f"{option.removesuffix('_weights')}_sha256"
    # A path would be found below any root; an id is one plain name.
    folder = find_weights(name) if Path(name).name == name else None
    try:
        checkpoint = find_checkpoint(name if folder is None else str(folder))
    except UnavailableError as error:
        raise UnavailableError(
            f"option {option}: {error.message}",
            f"{error.hint} Or `vsumbench weights status {name}` says what is known of weights of this id.",
        ) from None
    if folder is not None and not sha256:
        return checkpoint, weights_digest(name)
    digest = checkpoint.sha256() if folder is None else weights_digest(name)
    if not sha256:
        raise MismatchError(
            f"option {option} = {name!r} is no id of imported weights, so nothing in the record would say "
            "which weights these are.",
            f"Add --set {digest_option}={digest}, which is the digest of what is there now.",
        )
    if sha256 != digest:
        raise MismatchError(
            f"{name!r} has the digest {digest[:12]}…; option {digest_option} says {sha256[:12]}….",
            f"Get those weights, or give --set {digest_option}={digest}.",
        )
    return checkpoint, digest
