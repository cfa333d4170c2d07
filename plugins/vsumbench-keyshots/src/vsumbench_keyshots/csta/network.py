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
from .trunks import TRUNKS

CHANNELS = 3
STRIDE = 32
"""Of every trunk, along both sides."""
CLASSES = 1000
"""Of the trunk's classifier, which the official code keeps, and nothing uses."""


class CstaNetwork(nn.Module):
    """CNN logits, attention over time and over features, values, and a head.

    9,779,851 parameters as published, of which `unused_classifier` has 1,025,000. All that
    follows the trunk is as wide as its channels.
    """

    def __init__(self, input_dim: int, options: CstaOptions) -> None:
        super().__init__()
        trunk = TRUNKS[options.trunk]
        width = trunk.width(options.width)
        self.options = options
        self.cls = nn.Parameter(torch.zeros(CHANNELS, 1, input_dim)) if options.cls else None
        self.input = nn.Linear(input_dim, input_dim) if options.positions_at == "input" else None
        self.key = nn.Linear(input_dim, width) if options.embeddings else nn.Identity()
        self.trunk = trunk.build(options.width)
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
        map_, key_row, raw = self.looked_at(x)
        if self._merges("cnn"):
            map_, key_row, raw = _averaged(map_), _averaged(key_row), _averaged(raw)
        logits = self.logits(map_, key_row)
        value = self.value(raw) if options.attention else logits
        mixed = self._weighted(logits, value) if options.attention else logits.square()
        if options.skip in ("CF", "IF"):
            added = logits if options.skip == "CF" else raw
            mixed = self._normalised(mixed + (_averaged(added) if self._merges("softmax") else added))
        return _averaged(mixed) if self._merges("final") else mixed

    def looked_at(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the trunk makes of the keys, the keys of the first channel, its rows: (R, width or input_dim).

        The image has three equal channels, with the class token's rows in front of them.
        """
        if self.cls is not None and self.input is None and isinstance(self.trunk, GoogLeNetTrunk):
            token = self.cls[:, 0].to(x.dtype)
            top, key = self.key(token), self.key(x)
            coarse = self.trunk.of_equal_channels(top, key)
            return _stretched(coarse, len(x) + 1), torch.cat([top[:1], key]), torch.cat([token[:1], x])
        image = x.expand(CHANNELS, *x.shape)
        if self.cls is not None:
            image = torch.cat([self.cls.to(x.dtype), image], dim=1)
        if self.input is not None:
            # Inferred: every channel, the class token included.
            placed = torch.stack([self.positions(self.input(channel)) for channel in image])
            image = dropout(placed, self.options.dropout, self.training)
        keys = self.key(image)
        return _stretched(self.trunk(keys[None]), keys.shape[1]), keys[0], image[0]

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


def _stretched(coarse: Tensor, rows: int) -> Tensor:
    """(rows, width) of what the trunk gave: columns are averaged, rows repeated and mixed."""
    seen = coarse.mean(dim=3)[0].T
    stretched: Tensor = stretching(len(seen), rows).to(seen) @ seen
    return stretched


def _averaged(x: Tensor) -> Tensor:
    """(R, D) to (R - 1, D): adaptive average pooling, which here is the mean of each two neighbours."""
    return (x[:-1] + x[1:]) / 2


def shortest(options: CstaOptions) -> int:
    """Fewest steps: the ceil-mode pools of GoogLeNet need 15 rows, other trunks take one.

    A map one column wide needs two rows, since a single value has no batch statistics: 33 rows before it.
    """
    trunk = TRUNKS[options.trunk]
    rows = trunk.rows if trunk.width(options.width) > STRIDE else STRIDE + 1
    return max(1, rows - options.cls)
