"""What the specs promise: presets in order, options refused, names."""

from __future__ import annotations

import pytest
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.specs import MILORA, RELEASED, TINY, VIDEO_LLAMA

from vsumbench.config.options import compose_options
from vsumbench.entrypoints import Kind
from vsumbench.errors import OptionValueError
from vsumbench.plugins import default_plugins


def test_both_models_are_installed_under_all_their_names() -> None:
    plugins = default_plugins()
    assert plugins.spec(Kind.MODEL, "milora") is plugins.spec(Kind.MODEL, "milora-visum") is MILORA
    assert plugins.spec(Kind.MODEL, "video-llama") is VIDEO_LLAMA


@pytest.mark.parametrize("spec", [MILORA, VIDEO_LLAMA], ids=lambda spec: spec.id)
def test_the_paper_comes_first_and_each_preset_names_the_weights_it_reads(spec: object) -> None:
    presets = spec.presets  # type: ignore[attr-defined]
    assert presets[0].id == "paper" and "tiny" in [preset.id for preset in presets]
    for preset in presets:
        read = [preset.options[name] for name in ("backbone", "pretrained_adapter") if name in preset.options]
        assert preset.weights == tuple(read)
    assert (RELEASED.maker, bool(RELEASED.origin)) == ("", True)
    assert (bool(TINY.maker), TINY.origin) == (True, "")


def test_zero_shot_is_the_default_and_trains_nothing() -> None:
    default, tuned = VIDEO_LLAMA.variants
    assert (default.id, VIDEO_LLAMA.as_variant(default).trainable) == ("zero-shot", False)
    assert (tuned.id, VIDEO_LLAMA.as_variant(tuned).trainable) == ("fine-tuned", True)
    options = compose_options(VIDEO_LLAMA, variant=tuned, preset=VIDEO_LLAMA.preset("paper")).options
    assert (options.trains, options.weight_decay, options.learning_rate) == ("branch", 0.05, 1e-4)


def test_the_release_samples_and_the_paper_does_not() -> None:
    of = {
        name: compose_options(VIDEO_LLAMA, preset=VIDEO_LLAMA.preset(name)).options
        for name in ("paper", "release", "tiny")
    }
    assert [(one.decoding, one.max_new_tokens) for one in of.values()] == [
        ("greedy", 128),
        ("release", 300),
        ("greedy", 64),
    ]
    assert [one.conversation for one in of.values()] == ["llama-2", "llama-2", "plain"]


def test_what_milora_reads_and_says_is_one_prompt_for_all_videos() -> None:
    with pytest.raises(OptionValueError, match="tell_times"):
        compose_options(MILORA, overrides=("tell_times=true",))


def test_variants_differ_in_their_branches_alone() -> None:
    assert {variant.id: variant.options for variant in MILORA.variants} == {
        "combined": {"branches": "both"},
        "temporal-only": {"branches": "temporal"},
        "spatial-only": {"branches": "spatial"},
    }


def test_the_second_stage_is_the_same_method_from_other_weights() -> None:
    for first, second in (("paper", "second-stage"), ("tiny", "tiny-second-stage")):
        changed = MILORA.preset(second).options.items() - MILORA.preset(first).options.items()
        assert changed == {("pretrained_adapter", "milora-general")}
    assert MILORA.weights[-1].id == "milora-general"


def test_the_tiny_preset_has_its_own_rate() -> None:
    tiny = compose_options(MILORA, preset=MILORA.preset("tiny")).options
    paper = compose_options(MILORA, preset=MILORA.preset("paper")).options
    assert (tiny.learning_rate, tiny.rank_share, tiny.num_frames, tiny.max_new_tokens) == (
        3e-3,
        0.0625,
        8,
        64,
    )
    assert (paper.learning_rate, paper.experts, paper.num_frames, paper.max_new_tokens) == (1e-4, 4, 32, 128)


@pytest.mark.parametrize(
    "override",
    [
        "experts=0",
        "rank_share=0",
        "rank_share=1.5",
        "scaling=0",
        "lambda_t=-1",
        "eta_min=1",
        "combine=max",
        "branches=none",
        "spatial_targets=audio",
        "monitor=cider",
        "num_frames=0",
        "warmup=2",
        "cache_mib=-1",
        "patience=0",
        "alignment=full",
        "alignment_width=100",
        "alignment_width=0",
        "penalty=eq11",
        "lambda_reg=-1",
        "top_k=0",
        "top_k=5",
        "ranks=[4, 4]",
        "ranks=[4, 4, 4, 0]",
        "balance_coef=-1",
        "delta_mode=add",
        "gate_scope=all",
        "text_targets=all",
        "merge_inference=sometimes",
        "bias_per_head=true",
        "visual_input=clip",
    ],
)
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(OptionValueError, match=override.partition("=")[0]):
        compose_options(MILORA, overrides=(override,))


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (("top_k=2", "combine=alpha"), "top_k chooses by the gates"),
        (("branches=spatial", "delta_mode=bilinear"), "about temporal experts"),
        (("visual_input=resnet50", "spatial_targets=vit"), "adapts the ViT; visual_input=resnet50 has none"),
        (("visual_input=resnet50", "spatial_targets=patch-conv"), "adapts the ViT"),
        (("branches=temporal", "delta_mode=bilinear", "bias_per_head=1", "experts=0"), "experts is 0"),
    ],
)
def test_options_that_contradict_each_other_are_refused(overrides: tuple[str, ...], why: str) -> None:
    with pytest.raises(OptionValueError, match=why):
        compose_options(MILORA, overrides=overrides)


def test_ranks_are_given_as_a_list() -> None:
    assert compose_options(MILORA, overrides=("ranks=[8, 8, 4, 4]",)).options.ranks == (8, 8, 4, 4)


def test_the_defaults_are_those_of_the_sheet() -> None:
    options = MiloraOptions()
    assert (options.combine, options.temporal_targets, options.spatial_targets) == (
        "gate*alpha",
        "attn",
        "key-value",
    )
    assert (options.lambda_t, options.lambda_s, options.fusion_start, options.scaling) == (
        1e-4,
        1e-4,
        4.0,
        2.0,
    )
    assert (options.delta_mode, options.gate_scope, options.top_k, options.balance_coef) == (
        "proj",
        "own",
        None,
        0.01,
    )
    assert (options.text_targets, options.train_positions, options.pad_rank) == ("none", False, False)
    assert (options.batch_size, options.epochs, options.patience, options.warmup) == (32, 20, 5, 0.1)
    assert (options.alignment, options.alignment_width) == ("a2summ-mask", 128)
    assert (options.penalty, options.lambda_reg) == ("eq12+alpha", 1e-4)
    assert (options.pretrained_adapter, options.gradient_checkpointing) == ("", False)
    assert options.visual_input == "pixels"
