"""Which linear layers get experts, and of what rank."""

from __future__ import annotations

import math
from fractions import Fraction

from vsumbench_milora.options import MiloraOptions

_ATTENTION = r"(attention|crossattention)\.(attention\.(query|key|value)|output\.dense)"
_FEED_FORWARD = r"(intermediate_query|output_query)\.dense"
TEMPORAL, SPATIAL = r"backbone\.video_qformer\.", r"backbone\.image_qformer\."
_TARGETS = {
    "attn": rf"{TEMPORAL}encoder\.layer\.\d+\.{_ATTENTION}",
    "attn+ffn": rf"{TEMPORAL}encoder\.layer\.\d+\.({_ATTENTION}|{_FEED_FORWARD})",
    "key-value": rf"{SPATIAL}encoder\.layer\.\d+\.crossattention\.attention\.(key|value)",
    "qformer-attn": rf"{SPATIAL}encoder\.layer\.\d+\.{_ATTENTION}",
}
"""Regular expressions that match whole module names of the network (`milora-visum.md`, "Where the adapters
go")."""


def target_regex(options: MiloraOptions) -> str:
    """One expression for the adapted layers of both branches, or of the one there is."""
    branches = {
        "temporal": _TARGETS[options.temporal_targets],
        "spatial": _TARGETS[options.spatial_targets],
    }
    wanted = [regex for name, regex in branches.items() if options.branches in (name, "both")]
    return "|".join(f"({regex})" for regex in wanted)


def expert_rank(share: float, d_out: int, d_in: int) -> int:
    """ceil(share * min(d_out, d_in)), with the share as it is written in decimals.

    In floats, ceil(0.07 * 100) is 8; it is 7.
    """
    return math.ceil(Fraction(str(share)) * min(d_out, d_in))
