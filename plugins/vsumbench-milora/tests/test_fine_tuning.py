"""`video-llama@fine-tuned` trains its own branch and nothing else, and what it saved is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import Bench, noise_video, samples
from runs_support import LEARN, QUICK, Machine, asked
from safetensors.torch import load_file, save_file
from vsumbench_milora.specs import VIDEO_LLAMA
from vsumbench_milora.video_llama.model import TENSORS, VideoLlama
from vsumbench_milora.video_llama.options import BranchOptions
from vsumbench_milora.video_llama.teaching import BRANCH, TextLoss, TrainedBranch, examples_of

from vsumbench.config.options import compose_options
from vsumbench.contracts import Annotations, Sample, Selection, Summary
from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError
from vsumbench.records.record import load_record

VIDEOS = [noise_video(f"t{number}") for number in range(3)]


def tuned(**changes: Any) -> BranchOptions:
    composed = compose_options(
        VIDEO_LLAMA, variant=VIDEO_LLAMA.variant("fine-tuned"), preset=VIDEO_LLAMA.preset("tiny")
    ).options
    small = {"num_frames": 2, "max_new_tokens": 12, "epochs": 2, "batch_size": 2, "learning_rate": 0.02}
    made: BranchOptions = replace(composed, **small | changes)
    return made


def trained(folder: Path, **changes: Any) -> tuple[VideoLlama, Bench, Any]:
    options = tuned(**changes)
    bench = Bench(folder, options)  # type: ignore[arg-type]
    model = VideoLlama(options, bench.context())
    return model, bench, model.fit(samples(3), [], bench.context())


def parameters(model: VideoLlama) -> dict[str, torch.Tensor]:
    return {name: one.detach().clone() for name, one in model._ready()[0].backbone.named_parameters()}


def test_it_trains_the_branch_and_nothing_else(weights: Path, tmp_path: Path) -> None:
    before = parameters(VideoLlama(tuned(), Bench(tmp_path / "before").context()))
    model, _, report = trained(tmp_path)
    after = parameters(model)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    # Positions of frames that are never shown have no gradient; weight decay alone would not move zeros.
    assert moved == {name for name in before if name.startswith(BRANCH)}
    counted = sum(one.numel() for name, one in before.items() if name.startswith(BRANCH))
    facts = report.facts
    assert facts["trainable_parameters"] == facts["branch_parameters"] == counted
    assert facts["total_parameters"] == sum(one.numel() for one in before.values())
    assert facts["tower_parameters"] == sum(
        one.numel() for name, one in before.items() if name.startswith("vision.")
    )
    assert sum(live for _, live in model.parameters().values()) == counted


def test_what_was_saved_is_loaded(weights: Path, tmp_path: Path) -> None:
    model, bench, _ = trained(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == [TENSORS, "video_llama.json"]
    fresh = VideoLlama(tuned(), bench.context())
    fresh.load(folder)
    one, other = parameters(model), parameters(fresh)
    assert all(torch.equal(one[name], other[name]) for name in one)
    told = [[s.text for s in m.summarize(VIDEOS, bench.context())] for m in (model, fresh)]
    assert told[0] == told[1]
    frozen = VideoLlama(replace(tuned(), trains="nothing"), bench.context())
    with pytest.raises(MismatchError, match="trains='branch'"):
        frozen.load(folder)


@pytest.mark.parametrize("how", ["missing", "cut", "shape", "more"])
def test_a_spoilt_branch_is_refused(weights: Path, tmp_path: Path, how: str) -> None:
    model, bench, _ = trained(tmp_path, epochs=1)
    folder = tmp_path / "saved"
    folder.mkdir()
    model.save(folder)
    path = folder / TENSORS
    state = load_file(path)
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-50])
    elif how == "shape":
        save_file(state | {"projection.bias": torch.zeros(3)}, path)
    else:
        save_file(state | {"language.lm_head.weight": torch.zeros(3)}, path)
    with pytest.raises(DataDamagedError, match=TENSORS.replace(".", r"\.")):
        VideoLlama(tuned(), bench.context()).load(folder)


def test_the_loss_falls_and_depends_on_no_division_of_the_batch(weights: Path, tmp_path: Path) -> None:
    model, _, report = trained(tmp_path, epochs=6)
    losses = [epoch["loss"] for epoch in report.history]
    # A language model of random weights, which is frozen, lets little be learned.
    assert losses[-1] < losses[0] - 0.01
    network, language = model._ready()
    loss = TextLoss(model._sight(network, read=True), language)
    held = examples_of(samples(3))
    whole, parts = (loss.mean(network, held, "float32", size) for size in (3, 1))
    assert whole == pytest.approx(parts, rel=1e-5)


@pytest.mark.parametrize(("monitor", "times", "by"), [("rougeL", 2, ""), ("val_loss", 0, "validation loss")])
def test_the_epoch_is_chosen_by_the_monitor(
    weights: Path, tmp_path: Path, monitor: str, times: int, by: str
) -> None:
    options = tuned(monitor=monitor)
    bench = Bench(tmp_path, options)  # type: ignore[arg-type]
    scored: list[int] = []

    def validate(summaries: Sequence[Summary]) -> float:
        scored.append(len(summaries))
        return 1.0 / len(scored)

    context = bench.context(selection=Selection.VALIDATION, validate=validate)
    report = VideoLlama(options, bench.context()).fit(samples(3), samples(2, "w"), context)
    assert scored == [2] * times
    assert report.selected_epoch > 0 and report.selected_by == by


def test_what_is_frozen_keeps_still_while_it_trains(backbone: Any) -> None:
    network = TrainedBranch(backbone).train()
    assert network.backbone.video_qformer.training
    for part in (network.backbone.vision, network.backbone.image_qformer, network.backbone.language):
        assert not any(module.training for module in part.modules())


def test_zero_shot_and_videos_without_text_are_refused(weights: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(MismatchError, match="trains nothing"):
        VideoLlama(replace(tuned(), trains="nothing"), bench.context()).fit(samples(1), [], bench.context())
    bare = Sample(VIDEOS[0], Annotations(video_id=VIDEOS[0].id))
    with pytest.raises(MismatchError, match="no text"):
        VideoLlama(tuned(), bench.context()).fit([bare], [], bench.context())


def test_a_run_of_each_variant_says_whether_it_was_trained(machine: Machine, tmp_path: Path) -> None:
    done = {
        variant: load_record(
            Path(
                machine.call(*asked(tmp_path / "runs", model=f"video-llama@{variant}", learn=learn)).result[
                    "folder"
                ]
            )
        )
        for variant, learn in (("zero-shot", QUICK), ("fine-tuned", LEARN))
    }
    assert {name: record.model.trainable for name, record in done.items()} == {
        "zero-shot": False,
        "fine-tuned": True,
    }
    assert done["zero-shot"].fit == ()
    (fit,) = done["fine-tuned"].fit
    assert fit["facts"]["trainable_parameters"] == fit["facts"]["branch_parameters"] > 0
    assert fit["facts"]["tower_parameters"] > 0 and fit["epochs"] == 2


@pytest.mark.parametrize(
    "override", ["weight_decay=-1", "learning_rate=0", "warmup=2", "eta_min=1", "epochs=0", "trains=all"]
)
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(OptionValueError, match=override.partition("=")[0]):
        compose_options(VIDEO_LLAMA, overrides=(override,))
