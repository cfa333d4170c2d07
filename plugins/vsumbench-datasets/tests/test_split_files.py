"""Every published split file, as it was published, against the folds of our split sets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from vsumbench_datasets.eccv16.layout import LAYOUTS, ids_elsewhere
from vsumbench_datasets.summe.reader import open_summe
from vsumbench_datasets.summe.spec import SUMME
from vsumbench_datasets.tvsum.reader import open_tvsum
from vsumbench_datasets.tvsum.spec import TVSUM

from vsumbench.contracts import Dataset, DatasetSpec, Fold
from vsumbench.data import folds_digest

SPECS = {"summe": SUMME, "tvsum": TVSUM}
FILES = {
    "canonical-nonoverlap": "csta/{Title}_splits.txt",
    "canonical-redraw": "pglsum/{name}_splits.json",
    "nonoverlap-ordered-msva": "msva/{name}_ordered_non_overlap_splits.json",
    "nonoverlap-random-msva": "msva/{name}_random_non_overlap_splits.json",
    "redraw-vasnet": "vasnet/{name}_splits.json",
    "redraw-dsnet": "dsnet/{name}.yml",
    "redraw50-por": "por/{name}_splits.json",
    "augment": "dsnet/{name}_aug.yml",
    "augment-vasnet": "vasnet/{name}_aug_splits.json",
    "transfer": "dsnet/{name}_trans.yml",
}
PUBLISHED_NAMES = {"summe": "summe", "tvsum": "tvsum", "ovp": "ovp", "youtube": "youtube-39"}
Sets = list[tuple[frozenset[str], frozenset[str]]]


def published(folder: Path, split_set: str, name: str) -> Sets:
    """(train, test) of each fold of a file, ids of other datasets as `DATASET/ID`."""
    path = folder / FILES[split_set].format(name=name, Title={"summe": "SumMe", "tvsum": "TVSum"}[name])
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".txt":
        rows = [line.split("/") for line in text.split()]
        parts: list[Any] = [{"train_keys": t.split(","), "test_keys": e.split(",")} for _, _, t, e in rows]
    else:
        parts = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    folds = []
    for part in parts:
        assert len(set(part["train_keys"])) == len(part["train_keys"])
        folds.append(
            (
                frozenset(as_id(key, name) for key in part["train_keys"]),
                frozenset(as_id(key, name) for key in part["test_keys"]),
            )
        )
    return folds


def as_id(key: str, own: str) -> str:
    found = re.fullmatch(r"(?:.*eccv16_dataset_(\w+)_google_pool5(?:\.h5)?/)?(video_\d+)", key)
    assert found is not None, key
    dataset = PUBLISHED_NAMES[found[1] or own]
    return found[2] if dataset == own else f"{dataset}/{found[2]}"


def dataset_of(name: str, folder: Path) -> Dataset:
    return open_summe(folder, "full") if name == "summe" else open_tvsum(folder, "full")


def sets(folds: tuple[Fold, ...]) -> Sets:
    return [(frozenset(fold.train), frozenset(fold.test)) for fold in folds]


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("split_set", FILES)
def test_training_and_test_videos_of_every_fold_are_the_published_ones(
    shared_data: Path, tmp_path: Path, split_set: str, name: str
) -> None:
    expected = published(shared_data / "splits", split_set, name)
    found = sets(dataset_of(name, tmp_path).folds(split_set))
    if split_set == "transfer":
        # The file lists one division five times, in five orders.
        assert len(expected) == 5 and len(found) == 1
        found *= 5
    assert found == expected


def test_every_published_file_is_one_of_our_split_sets(shared_data: Path) -> None:
    ours = {
        pattern.format(name=name, Title=title)
        for pattern in FILES.values()
        for name, title in (("summe", "SumMe"), ("tvsum", "TVSum"))
    }
    folder = shared_data / "splits"
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == ours


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_each_split_set_has_its_digest_its_coverage_and_says_both(spec: DatasetSpec, tmp_path: Path) -> None:
    dataset = dataset_of(spec.id, tmp_path)
    assert {split.id for split in spec.split_sets} == {*FILES, "all"}
    digests = set()
    for split in spec.split_sets:
        folds = dataset.folds(split.id)
        tested = {video for fold in folds for video in fold.test}
        assert folds_digest(folds) == split.digest and len(tested) == split.official_videos
        digests.add(split.digest)
        assert split.title and (split.source or split.id == "all")
        total = len(LAYOUTS[spec.id].ids)
        assert f"{len(tested)} of {total}" in split.title or (
            len(tested) == total and re.search(rf"all {total}|every video", split.title)
        )
        for fold in folds:
            assert not set(fold.train) & set(fold.test)
    assert len(digests) == len(spec.split_sets)
    assert spec.split_sets[0].id == "canonical-nonoverlap"


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_what_sources_say_about_equal_files_holds(spec: DatasetSpec, tmp_path: Path) -> None:
    folds = dataset_of(spec.id, tmp_path).folds
    assert sets(folds("redraw50-por"))[:5] == sets(folds("canonical-redraw"))
    assert len(set(sets(folds("redraw50-por")))) == 50
    tests = {name: [fold.test for fold in folds(name)] for name in FILES}
    assert tests["augment"] == tests["redraw-dsnet"]
    assert not set(tests["augment-vasnet"]) & set(tests["redraw-vasnet"])


@pytest.mark.parametrize(("name", "own", "total"), [("summe", 20, 159), ("tvsum", 40, 154)])
def test_augmented_folds_add_every_video_of_the_other_sets(
    tmp_path: Path, name: str, own: int, total: int
) -> None:
    others = set(ids_elsewhere(name))
    for split_set in ("augment", "augment-vasnet"):
        for fold in dataset_of(name, tmp_path).folds(split_set):
            assert len(fold.train) == total and len(set(fold.train) - others) == own
            assert others < set(fold.train)
    (transfer,) = dataset_of(name, tmp_path).folds("transfer")
    assert set(transfer.train) == others and len(others) == total - own
