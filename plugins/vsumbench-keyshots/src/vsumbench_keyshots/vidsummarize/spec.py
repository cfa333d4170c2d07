"""VidSummarize as data."""

from __future__ import annotations

from vsumbench.contracts import ModelSpec, Preset, Task
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED

from .options import VidSummarizeOptions

VIDSUMMARIZE = ModelSpec(
    id="vidsummarize",
    title="VidSummarize",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.vidsummarize.model:VidSummarize",
    inputs=FRAME_FEATURES,
    options=VidSummarizeOptions,
    presets=(
        Preset(
            id="tiny",
            options={
                "width": 48,
                "layers": 2,
                "heads": 4,
                "feed_forward": 96,
                "learning_rate": 3e-3,
                "epochs": 12,
            },
            condition=ON_PLANTED,
            note="The same encoder, narrower and of two layers, with a rate of its own.",
        ),
        Preset(id="paper", memory_gib=2.0, note="13,135,873 parameters."),
        Preset(
            id="summarizer",
            options={
                "layout": "summarizer",
                "layers": 6,
                "feed_forward": 1024,
                "positions": False,
                "window": 0,
                "overlap": 0,
            },
            memory_gib=3.0,
            note="The encoder of a public baseline of the same kind (sylvainma/Summarizer): 45,164,545 "
            "parameters, of which 38,862,849 are used. Its rate is not known; this one has that of `paper`.",
        ),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    note="Re-designed: a paper names a transformer baseline of this name, without a description, code or "
    "numbers. Every choice is inferred and ordinary: encoder, windows of 1,024 steps that overlap by 128 or "
    "more, recipe. A number of it says nothing about any publication.",
)
