"""Instruct-V2Xum as data: the published records, and a planted edition in the same layout."""

from vsumbench.contracts import (
    Citation,
    DatasetSpec,
    EditionSpec,
    Provides,
    Selection,
    Source,
    SplitSetSpec,
    Task,
)
from vsumbench.planted import LOOK_VERSION, PLANTED_20, VERSION

TASKS = (Task.V2V, Task.V2T, Task.V2VT)
LICENCE = "see the dataset card; the code it came with is MIT"
ORIGIN = "https://huggingface.co/datasets/hhua2/Instruct-V2Xum"
PARTS = {
    "train": ("train",),
    "validation": ("validation", "valid", "val"),
    "test": ("test",),
}
"""Part of the official split → the words of a file's name that say it."""
PLANTED_SIZES = {"train": 400, "validation": 60, "test": 140}

_PLANTED = sum(PLANTED_SIZES.values())

INSTRUCT_V2XUM = DatasetSpec(
    id="instruct-v2xum",
    title="Instruct-V2Xum",
    tasks=TASKS,
    editions=(
        EditionSpec(
            id="annotations",
            provides=Provides(
                importance=True, user_summaries=True, text_references=True, timed_captions=True
            ),
            tasks=TASKS,
        ),
        EditionSpec(
            id="planted",
            provides=Provides(
                features=(PLANTED_20,),
                frames=True,
                importance=True,
                user_summaries=True,
                text_references=True,
                timed_captions=True,
            ),
            tasks=TASKS,
            maker="vsumbench_datasets.instruct_v2xum.planted:make",
            version=f"{VERSION}.{LOOK_VERSION}",
        ),
    ),
    split_sets=(
        SplitSetSpec(
            id="official",
            title="25 000 train, 1 000 validation, 4 000 test",
            official_videos=4_000,
            source="the published files",
        ),
    ),
    default_protocols=("videoxum-top15", "videoxum-meanuser", "paragraph"),
    default_selection=Selection.VALIDATION,
    implementation="vsumbench_datasets.instruct_v2xum.reader:open_instruct_v2xum",
    sources=tuple(
        # Only that a file says its part in its name is taken for granted.
        Source(path=f"*{words[-1]}*.json", origin=ORIGIN, licence=LICENCE)
        for words in PARTS.values()
    ),
    source=("vsumbench_datasets.keyed", "vsumbench_datasets.videoxum"),
    licence=LICENCE,
    citation=Citation(
        title="V2Xum-LLM: Cross-Modal Video Summarization with Temporal Prompt Instruction Tuning",
        authors="Hua, Tang, Xu, Luo",
        year=2025,
        venue="AAAI",
        url="https://hanghuacs.github.io/v2xum/",
    ),
    expected={
        "videos": 30_000,
        "annotations": 30_000,
        **{f"planted:{name}": _PLANTED for name in ("videos", "annotations", "texts")},
    },
)
