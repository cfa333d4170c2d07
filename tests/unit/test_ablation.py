"""Spoilt inputs: what changes, what does not, who may be asked for it, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_trainable
from harness import TOY, Silent

from vsumbench.contracts import Fold, Frame, Inputs, Sample, Seeds, Task, Video
from vsumbench.data.editions import resolve_edition
from vsumbench.data.roots import DataRoot
from vsumbench.defaults.toy import open_toy
from vsumbench.errors import MismatchError, UsageError
from vsumbench.plugins import default_plugins
from vsumbench.records.record import load_record
from vsumbench.running.ablation import (
    PermutedTime,
    ShuffledPairs,
    check_ablation,
    shown_input,
    training_input,
)
from vsumbench.running.fitting import validation_score
from vsumbench.running.identity import prediction_digest, prediction_identity
from vsumbench.running.pipeline import execute, run
from vsumbench.running.plan import make_plan
from vsumbench.running.request import RunRequest
from vsumbench.running.rescoring import score_run
from vsumbench.running.samples import Samples
from vsumbench.testing.generated import with_inputs

DATASET = open_toy(Path(), "planted")
IDS = DATASET.video_ids()
FOLD = Fold("f", train=IDS[:6], validation=IDS[6:9], test=IDS[9:])
EDITION = default_plugins().dataset("toy").editions[0]


def asked(tmp_path: Path, **changes: Any) -> RunRequest:
    base: dict[str, Any] = {
        "model": TOY,
        "dataset": "toy",
        "runs": tmp_path,
        "protocols": ("peruser-2fps",),
        "overrides": ("epochs=1",),
    }
    return RunRequest(**{**base, **changes})


# Shuffled pairs -------------------------------------------------------------------------------------------


def test_every_training_and_validation_video_has_the_texts_of_another_one_of_its_part() -> None:
    view = ShuffledPairs(DATASET, FOLD, Seeds(0))
    for part in (FOLD.train, FOLD.validation):
        donors = [view.donors[video] for video in part]
        assert sorted(donors) == sorted(part), "each is used once"
        assert all(donor != video for donor, video in zip(donors, part, strict=True))
        for video in part:
            told, own = view.annotations(video), DATASET.annotations(video)
            assert told.texts == DATASET.annotations(view.donors[video]).texts != own.texts
            assert told.video_id == video
            assert np.array_equal(told.importance, own.importance)  # type: ignore[arg-type]
            assert np.array_equal(told.user_summaries, own.user_summaries)  # type: ignore[arg-type]


def test_captions_are_told_in_the_time_of_the_video_they_are_given_to() -> None:
    view = ShuffledPairs(DATASET, FOLD, Seeds(0))
    video = FOLD.train[0]
    donor = view.donors[video]
    duration, scale = DATASET.video(video).duration, 0.0
    scale = duration / DATASET.video(donor).duration
    for told, original in zip(
        view.annotations(video).captions, DATASET.annotations(donor).captions, strict=True
    ):
        assert [sentence.text for sentence in told] == [sentence.text for sentence in original]
        assert [s.start for s in told] == pytest.approx([s.start * scale for s in original])
        assert told[0].start >= 0 and told[-1].end <= duration


def test_test_videos_keep_their_texts_and_every_video_its_pictures() -> None:
    view = ShuffledPairs(DATASET, FOLD, Seeds(0))
    for video in FOLD.test:
        assert view.annotations(video).texts == DATASET.annotations(video).texts
    feature = view.video(FOLD.train[0]).features["toy-8"].read()
    assert np.array_equal(feature, DATASET.video(FOLD.train[0]).features["toy-8"].read())


def test_who_gets_whose_text_follows_the_seed_and_the_fold() -> None:
    first = ShuffledPairs(DATASET, FOLD, Seeds(0)).donors
    assert first == ShuffledPairs(DATASET, FOLD, Seeds(0)).donors
    assert first != ShuffledPairs(DATASET, FOLD, Seeds(1)).donors
    assert first != ShuffledPairs(DATASET, replace(FOLD, name="g"), Seeds(0)).donors


def test_the_checkpoint_is_chosen_on_shuffled_pairs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = default_plugins()
    plan = make_plan(asked(tmp_path, ablate_input="shuffle-pairs"), plugins)
    seen: list[object] = []

    class Watched:
        def __init__(self, dataset: object, *rest: object) -> None:
            seen.append(dataset)

    monkeypatch.setattr("vsumbench.running.fitting.Evaluator", Watched)
    validation_score(plan, plugins, plan.folds[0])
    assert isinstance(seen[0], ShuffledPairs)


# Permuted time --------------------------------------------------------------------------------------------


def frames_of(video: Video, steps: Sequence[int] | None = None) -> list[Frame]:
    assert video.frames is not None
    return list(video.frames() if steps is None else video.sampled_frames(steps))


@pytest.fixture
def full() -> Video:
    """A toy video with frames and text."""
    from collections import Counter

    return with_inputs(DATASET.video(IDS[0]), (), Counter())


def permuted(video: Video, seed: int = 0) -> Video:
    class One:
        def video(self, video_id: str) -> Video:
            return video

    return PermutedTime(One(), Seeds(seed)).video(video.id)  # type: ignore[arg-type]


def test_features_and_frames_are_permuted_alike_and_all_else_stays(full: Video) -> None:
    other = permuted(full)
    before, after = full.features["toy-8"].read(), other.features["toy-8"].read()
    frames, shown = frames_of(full), frames_of(other)
    order = [
        next(i for i, frame in enumerate(frames) if np.array_equal(frame.pixels, one.pixels)) for one in shown
    ]
    assert sorted(order) == list(range(full.steps)) and order != sorted(order)
    assert np.array_equal(after, before[order])
    assert [(f.index, f.time) for f in shown] == [(f.index, f.time) for f in frames]
    assert np.array_equal(other.picks, full.picks) and other.text == full.text
    assert np.array_equal(other.change_points, full.change_points)  # type: ignore[arg-type]


def test_frames_of_single_steps_are_those_of_the_stream(full: Video) -> None:
    shown, steps = frames_of(permuted(full)), [0, 3, 4, full.steps - 1]
    some = frames_of(permuted(full), steps)
    assert [frame.index for frame in some] == [int(full.picks[step]) for step in steps]
    assert all(np.array_equal(a.pixels, shown[s].pixels) for a, s in zip(some, steps, strict=True))


def test_a_stream_without_single_steps_is_permuted_the_same_way(full: Video) -> None:
    streamed = frames_of(permuted(replace(full, frames_at=None)))
    assert all(
        np.array_equal(a.pixels, b.pixels) for a, b in zip(streamed, frames_of(permuted(full)), strict=True)
    )


def test_the_order_follows_the_seed_and_the_video_alone(full: Video) -> None:
    def read(video: Video) -> Any:
        return video.features["toy-8"].read()

    assert np.array_equal(read(permuted(full)), read(permuted(full)))
    assert not np.array_equal(read(permuted(full)), read(permuted(full, seed=1)))


def test_a_video_without_frames_gets_none() -> None:
    video = PermutedTime(DATASET, Seeds(0)).video(IDS[0])
    assert video.frames is None and video.frames_at is None
    assert np.array_equal(
        DATASET.annotations(IDS[0]).importance, PermutedTime(DATASET, Seeds(0)).annotations(IDS[0]).importance
    )  # type: ignore[arg-type]


# Who may be asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ablation", "changes", "reason"),
    [
        ("shuffle-pairs", {"trainable": False}, "does not train"),
        ("shuffle-pairs", {"tasks": (Task.V2V,)}, "writes no text"),
        ("permute-time", {"inputs": ()}, "reads neither features nor frames"),
        ("permute-time", {"inputs": (Inputs(text=True),)}, "reads neither features nor frames"),
    ],
)
def test_a_model_it_cannot_change_is_refused_with_the_reason(
    ablation: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(MismatchError, match=reason):
        check_ablation(ablation, replace(toy_trainable.SPEC, **changes), EDITION, (FOLD,))
    check_ablation(ablation, toy_trainable.SPEC, EDITION, (FOLD,))


def test_a_part_of_one_video_cannot_be_shuffled() -> None:
    with pytest.raises(MismatchError, match="has one validation video"):
        check_ablation("shuffle-pairs", toy_trainable.SPEC, EDITION, (replace(FOLD, validation=IDS[6:7]),))


def test_an_edition_without_texts_has_no_pairs() -> None:
    bare = replace(EDITION, provides=replace(EDITION.provides, text_references=False))
    with pytest.raises(MismatchError, match="has no texts to shuffle"):
        check_ablation("shuffle-pairs", toy_trainable.SPEC, bare, (FOLD,))


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'permute-time'"):
        check_ablation("permute-tim", toy_trainable.SPEC, EDITION, (FOLD,))


def test_nothing_asked_is_nothing_changed() -> None:
    assert shown_input(DATASET, "", 0) is DATASET is training_input(DATASET, "", 0, FOLD)
    assert shown_input(DATASET, "shuffle-pairs", 0) is DATASET, "test videos are untouched"


# Runs -----------------------------------------------------------------------------------------------------


def test_a_run_says_how_its_input_was_spoilt_and_is_scored_like_any_other(tmp_path: Path) -> None:
    plugins = default_plugins()
    plain = run(asked(tmp_path), plugins, Silent())
    spoilt = run(asked(tmp_path, ablate_input="permute-time"), plugins, Silent())
    assert plain.folder != spoilt.folder and plain.record.model.ablated == ""
    record = load_record(spoilt.folder)
    assert record.model.ablated == "permute-time" and "--ablate-input permute-time" in record.command
    assert record.model.set_by_hand == ("epochs",)
    value = {name: one.scores[0].value for name, one in (("plain", plain.record), ("spoilt", record))}
    assert value["plain"] != value["spoilt"]
    again = score_run(spoilt.folder, plugins, Silent(), protocols=("keyshot-f1-avg",))
    assert again.state == "scored again" and again.record.model.ablated == "permute-time"
    assert run(asked(tmp_path, ablate_input="permute-time"), plugins, Silent()).state == "already sealed"


def test_what_a_model_is_trained_on_is_what_the_request_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[tuple[str, ...]] = []
    fit = toy_trainable.ToyTrainable.fit

    def watched(self: Any, train: Sequence[Sample], validation: Sequence[Sample], context: Any) -> Any:
        texts.append(train[0].annotations.texts)
        return fit(self, train, validation, context)

    monkeypatch.setattr(toy_trainable.ToyTrainable, "fit", watched)
    plugins = default_plugins()
    for ablation in ("", "shuffle-pairs"):
        plan = make_plan(asked(tmp_path, ablate_input=ablation), plugins)
        execute(plan, plugins, Silent())
    folds = len(texts) // 2
    assert all(a != b for a, b in zip(texts[:folds], texts[folds:], strict=True))
    assert set(texts[folds:]) <= {DATASET.annotations(video).texts for video in IDS}


def test_the_digest_names_the_ablation(tmp_path: Path) -> None:
    plugins = default_plugins()
    digests = {
        prediction_digest(
            prediction_identity(make_plan(asked(tmp_path, ablate_input=name), plugins), plugins)
        )
        for name in ("", "shuffle-pairs", "permute-time")
    }
    assert len(digests) == 3


def test_samples_of_a_view_are_read_when_asked_for() -> None:
    view = training_input(DATASET, "shuffle-pairs", 0, FOLD)
    samples: Iterator[Sample] = iter(Samples(view, FOLD.train))
    assert next(samples).annotations.texts != DATASET.annotations(FOLD.train[0]).texts


def test_a_view_is_a_dataset_like_the_one_behind_it() -> None:
    spec = default_plugins().dataset("toy")
    found = resolve_edition(
        spec, DataRoot(Path("nowhere"), False, "default"), load=lambda dotted: open_toy
    ).dataset
    view = PermutedTime(found, Seeds(0))
    assert (view.status(), view.fingerprint(), view.video_ids(), view.folds("folds")) == (
        found.status(), found.fingerprint(), found.video_ids(), found.folds("folds")
    )  # fmt: skip
