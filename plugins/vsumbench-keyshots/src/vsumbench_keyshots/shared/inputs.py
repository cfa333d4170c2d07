"""What every keyshot model reads, and the packages it needs, as data for its spec."""

from __future__ import annotations

from vsumbench.contracts import ANY_FEATURE, Condition, Extra, FeatureSpec, Inputs

POOL5 = "googlenet-pool5"
"""The feature that all of these methods were published on: GoogLeNet pool5, 1,024 values a step, 2 steps a
second (00-frame-scoring-common.md)."""
POOL5_WIDTH = 1024

FRAME_FEATURES = (
    Inputs(features=(FeatureSpec(name=POOL5, shape=(POOL5_WIDTH,)),)),
    Inputs(features=(FeatureSpec(name=ANY_FEATURE, shape=(None,)),)),
)
"""Pool5, or else any feature of one vector a step, of any width."""

ON_PLANTED = Condition(editions=("planted",))
"""When a tiny preset applies. It stands first, so that a machine without data gets it within minutes."""

SHARED = ("vsumbench_keyshots.shared",)
"""Enters the digest of every method's predictions."""

EXTRAS = tuple(
    Extra(module=module, install="vsumbench[train]") for module in ("torch", "accelerate", "safetensors")
)
