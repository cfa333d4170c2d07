"""Both models as data."""

from __future__ import annotations

from vsumbench.contracts import (
    ANY_FEATURE,
    Citation,
    Condition,
    Extra,
    FeatureSpec,
    Inputs,
    ModelSpec,
    Preset,
    Task,
    Variant,
    Weights,
)

from .options import FrozenOptions, VtsumOptions

FEATURE = "blip-vit-b16"
"""Class tokens of BLIP's ViT-B/16, a frame a second: what was published, and what frames are extracted to."""

BLIP_WEIGHTS = Weights(
    id="blip-image-captioning-base",
    title="BLIP base, image captioning",
    licence="BSD-3-Clause",
    origin="https://huggingface.co/Salesforce/blip-image-captioning-base",
    files=("config.json", "model.safetensors", "tokenizer.json"),
    note="The text decoder and its tokenizer; frame vectors come as features. The papers start from the "
    "CapFilt-L checkpoint before captioning, which is not published in this form.",
)
TINY_WEIGHTS = Weights(
    id="blip-tiny",
    title="Tiny BLIP decoder, trained on planted videos of another mix",
    licence="Apache-2.0",
    files=("config.json", "model.safetensors", "tokenizer.json"),
    maker="vsumbench_vtsum_blip.pretraining.make:make_backbone",
    source=("vsumbench_vtsum_blip", "vsumbench.planted", "vsumbench.training"),
    note="about a minute on one CPU core",
)
RELEASED = Weights(
    id="vtsum-blip-released",
    title="VTSUM-BLIP, a released checkpoint",
    licence="no licence file in the repository",
    origin="https://huggingface.co/jylins/vtsum_blip",
    files=("*.safetensors",),
    note="vtsum_tt.pth or vtsum_tt_ca.pth, converted from the pickle: save_file({k: v.clone() for k, v in "
    'torch.load(FILE, weights_only=True)["model"].items()}, "vtsum.safetensors").',
)
TRAINED = Weights(
    id="vtsum-blip-trained",
    title="VTSUM-BLIP as trained by a run on another dataset",
    licence="that of the run",
    files=("model.safetensors", "settings.json"),
    note="Import the folder folds/NAME/weights of the run.",
)

_EXTRAS = tuple(
    Extra(module=module, install="vsumbench[train]")
    for module in ("torch", "transformers", "accelerate", "safetensors", "tokenizers")
)
_INPUTS = (
    Inputs(features=(FeatureSpec(name=FEATURE, shape=(768,)),)),
    Inputs(features=(FeatureSpec(name=ANY_FEATURE, shape=(None,)),)),
)
_ON_PLANTED = Condition(editions=("planted", "planted-xl"))
_TINY_WRITING = {"backbone": TINY_WEIGHTS.id, "max_length": 96}
_MEMORY_GIB = 16.0
_TT_RECIPE = {"learning_rate": 1e-5, "lambda_v": 10.0}
"""Of the released command for TT, which leaves the rate at its default."""

VTSUM_BLIP = ModelSpec(
    id="vtsum-blip",
    title="VTSUM-BLIP",
    tasks=(Task.V2V, Task.V2T, Task.V2VT),
    implementation="vsumbench_vtsum_blip.model:VtsumBlip",
    inputs=_INPUTS,
    options=VtsumOptions,
    variants=(
        Variant(
            id="tt-ca-la",
            options={"temporal": "tt-ca-la"},
            title="temporal transformer, context aggregation, local attention",
        ),
        Variant(id="tt-ca", options={"temporal": "tt-ca"}, title="temporal transformer, context aggregation"),
        Variant(id="tt", options={"temporal": "tt", **_TT_RECIPE}, title="temporal transformer"),
        Variant(
            id="base",
            options={"temporal": "none", **_TT_RECIPE},
            title="both heads on frame vectors and positions",
        ),
        Variant(
            id="vsum",
            options={"temporal": "none", "answers": "video", **_TT_RECIPE},
            title="VSUM-BLIP: the video head alone",
            tasks=(Task.V2V,),
        ),
        Variant(
            id="tsum",
            options={"temporal": "tt", "answers": "text", **_TT_RECIPE},
            title="TSUM-BLIP: temporal transformer and text decoder",
            tasks=(Task.V2T,),
        ),
    ),
    presets=(
        Preset(
            id="tiny",
            options={
                **_TINY_WRITING,
                "learning_rate": 2e-3,
                "lambda_v": 10.0,
                "epochs": 6,
                "batch_size": 32,
            },
            condition=_ON_PLANTED,
            weights=(TINY_WEIGHTS.id,),
            note="The same network, 64 wide, on a decoder that was trained on planted videos of another mix; "
            "its rate is its own.",
        ),
        Preset(
            id="paper",
            options={"accumulation": 4},
            weights=(BLIP_WEIGHTS.id,),
            memory_gib=_MEMORY_GIB,
            note="The released commands: 64 videos a step (4 GPUs of 16), 56 epochs, rate 2e-5 and lambda 15 "
            "with context aggregation, 1e-5 and 10 without, decay 0.05, no clipping; 3 beams, 128 tokens.",
        ),
        Preset(
            id="report",
            options={
                "batch_size": 16,
                "epochs": 28,
                "learning_rate": 2e-5,
                "lambda_v": 15.0,
                "weight_decay": 0.01,
                "clip_norm": 1.0,
                "max_tokens": 32,
                "beams": 1,
                "max_length": 32,
            },
            weights=(BLIP_WEIGHTS.id,),
            memory_gib=_MEMORY_GIB,
            note="The recipe in the report on local attention: 16 videos a step, 28 epochs, clipping at 1, "
            "texts of 32 tokens, greedy. Its numbers for Base and TT+CA were quoted from models that decode "
            "with 3 beams and 128 tokens, so a difference in CIDEr may be one of decoding.",
        ),
        Preset(
            id="release",
            options={"checkpoint": RELEASED.id, "epochs": 0},
            weights=(BLIP_WEIGHTS.id, RELEASED.id),
            memory_gib=_MEMORY_GIB,
            note="A checkpoint of the official code, not trained again; for @tt or @tt-ca.",
        ),
        Preset(
            id="transfer",
            options={"checkpoint": TRAINED.id, "epochs": 0},
            weights=(BLIP_WEIGHTS.id, TRAINED.id),
            memory_gib=_MEMORY_GIB,
            note="A model that a run trained on another dataset, not trained again.",
        ),
    ),
    trainable=True,
    weights=(TINY_WEIGHTS, BLIP_WEIGHTS, RELEASED, TRAINED),
    extras=_EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="VideoXum: Cross-modal Visual and Textural Summarization of Videos",
        authors="Lin, Hua, Chen, Li, Hsiao, Ho, Luo",
        year=2023,
        url="https://github.com/jylins/videoxum",
    ),
    note="Written from a description; local attention from the report on it. Base, the place of local "
    "attention (one more layer after context aggregation) and the form of @vsum and @tsum are inferred. The "
    "released code keeps the last epoch (--selection last-epoch); selecting on validation looks at F1, for "
    "@tsum at its text. Its cosine falls once an epoch, here with every step. Links between words and "
    "segments are inferred from cross-attention.",
)

FROZEN_BLIP = ModelSpec(
    id="frozen-blip",
    title="Frozen-BLIP",
    tasks=(Task.V2V, Task.V2T, Task.V2VT),
    implementation="vsumbench_vtsum_blip.frozen:FrozenBlip",
    inputs=_INPUTS,
    options=FrozenOptions,
    presets=(
        Preset(
            id="tiny",
            options=_TINY_WRITING,
            condition=_ON_PLANTED,
            weights=(TINY_WEIGHTS.id,),
            note="On the tiny decoder, which was trained on planted videos of another mix.",
        ),
        Preset(id="paper", weights=(BLIP_WEIGHTS.id,), memory_gib=4.0),
    ),
    repetitions=5,
    weights=(TINY_WEIGHTS, BLIP_WEIGHTS),
    extras=_EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="BLIP: Bootstrapping Language-Image Pre-training for Unified Vision-Language Understanding and "
        "Generation",
        authors="Li, Li, Xiong, Hoi",
        year=2022,
        venue="ICML",
        url="https://github.com/salesforce/BLIP",
    ),
    note="Inferred: no code was published, and the paper cites BLIP-2, which this version does not offer. An "
    "untrained head scores frames, five times over; the decoder reads the frame vectors as they are.",
)
