"""The backbone: sizes as published, tokens as described, a loss of the summary alone, greedy decoding."""

from __future__ import annotations

import pytest
import torch
from milora_support import MICRO, awaken
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone
from vsumbench_milora.video_llama.config import PAPER_7B, PAPER_13B, TINY, BackboneConfig
from vsumbench_milora.video_llama.counting import backbone_parameters, branch_parameters, empty_backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from vsumbench.errors import MismatchError

PROMPT = Prompt((1, 4), (5, 20, 21))


def vision(videos: int = 2, frames: int = 3) -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return torch.randn(videos, frames, MICRO.vision.tokens, MICRO.vision.width, generator=draw)


def test_at_paper_size_every_part_has_the_published_number_of_parameters() -> None:
    counts = backbone_parameters(empty_backbone(PAPER_7B))
    assert counts == {
        "vision model": 985_952_256,
        "image queries": 24_576,
        "image Q-Former": 105_137_664,
        "frame positions": 24_576,
        "video queries": 24_576,
        "video Q-Former": 18_905_088,
        "projection": 3_149_824,
        "language model": 6_738_415_616,
    }
    assert branch_parameters(counts) == 22_104_064


def test_the_13b_model_differs_in_language_model_and_projection_alone() -> None:
    small, large = (backbone_parameters(empty_backbone(config)) for config in (PAPER_7B, PAPER_13B))
    assert {part: count for part, count in large.items() if small[part] != count} == {
        "projection": 3_937_280,
        "language model": 13_015_864_320,
    }
    assert branch_parameters(large) == 22_891_520


def test_the_tiny_size_has_the_same_parts_and_fits_its_own_prompt() -> None:
    backbone = new_backbone(TINY, 0)
    assert set(backbone_parameters(backbone)) == set(backbone_parameters(empty_backbone(PAPER_7B)))
    assert sum(p.numel() for p in backbone.parameters()) < 1_500_000
    assert TINY.video_qformer.queries % TINY.image_qformer.queries == 0


def test_sizes_survive_json_and_nonsense_does_not_pass() -> None:
    assert BackboneConfig.from_json(PAPER_7B.to_json()) == PAPER_7B
    values = TINY.to_json()
    values["vision"]["width"] = "wide"
    with pytest.raises(TypeError, match="width"):
        BackboneConfig.from_json(values)


def test_weights_follow_from_the_seed_and_no_layer_starts_dead() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, again, other = (new_backbone(MICRO, seed) for seed in (4, 4, 5))
    assert torch.equal(torch.random.get_rng_state(), before)
    pairs = list(zip(first.parameters(), again.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert any(not torch.equal(a, c) for a, _, c in pairs)
    matrices = {name: p for name, p in first.named_parameters() if p.ndim > 1}
    assert min(float(p.detach().std()) for p in matrices.values()) > 0.01


def test_shapes_from_pixels_to_the_language_model(backbone: Backbone) -> None:
    pixels = torch.randn(2, 5, 3, MICRO.vision.image, MICRO.vision.image)
    seen = backbone.encode_frames(pixels)
    read = backbone.read_frames(seen)
    mixed = backbone.mix_time(read)
    assert seen.shape == (2, 5, MICRO.vision.tokens, MICRO.vision.width)
    assert read.shape == (2, 5, MICRO.image_qformer.queries, MICRO.width)
    assert mixed.shape == (2, MICRO.video_qformer.queries, MICRO.width)
    assert backbone.to_language(mixed).shape == (2, MICRO.video_qformer.queries, MICRO.language.width)


def test_a_frame_is_read_by_itself_and_its_place_in_time_counts(backbone: Backbone) -> None:
    awaken(backbone)
    seen = vision()
    read = backbone.read_frames(seen)
    alone = backbone.read_frames(seen[1:, 2:])
    torch.testing.assert_close(read[1:, 2:], alone)
    backwards = backbone.mix_time(read.flip(1))
    assert not torch.allclose(backbone.mix_time(read), backwards, atol=1e-4)
    unflipped = backbone.mix_time(read.flip(1), torch.tensor([2, 1, 0]))
    torch.testing.assert_close(unflipped, backbone.mix_time(read))


def test_more_frames_than_positions_are_refused(backbone: Backbone) -> None:
    read = torch.zeros(1, 33, MICRO.image_qformer.queries, MICRO.width)
    with pytest.raises(MismatchError, match="33 frames"):
        backbone.mix_time(read)


def test_the_loss_is_that_of_the_summary_tokens_alone(backbone: Backbone) -> None:
    visual = backbone.see(vision())
    texts = [(30, 31, 2), (40, 41, 42, 43, 2)]
    total, count = backbone.language_loss(visual, PROMPT, TextBatch.of(texts, 0))
    assert int(count) == 8
    expected = 0.0
    for row, text in enumerate(texts):
        embed = backbone.language.get_input_embeddings()
        before, after, said = (embed(torch.tensor(ids)) for ids in (PROMPT.before, PROMPT.after, text))
        sequence = torch.cat([before, visual[row], after, said])[None]
        logits = backbone.language(inputs_embeds=sequence).logits[0].log_softmax(-1)
        first = len(PROMPT) + visual.shape[1]
        expected -= sum(float(logits[first + i - 1, token]) for i, token in enumerate(text))
    assert float(total) == pytest.approx(expected, rel=1e-5)


def test_padding_changes_no_loss(backbone: Backbone) -> None:
    visual = backbone.see(vision())
    short, long = (30, 31, 2), (40, 41, 42, 43, 44, 45, 2)
    together, _ = backbone.language_loss(visual, PROMPT, TextBatch.of([short, long], 0))
    alone = [
        backbone.language_loss(visual[row : row + 1], PROMPT, TextBatch.of([text], 0))[0]
        for row, text in enumerate((short, long))
    ]
    torch.testing.assert_close(together, sum(alone))
    other_padding, _ = backbone.language_loss(visual, PROMPT, TextBatch.of([short, long], 9))
    torch.testing.assert_close(together, other_padding)


def test_generation_is_a_plain_argmax_loop() -> None:
    backbone = awaken(new_backbone(MICRO, 3).eval())
    with torch.no_grad():
        visual = backbone.see(vision())
        embed = backbone.language.get_input_embeddings()
        expected = []
        for row in visual:
            ids: list[int] = []
            while len(ids) < 12:
                before, after = (embed(torch.tensor(ids)) for ids in (PROMPT.before, PROMPT.after))
                said = embed(torch.tensor(ids, dtype=torch.long))
                logits = backbone.language(inputs_embeds=torch.cat([before, row, after, said])[None]).logits
                ids.append(int(logits[0, -1].argmax()))
            expected.append(ids)
    unending = backbone.generate(
        visual, PROMPT, max_new_tokens=12, end=MICRO.language.vocabulary - 1, padding=0
    )
    assert unending == expected
    assert len(set(expected[0])) > 1
    end = expected[0][4]
    ended = backbone.generate(visual, PROMPT, max_new_tokens=12, end=end, padding=0)
    assert ended[0] == expected[0][: expected[0].index(end)]
