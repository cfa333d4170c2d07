"""ActivityNet Captions as data: the published annotations, and a planted edition in the same layout."""

from vsumbench.contracts import (
    Citation,
    DatasetSpec,
    EditionSpec,
    Provides,
    Source,
    SplitSetSpec,
    Task,
)
from vsumbench.planted import LOOK_VERSION, PLANTED_20, VERSION

TASKS = (Task.V2T,)
LICENCE = "none stated for the annotations; the code they came with is MIT"
ORIGIN = "http://cs.stanford.edu/people/ranjaykrishna/densevid/captions.zip"
FILES = {
    "train.json": "704536b2779011c1a729c927ae30e39ea9c90c38557836bbe969499917243d69",
    "val_1.json": "466aaccb9ebe45c6db4c98488a4ddbeb5b22faffe62e1bbce81222c14fc29e1c",
    "val_2.json": "08fe56568bc92dd02a6150fe1094457a5f2ac72975b8778a922bc9a65aa7f0e9",
}
"""File → its sha256, measured; the publisher states none."""
ENTITIES_FILES = {
    part: tuple(f"anet_entities_{part}_{number}.json" for number in (1, 2)) for part in ("val", "test")
}
"""Part of the ActivityNet-Entities re-split → the two files that list its videos."""
PLANTED_SIZES = {"train": 600, "validation": 200}

ACTIVITYNET_CAPTIONS = DatasetSpec(
    id="activitynet-captions",
    title="ActivityNet Captions",
    tasks=TASKS,
    aliases=("activitynet",),
    editions=(
        EditionSpec(
            id="annotations",
            provides=Provides(text_references=True, timed_captions=True),
            tasks=TASKS,
        ),
        EditionSpec(
            id="planted",
            provides=Provides(features=(PLANTED_20,), frames=True, text_references=True, timed_captions=True),
            tasks=TASKS,
            maker="vsumbench_datasets.activitynet.planted:make",
            version=f"{VERSION}.{LOOK_VERSION}",
        ),
    ),
    split_sets=(
        SplitSetSpec(
            id="official",
            title="10 009 train; the 4 917 validation videos are tested, for the test part is not public",
            official_videos=4_917,
            source="the three published files",
        ),
        SplitSetSpec(
            id="anet-entities",
            title="10 009 train; of the validation videos 2 460 validate and 2 457 are tested",
            official_videos=2_457,
            source="ActivityNet-Entities",
        ),
    ),
    default_protocols=("paragraph", "paragraph-joined"),
    implementation="vsumbench_datasets.activitynet.reader:open_activitynet",
    sources=tuple(
        Source(path=name, origin=ORIGIN, sha256=digest, licence=LICENCE) for name, digest in FILES.items()
    ),
    source=("vsumbench_datasets.keyed", "vsumbench_datasets.videoxum"),
    licence=LICENCE,
    citation=Citation(
        title="Dense-Captioning Events in Videos",
        authors="Krishna, Hata, Ren, Fei-Fei, Niebles",
        year=2017,
        venue="ICCV",
        url="https://cs.stanford.edu/people/ranjaykrishna/densevid/",
    ),
    expected={"videos": 14_926, "texts": 19_811, "planted:videos": 800, "planted:texts": 992},
)
