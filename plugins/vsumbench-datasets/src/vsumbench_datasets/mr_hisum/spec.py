"""Mr. HiSum as data: labels with YouTube-8M features or alone, and a planted edition in the same layout."""

from vsumbench.contracts import (
    Citation,
    DatasetSpec,
    EditionSpec,
    FeatureSpec,
    Provides,
    Selection,
    Source,
    SplitSetSpec,
    Task,
)
from vsumbench.planted import VERSION

TASKS = (Task.V2V,)
LICENCE = "CC BY 4.0"
H5, METADATA, SPLIT = "mr_hisum.h5", "metadata.csv", "mr_hisum_split.json"
REPOSITORY = "https://github.com/MRHiSum/MR.HiSum"
YOUTUBE8M = FeatureSpec(
    name="youtube8m-inception", shape=(1024,), fps=1.0, extractor="youtube8m-inception@yt8m"
)
PLANTED_SIZES = {"train": 300, "val": 40, "test": 60}
LAYOUT_VERSION = "1"
"""Of how the planted edition makes curves, shots and summaries."""

_VIDEOS = sum(PLANTED_SIZES.values())


MR_HISUM = DatasetSpec(
    id="mr-hisum",
    title="Mr. HiSum",
    tasks=TASKS,
    editions=(
        EditionSpec(
            id="full",
            provides=Provides(
                features=(YOUTUBE8M,), change_points=True, importance=True, user_summaries=True
            ),
            tasks=TASKS,
        ),
        EditionSpec(
            id="annotations",
            provides=Provides(change_points=True, importance=True, user_summaries=True),
            tasks=TASKS,
        ),
        EditionSpec(
            id="planted",
            provides=Provides(
                features=(YOUTUBE8M,), change_points=True, importance=True, user_summaries=True
            ),
            tasks=TASKS,
            maker="vsumbench_datasets.mr_hisum.planted:make",
            version=f"{VERSION}.{LAYOUT_VERSION}",
        ),
    ),
    split_sets=(
        SplitSetSpec(
            id="official",
            title="27 892 train, 2 000 validation, 2 000 test",
            official_videos=2_000,
            source="the published split file",
        ),
    ),
    default_protocols=("mrhisum",),
    default_selection=Selection.VALIDATION,
    implementation="vsumbench_datasets.mr_hisum.reader:open_mr_hisum",
    sources=(
        Source(
            path=H5,
            origin="https://drive.google.com/file/d/1ahLq7h-VE410cVTsRl1Kwno4mIQeQdkr/view",
            licence=LICENCE,
            manual=True,
        ),
        Source(
            path=METADATA,
            origin="https://drive.google.com/file/d/1GhUSEzPif5h2sUtHsSK9zn4qlEqeKcgY/view",
            licence=LICENCE,
            manual=True,
        ),
        Source(
            path=SPLIT,
            origin=f"{REPOSITORY} (dataset/{SPLIT})",
            sha256="5c571d1d9f00b33662d631d85a62468dfb7599b096dc640d67873a2a0ba93f63",
            licence=LICENCE,
        ),
    ),
    source=("vsumbench_datasets.keyed",),
    licence=LICENCE,
    citation=Citation(
        title="Mr. HiSum: A Large-scale Dataset for Video Highlight Detection and Summarization",
        authors="Sul, Han, Lee",
        year=2023,
        venue="NeurIPS",
        url=REPOSITORY,
    ),
    expected={
        "videos": 31_892,
        "annotations": 31_892,
        "planted:videos": _VIDEOS,
        "planted:annotations": _VIDEOS,
    },
)
