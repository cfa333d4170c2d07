"""A small dataset whose files are published at $SHELF_URL: two JSON files, an archive, one to get by hand."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from vsumbench.contracts import (
    Annotations,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    Fold,
    Provides,
    Source,
    SplitSetSpec,
    Task,
    Video,
)

PARTS = {"train.json": ("a", "b", "c"), "test.json": ("d", "e")}
BODIES = {name: json.dumps(list(ids)).encode() for name, ids in PARTS.items()}
BIG = bytes(range(256)) * 2000
URL = os.environ.get("SHELF_URL", "http://127.0.0.1:9")
HUB = "https://huggingface.co/datasets/somebody/shelf"


class Shelf:
    """Videos of two frames, listed in the two JSON files."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder

    def status(self) -> EditionStatus:
        files = [name for name in PARTS if (self.folder / name).is_file()]
        present = [video for name in files for video in json.loads((self.folder / name).read_text())]
        return EditionStatus(present=tuple(present), missing=tuple(n for n in PARTS if n not in files))

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self.status().present).encode()).hexdigest()

    def video_ids(self) -> tuple[str, ...]:
        return self.status().present

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        return (Fold("official", PARTS["train.json"], PARTS["test.json"]),)

    def video(self, video_id: str) -> Video:
        return Video(id=video_id, duration=1.0, fps=2.0, n_frames=2, picks=np.arange(2))

    def annotations(self, video_id: str) -> Annotations:
        return Annotations(video_id=video_id, importance=np.zeros((3, 2)), grid="picks")


SHELF = DatasetSpec(
    id="shelf",
    title="Shelf",
    tasks=(Task.V2V,),
    editions=(EditionSpec(id="full", provides=Provides(importance=True), tasks=(Task.V2V,)),),
    split_sets=(SplitSetSpec(id="official", title="three train, two test", official_videos=2),),
    default_protocols=("peruser-full",),
    implementation="shelf_dataset:Shelf",
    licence="CC BY 4.0",
    sources=(
        Source(
            path="train.json",
            origin=f"{URL}/train.json",
            sha256=hashlib.sha256(BODIES["train.json"]).hexdigest(),
        ),
        Source(path="test.json", origin=f"{URL}/test.json"),
        Source(path="features/*.npz", origin=f"{URL}/features.zip"),
        Source(path="big.h5", origin=f"{URL}/big.h5"),
        Source(path="ratings.csv", origin="https://forms.example.org/ask", manual=True),
    ),
)
ON_HUB = DatasetSpec(
    id="shelf-on-hub",
    title="Shelf on the hub",
    tasks=(Task.V2V,),
    editions=SHELF.editions,
    split_sets=SHELF.split_sets,
    default_protocols=("peruser-full",),
    implementation="shelf_dataset:Shelf",
    sources=tuple(Source(path=name, origin=HUB) for name in PARTS),
)
