"""The names of CSTA's tensors in the official code; those of trunks other than GoogLeNet are inferred."""

from __future__ import annotations

from vsumbench.training.official import Keys

from .network import CstaNetwork
from .trunks import TRUNKS

LEFT_OUT = ("Positional_encoding_op.pe",)
"""The fixed table, which follows from its formula."""
_NORMS = {"KC": "layernorm1", "CF": "layernorm2", "IF": "layernorm3"}
_PARTS = {
    "key": "key_embedding",
    "value": "value_embedding",
    "hidden": "linear1.0",
    "norm_hidden": "linear1.3",
    "score": "linear2.0",
}


def official_keys(network: CstaNetwork) -> Keys:
    """Our name → the official one. Positional terms that are learned have none that could be checked."""
    trunk = TRUNKS[network.options.trunk]
    parts = _PARTS | {"trunk": trunk.official, "unused_classifier": f"{trunk.official}.{trunk.classifier}"}
    keys: dict[str, tuple[str, ...]] = {}
    for name in network.state_dict():
        part, _, rest = name.partition(".")
        if part == "cls":
            keys[name] = ("CLS",)
        elif part == "norm":
            keys[name] = (f"{_NORMS[network.options.skip]}.{rest}",)
        else:
            keys[name] = (f"{parts.get(part, part)}.{rest}",)
    return keys
