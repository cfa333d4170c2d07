"""The loss and its optimizer: the penalty as decay, the schedule, and that something is learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import (
    TOKENIZER,
    Bench,
    noise_video,
    options_of,
    samples,
    stir,
)
from vsumbench_milora.milora.learning import optimizer_of, penalty, recipe_of
from vsumbench_milora.milora.model import Milora, network_of
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch
from vsumbench_milora.video_llama.teaching import examples_of
from vsumbench_milora.video_llama.text import TextCodec

from vsumbench.contracts import Annotations, Sample, Summary
from vsumbench.contracts.setting import Selection
from vsumbench.errors import MismatchError
from vsumbench.training.schedule import rate

PROMPT, TEXT = Prompt((1, 4), (5, 20)), TextBatch.of([(30, 31, 2), (40, 41, 42, 2)], 0)


def explicit_penalty(model: Any, options: MiloraOptions) -> torch.Tensor:
    """Eq. 12 with the alpha term, differentiable."""
    total = torch.zeros(())
    for name, parameter in model.named_parameters():
        if any(part in name for part in ("lora_A", "lora_B", "lora_expert_alpha")):
            weight = options.lambda_t if "video_qformer" in name else options.lambda_s
            total = total + weight * (parameter**2).sum()
    return total


def test_the_optimizers_decay_is_the_penalty(adapted: Callable[..., Any]) -> None:
    options = options_of(lambda_t=0.01, lambda_s=0.03, learning_rate=1e-2)
    steps = []
    for decayed in (True, False):
        model = adapted()
        stir(model)
        seen = network_of(model).front(
            torch.randn(2, 4, 3, 16, 16, generator=torch.Generator().manual_seed(1))
        )
        given = options if decayed else replace(options, lambda_t=0.0, lambda_s=0.0)
        optimizer = optimizer_of(model, given)
        for _ in range(2):
            optimizer.zero_grad()
            total, _ = model(seen, PROMPT, TEXT)
            loss = total if decayed else total + explicit_penalty(model, options)
            loss.backward()
            optimizer.step()
        steps.append({name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad})
    for name, value in steps[0].items():
        torch.testing.assert_close(value, steps[1][name], atol=1e-5, rtol=1e-4, msg=name)


def test_the_penalty_shown_is_that_of_the_sheet(adapted: Callable[..., Any]) -> None:
    options = options_of(lambda_t=0.01, lambda_s=0.03)
    model = adapted()
    stir(model)
    torch.testing.assert_close(penalty(model, options), explicit_penalty(model, options).detach())


@pytest.mark.parametrize("variant", ["combined", "temporal-only", "spatial-only"])
def test_everything_trainable_is_optimized_once(adapted: Callable[..., Any], variant: str) -> None:
    options = options_of(variant, lambda_t=1e-4, lambda_s=2e-4)
    model = adapted(variant)
    optimizer = optimizer_of(model, options)
    given = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(given) == sorted(id(p) for p in model.parameters() if p.requires_grad)
    decays = {group["weight_decay"] for group in optimizer.param_groups}
    assert (
        decays
        == {"combined": {2e-4, 4e-4, 0.0}, "temporal-only": {2e-4, 0.0}, "spatial-only": {4e-4, 0.0}}[variant]
    )
    assert {(group["betas"], group["eps"]) for group in optimizer.param_groups} == {((0.9, 0.999), 1e-8)}


def test_the_rate_ends_at_eta_min() -> None:
    recipe = recipe_of(options_of(learning_rate=1e-3, eta_min=1e-4))
    rates = [1e-3 * rate(step, 100, recipe) for step in range(100)]
    assert max(rates) == pytest.approx(1e-3) and rates[0] < 2e-4
    assert rates[-1] == pytest.approx(1e-4, rel=0.05)
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_a_video_without_text_cannot_be_learned_from() -> None:
    bare = Sample(noise_video("v"), Annotations(video_id="v"))
    with pytest.raises(MismatchError, match="'v' has no text"):
        examples_of([bare])


def test_the_first_text_is_learned() -> None:
    sample = Sample(noise_video("v"), Annotations(video_id="v", texts=("One.", "Two.")))
    assert [example.text for example in examples_of([sample])] == ["One."]


def learner(folder: Path, variant: str = "combined", **changes: Any) -> tuple[Milora, Bench]:
    options = options_of(variant, **{"num_frames": 2, "max_new_tokens": 20, "patience": 99} | changes)
    bench = Bench(folder, options)
    return Milora(options, bench.context()), bench


@pytest.mark.parametrize(
    ("variant", "changes"),
    [("combined", {}), ("temporal-only", {}), ("spatial-only", {"spatial_targets": "qformer-attn"})],
)
def test_experts_teach_a_frozen_backbone_to_tell_other_things(
    talking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str, changes: dict[str, str]
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(talking))
    taught = samples(4)
    # Each video now goes with the caption of the next one.
    moved = [Sample(one.video, taught[(number + 1) % 4].annotations) for number, one in enumerate(taught)]
    model, bench = learner(tmp_path, variant, rank_share=0.25, learning_rate=0.01, epochs=40, **changes)
    report = model.fit(moved, [], bench.context())
    losses = [entry["loss"] for entry in report.history]
    assert losses[-1] < losses[0] / 2
    codec = TextCodec(TOKENIZER)
    wanted = [codec.decode(codec.encode(sample.annotations.texts[0], 20)) for sample in moved]
    written = [
        summary.text for summary in model.summarize([sample.video for sample in moved], bench.context())
    ]
    assert sum(a == b for a, b in zip(written, wanted, strict=True)) >= 2


def test_epochs_are_chosen_by_the_validation_loss_where_asked(weights: Path, tmp_path: Path) -> None:
    model, bench = learner(tmp_path, monitor="val_loss", epochs=3)
    asked: list[object] = []

    def validate(summaries: object) -> float:
        asked.append(summaries)
        return 0.0

    context = bench.context(selection=Selection.INNER_VAL, validate=validate)
    report = model.fit(samples(4), samples(2, "w"), context)
    assert asked == []
    assert report.selected_epoch == 1 + max(range(3), key=lambda epoch: report.history[epoch]["score"])
    assert report.selected_by == "validation loss"
    # The score is minus the loss per token of the two captions.
    assert all(-10 < entry["score"] < 0 for entry in report.history)


def test_epochs_are_chosen_by_written_summaries_otherwise(weights: Path, tmp_path: Path) -> None:
    model, bench = learner(tmp_path, epochs=3)
    scores = iter([0.1, 0.3, 0.2])
    seen: list[list[str]] = []

    def validate(summaries: list[Summary]) -> float:
        seen.append([summary.video_id for summary in summaries])
        return next(scores)

    context = bench.context(selection=Selection.INNER_VAL, validate=validate)
    report = model.fit(samples(4), samples(3, "w"), context)
    assert seen == [["w0", "w1", "w2"]] * 3
    assert (report.selected_epoch, report.selected_by) == (2, "")


def test_training_stops_when_nothing_gets_better(weights: Path, tmp_path: Path) -> None:
    model, bench = learner(tmp_path, epochs=9, patience=2)
    context = bench.context(selection=Selection.INNER_VAL, validate=lambda summaries: 0.0)
    report = model.fit(samples(2), samples(1, "w"), context)
    assert (report.epochs, report.selected_epoch) == (3, 1)


@pytest.mark.parametrize("change", [{"cache_mib": 0}, {"accumulation": 2}])
def test_memory_saved_changes_no_weight(weights: Path, tmp_path: Path, change: dict[str, int]) -> None:
    states = []
    for number, changes in enumerate(({}, change)):
        model, bench = learner(tmp_path / str(number), epochs=2, batch_size=4, **changes)
        model.fit(samples(4), [], bench.context())
        assert model._built is not None
        trained = model._built[0]
        states.append({name: p for name, p in trained.named_parameters() if "lora_B" in name})
    for name, value in states[0].items():
        if "cache_mib" in change:
            assert torch.equal(value, states[1][name])
        else:
            torch.testing.assert_close(value, states[1][name], atol=1e-4, rtol=1e-3)
