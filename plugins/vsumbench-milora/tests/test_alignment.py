"""The alignment block: its size, what each reading computes, and that it changes nothing before training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from milora_support import MICRO, options_of, stir
from torch import Tensor, nn
from vsumbench_milora.milora.adapters import add_experts, trainable_parameters
from vsumbench_milora.milora.alignment import Alignment
from vsumbench_milora.milora.network import MiloraNetwork, network_for
from vsumbench_milora.video_llama.backbone import new_backbone
from vsumbench_milora.video_llama.config import PAPER_7B
from vsumbench_milora.video_llama.counting import empty_backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from vsumbench.contracts import Seeds
from vsumbench.errors import MismatchError

PROMPT, TEXT = Prompt((1, 4), (5, 20)), TextBatch.of([(30, 31, 2), (40, 41, 42, 2)], 0)
MODES = ("a2summ-mask", "aligned-sum")
BRANCH = 22_104_064
"""What Video-LLaMA itself trains."""


def block(mode: Any, heads: int = 1) -> Alignment:
    """A block of width 12 whose output does something."""
    made = Alignment(mode, 12, 64 * heads if heads > 1 else 8)
    made.draw(Seeds(2))
    stir(made)
    return made


def by_hand(made: Alignment, video: Tensor, text: Tensor, aligned: Tensor) -> Tensor:
    """The readings of the sheet, token by token, one head."""
    out = torch.empty_like(video)
    scale = made.query.out_features**-0.5
    read = made.text_norm(text)
    keys_t, values_t = made.key(read), made.value(read)
    for sample, tokens in enumerate(video):
        seen = made.video_norm(tokens)
        queries, keys, values = made.query(seen), made.key(seen), made.value(seen)
        for row in range(len(tokens)):
            own = aligned[row].nonzero()[:, 0].tolist()
            if made.mode == "a2summ-mask":
                k, v = torch.cat([keys, keys_t[own]]), torch.cat([values, values_t[own]])
            else:
                shares = aligned.float() / aligned.sum(1, keepdim=True).clamp(min=1)
                k, v = keys + shares @ keys_t, values + shares @ values_t
            weights = (k @ queries[row] * scale).softmax(0)
            out[sample, row] = tokens[row] + made.output(weights @ v)
    return out


@pytest.mark.parametrize("mode", MODES)
def test_each_reading_is_that_of_the_sheet(mode: str) -> None:
    made, video, text = block(mode), torch.randn(2, 5, 12), torch.randn(3, 12)
    aligned = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 1, 1]], dtype=torch.bool)
    torch.testing.assert_close(made(video, text, aligned), by_hand(made, video, text, aligned))
    everything = torch.ones(5, 3, dtype=torch.bool)
    torch.testing.assert_close(made(video, text), by_hand(made, video, text, everything))


@pytest.mark.parametrize("mode", MODES)
def test_a_text_token_is_seen_where_it_is_aligned_and_nowhere_else(mode: str) -> None:
    made, video, text = block(mode), torch.randn(1, 4, 12), torch.randn(2, 12)
    aligned = torch.zeros(4, 2, dtype=torch.bool)
    aligned[1, 0] = True
    other = text.clone()
    other[1] += 1.0
    assert torch.equal(made(video, text, aligned), made(video, other, aligned))
    other[0] += torch.arange(12)
    changed = (made(video, text, aligned) != made(video, other, aligned)).any(-1)[0]
    # With one attention over both, a row sees its own text alone; a sum reaches every row through its key.
    assert changed.tolist() == ([False, True, False, False] if mode == "a2summ-mask" else [True] * 4)


def test_heads_are_64_wide() -> None:
    made = block("a2summ-mask", heads=2)
    assert made.heads == 2 and block("a2summ-mask").heads == 1
    seen, read = made.video_norm(torch.randn(1, 4, 12)), made.text_norm(torch.randn(3, 12))
    tokens = torch.cat([seen, read[None]], dim=1)
    weights = torch.cat([made.query.weight, made.key.weight, made.value.weight])
    biases = torch.cat([made.query.bias, made.key.bias, made.value.bias])
    queries, keys, values = (
        part.view(1, -1, 2, 64).transpose(1, 2)
        for part in nn.functional.linear(tokens, weights, biases).chunk(3, dim=-1)
    )
    attention = (queries[:, :, :4] @ keys.transpose(-1, -2) / 8).softmax(-1) @ values
    mixed = made.output(attention.transpose(1, 2).reshape(1, 4, 128))
    made.video_norm = made.text_norm = nn.Identity()  # type: ignore[assignment]
    torch.testing.assert_close(made(seen, read[:3]), seen + mixed)


def shared(variant: str, share: float) -> dict[str, int]:
    options = options_of(variant, rank_share=share, alignment_width=128)
    with torch.device("meta"):
        network = network_for(empty_backbone(PAPER_7B), options, None)
        return trainable_parameters(add_experts(network, options, None))


@pytest.mark.parametrize("mode", MODES)
def test_at_paper_size_the_shared_block_has_the_parameters_of_the_sheet(mode: Any) -> None:
    with torch.device("meta"):
        network = MiloraNetwork(empty_backbone(PAPER_7B), "both", 4.0, alignment=mode, alignment_width=128)
    parts = [part for part in (network.fusion, network.alignment) if part is not None]
    assert sum(p.numel() for part in parts for p in part.parameters()) == 397_441


@pytest.mark.parametrize(
    ("share", "percentages"), [(0.022, (9.6, 10.1, 17.9)), (0.02, (9.1, 9.7, 17.0)), (0.01, (5.6, 5.9, 9.7))]
)
def test_the_shares_of_the_branch_are_those_of_the_sheet(
    share: float, percentages: tuple[float, ...]
) -> None:
    found = [shared(name, share) for name in ("temporal-only", "spatial-only", "combined")]
    assert tuple(round(100 * sum(counts.values()) / BRANCH, 1) for counts in found) == percentages
    assert {counts["alignment"] for counts in found} == {397_440}
    assert [counts.get("fusion", 0) for counts in found] == [0, 1, 1]


@pytest.mark.parametrize("variant", ["combined", "spatial-only", "temporal-only"])
@pytest.mark.parametrize("mode", MODES)
def test_before_training_the_block_changes_nothing(
    adapted: Callable[..., Any], variant: str, mode: str
) -> None:
    with_block = adapted(variant, alignment=mode).get_base_model()
    without = adapted(variant).get_base_model()
    seen = with_block.front(torch.randn(2, 4, 3, 16, 16))
    assert torch.equal(with_block.see(seen, PROMPT), without.see(seen))
    if variant == "temporal-only":
        backbone = without.backbone
        assert torch.equal(with_block.see(seen, PROMPT), backbone.to_language(backbone.mix_time(seen)))


def test_a_trained_block_looks_at_the_prompt_and_does_not_go_without(adapted: Callable[..., Any]) -> None:
    model = adapted(alignment="a2summ-mask")
    stir(model)
    network = model.get_base_model()
    seen = network.front(torch.randn(2, 4, 3, 16, 16))
    assert not torch.equal(network.see(seen, PROMPT), network.see(seen, Prompt((1, 4), (5, 21))))
    with pytest.raises(MismatchError, match="no prompt"):
        network.see(seen)


def test_the_prompt_is_read_through_the_transposed_projection() -> None:
    network = MiloraNetwork(new_backbone(MICRO, 7), "both", 4.0, alignment="a2summ-mask", alignment_width=16)
    table = network.backbone.language.get_input_embeddings().weight
    expected = table[[1, 4, 5, 20]] @ network.backbone.projection.weight
    found = network.text_tokens(PROMPT)
    torch.testing.assert_close(found, expected)
    assert found.shape == (4, MICRO.width) and not found.requires_grad


@pytest.mark.parametrize("mode", MODES)
def test_the_block_trains_with_the_experts(adapted: Callable[..., Any], mode: str) -> None:
    model = adapted(alignment=mode)
    before = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    seen = model.get_base_model().front(torch.randn(2, 4, 3, 16, 16))
    for _ in range(3):
        optimizer.zero_grad()
        model.train()(seen, PROMPT, TEXT)[0].backward()
        optimizer.step()
    own = {name: p for name, p in model.named_parameters() if ".alignment.modules_to_save." in name}
    # Twelve tensors; a shift of all keys moves no softmax, so that of the keys may stay.
    assert len(own) == 12
    stayed = {name.rpartition("default.")[2] for name, p in own.items() if torch.equal(p, before[name])}
    assert stayed <= {"key.bias"}
    frozen = [p for name, p in model.named_parameters() if ".alignment.original_module." in name]
    assert frozen and not any(p.requires_grad for p in frozen)


def test_the_block_depends_on_the_seeds_alone() -> None:
    def drawn(seed: int) -> list[Tensor]:
        torch.manual_seed(seed)
        network = network_for(new_backbone(MICRO, 7), options_of(), Seeds(3))
        assert network.alignment is not None
        return list(network.alignment.parameters())

    first, second = drawn(1), drawn(2)
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
