"""Plain peers of the keyshot methods' training: networks and loops written from the model sheets as such code
is usually written, one video a step, labels and rewards made anew each time, Adam as torch gives it.

A peer is a function `(videos) -> step`, and a step trains on one video (or, for PGL-SUM, on the whole list).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from vsumbench_keyshots.csta.trunk import BLOCKS

from vsumbench.scoring.knapsack import knapsack_thousandths

WIDTH = 1024


@dataclass(frozen=True)
class TrainingVideo:
    """Features (T, width or 3 width), target (T,), shots (S, 2) with both ends inclusive; a step a frame."""

    features: NDArray[np.float32]
    target: NDArray[np.float64]
    change_points: NDArray[np.int64]


Step = Callable[[Sequence[TrainingVideo]], float]


class HandNorm(nn.Module):
    """LayerNorm_A."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return self.gamma * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + self.beta


class SoftAttention(nn.Module):
    """VASNet's attention."""

    def __init__(self, aperture: int = 0) -> None:
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.aperture, self.drop = aperture, nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        logits = (self.q(x) * 0.06) @ self.k(x).T
        if self.aperture:
            place = torch.arange(len(x))
            logits[(place[:, None] - place).abs() >= self.aperture] = -math.inf
        weights = self.drop(torch.softmax(logits, dim=-1))
        return self.out((self.v(x).T @ weights).T)


class Vasnet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.drop = SoftAttention(), nn.Dropout(0.5)
        self.ka, self.kd = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.norm_y, self.norm_ka = HandNorm(WIDTH), HandNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm_y(self.drop(self.attention(x) + x))
        y = self.norm_ka(self.drop(torch.relu(self.ka(y))))
        return torch.sigmoid(self.kd(y)).view(-1)


class Msva(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.drop, self.norm_y = SoftAttention(250), nn.Dropout(0.5), HandNorm(WIDTH)
        self.ka, self.kb, self.kc = nn.Linear(WIDTH, 365), nn.Linear(365, 365), nn.Linear(365, 512)
        self.norm_kc, self.kd = HandNorm(512), nn.Linear(512, 1)

    def forward(self, x: Tensor) -> Tensor:
        streams = [self.norm_y(self.drop(self.attention(s) + s)) for s in x.split(WIDTH, dim=1)]
        y = self.kc(self.kb(self.ka(streams[0] + streams[1] + streams[2])))
        y = self.norm_kc(self.drop(torch.relu(y)))
        return torch.sigmoid(self.kd(y)).view(-1)


class PglAttention(nn.Module):
    """Heads as modules of their own."""

    def __init__(self, inner: int, heads: int) -> None:
        super().__init__()
        size = inner // heads
        self.q, self.k, self.v = (
            nn.ModuleList(nn.Linear(WIDTH, size, bias=False) for _ in range(heads)) for _ in range(3)
        )
        self.out, self.drop = nn.Linear(inner, WIDTH, bias=False), nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        heads = []
        for q, k, v in zip(self.q, self.k, self.v, strict=True):
            energies = q(x) @ k(x).T + self.encoding(len(x))
            heads.append(self.drop(torch.softmax(energies, dim=-1)) @ v(x))
        return self.out(torch.cat(heads, dim=1))

    def encoding(self, steps: int) -> Tensor:
        place = torch.arange(steps).float()[:, None]
        table = torch.zeros(steps, steps)
        angle = place / 10000 ** (2 * torch.arange(steps // 2).float() / WIDTH)
        table[:, 0 : 2 * (steps // 2) : 2], table[:, 1::2] = torch.sin(angle), torch.cos(angle)
        return table


class PglSum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.whole = PglAttention(WIDTH, 8)
        self.local = nn.ModuleList(PglAttention(WIDTH // 4, 4) for _ in range(4))
        self.norm_y, self.norm_hidden = nn.LayerNorm(WIDTH, 1e-6), nn.LayerNorm(WIDTH, 1e-6)
        self.hidden, self.score, self.drop = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1), nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        y = F.normalize(self.whole(x), dim=1)
        parts = x.split(math.ceil(len(x) / 4))
        local = torch.cat([attend(part) for attend, part in zip(self.local, parts, strict=True)])
        y = self.norm_y(self.drop(y + F.normalize(local, dim=1) + x))
        y = self.norm_hidden(self.drop(torch.relu(self.hidden(y))))
        return torch.sigmoid(self.score(y)).view(-1)


def convolution(into: int, out: int, size: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(into, out, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(out, 1e-3),
        nn.ReLU(),
    )


class Inception(nn.Module):
    def __init__(self, into: int, one: int, r3: int, three: int, r5: int, five: int, pool: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [
                convolution(into, one, 1),
                nn.Sequential(convolution(into, r3, 1), convolution(r3, three, 3)),
                nn.Sequential(convolution(into, r5, 1), convolution(r5, five, 3)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), convolution(into, pool, 1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def googlenet() -> nn.Module:
    """The trunk of CSTA."""
    blocks = {name: Inception(*widths) for name, widths in BLOCKS.items()}
    half = nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(
        *(convolution(3, 64, 7, 2), half, convolution(64, 64, 1), convolution(64, 192, 3), half),
        *(blocks["3a"], blocks["3b"], half, *(blocks[f"4{letter}"] for letter in "abcde")),
        *(nn.MaxPool2d(2, 2, ceil_mode=True), blocks["5a"], blocks["5b"]),
    )


class Csta(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cls = nn.Parameter(torch.zeros(1, 3, 1, WIDTH))
        self.key, self.value = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.trunk, self.norm = googlenet(), nn.BatchNorm2d(1)
        self.hidden, self.score = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.norm_hidden = nn.LayerNorm(WIDTH, 1e-6)
        place = torch.arange(5000).float()[:, None]
        angle = place / 10000 ** (torch.arange(0, WIDTH, 2).float() / WIDTH)
        self.register_buffer("table", torch.stack([angle.sin(), angle.cos()], dim=2).view(5000, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        rows = torch.cat([self.cls, x.expand(1, 3, -1, -1)], dim=2)
        key = self.key(rows)
        made = F.adaptive_avg_pool2d(self.trunk(key), (len(x) + 1, 1)).squeeze(3).transpose(1, 2)
        logits = self.norm((made + key[:, 0])[None])[0, 0] + self.table[: len(x) + 1]
        value = self.value(rows[0, 0])
        over_time = F.dropout(logits.softmax(0), 0.6, self.training)
        over_features = F.dropout(logits.softmax(1), 0.6, self.training)
        mixed = value * over_time + value * over_features
        mixed = F.adaptive_avg_pool2d(mixed[None], (len(x), WIDTH))[0]
        y = self.norm_hidden(F.dropout(torch.relu(self.hidden(mixed)), 0.5, self.training))
        return torch.sigmoid(self.score(y)).view(-1)


def regression(network: nn.Module, rate: float, decay: float, *, summed: bool = False) -> Step:
    """A step of squared error: one video, or the sum of the gradients of all, clipped to 5."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, weight_decay=decay)
    network.train()

    def step(videos: Sequence[TrainingVideo]) -> float:
        optimizer.zero_grad()
        losses = []
        for video in videos:
            target = video.target - video.target.min()
            target = torch.from_numpy((target / target.max()).astype(np.float32))
            loss = F.mse_loss(network(torch.from_numpy(video.features)), target)
            loss.backward()
            losses.append(float(loss.detach()))
        if summed:
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        return float(np.mean(losses))

    return step


class DsnetBase(nn.Module):
    """Multi-head attention, residual, norm."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(0.5)
        self.fc, self.norm_fc = nn.Linear(WIDTH, 128), nn.LayerNorm(128)
        self.cls, self.loc, self.ctr = nn.Linear(128, 1), nn.Linear(128, 2), nn.Linear(128, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (f(x).view(len(x), 8, 128).transpose(0, 1) for f in (self.q, self.k, self.v))
        weights = self.drop(torch.softmax(q @ k.transpose(1, 2) / 128**0.5, dim=-1))
        y = self.drop(self.out((weights @ v).transpose(0, 1).reshape(len(x), WIDTH)))
        return self.norm(y + x)


def _summary(video: TrainingVideo) -> list[tuple[int, int]]:
    """Runs of the 15 % summary."""
    scores = (video.target - video.target.min()) / np.ptp(video.target)
    lengths = video.change_points[:, 1] - video.change_points[:, 0] + 1
    values = np.array([scores[a : b + 1].mean() for a, b in video.change_points])
    chosen = knapsack_thousandths(values, lengths, int(0.15 * len(scores)))
    selected = np.repeat(chosen, lengths)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], selected, [0]]).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def dsnet_ab() -> Step:
    network = DsnetBase().train()
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-5, weight_decay=1e-5)
    scales = (4, 8, 16, 32)

    def labels(anchors: NDArray[np.float64], runs: list[tuple[int, int]], above: float) -> tuple:
        kind, places = np.zeros(len(anchors), dtype=int), np.zeros((len(anchors), 2))
        for first, after in runs:
            left, right = anchors[:, 0] - anchors[:, 1] / 2, anchors[:, 0] + anchors[:, 1] / 2
            shared = (np.minimum(right, after) - np.maximum(left, first)).clip(0)
            fits = shared / (anchors[:, 1] + after - first - shared) > above
            kind[fits] = 1
            places[fits, 0] = ((first + after) / 2 - anchors[fits, 0]) / anchors[fits, 1]
            places[fits, 1] = np.log((after - first) / anchors[fits, 1])
        return kind, places

    def step(videos: Sequence[TrainingVideo]) -> float:
        (video,) = videos
        x = torch.from_numpy(video.features)
        runs = _summary(video)
        anchors = np.array([(i, s) for i in range(len(x)) for s in scales], dtype=np.float64)
        kind, places = labels(anchors, runs, 0.6)
        touched, _ = labels(anchors, runs, 0.0)
        overlapped, _ = labels(anchors, runs, 0.3)
        count = int(kind.sum())
        untouched = np.random.permutation(np.flatnonzero(touched == 0))[: 2 * count]
        incomplete = np.random.permutation(np.flatnonzero((touched == 1) & (overlapped == 0)))[:count]
        y = network(x)
        pools = [F.avg_pool1d(y.T[None], s, 1, s // 2)[0].T[: len(x)] for s in scales]
        y = network.norm_fc(network.drop(torch.tanh(network.fc(torch.stack(pools, dim=1)))))
        cls, loc = torch.sigmoid(network.cls(y)).view(-1), network.loc(y).view(-1, 2)
        positive = torch.from_numpy(kind == 1)
        negative = torch.from_numpy(np.concatenate([untouched, incomplete]))
        loss = -0.5 * (cls[positive].log().mean() + (1 - cls[negative]).log().mean())
        loss = loss + F.smooth_l1_loss(loc[positive], torch.from_numpy(places).float()[positive])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def dsnet_af() -> Step:
    network = DsnetBase().train()
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-5, weight_decay=1e-5)

    def step(videos: Sequence[TrainingVideo]) -> float:
        (video,) = videos
        x = torch.from_numpy(video.features)
        selected, reach, centre = np.zeros(len(x), dtype=bool), np.zeros((len(x), 2)), np.zeros(len(x))
        for first, after in _summary(video):
            for i in range(first, after):
                selected[i], reach[i] = True, (i - first, after - 1 - i)
                centre[i] = reach[i].min() / (reach[i].max() + 1e-8)
        y = network.norm_fc(network.drop(torch.relu(network.fc(network(x)))))
        cls, loc, ctr = (
            torch.sigmoid(network.cls(y))[:, 0],
            network.loc(y).exp(),
            torch.sigmoid(network.ctr(y)),
        )
        mask = torch.from_numpy(selected)
        right = torch.where(mask, cls, 1 - cls)
        loss = -((1 - right) ** 2 * right.log()).sum() / mask.sum()
        wanted = torch.from_numpy(reach).float()[mask]
        shared = torch.minimum(loc[mask], wanted).sum(1) / torch.maximum(loc[mask], wanted).sum(1)
        loss = loss - (shared + 1e-8).log().mean()
        loss = loss + F.binary_cross_entropy(ctr[mask, 0], torch.from_numpy(centre).float()[mask])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def dsn() -> Step:
    rnn, fc = nn.LSTM(WIDTH, 256, bidirectional=True, batch_first=True), nn.Linear(512, 1)
    parameters = [*rnn.parameters(), *fc.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-5, weight_decay=1e-5)
    baselines: dict[int, float] = {}

    def reward(x: Tensor, actions: Tensor) -> Tensor:
        picks = actions.nonzero().view(-1)
        unit = x / x.norm(dim=1, keepdim=True)
        apart = 1 - unit @ unit.T
        among = apart[picks][:, picks]
        among[(picks[:, None] - picks).abs() > 20] = 1.0
        diversity = among.sum() / (len(picks) * (len(picks) - 1))
        squares = (x**2).sum(1, keepdim=True).expand(len(x), len(x))
        distances = squares + squares.T - 2 * x @ x.T
        return (diversity + torch.exp(-distances[:, picks].min(1)[0].mean())) / 2

    def step(videos: Sequence[TrainingVideo]) -> float:
        (video,) = videos
        x = torch.from_numpy(video.features)
        shares = torch.sigmoid(fc(rnn(x[None])[0][0]))[:, 0]
        cost = 0.01 * (shares.mean() - 0.5) ** 2
        policy, rewards = torch.distributions.Bernoulli(shares), []
        baseline = baselines.get(id(video), 0.0)
        for _ in range(5):
            actions = policy.sample()
            gained = reward(x, actions)
            cost = cost - policy.log_prob(actions).mean() * (gained - baseline)
            rewards.append(float(gained))
        baselines[id(video)] = 0.9 * baseline + 0.1 * float(np.mean(rewards))
        optimizer.zero_grad()
        cost.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        return float(cost.detach())

    return step


PEERS: dict[str, Callable[[], Step]] = {
    "vasnet": lambda: regression(Vasnet(), 5e-5, 1e-5),
    "dsnet-ab": dsnet_ab,
    "dsnet-af": dsnet_af,
    "pgl-sum": lambda: regression(PglSum(), 5e-5, 1e-5, summed=True),
    "msva": lambda: regression(Msva(), 5e-5, 1e-5),
    "dsn": dsn,
    "csta": lambda: regression(Csta(), 1e-3, 1e-7),
}
"""Method → what makes a step with a network and an optimizer of its own."""
