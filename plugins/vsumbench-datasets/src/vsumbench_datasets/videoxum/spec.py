"""VideoXum as data: annotations with the published features or alone, and planted editions in that layout."""

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
from vsumbench.planted import LOOK_VERSION, PLANTED_20, VERSION

TASKS = (Task.V2V, Task.V2T, Task.V2VT)
LICENCE = "Apache-2.0 by the dataset card"
ORIGIN = "https://huggingface.co/datasets/jylins/videoxum"
PARTS = {"train": "train_videoxum.json", "validation": "val_videoxum.json", "test": "test_videoxum.json"}
"""Part of the official split → its file."""
FEATURES = {"blip": "blip_feat.zip", "vt_clipscore": "vt_clip_feat.zip"}
"""Folder of published features below `ActivityNet/feat` → the archive they are published in."""
BLIP = FeatureSpec(name="blip-vit-b16", shape=(768,), fps=1.0, extractor="blip-vit-b16@videoxum")
"""Frame vectors of BLIP's ViT-B/16 (CapFilt-L) at 224 pixels; that it is the CLS row is inferred."""
VT_CLIP = FeatureSpec(name="vt-clip-vit-b16", shape=(512,), fps=1.0, extractor="vt-clip-vit-b16@videoxum")
"""Frame vectors of the CLIP ViT-B/16 that was fine-tuned for VT-CLIPScore."""
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
            id="full",
            provides=Provides(
                features=(BLIP, VT_CLIP),
                importance=True,
                user_summaries=True,
                text_references=True,
                timed_captions=True,
            ),
            tasks=TASKS,
        ),
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
    sources=(
        *(Source(path=name, origin=ORIGIN, licence=LICENCE) for name in PARTS.values()),
        *(
            Source(
                path=f"ActivityNet/feat/{folder}/*.npz",
                origin=ORIGIN,
                url=f"{ORIGIN}/resolve/main/{archive}",
                licence=LICENCE,
                editions=("full",),
            )
            for folder, archive in FEATURES.items()
        ),
    ),
    source=("vsumbench_datasets.keyed",),
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
