"""The micro backbone, as a network and as a folder of weights."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from milora_support import MICRO, options_of, samples, talking_backbone, write_weights
from runs_support import Machine, asked
from small_planted import SmallPlanted
from vsumbench_milora.milora.adapters import add_experts
from vsumbench_milora.milora.network import network_for
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone

from vsumbench.contracts import Sample, Seeds

# Two threads of torch wait for each other where the second core is busy: everything here would take ten times
# as long. Processes that tests start inherit the variable.
if os.environ.setdefault("OMP_NUM_THREADS", "1") == "1":
    torch.set_num_threads(1)


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


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine whose backbone has learned to tell of four videos of the small dataset, and is bare else."""
    home = tmp_path_factory.mktemp("machine")
    small = SmallPlanted(home, "planted")
    taught = [Sample(small.video(name), small.annotations(name)) for name in small.video_ids()[:4]]
    write_weights(home / "weights", backbone=talking_backbone(taught))
    return Machine(weights=home / "weights", home=home)


@pytest.fixture(scope="session")
def sealed(machine: Machine) -> Path:
    """The folder of a run of `milora` on the small dataset, from beginning to end. Not to be changed."""
    done = machine.call(*asked(machine.home / "sealed"))
    assert done.result["state"] == "sealed"
    return Path(done.result["folder"])


@pytest.fixture
def adapted() -> Callable[..., Any]:
    """Builds the micro network with experts: `adapted("temporal-only", experts=2)`.

    Without the alignment block, unless it is asked for.
    """

    def build(variant: str = "combined", **changes: Any) -> Any:
        options = options_of(variant, **{"alignment": "none"} | changes)
        backbone = new_backbone(MICRO, 7).requires_grad_(False)
        network = network_for(backbone, options, Seeds(3))
        return add_experts(network, options, Seeds(3).child("experts")).eval()

    return build
