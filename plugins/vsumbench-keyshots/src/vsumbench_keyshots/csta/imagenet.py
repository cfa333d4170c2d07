"""ImageNet weights published for torch, put into a trunk and its classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from vsumbench.training.official import load_official

COUNTER = "num_batches_tracked"
"""Of a batch normalisation. Nothing depends on it, and older publications lack it."""


class _Published(nn.Module):
    """Trunk and classifier without counters of batches."""

    def __init__(self, trunk: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.trunk, self.classifier = trunk, classifier

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """What must be in the file."""
        state = super().state_dict(*args, **kwargs)
        return {name: tensor for name, tensor in state.items() if not name.endswith(COUNTER)}

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """All but the counters, which stay as they are."""
        counters = {name: tensor for name, tensor in super().state_dict().items() if name.endswith(COUNTER)}
        return super().load_state_dict(counters | state_dict, strict, assign)


def load_imagenet(trunk: nn.Module, classifier: nn.Module, name: str, file: Path) -> None:
    """Fill a trunk, and the classifier that stands under `name`, from a safetensors file.

    Raises:
        MismatchError: it is a pickle.
        DataDamagedError: it cannot be read, or holds other tensors than this network has.
    """
    both = _Published(trunk, classifier)
    names = {
        mine: (
            mine.removeprefix("trunk.") if mine.startswith("trunk.") else mine.replace("classifier", name),
        )
        for mine in both.state_dict()
    }
    counters = [mine for mine in trunk.state_dict() if mine.endswith(COUNTER)]
    load_official(both, names, file, counters)
