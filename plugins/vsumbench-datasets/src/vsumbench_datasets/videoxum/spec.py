"""VideoXum as data: the published annotations, and a planted edition in the same layout."""

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
from vsumbench.planted import PLANTED_20, VERSION

TASKS = (Task.V2V, Task.V2T, Task.V2VT)
LICENCE = "Apache-2.0 by the dataset card"
ORIGIN = "https://huggingface.co/datasets/jylins/videoxum"
PARTS = {"train": "train_videoxum.json", "validation": "val_videoxum.json", "test": "test_videoxum.json"}
"""Part of the official split → its file."""

VIDEOXUM = DatasetSpec(
    id="videoxum",
    title="VideoXum",
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
                importance=True,
                user_summaries=True,
                text_references=True,
                timed_captions=True,
            ),
            tasks=TASKS,
            maker="vsumbench_datasets.videoxum.planted:make",
            version=VERSION,
        ),
    ),
    split_sets=(
        SplitSetSpec(
            id="official",
            title="8 000 train, 2 001 validation, 4 000 test",
            official_videos=4_000,
            source="the three published files",
        ),
    ),
    default_protocols=("videoxum-top15", "videoxum-meanuser", "paragraph"),
    default_selection=Selection.VALIDATION,
    implementation="vsumbench_datasets.videoxum.reader:open_videoxum",
    sources=tuple(Source(path=name, origin=ORIGIN, licence=LICENCE) for name in PARTS.values()),
    licence=LICENCE,
    citation=Citation(
        title="VideoXum: Cross-modal Visual and Textural Summarization of Videos",
        authors="Lin, Hua, Chen, Li, Hsiao, Ho, Luo",
        year=2023,
        url="https://videoxum.github.io/",
    ),
    expected={
        "videos": 14_001,
        "annotations": 140_010,
        "texts": 14_001,
        "planted:videos": 210,
        "planted:annotations": 2_100,
        "planted:texts": 210,
    },
)
