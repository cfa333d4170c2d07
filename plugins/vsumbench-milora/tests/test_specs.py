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
    assert [preset.id for preset in presets] == ["paper", "tiny"]
    for preset in presets:
        assert preset.weights == (preset.options["backbone"],)
    assert (RELEASED.maker, bool(RELEASED.origin)) == ("", True)
    assert (bool(TINY.maker), TINY.origin) == (True, "")


def test_variants_differ_in_their_branches_alone() -> None:
    assert {variant.id: variant.options for variant in MILORA.variants} == {
        "combined": {"branches": "both"},
        "temporal-only": {"branches": "temporal"},
        "spatial-only": {"branches": "spatial"},
    }


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
        "spatial_targets=vit",
        "monitor=cider",
        "num_frames=0",
        "warmup=2",
        "cache_mib=-1",
        "patience=0",
    ],
)
def test_values_that_cannot_be_are_refused(override: str) -> None:
    with pytest.raises(OptionValueError, match=override.partition("=")[0]):
        compose_options(MILORA, overrides=(override,))


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
    assert (options.batch_size, options.epochs, options.patience, options.warmup) == (32, 20, 5, 0.1)
