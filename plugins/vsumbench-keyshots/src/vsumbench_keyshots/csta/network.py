"""The network of CSTA (csta.md, "Architecture" and "Configuration space")."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from vsumbench_keyshots.shared.layers import xavier

from .options import CstaOptions
from .positions import term
from .trunk import GoogLeNetTrunk

CHANNELS = 3
CLASSES = 1000
"""Of the trunk's classifier, which the official code keeps, and nothing uses."""


class CstaNetwork(nn.Module):
    """CNN logits, attention over time and over features, values, and a head.

    9,779,851 parameters as published, of which `unused_classifier` has 1,025,000.
    """

    def __init__(self, input_dim: int, options: CstaOptions) -> None:
        super().__init__()
        width = options.width
        self.options = options
        self.cls = nn.Parameter(torch.zeros(CHANNELS, 1, input_dim)) if options.cls else None
        self.input = nn.Linear(input_dim, input_dim) if options.positions_at == "input" else None
        self.key = nn.Linear(input_dim, width) if options.embeddings else nn.Identity()
        self.trunk = GoogLeNetTrunk(width)
        self.unused_classifier = nn.Linear(width, CLASSES)
        self.norm = nn.BatchNorm2d(1) if options.skip != "none" else None
        self.positions = term(options.positions, input_dim if self.input is not None else width)
        valued = options.embeddings and options.attention
        self.value = nn.Linear(input_dim, width) if valued else nn.Identity()
        self.hidden = nn.Linear(width, width)
        self.norm_hidden = nn.LayerNorm(width, eps=1e-6)
        self.score = nn.Linear(width, 1)
        xavier(self.hidden)
        xavier(self.score)

    def forward(self, x: Tensor) -> Tensor:
        """(T, input_dim) to (T,) in (0, 1); T at least `shortest(options)`."""
        y = dropout(self.hidden(self.merged(x)).relu(), self.options.head_dropout, self.training)
        scores: Tensor = self.score(self.norm_hidden(y)).sigmoid().squeeze(-1)
        return scores

    def merged(self, x: Tensor) -> Tensor:
        """(T, width): values weighted by both maps, the row of the class token averaged away."""
        options = self.options
        rows = self.rows(x)
        key = self.key(rows)
        map_, key_row, raw = self.cnn_map(key), key[0], rows[0]
        if self._merges("cnn"):
            map_, key_row, raw = _averaged(map_), _averaged(key_row), _averaged(raw)
        logits = self.logits(map_, key_row)
        value = self.value(raw) if options.attention else logits
        mixed = self._weighted(logits, value) if options.attention else logits.square()
        if options.skip in ("CF", "IF"):
            added = logits if options.skip == "CF" else raw
            mixed = self._normalised(mixed + (_averaged(added) if self._merges("softmax") else added))
        return _averaged(mixed) if self._merges("final") else mixed

    def rows(self, x: Tensor) -> Tensor:
        """(3, R, input_dim): three equal channels, with the class token's row in front."""
        image = x.expand(CHANNELS, *x.shape)
        if self.cls is not None:
            image = torch.cat([self.cls.to(x.dtype), image], dim=1)
        if self.input is None:
            return image
        # Inferred: every channel, the class token included.
        placed = torch.stack([self.positions(self.input(channel)) for channel in image])
        return dropout(placed, self.options.dropout, self.training)

    def cnn_map(self, key: Tensor) -> Tensor:
        """(R, width): what the trunk makes of the keys (3, R, width), stretched to R rows."""
        coarse = self.trunk(key[None]).mean(dim=3)[0].T
        stretched: Tensor = stretching(len(coarse), key.shape[1]).to(coarse) @ coarse
        return stretched

    def logits(self, map_: Tensor, key_row: Tensor) -> Tensor:
        """(R, width): the map with its skip connection, normalised, scaled and placed."""
        options = self.options
        logits = self._normalised(map_ + key_row) if options.skip == "KC" else map_
        sizes = {"none": 1, "T": len(logits), "D": logits.shape[1], "TD": logits.numel()}
        logits = logits / math.sqrt(sizes[options.scale])
        placed: Tensor = self.positions(logits) if self.input is None else logits
        return placed

    def _weighted(self, logits: Tensor, value: Tensor) -> Tensor:
        options = self.options
        if options.softmax == "none":
            maps = [logits]
        else:
            maps = [logits.softmax(dim=0 if axis == "T" else 1) for axis in options.softmax]
            factors = balance(options.balance, *logits.shape)
            maps = [map_ * factors[axis] for axis, map_ in zip(options.softmax, maps, strict=True)]
        maps = [dropout(map_, options.dropout, self.training) for map_ in maps]
        if self._merges("softmax"):
            maps, value = [_averaged(map_) for map_ in maps], _averaged(value)
        return torch.stack([value * map_ for map_ in maps]).sum(dim=0)

    def _merges(self, where: str) -> bool:
        return self.options.cls and self.options.cls_mix == where

    def _normalised(self, x: Tensor) -> Tensor:
        """A batch normalisation of one channel over the whole map, where a layer normalisation is said."""
        assert self.norm is not None
        found: Tensor = self.norm(x[None, None])[0, 0]
        return found


def balance(rule: str, rows: int, columns: int) -> dict[str, float]:
    """Factors of the temporal (`T`) and the spatial map (`D`), whose means are 1 / rows and 1 / columns.

    Pinned by reference outputs for `BD` with fewer rows than columns; the other rules are inferred: after
    each of them both maps have the same mean.
    """
    temporal = {"T": rows / columns, "D": 1.0}
    spatial = {"T": 1.0, "D": columns / rows}
    few = rows < columns
    return {
        "none": {"T": 1.0, "D": 1.0},
        "T": temporal,
        "D": spatial,
        "BD": temporal if few else spatial,
        "BU": spatial if few else temporal,
    }[rule]


def stretching(rows: int, wanted: int) -> Tensor:
    """(wanted, rows): adaptive average pooling along time as a matrix.

    Row i averages rows floor(i n / m) to ceil((i + 1) n / m) - 1 of n. As a product its gradient repeats to
    the last bit on a GPU, where that of torch's pooling does not.
    """
    place = torch.arange(wanted)
    starts = place * rows // wanted
    ends = -(-(place + 1) * rows // wanted)
    column = torch.arange(rows)
    taken = (column >= starts[:, None]) & (column < ends[:, None])
    return taken / (ends - starts)[:, None]


def _averaged(x: Tensor) -> Tensor:
    """(R, D) to (R - 1, D): adaptive average pooling, which here is the mean of each two neighbours."""
    return (x[:-1] + x[1:]) / 2


def shortest(options: CstaOptions) -> int:
    """Fewest steps: the ceil-mode pools of the trunk need 15 rows."""
    return 14 if options.cls else 15
