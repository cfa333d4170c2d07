"""CSTA on EfficientNet-B0 as a spec of its own, for the conformance suite."""

from __future__ import annotations

from dataclasses import replace

from vsumbench_keyshots.csta.spec import CSTA

EFFICIENTNET = replace(CSTA, variants=tuple(v for v in CSTA.variants if v.id == "efficientnet-b0"))
