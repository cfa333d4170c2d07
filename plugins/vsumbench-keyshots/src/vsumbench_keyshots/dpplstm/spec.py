"""dppLSTM and vsLSTM as data."""

from __future__ import annotations

from dataclasses import replace

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED

from .options import DppLstmOptions, VsLstmOptions

TINY = {
    "projection": 48,
    "hidden": 32,
    "rank": 64,
    "learning_rate": 1e-2,
    "updates": 0,
    "epochs": 10,
    "batch_size": 1,
}
TINY_NOTE = (
    "The same network, narrower, on 48 learned combinations of the features, one video a step at a rate of "
    "its own."
)

DPPLSTM = ModelSpec(
    id="dpplstm",
    title="dppLSTM",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.dpplstm.model:DppLstm",
    inputs=FRAME_FEATURES,
    options=DppLstmOptions,
    variants=(
        Variant(id="dpp", title="importance and a determinantal point process"),
        Variant(id="no-dpp", options={"dpp": False}, title="importance alone: vsLSTM"),
    ),
    presets=(
        Preset(
            id="tiny",
            options=TINY,
            condition=ON_PLANTED,
            note=TINY_NOTE,
        ),
        Preset(
            id="paper",
            memory_gib=1.0,
            note="2,689,537 parameters, without the kernel 2,230,273; 100 steps of ten videos, and for "
            "dppLSTM as many before on importance alone.",
        ),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Video Summarization with Long Short-Term Memory",
        authors="Zhang, Chao, Sha, Grauman",
        year=2016,
        venue="ECCV",
        url="https://github.com/kezhang-cs/Video-Summarization-with-LSTM",
    ),
    note="Written from a description of the official code (0ee0a094), which cannot be run any more; equal to "
    "an independent transcription of it. One cell reads in both directions, as coded. Recalled: widths of "
    "256. Inferred: gtsummary as key frames, the diagonal of the kernel as score, the ridge, and a start as "
    "long as the training after it. The search for a subset that the official evaluation adds is not in this "
    "version.",
)

VSLSTM = replace(
    DPPLSTM,
    id="vslstm",
    title="vsLSTM",
    implementation="vsumbench_keyshots.dpplstm.model:VsLstm",
    options=VsLstmOptions,
    variants=(),
    presets=(
        Preset(
            id="tiny",
            options={name: value for name, value in TINY.items() if name != "rank"},
            condition=ON_PLANTED,
            note=TINY_NOTE,
        ),
        Preset(id="paper", memory_gib=1.0, note="2,230,273 parameters; 100 steps of ten videos."),
    ),
    note="The same as dpplstm@no-dpp, which gives the same scores.",
)
