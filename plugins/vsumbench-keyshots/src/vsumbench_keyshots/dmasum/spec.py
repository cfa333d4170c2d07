"""DMASum as data."""

from __future__ import annotations

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED

from .options import DmaSumOptions

DMASUM = ModelSpec(
    id="dmasum",
    title="DMASum",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.dmasum.model:DmaSum",
    inputs=FRAME_FEATURES,
    options=DmaSumOptions,
    variants=(
        Variant(id="meta", title="learned after an inner step on one frame of each shot"),
        Variant(id="plain", options={"meta": False}, title="learned on all frames at once"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"projection": 48, "attention_width": 32, "learning_rate": 2e-3, "epochs": 12},
            condition=ON_PLANTED,
            note="The same network, narrower, on 48 learned combinations of the features, with a rate of its "
            "own.",
        ),
        Preset(id="paper", memory_gib=2.0, note="8,925,191 parameters."),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Query Twice: Dual Mixture Attention Meta Learning for Video Summarization",
        authors="Wang, Bai, Long, Hu, Chai, Guan, Wei",
        year=2020,
        venue="ACM Multimedia",
    ),
    note="Re-designed from the published abstract: no official code is known. Inferred: widths, three "
    "components, the local window of a quarter of the video, how both attentions follow each other, the "
    "first-order rule with one frame of each shot, and the recipe. A number of it says nothing about the "
    "publication. Time and memory grow with the square of the steps.",
)
