"""Plain peers of the video-to-video scores: loops over frames and capacities, one scipy call a pair.

Written from protocols.md a.2, a.4, a.6 and b in the style in which these are usually coded, on inputs of the
sizes the speed table names. What runs faster is `vsumbench.scoring`; these say how much.

Calibration. The machine of the reference seconds took 0.11 s for `hundred_taus` (dependencies.md section 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata, spearmanr

Floats = NDArray[np.floating]
STEP = 15
"""Frames from one scored step to the next: 2 per second at 30 per second."""


@dataclass(frozen=True)
class ShotVideo:
    """Step scores (T,), their frames (T,), shots (S, 2) with both ends inclusive, N frames."""

    scores: Floats
    picks: NDArray[np.int64]
    change_points: NDArray[np.int64]
    n_frames: int


@dataclass(frozen=True)
class RatedVideo:
    """Step scores (T,), their frames (T,), ratings (U, N) of 1 to 5, each held for two seconds."""

    scores: Floats
    picks: NDArray[np.int64]
    ratings: NDArray[np.int64]


@dataclass(frozen=True)
class SelectedVideo:
    """Saliencies (T,) float32, one a second, and what each annotator selected, (U, T) float32 of 0 and 1."""

    saliency: NDArray[np.float32]
    selected: NDArray[np.float32]


def shot_video(frames: int = 10_000, shots: int = 200, seed: int = 0) -> ShotVideo:
    """A video with random shots and random scores."""
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(np.arange(1, frames), size=shots - 1, replace=False))
    starts, ends = np.append(0, cuts), np.append(cuts, frames) - 1
    picks = np.arange(0, frames, STEP)
    return ShotVideo(rng.random(len(picks)), picks, np.stack([starts, ends], axis=1), frames)


def rated_videos(videos: int = 50, users: int = 20, seed: int = 0) -> list[RatedVideo]:
    """Videos of 2,500 to 19,500 frames, as TVSum has them."""
    rng = np.random.default_rng(seed)
    made = []
    for frames in np.linspace(2500, 19500, videos).astype(int).tolist():
        blocks = rng.integers(1, 6, size=(users, -(-frames // 60)))
        ratings = np.repeat(blocks, 60, axis=1)[:, :frames]
        picks = np.arange(0, frames, STEP)
        made.append(RatedVideo(rng.random(len(picks)), picks, ratings))
    return made


def selected_videos(
    videos: int = 100, annotators: int = 10, steps: int = 120, seed: int = 0
) -> list[SelectedVideo]:
    """Videos of about two minutes at one step a second; annotators select about 15 % in a few spans."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(videos):
        length = int(rng.integers(steps - 20, steps + 21))
        selected = np.zeros((annotators, length), dtype=np.float32)
        for row in selected:
            for start in rng.integers(0, length - 6, size=3):
                row[start : start + 6] = 1
        made.append(SelectedVideo(rng.standard_normal(length).astype(np.float32), selected))
    return made


def hold(scores: Floats, picks: NDArray[np.int64], n_frames: int) -> NDArray[np.float32]:
    """Scores at frames, cell by cell."""
    held = np.zeros(n_frames, dtype=np.float32)
    bounds = np.append(picks, n_frames) if picks[-1] != n_frames else picks
    for cell in range(len(bounds) - 1):
        held[bounds[cell] : bounds[cell + 1]] = scores[cell] if cell < len(scores) else 0
    return held


def knapsack(values: Sequence[float], weights: Sequence[int], capacity: int) -> list[int]:
    """The chosen items, by a table filled cell by cell; on a tie the later item is left out."""
    items = len(values)
    table: list[list[float]] = [[0.0] * (capacity + 1) for _ in range(items + 1)]
    for item in range(items + 1):
        for room in range(capacity + 1):
            if item == 0 or room == 0:
                table[item][room] = 0
            elif weights[item - 1] <= room:
                table[item][room] = max(
                    values[item - 1] + table[item - 1][room - weights[item - 1]], table[item - 1][room]
                )
            else:
                table[item][room] = table[item - 1][room]
    chosen, room = [], capacity
    for item in range(items, 0, -1):
        if table[item][room] != table[item - 1][room]:
            chosen.append(item - 1)
            room -= weights[item - 1]
    return chosen[::-1]


def knapsack_problem(video: ShotVideo) -> tuple[list[float], list[int], int]:
    """Shot values, shot lengths and the budget of a video, as plain numbers."""
    held = hold(video.scores, video.picks, video.n_frames)
    values, weights = [], []
    for start, end in video.change_points:
        values.append(held[start : end + 1].mean().item())
        weights.append(int(end - start + 1))
    return values, weights, int(video.n_frames * 0.15)


def keyshot_summary(video: ShotVideo) -> NDArray[np.int8]:
    """From step scores to the selected frames (N,)."""
    selected = np.zeros(video.n_frames, dtype=np.int8)
    for shot in knapsack(*knapsack_problem(video)):
        start, end = video.change_points[shot]
        selected[start : end + 1] = 1
    return selected


def per_user_2fps(videos: Sequence[RatedVideo]) -> tuple[float, float]:
    """Tau and rho of the step scores with each user's ratings at the steps; users, then videos."""
    taus, rhos = [], []
    for video in videos:
        video_taus, video_rhos = [], []
        for ratings in video.ratings:
            rated = (ratings / ratings.max())[::STEP]
            video_taus.append(kendalltau(rankdata(-video.scores), rankdata(-rated))[0])
            video_rhos.append(spearmanr(video.scores, rated)[0])
        taus.append(np.mean(video_taus))
        rhos.append(np.mean(video_rhos))
    return float(np.mean(taus)), float(np.mean(rhos))


def per_user_full(videos: Sequence[RatedVideo]) -> tuple[float, float]:
    """Tau and rho of the held scores with each user's ratings of every frame; users, then videos."""
    taus, rhos = [], []
    for video in videos:
        held = hold(video.scores, video.picks, video.ratings.shape[1])
        video_taus, video_rhos = [], []
        for ratings in video.ratings:
            video_taus.append(kendalltau(rankdata(-held), rankdata(-ratings))[0])
            video_rhos.append(spearmanr(held, ratings)[0])
        taus.append(np.mean(video_taus))
        rhos.append(np.mean(video_rhos))
    return float(np.mean(taus)), float(np.mean(rhos))


def videoxum(videos: Sequence[SelectedVideo]) -> tuple[float, float, float]:
    """F1 as intended, tau and rho, means over videos; scikit-learn's F1 for each annotator.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    from sklearn.metrics import f1_score  # type: ignore[import-untyped]

    f1s, taus, rhos = [], [], []
    for video in videos:
        found = []
        for annotated in video.selected:
            k = int(0.15 * len(video.saliency))
            threshold = np.sort(video.saliency)[::-1][k]
            found.append(f1_score(annotated, (video.saliency >= threshold).astype(np.float32)))
        mean = video.selected.sum(axis=0) / len(video.selected)
        saliency = 1 / (1 + np.exp(-video.saliency))
        f1s.append(np.mean(found))
        taus.append(np.nan_to_num(kendalltau(rankdata(-mean), rankdata(-saliency))[0]))
        rhos.append(np.nan_to_num(spearmanr(mean, saliency)[0]))
    return float(np.mean(f1s)), float(np.mean(taus)), float(np.mean(rhos))


def hundred_taus() -> None:
    """The calibration: tau of two vectors of 2,000 values, a hundred times."""
    rng = np.random.default_rng(0)
    first, second = rng.random(2000), rng.random(2000)
    for _ in range(100):
        kendalltau(first, second)
