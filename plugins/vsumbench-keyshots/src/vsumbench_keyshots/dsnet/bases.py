"""What a step learns of the others before detection: the bases of both detectors (dsnet-ab.md, 1 and 2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from vsumbench.errors import OptionValueError
from vsumbench.training.official import Keys
from vsumbench_keyshots.shared.layers import dropped

from .options import DsnetOptions

KEPT_EDGES = 0.3
"""Share of all pairs of steps that are edges of the graph."""


class HeadedAttention(nn.Module):
    """Multi-head attention scaled by the root of a head's width. Queries, keys and values are one product."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise OptionValueError(
                f"a width of {width} does not divide into {heads} heads.",
                "Give other heads, or a projection to another width.",
            )
        self.heads, self.dropout = heads, dropout
        self.project = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width)."""
        query, key, value = self.project(x).view(len(x), 3, self.heads, -1).permute(1, 2, 0, 3).unbind()
        if self.training:
            weights = ((query * query.shape[-1] ** -0.5) @ key.transpose(1, 2)).softmax(dim=-1)
            attended = dropped(weights, self.dropout, True) @ value
        else:
            # With an axis for the batch torch takes its fast kernel, which never holds all weights.
            attended = scaled_dot_product_attention(query[None], key[None], value[None])[0]
        joined = attended.transpose(0, 1).reshape(len(x), -1)
        return dropped(self.output(joined), self.dropout, self.training)


class SingleStepLstm(nn.Module):
    """An LSTM that sees every step as a sequence of its own, of length one.

    The published code gives the steps along the axis of the batch, so nothing recurs, and the weights from
    one state to the next have no part in any score.
    """

    def __init__(self, width: int, *, both_ways: bool) -> None:
        super().__init__()
        if both_ways and width % 2:
            raise OptionValueError(
                f"a width of {width} does not divide into two directions.", "Give an even projection."
            )
        self.lstm = nn.LSTM(width, width // 2 if both_ways else width, bidirectional=both_ways)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width)."""
        found: Tensor = self.lstm(x[None])[0][0]
        return found


class GraphConvolution(nn.Module):
    """One graph convolution, dense. Edges are the largest dot products of features, weighted by them.

    The share of edges is published. That a step's product with itself is lowered by one, that steps without
    an edge to themselves get one of weight 1, and the symmetric normalisation by weighted degree are inferred
    from the usual layer. A step whose degree is not positive sends and gets nothing.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.map = nn.Linear(width, width, bias=False)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width)."""
        steps = len(x)
        products = (x @ x.T - torch.eye(steps, dtype=x.dtype, device=x.device)).flatten()
        best = products.topk(int(KEPT_EDGES * steps * steps), sorted=False)
        edges = torch.zeros_like(products).scatter(0, best.indices, best.values).view(steps, steps)
        own = torch.zeros_like(products, dtype=torch.bool).scatter(0, best.indices, True).view(steps, steps)
        edges = edges + torch.diag((~own.diagonal()).to(edges.dtype))
        degree = edges.sum(dim=0)
        scale = torch.where(degree > 0, degree.clamp_min(1e-12).rsqrt(), torch.zeros_like(degree))
        received: Tensor = (scale[:, None] * edges * scale).T @ self.map(x)
        return received + self.bias


class Trunk(nn.Module):
    """A base, the features added, and a norm."""

    def __init__(self, width: int, options: DsnetOptions) -> None:
        super().__init__()
        self.base = _base(width, options)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width)."""
        found: Tensor = self.norm(self.base(x) + x)
        return found


def _base(width: int, options: DsnetOptions) -> nn.Module:
    if options.base == "attention":
        return HeadedAttention(width, options.heads, options.dropout)
    if options.base == "linear":
        return nn.Linear(width, width)
    if options.base == "gcn":
        return GraphConvolution(width)
    return SingleStepLstm(width, both_ways=options.base == "bilstm")


def official_keys(network: nn.Module) -> Keys:
    """Our name → the names in the official code, of everything that both detectors have.

    Those of bases other than attention are inferred from how torch and the graph library name such layers.
    """
    attention = {
        "trunk.base.project.weight": tuple(f"base_model.{piece}.weight" for piece in "QKV"),
        "trunk.base.output.weight": ("base_model.fc.0.weight",),
        "trunk.base.map.weight": ("base_model.gcn.lin.weight",),
        "trunk.base.bias": (
            "base_model.gcn.bias" if "trunk.base.map.weight" in network.state_dict() else "base_model.bias",
        ),
    }
    layers = {
        "trunk.base.lstm": "base_model",
        "trunk.base": "base_model",
        "trunk.norm": "layer_norm",
        "hidden": "fc1.0",
        "norm_hidden": "fc1.3",
        "score": "fc_cls",
        "location": "fc_loc",
        "centre": "fc_ctr",
    }
    keys = {}
    for name in network.state_dict():
        layer, _, tensor = name.rpartition(".")
        keys[name] = attention.get(name) or (f"{layers[layer]}.{tensor}",)
    return keys
