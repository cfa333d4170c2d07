"""What the specs of the four datasets share: their editions, and the spec of a set for training alone."""

from __future__ import annotations

from vsumbench.contracts import Citation, DatasetSpec, EditionSpec, Provides, SplitSetSpec, Task

from .layout import LAYOUTS, POOL5

PLANTED_VERSION = "1"
"""Raised whenever anything in a planted file changes; tests hold the content to pinned digests."""
SOURCE = (
    "vsumbench_datasets.eccv16",
    "vsumbench_datasets.keyed",
    "vsumbench_datasets.keyed_hdf5",
    "vsumbench_datasets.matlab",
)
"""Whose source decides what is read, beside a dataset's own folder."""


def edition(name: str, *, rated: bool, summarized: bool, maker: str = "") -> EditionSpec:
    """An edition with features and shots, and the annotations it is said to have."""
    return EditionSpec(
        id=name,
        provides=Provides(features=(POOL5,), change_points=True, importance=rated, user_summaries=summarized),
        tasks=(Task.V2V,),
        maker=maker,
        version=PLANTED_VERSION if maker else "1",
    )


def training_set(
    dataset: str, title: str, package: str, licence: str, digest: str, planted_frames: int, citation: Citation
) -> DatasetSpec:
    """The spec of OVP or YouTube.

    Args:
        dataset, title, licence, citation: as in the spec.
        package: its package here; `open_<package>` is in its reader, `make` in its `planted`.
        digest: of the one fold that tests every video.
        planted_frames: native frames of the planted edition.
    """
    layout = LAYOUTS[dataset]
    videos = len(layout.ids)
    return DatasetSpec(
        id=dataset,
        title=title,
        tasks=(Task.V2V,),
        editions=(
            edition("full", rated=False, summarized=False),
            edition(
                "planted",
                rated=False,
                summarized=True,
                maker=f"vsumbench_datasets.{package}.planted:make",
            ),
        ),
        split_sets=(
            SplitSetSpec(
                id="all",
                title="one fold that tests every video and trains on none; others train on this set",
                digest=digest,
                official_videos=videos,
            ),
        ),
        default_protocols=("keyshot-f1-avg", "keyshot-meanuser"),
        implementation=f"vsumbench_datasets.{package}.reader:open_{package}",
        source=SOURCE,
        sources=(layout.source,),
        licence=licence,
        citation=citation,
        expected={
            "videos": videos,
            "planted:videos": videos,
            "planted:annotations": 5 * videos,
            "planted:frames": planted_frames,
        },
    )
