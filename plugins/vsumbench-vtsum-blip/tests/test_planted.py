"""On planted videos the model finds more than can be had without looking; the evidence page has it all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau
from vsumbench_vtsum_blip.model import VtsumBlip
from vtsum_support import context, options_of, planted, write_weights

from vsumbench.contracts import Sample

TRAIN = [planted(number) for number in range(60)]
TEST = [planted(number) for number in range(60, 90)]


def tau(scores: Sequence[np.ndarray]) -> float:
    """Mean over videos against the annotators' mean, as `videoxum-meanuser` has it."""
    found = []
    for sample, own in zip(TEST, scores, strict=True):
        assert sample.annotations.user_summaries is not None
        found.append(kendalltau(own, sample.annotations.user_summaries.mean(axis=0)).statistic)
    return float(np.mean(found))


def mean_position(sample: Sample) -> np.ndarray:
    """What the training videos' annotators select at each share of a video."""
    curves = []
    for one in TRAIN:
        assert one.annotations.user_summaries is not None
        share = one.annotations.user_summaries.mean(axis=0)
        curves.append(np.interp(np.linspace(0, 1, 50), np.linspace(0, 1, len(share)), share))
    places = np.linspace(0, 1, sample.video.steps)
    return np.interp(places, np.linspace(0, 1, 50), np.mean(curves, axis=0))


def test_scores_are_better_than_the_mean_of_each_position(weights: Path, tmp_path: Path) -> None:
    settings = ("temporal=tt-ca", "epochs=16", "batch_size=8", "learning_rate=0.005")
    options = options_of("vsum", "tiny", *settings)
    model = VtsumBlip(options, context(options, tmp_path))
    model.fit(TRAIN, [], context(options, tmp_path))
    videos = [sample.video for sample in TEST]
    found = [one.importance for one in model.summarize(videos, context(options, tmp_path))]
    own = tau([one for one in found if one is not None])
    floor = tau([mean_position(sample) for sample in TEST])
    print(f"tau {own:.3f}, mean of each position {floor:.3f}")
    assert own > floor + 0.1


@pytest.mark.slow
def test_texts_tell_of_their_own_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vsumbench_vtsum_blip.pretraining.make import Plan

    write_weights(tmp_path / "weights", Plan())
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    options = options_of("tt", "tiny", "epochs=12")
    model = VtsumBlip(options, context(options, tmp_path))
    model.fit([planted(number) for number in range(300)], [], context(options, tmp_path))
    found = [*model.summarize([sample.video for sample in TEST], context(options, tmp_path))]

    def shared(one: str, other: str) -> float:
        words, others = set(one.lower().split()), set(other.lower().replace(".", "").split())
        return len(words & others) / len(words | others)

    own = [shared(s.text or "", sample.annotations.texts[0]) for s, sample in zip(found, TEST, strict=True)]
    turned = [*TEST[1:], TEST[0]]
    of_others = [
        shared(s.text or "", sample.annotations.texts[0]) for s, sample in zip(found, turned, strict=True)
    ]
    assert np.mean(own) > np.mean(of_others) + 0.05
