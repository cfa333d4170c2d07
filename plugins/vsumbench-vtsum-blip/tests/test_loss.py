"""The losses, by hand and against the form they have in the release."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from vsumbench_vtsum_blip.loss import joint_loss, saliency_loss
from vsumbench_vtsum_blip.sizes import Sizes
from vsumbench_vtsum_blip.temporal.network import Seen
from vsumbench_vtsum_blip.text.codec import Tokens
from vsumbench_vtsum_blip.text.decoder import caption_loss, new_decoder

LOG2 = math.log(2.0)
MASK = torch.tensor([[True, True, True, True], [True, True, False, False]])


def test_a_case_done_by_hand_under_both_reductions() -> None:
    # At logit 0 every term is log 2, whatever was selected.
    logits, selected = torch.zeros(2, 4), torch.tensor([[1.0, 0.5, 0.0, 0.0], [0.2, 1.0, 0.0, 0.0]])
    padded = saliency_loss(logits, selected, MASK)
    masked = saliency_loss(logits, selected, MASK, reduction="masked-mean")
    assert float(padded) == pytest.approx(LOG2 * 6 / 8)
    assert float(masked) == pytest.approx(LOG2)
    one = saliency_loss(torch.tensor([[2.0]]), torch.tensor([[0.3]]), torch.tensor([[True]]))
    chance = 1 / (1 + math.exp(-2.0))
    assert float(one) == pytest.approx(-0.3 * math.log(chance) - 0.7 * math.log(1 - chance))


@pytest.mark.parametrize("kind", ["cross-entropy", "l2"])
def test_the_mean_of_the_annotators_gives_what_repeated_logits_give(kind: Any) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, generator=generator)
    rows = torch.randint(0, 2, (2, 10, 4), generator=generator).float() * MASK[:, None]
    repeated, weight = logits.repeat_interleave(10, dim=0), MASK.repeat_interleave(10, dim=0).float()
    if kind == "l2":
        expected = (((repeated.sigmoid() - rows.flatten(0, 1)) * weight) ** 2).sum() / weight.sum()
    else:
        expected = binary_cross_entropy_with_logits(repeated, rows.flatten(0, 1), weight=weight)
    found = saliency_loss(logits, rows.mean(dim=1), MASK, kind=kind)
    assert float(found) == pytest.approx(float(expected), rel=1e-6)


def test_padding_scales_the_released_loss_and_not_the_other() -> None:
    logits, selected, mask = torch.ones(1, 4), torch.full((1, 4), 0.25), torch.ones(1, 4, dtype=torch.bool)
    longer = [torch.cat([part, torch.zeros_like(part)], dim=1) for part in (logits, selected, mask)]
    for reduction, share in (("padded-mean", 0.5), ("masked-mean", 1.0)):
        asked: Any = {"reduction": reduction}
        short, long = saliency_loss(logits, selected, mask, **asked), saliency_loss(*longer, **asked)
        assert float(long) == pytest.approx(share * float(short))


def test_the_joint_loss_weighs_its_parts() -> None:
    saliency, words = torch.tensor(0.5), torch.tensor(2.0)
    assert float(joint_loss(saliency, words, 15.0, 1.0)) == pytest.approx(9.5)
    assert float(joint_loss(None, words, 15.0, 1.0)) == pytest.approx(2.0)
    assert float(joint_loss(saliency, None, 10.0, 1.0)) == pytest.approx(5.0)
    with pytest.raises(ValueError, match="no loss"):
        joint_loss(None, None, 1.0, 1.0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_caption_loss_smooths_labels_and_leaves_prompt_and_padding_out(smoothing: float) -> None:
    torch.manual_seed(0)
    decoder = new_decoder(
        Sizes(width=8, heads=2, mlp=8, layers=1, vocabulary=12, positions=16), smoothing
    ).eval()
    seen = Seen(torch.randn(1, 3, 8), None, torch.ones(1, 3, dtype=torch.bool))
    ids = torch.tensor([[10, 4, 5, 6, 7, 3, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 0]])
    # The prompt is the first three ids; what is learned are 6, 7 and the end token 3.
    labels = torch.tensor([[-100, -100, -100, 6, 7, 3, -100]])
    found = caption_loss(decoder, seen, Tokens(ids, mask, labels))
    logits = (
        decoder(input_ids=ids, attention_mask=mask, encoder_hidden_states=seen.states)
        .logits.detach()
        .log_softmax(-1)
    )
    terms = []
    for position, word in ((2, 6), (3, 7), (4, 3)):
        row = logits[0, position]
        terms.append(-(1 - smoothing) * float(row[word]) - smoothing * float(row.mean()))
    assert float(found.detach()) == pytest.approx(sum(terms) / 3, rel=1e-5)
