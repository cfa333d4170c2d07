"""VideoXum as data: the published annotations, and planted editions in the same layout."""

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
LICENCE = "Apache-2.0 by the dataset card"
ORIGIN = "https://huggingface.co/datasets/jylins/videoxum"
PARTS = {"train": "train_videoxum.json", "validation": "val_videoxum.json", "test": "test_videoxum.json"}
"""Part of the official split → its file."""
PLANTED_SIZES = {
    "planted": {"train": 1_200, "validation": 100, "test": 300},
    "planted-xl": {"train": 9_600, "validation": 800, "test": 2_400},
}


def _planted(edition: str, maker: str) -> EditionSpec:
    return EditionSpec(
        id=edition,
        provides=Provides(
            features=(PLANTED_20,),
            frames=True,
            importance=True,
            user_summaries=True,
            text_references=True,
            timed_captions=True,
        ),
        tasks=TASKS,
        maker=f"vsumbench_datasets.videoxum.planted:{maker}",
        version=f"{VERSION}.{LOOK_VERSION}",
    )


def _expected(edition: str) -> dict[str, int]:
    videos = sum(PLANTED_SIZES[edition].values())
    counts = {"videos": videos, "annotations": 10 * videos, "texts": videos}
    return {f"{edition}:{name}": count for name, count in counts.items()}


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
        _planted("planted", "make"),
        _planted("planted-xl", "make_xl"),
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
        **_expected("planted"),
        **_expected("planted-xl"),
    },
)
