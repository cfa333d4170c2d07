"""The network of SumGraph (sumgraph.md, "Design")."""

from __future__ import annotations

from typing import Literal, NamedTuple

from torch import Tensor, nn

from .graph import balanced, likeness


class Refined(NamedTuple):
    """What the network makes of a video.

    Attributes:
        logits: (T, 2) of being none and being a key frame.
        nodes: (T, width) after the last round.
    """

    logits: Tensor
    nodes: Tensor

    def probability(self) -> Tensor:
        """(T,) of being a key frame."""
        return self.logits.softmax(dim=1)[:, 1]


class SumGraphNetwork(nn.Module):
    """Nodes, a graph of their likeness, and rounds that convolve the nodes and add relations to the graph.

    525,570 parameters at width 1,024: every round has the same weights.
    """

    def __init__(
        self, width: int, inner: int, rounds: int, residual: Literal["round", "first"] = "round"
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(width, inner)
        self.first = nn.Linear(inner, inner)
        self.second = nn.Linear(inner, inner)
        self.relate_from = nn.Linear(inner, inner, bias=False)
        self.relate_to = nn.Linear(inner, inner, bias=False)
        self.score = nn.Linear(inner, 2)
        self.rounds, self.scale = rounds, inner**-0.5
        self.around_round = residual == "round"

    def forward(self, x: Tensor) -> Refined:
        """(T, width) to logits and nodes."""
        nodes = self.embed(x).relu()
        graph = likeness(nodes)
        for _ in range(self.rounds):
            inner = (graph @ self.first(nodes)).relu()
            if self.around_round:
                nodes = nodes + graph @ self.second(inner)
            else:
                nodes = graph @ self.second(nodes + inner)
            relations = self.relate_from(nodes) @ self.relate_to(nodes).T * self.scale
            graph = balanced(graph + relations.relu())
        return Refined(graph @ self.score(nodes), nodes)
