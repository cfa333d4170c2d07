"""The four preprocessed files as data: names, keys, annotators, and where they lie and come from.

Source: protocols.md a.1. Importing this module imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vsumbench.contracts import FeatureSpec, Source
from vsumbench_datasets.keyed import keys
from vsumbench_datasets.summe.splits import NAMES

POOL5 = FeatureSpec(
    name="googlenet-pool5", shape=(1024,), dtype="float32", extractor="googlenet-pool5@eccv16"
)
"""GoogLeNet pool5 of every 15th frame, as it was published."""

PLACES = ("", "datasets", "data")
"""Where the file is looked for in a dataset's folder: itself, and what the published archives unpack to."""

NOMINAL_FPS = 30.0
"""Frames a second where no file states a rate."""

ORIGIN = "https://kingston.box.com/shared/static/zefb0i17mx3uvspgx70hovt9rr2qnv7y.zip"
"""One archive with all four files."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One of the four files.

    Attributes:
        dataset: id of the dataset.
        ids: its groups, sorted by their number.
        annotators: fewest and most rows of `user_summary`; None where the key may be missing.
        names: what `video_name` holds, group by group; empty where there is no such key.
    """

    dataset: str
    file: str
    ids: tuple[str, ...]
    annotators: tuple[int, int] | None
    names: tuple[str, ...] = ()

    def number(self, video_id: str) -> int:
        """The zero-based place of a group."""
        return self.ids.index(video_id)

    @property
    def source(self) -> Source:
        """Where the file comes from; nobody states a checksum or a licence of the features."""
        return Source(
            path=self.file,
            origin=ORIGIN,
            licence="features: none stated; annotations as the dataset's own",
            editions=("full",),
        )


LAYOUTS: Mapping[str, Layout] = {
    layout.dataset: layout
    for layout in (
        Layout(
            dataset="summe",
            file="eccv16_dataset_summe_google_pool5.h5",
            ids=keys(25),
            annotators=(15, 18),
            names=NAMES,
        ),
        Layout(
            dataset="tvsum",
            file="eccv16_dataset_tvsum_google_pool5.h5",
            ids=keys(50),
            annotators=(20, 20),
        ),
        Layout(dataset="ovp", file="eccv16_dataset_ovp_google_pool5.h5", ids=keys(50), annotators=None),
        Layout(
            dataset="youtube-39",
            file="eccv16_dataset_youtube_google_pool5.h5",
            # Of the fifty videos of the collection, the first ten and number 22 are not in the file.
            ids=tuple(key for number, key in enumerate(keys(50), start=1) if number > 10 and number != 22),
            annotators=None,
        ),
    )
}
"""Dataset id → its file."""


def ids_elsewhere(dataset: str) -> tuple[str, ...]:
    """Ids of all videos of the other three sets, as folds name them: `ovp/video_7`."""
    return tuple(
        f"{layout.dataset}/{key}"
        for layout in LAYOUTS.values()
        if layout.dataset != dataset
        for key in layout.ids
    )
