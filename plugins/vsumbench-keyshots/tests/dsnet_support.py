"""Both detectors with official weights."""

from __future__ import annotations

from typing import Any

from keyshots_golden import Case
from keyshots_support import build, with_official
from torch import nn
from vsumbench_keyshots.dsnet.detector import Detector
from vsumbench_keyshots.dsnet.spec_ab import DSNET_AB
from vsumbench_keyshots.dsnet.spec_af import DSNET_AF

from vsumbench.contracts import ModelSpec

SPECS: dict[str, ModelSpec] = {"dsnet-ab": DSNET_AB, "dsnet-af": DSNET_AF}


def official(case: Case) -> tuple[Detector[Any], nn.Module, int]:
    """The model of a case, its network, and the width of its features."""
    config = case.config
    overrides = [f"heads={config['num_head']}", f"hidden={config['num_hidden']}"]
    name = case.model.removesuffix("_small")
    if name == "dsnet-ab":
        overrides.append(f"scales={config['anchor_scales']}")
    model = build(SPECS[name], *overrides)
    assert isinstance(model, Detector)
    width = config["num_feature"]
    return model, with_official(model, width, case.weights()), width
