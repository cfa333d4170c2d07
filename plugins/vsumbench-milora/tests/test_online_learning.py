"""The loss by hand, its padding and memory, the recipe, and that an adapter begins as the backbone."""

from __future__ import annotations

import pytest
import torch
from online_support import V1, V1_PLUS, adapted, frames, micro_language, new_wording, options_of, stir
from torch.testing import assert_close
from vsumbench_milora.videollm_online.learning import optimizer_of, recipe_of
from vsumbench_milora.videollm_online.live.batches import Batch
from vsumbench_milora.videollm_online.live.network import Live
from vsumbench_milora.videollm_online.live.template import (
    IGNORED,
    Assistant,
    Encoded,
    Frames,
    Layout,
    Turn,
    User,
    encode,
)
from vsumbench_milora.videollm_online.model import checkpoint_activations

from vsumbench.training.schedule import rate

WORDING = new_wording()
SYSTEM = "Watch the video."


def told(count: int, text: str, layout: Layout = V1) -> Encoded:
    turns: list[Turn] = [User("Summarize the video."), Frames(count, count), Assistant(text)]
    return encode(turns, SYSTEM, layout, WORDING)


def batch_of(*parts: Encoded, layout: Layout = V1) -> Batch:
    counts = [part.ids.count(WORDING.placeholder) // layout.tokens for part in parts]
    seen = [frames(count, layout.tokens, number) for number, count in enumerate(counts)]
    return Batch.of(parts, seen, WORDING.padding)


@pytest.mark.parametrize("layout", [V1, V1_PLUS])
@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_the_loss_is_the_weighted_sum_over_labelled_tokens(layout: Layout, weight: float) -> None:
    model = adapted()
    live = Live(model, WORDING.placeholder)
    one = told(3, "A red circle.", layout)
    batch = batch_of(one, layout=layout)
    total, count = live.loss(batch, weight)
    with torch.no_grad():
        logits = live.llama(inputs_embeds=live.embed(batch.ids, batch.seen)).logits[0].log_softmax(dim=-1)
    by_hand, labelled = 0.0, 0
    for place, (token, label) in enumerate(zip(one.ids, one.labels, strict=True)):
        if label != IGNORED:
            share = weight if token == WORDING.placeholder else 1.0
            by_hand -= share * float(logits[place, label])
            labelled += 1
    assert count == labelled == 3 + 7
    assert float(total.detach()) == pytest.approx(by_hand, rel=1e-5)


def test_padding_and_neighbours_change_no_loss() -> None:
    live = Live(adapted(), WORDING.placeholder)
    short, long = told(2, "A circle."), told(4, "Two blue stars moves to the left.")
    together, count = live.loss(batch_of(short, long), 1.0)
    alone = [
        live.loss(Batch.of([part], [frames(size, 1, number)], WORDING.padding), 1.0)
        for number, (part, size) in enumerate(((short, 2), (long, 4)))
    ]
    assert_close(together, alone[0][0] + alone[1][0])
    assert count == alone[0][1] + alone[1][1]


def test_frames_stand_where_their_placeholders_are() -> None:
    live = Live(adapted(), WORDING.placeholder)
    batch = batch_of(told(2, "A circle.", V1_PLUS), layout=V1_PLUS)
    embedded = live.embed(batch.ids, batch.seen)[0]
    place = batch.ids[0] == WORDING.placeholder
    assert_close(embedded[place], live.seen(batch.seen).flatten(0, 1))
    assert_close(embedded[~place], live.words(batch.ids[0][~place]))
    with pytest.raises(ValueError, match="20 placeholders for 10 tokens"):
        live.embed(batch.ids, batch.seen[:1])


def test_an_adapter_changes_nothing_before_it_has_learned() -> None:
    batch = batch_of(told(3, "A red circle."))
    plain, fresh = micro_language(), adapted()
    found = [Live(model, WORDING.placeholder).loss(batch, 1.0)[0] for model in (plain, fresh)]
    assert torch.equal(found[0], found[1])
    stir(fresh)
    assert not torch.allclose(Live(fresh, WORDING.placeholder).loss(batch, 1.0)[0], found[0])


def test_activations_that_are_computed_again_give_the_same_gradients() -> None:
    batch = batch_of(told(3, "A red circle."))
    gradients, passes = [], [0, 0]
    for again in (False, True):
        model = adapted(options_of(dropout=0.0))
        stir(model)
        if again:
            checkpoint_activations(model)

        def passed(layer: object, given: object, again: bool = again) -> None:
            passes[again] += 1

        model.get_base_model().model.layers[0].mlp.register_forward_pre_hook(passed)
        model.train()
        total, _ = Live(model, WORDING.placeholder).loss(batch, 1.0)
        torch.autograd.backward(total)
        gradients.append({name: p.grad for name, p in model.named_parameters() if p.requires_grad})
    for name, value in gradients[0].items():
        assert value is not None
        assert_close(value, gradients[1][name], msg=name)
    assert passes == [1, 2]


def test_the_optimizer_holds_everything_trainable_once() -> None:
    model, options = adapted(), options_of(weight_decay=0.01)
    optimizer = optimizer_of(model, options)
    (group,) = optimizer.param_groups
    assert isinstance(optimizer, torch.optim.AdamW)
    assert [id(p) for p in group["params"]] == [id(p) for p in model.parameters() if p.requires_grad]
    assert (group["lr"], group["weight_decay"]) == (options.learning_rate, 0.01)


def test_the_rate_rises_over_a_twentieth_of_the_steps_and_falls_as_a_cosine() -> None:
    recipe = recipe_of(options_of(warmup=0.05))
    rates = [rate(step, 100, recipe) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[52] == pytest.approx(0.5, abs=0.01) and rates[-1] < 0.001
