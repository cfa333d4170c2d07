"""Which frames a summary shows, what text their captions make, and a wrapped model that is as it is alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from milora_support import TINY_ID, Bench, noise_video, samples
from vsumbench_milora.captioning.captions import Caption
from vsumbench_milora.frames_to_text.model import SCORER, SETTINGS, FramesToText
from vsumbench_milora.frames_to_text.options import FramesToTextOptions
from vsumbench_milora.frames_to_text.selecting import joined, shown_steps

from vsumbench.contracts import Context, Cost, FitReport, Sample, Summary, Video
from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError

TINY = FramesToTextOptions(captioner="video-llama", captioner_weights=TINY_ID, caption_tokens=16)
VIDEO = noise_video("v1", steps=20)


def scored(scores: Any, video: Video = VIDEO, **more: Any) -> Summary:
    return Summary(video_id=video.id, importance=np.asarray(scores, dtype=np.float64), **more)


# Which frames.


def test_the_steps_with_the_highest_scores_are_shown_in_order_of_time() -> None:
    scores = np.zeros(20)
    scores[[17, 3, 8, 12]] = 4, 3, 2, 1
    assert shown_steps(scored(scores), VIDEO, TINY) == (3, 8, 12, 17), "the fourth, 0.15 of 20 and one more"
    assert shown_steps(scored(scores), VIDEO, replace(TINY, share=0.05)) == (3, 17)


def test_a_constant_selects_all_and_all_are_thinned_evenly() -> None:
    assert shown_steps(scored([1.0] * 20), VIDEO, replace(TINY, max_frames=4)) == (2, 7, 12, 17)
    assert shown_steps(scored([1.0] * 20), VIDEO, replace(TINY, frames_per_second=0.25)) == (0, 4, 8, 12, 16)


def test_selected_segments_are_taken_as_they_are() -> None:
    segments = np.array([[2.0, 4.0], [10.0, 11.0]])
    assert shown_steps(Summary(video_id="v1", segments=segments), VIDEO, TINY) == (2, 3, 10)


def test_scores_on_a_grid_of_their_own_are_read_at_the_sampled_steps() -> None:
    times = np.array([0.0, 15.0])
    found = shown_steps(scored([0.0, 1.0], times=times), VIDEO, TINY)
    assert found == (15, 16, 17, 18, 19)


def test_a_summary_that_shows_nothing_is_refused() -> None:
    with pytest.raises(MismatchError):
        shown_steps(Summary(video_id="v1", text="words alone"), VIDEO, TINY)


# What text.


def test_the_first_sentences_are_joined_without_near_duplicates() -> None:
    captions = [
        Caption(0.0, "a red ball rolls. it is large."),
        Caption(1.0, "a red ball rolls"),
        Caption(2.0, ""),
        Caption(3.0, "two cubes stand still"),
    ]
    assert joined(captions, TINY) == "A red ball rolls. Two cubes stand still."
    assert joined([], TINY) == ""


# The model around another one.


class Scorer:
    """Scores that training learns: a weight for each step. Not a mock: it is trained, saved and loaded."""

    def __init__(self) -> None:
        self.best = 0
        self.seen: list[Context] = []

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        self.seen.append(context)
        self.best = len(train)
        (context.folders.checkpoints / "step.json").write_text("1", encoding="utf-8")
        value = 0.0 if context.validate is None else context.validate([self._one(validation[0].video)])
        return FitReport(epochs=3, selected_epoch=2, facts={"value": value})

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        self.seen.append(context)
        for video in videos:
            yield replace(self._one(video), cost=Cost(seconds=5.0, tokens=7))

    def _one(self, video: Video) -> Summary:
        return scored(np.exp(-((np.arange(video.steps) - self.best) ** 2.0)), video)

    def save(self, folder: Path) -> None:
        (folder / "scorer.json").write_text(json.dumps(self.best), encoding="utf-8")

    def load(self, folder: Path) -> None:
        self.best = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))

    def parameters(self) -> dict[str, tuple[int, int]]:
        return {"weight": (1, 1)}


def wrapped(folder: Path, scorer: Any = None, **changes: Any) -> tuple[FramesToText, Scorer, Context]:
    inner = scorer or Scorer()
    asked: list[str] = []
    context = replace(
        Bench(folder).context(options=replace(TINY, **changes)),
        model=lambda name: asked.append(name) or inner,  # type: ignore[func-returns-value]
    )
    made = FramesToText(context.options, context, "other")
    assert asked == ["other"]
    return made, inner, context


def test_what_is_told_follows_what_is_selected(talking: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(talking))
    made, scorer, context = wrapped(tmp_path)
    videos = [one.video for one in samples(3)]
    found = [*made.summarize(videos, context)]
    assert [one.video_id for one in found] == ["v0", "v1", "v2"]
    assert all(one.text for one in found) and len({one.text for one in found}) > 1
    for video, one in zip(videos, found, strict=True):
        alone = scorer._one(video).importance
        assert one.importance is not None and alone is not None and (one.importance == alone).all()
        assert (one.cost.seconds or 0) > 5.0 and (one.cost.tokens or 0) > 7, "both models count"
    assert next(iter(made.summarize(videos[::-1], context))).text == found[2].text


def test_the_wrapped_model_is_trained_as_it_is_alone(weights: Path, tmp_path: Path) -> None:
    made, scorer, context = wrapped(tmp_path)
    scored_by: list[Summary] = []
    validating = replace(context, validate=lambda found: scored_by.extend(found) or 0.5)  # type: ignore[func-returns-value]
    report = made.fit(samples(4), samples(1), validating)
    assert (report.epochs, report.selected_epoch, report.facts) == (3, 2, {"value": 0.5})
    assert scored_by[0].text is None, "its checkpoint is chosen by its scores"
    (seen,) = scorer.seen
    assert seen.options is None and seen.seeds == context.seeds
    assert [path.name for path in context.folders.checkpoints.rglob("*.json")] == ["step.json"]
    assert not (context.folders.checkpoints / "step.json").exists(), (
        "its checkpoints have a folder of their own"
    )


def test_it_is_the_same_when_it_is_loaded(weights: Path, tmp_path: Path) -> None:
    made, _, context = wrapped(tmp_path / "one")
    made.fit(samples(4), [], context)
    saved = tmp_path / "saved"
    saved.mkdir()
    made.save(saved)
    assert {path.relative_to(saved).as_posix() for path in saved.rglob("*.json")} == {
        SETTINGS,
        f"{SCORER}/scorer.json",
    }
    again, scorer, other = wrapped(tmp_path / "two")
    again.load(saved)
    assert scorer.best == 4
    one, two = ([*each.summarize([VIDEO], where)] for each, where in ((made, context), (again, other)))
    assert one[0].text == two[0].text


def test_what_was_saved_around_another_model_is_refused(weights: Path, tmp_path: Path) -> None:
    made, _, context = wrapped(tmp_path / "run")
    saved = tmp_path / "saved"
    saved.mkdir()
    with pytest.raises(DataMissingError):
        made.load(saved)
    made.save(saved)
    with pytest.raises(MismatchError, match=r"saved with.*'other'"):
        FramesToText(context.options, context, "csta").load(saved)
    (saved / SETTINGS).write_text("{", encoding="utf-8")
    with pytest.raises(DataDamagedError):
        made.load(saved)


def test_a_model_that_does_not_learn_is_not_trained(weights: Path, tmp_path: Path) -> None:
    class Fixed:
        def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
            yield from (scored(np.arange(video.steps), video) for video in videos)

        def save(self, folder: Path) -> None: ...

        def load(self, folder: Path) -> None: ...

    made, _, context = wrapped(tmp_path, Fixed())
    (summary,) = made.summarize([VIDEO], context)
    assert summary.text is not None and (summary.cost.seconds or 0) > 0
    with pytest.raises(MismatchError, match="'other' does not learn"):
        made.fit([], [], context)
    assert [part for part in made.parameters() if not part.startswith("captioner.")] == []


def test_both_models_count_their_parameters(weights: Path, tmp_path: Path) -> None:
    made, _, _ = wrapped(tmp_path)
    counts = made.parameters()
    assert counts["other.weight"] == (1, 1)
    assert sum(trained for _, trained in counts.values()) == 1


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_or_of_everything_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"share is {share}"):
        FramesToTextOptions(share=share)
