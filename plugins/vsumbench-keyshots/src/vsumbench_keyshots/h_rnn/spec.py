"""H-RNN as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED

from .options import HRnnOptions

H_RNN = ModelSpec(
    id="h-rnn",
    title="H-RNN",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.h_rnn.model:HRnn",
    inputs=FRAME_FEATURES,
    options=HRnnOptions,
    variants=(
        Variant(id="fixed", title="subshots of equal length"),
        Variant(id="shots", options={"segments": "shots"}, title="the shots of the dataset as subshots"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"projection": 48, "hidden": 32, "length": 4, "learning_rate": 5e-3, "epochs": 12},
            condition=ON_PLANTED,
            note="The same network, narrower, on 48 learned combinations of the features, with a rate of its "
            "own and subshots of 4 steps: the highlights of planted videos last a few seconds.",
        ),
        Preset(id="paper", memory_gib=1.0, note="2,497,025 parameters."),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Hierarchical Recurrent Neural Network for Video Summarization",
        authors="Zhao, Li, Lu",
        year=2017,
        venue="ACM Multimedia",
    ),
    note="Re-designed from the published abstract: no official code is known, and sizes, length of a "
    "subshot, target and recipe are inferred. Steps of one subshot have one score, and such ties lower rank "
    "correlations. A number of it says nothing about the publication.",
)
