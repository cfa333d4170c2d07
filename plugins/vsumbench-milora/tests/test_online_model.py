"""The model as a run uses it: fit, write, stream, save and load, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import Bench, caption, noise_video
from online_support import options_of, released_options, write_released, write_tiny
from vsumbench_milora.videollm_online.conversations import examples_of
from vsumbench_milora.videollm_online.model import VideoLlmOnline

from vsumbench.contracts import Annotations, Sample, Summary, TimedText, check_summary
from vsumbench.contracts.setting import Selection
from vsumbench.errors import MismatchError

QUICK = {"max_new_tokens": 8, "max_frames": 4, "epochs": 2, "batch_size": 2, "patience": 9, "rank": 4}


@pytest.fixture(scope="module", autouse=True)
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("weights")
    write_tiny(root)
    write_released(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_WEIGHTS", str(root))
        yield


def samples(count: int, timed: bool = True) -> list[Sample]:
    found = []
    for number in range(count):
        name = f"v{number}"
        text = caption(name)
        times = (TimedText(start=0.0, end=6.0, text=text),)
        annotations = Annotations(video_id=name, texts=(text,), captions=(times,) if timed else ())
        found.append(Sample(noise_video(name), annotations))
    return found


def learner(folder: Path, variant: str = "offline", **changes: Any) -> tuple[VideoLlmOnline, Bench]:
    options = options_of(variant, **(QUICK | changes))
    bench = Bench(folder, options)  # type: ignore[arg-type]
    return VideoLlmOnline(options, bench.context()), bench


def answers(model: VideoLlmOnline, bench: Bench, taught: list[Sample]) -> list[Summary]:
    videos = [sample.video for sample in taught]
    found = list(model.summarize(videos, bench.context()))
    for summary, video in zip(found, videos, strict=True):
        check_summary(summary, video)
    return found


@pytest.mark.parametrize("variant", [pytest.param("offline", marks=pytest.mark.slow), "stream"])
def test_what_was_learned_survives_saving_and_writes_the_same(tmp_path: Path, variant: str) -> None:
    taught = samples(3)
    model, bench = learner(tmp_path, variant)
    report = model.fit(taught, [], bench.context())
    assert report.history[1]["loss"] < report.history[0]["loss"]
    assert report.facts["stream_videos"] == (3 if variant == "stream" else 0)
    assert report.facts["cut_answers"] == 3
    assert 0 < report.facts["trainable_parameters"] < report.facts["total_parameters"]
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    assert str(tmp_path.parent) not in (folder / "adapter_config.json").read_text(encoding="utf-8")
    again, _ = learner(tmp_path / "again", variant)
    again.load(folder)
    first, second = answers(model, bench, taught), answers(again, bench, taught)
    assert [one.text for one in first] == [one.text for one in second]
    if variant == "stream":
        assert all((a.importance == b.importance).all() for a, b in zip(first, second, strict=True))  # type: ignore[union-attr]
        assert all(one.importance is not None and len(one.importance) == 4 for one in first)
    else:
        assert all(one.importance is None and one.segments is None for one in first)


def test_without_tuning_nothing_is_trained_and_the_backbone_writes(tmp_path: Path) -> None:
    taught = samples(2)
    model, bench = learner(tmp_path, tuning="none")
    report = model.fit(taught, [], bench.context())
    assert report.epochs == 0 and report.facts["trainable_parameters"] == 0
    untouched, _ = learner(tmp_path / "untouched")
    assert [one.text for one in answers(model, bench, taught)] == [
        one.text for one in answers(untouched, bench, taught)
    ]


def test_training_goes_on_from_the_published_adapter(tmp_path: Path) -> None:
    options = released_options(learning_rate=1e-12)
    bench = Bench(tmp_path, options)  # type: ignore[arg-type]
    model = VideoLlmOnline(options, bench.context())
    model.fit(samples(2), [], bench.context())
    zero = VideoLlmOnline(replace(options, tuning="none"), bench.context())
    zero.fit(samples(2), [], bench.context())
    bare = VideoLlmOnline(replace(options, adapter=""), bench.context())
    written = [[one.text for one in answers(each, bench, samples(2))] for each in (model, zero, bare)]
    assert written[0] == written[1] != written[2]


def test_frozen_weights_in_half_precision_are_read_on_the_cpu(tmp_path: Path) -> None:
    options = released_options(frozen_dtype="bfloat16")
    bench = Bench(tmp_path, options)  # type: ignore[arg-type]
    model = VideoLlmOnline(options, bench.context())
    report = model.fit(samples(2), [], bench.context())
    assert report.history[0]["loss"] > 0
    built = model._built
    assert built is not None
    kinds = {parameter.dtype for parameter in built.model.parameters() if parameter.requires_grad}
    assert kinds == {torch.float32}
    frozen = {parameter.dtype for parameter in built.model.parameters() if not parameter.requires_grad}
    assert torch.bfloat16 in frozen
    assert len(answers(model, bench, samples(2))) == 2


@pytest.mark.parametrize("monitor", [pytest.param("rougeL", marks=pytest.mark.slow), "val_loss"])
def test_the_epoch_is_chosen_on_validation_videos(tmp_path: Path, monitor: str) -> None:
    model, bench = learner(tmp_path, monitor=monitor)
    scores = iter([0.1, 0.3])
    context = bench.context(selection=Selection.INNER_VAL, validate=lambda summaries: next(scores))
    report = model.fit(samples(2), samples(1), context)
    if monitor == "rougeL":
        assert report.selected_epoch == 2 and next(scores, None) is None and not report.selected_by
    else:
        assert report.selected_by == "validation loss"
        assert next(scores) == 0.1
        assert all(-20 < entry["score"] < 0 for entry in report.history)


def test_a_stream_without_timed_captions_is_refused_and_one_among_others_is_learned_whole() -> None:
    options = options_of("stream")
    with pytest.raises(MismatchError, match="none of the 2 videos has timed captions") as refused:
        examples_of(samples(2, timed=False), options)
    assert "--set target=caption" in refused.value.hint
    mixed = [*samples(1), *samples(1, timed=False)]
    assert [bool(example.captions) for example in examples_of(mixed, options)] == [True, False]


def test_a_video_without_text_cannot_be_learned_from() -> None:
    bare = Sample(noise_video("v"), Annotations(video_id="v"))
    with pytest.raises(MismatchError, match="'v' has no text"):
        examples_of([bare], options_of())


@pytest.mark.slow
def test_memory_for_frames_changes_no_weight(tmp_path: Path) -> None:
    states = []
    for number, cache in enumerate((0, 100)):
        model, bench = learner(tmp_path / str(number), cache_mib=cache)
        model.fit(samples(3), [], bench.context())
        assert model._built is not None
        states.append([p for p in model._built.model.parameters() if p.requires_grad])
    assert all(torch.equal(*pair) for pair in zip(*states, strict=True))
