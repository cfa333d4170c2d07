"""The micro backbone, as a network and as a folder of weights."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from milora_support import MICRO, options_of, samples, talking_backbone, write_weights
from vsumbench_milora.milora.adapters import add_experts
from vsumbench_milora.milora.network import MiloraNetwork
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone

from vsumbench.contracts import Seeds


@pytest.fixture(scope="session")
def micro_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights root that holds the micro backbone under the tiny one's id."""
    root = tmp_path_factory.mktemp("weights")
    write_weights(root)
    return root


@pytest.fixture(scope="module")
def weights(micro_root: Path) -> Iterator[Path]:
    """The same, in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_WEIGHTS", str(micro_root))
        yield micro_root


@pytest.fixture
def backbone() -> Backbone:
    """The micro backbone, frozen."""
    return new_backbone(MICRO, 7).requires_grad_(False).eval()


@pytest.fixture(scope="session")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights root whose backbone writes the captions of four videos."""
    root = tmp_path_factory.mktemp("talking")
    write_weights(root, backbone=talking_backbone(samples(4)))
    return root


@pytest.fixture
def adapted() -> Callable[..., Any]:
    """Builds the micro network with experts: `adapted("temporal-only", experts=2)`."""

    def build(variant: str = "combined", **changes: Any) -> Any:
        options = options_of(variant, **changes)
        backbone = new_backbone(MICRO, 7).requires_grad_(False)
        network = MiloraNetwork(backbone, options.branches, options.fusion_start)
        return add_experts(network, options, Seeds(3).child("experts")).eval()

    return build
