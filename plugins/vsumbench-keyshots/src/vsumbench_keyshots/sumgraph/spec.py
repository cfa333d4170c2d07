"""SumGraph as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED

from .options import SumGraphOptions

SUMGRAPH = ModelSpec(
    id="sumgraph",
    title="SumGraph",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.sumgraph.model:SumGraph",
    inputs=FRAME_FEATURES,
    options=SumGraphOptions,
    variants=(
        Variant(id="supervised", title="key frames, sparsity, diversity and reconstruction"),
        Variant(id="unsupervised", options={"supervised": False}, title="without key frames"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"width": 32, "learning_rate": 3e-3, "epochs": 12},
            condition=ON_PLANTED,
            note="The same network, narrower, with a rate of its own.",
        ),
        Preset(id="paper", memory_gib=1.0, note="525,570 parameters, and 263,168 in training alone."),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="SumGraph: Video Summarization via Recursive Graph Modeling",
        authors="Park, Lee, Kim, Sohn",
        year=2020,
        venue="ECCV",
    ),
    note="Re-designed from the published abstract: no official code is known. Recalled: five rounds, and the "
    "kinds of the terms. Inferred: widths, one set of weights for all rounds, a residual around each round "
    "(around its first convolution alone, it does not learn), relations clipped at 0 before they are added, "
    "the weights of the terms, and the recipe. A number of it says nothing about the publication. Time and "
    "memory grow with the square of the steps.",
)
