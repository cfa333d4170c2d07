"""What `vsumbench info` says of a dataset: its split sets counted, its editions with what they provide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ._tables import print_table

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec, EditionSpec
    from vsumbench.data.coverage import SplitCoverage
    from vsumbench.plugins import Plugins

IN_TABLES = ("editions", "split_sets", "sources", "coverage")
"""Facts that `show_dataset` shows."""


def coverage_of(plugins: Plugins, spec: DatasetSpec) -> list[dict[str, Any]]:
    """Each split set: folds, their sizes, and how many videos are ever tested, out of how many.

    Published folds need no data. Of split sets whose folds stand in the data, those of the data root are
    counted, and where there are none `problem` says so.
    """
    from vsumbench.data import dataset_folder, open_edition, resolve_data_root
    from vsumbench.data.coverage import split_coverage
    from vsumbench.errors import VsumbenchError

    if not spec.split_sets:
        return []
    edition = next((edition for edition in spec.editions if not edition.generated), spec.editions[0])
    try:
        folder = dataset_folder(resolve_data_root(None).path, spec.id)
        dataset = open_edition(
            spec, edition, folder, lambda dotted: plugins.load(dotted, what=f"dataset {spec.id!r}")
        )
        found = split_coverage(spec, dataset, ())
    except VsumbenchError as error:
        return [{"id": split.id, "problem": error.message} for split in spec.split_sets]
    return [_facts(spec, split) for split in found]


def show_dataset(facts: Mapping[str, Any]) -> None:
    """The tables of a dataset."""
    print_table(
        ("edition", "version", "provides", "tasks", "how it is had"),
        [
            (e["id"], e["version"], _provides(e.get("provides", {})), " ".join(e["tasks"]), e["how"])
            for e in facts["editions"]
        ],
        title="Editions",
    )
    if facts["coverage"]:
        titles = {split["id"]: split.get("title", "") for split in facts["split_sets"]}
        print_table(
            ("split set", "folds", "train", "validation", "test", "ever tested", "digest", "what it is"),
            [
                (
                    split["id"],
                    str(split.get("folds") or ""),
                    _span(split.get("train")),
                    _span(split.get("validation")),
                    _span(split.get("test")),
                    split.get("ever_tested", ""),
                    split.get("digest", "")[:12] or "from the data",
                    titles[split["id"]],
                )
                for split in facts["coverage"]
            ],
            title="Split sets",
        )
        for problem in dict.fromkeys(s["problem"] for s in facts["coverage"] if s["problem"]):
            click.echo(f"Not counted: {problem}")
    _show_sources(facts["sources"])


def editions_of(spec: DatasetSpec, plain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The editions' facts, each with how it is had."""
    return [facts | {"how": _how(edition)} for edition, facts in zip(spec.editions, plain, strict=True)]


def _facts(spec: DatasetSpec, split: SplitCoverage) -> dict[str, Any]:
    """Counts alone: nothing is looked for on disk here, so nothing is missing."""
    facts = split.to_dict()
    for key in ("missing_test", "missing_train"):
        facts.pop(key)
    own = len(split.own(dict.fromkeys((*split.tested, *split.trained))))
    videos = int(spec.expected.get("videos", 0)) or own
    facts["videos"] = videos or None
    if split.problem:
        facts["ever_tested"] = str(split.official or "")
    else:
        facts["ever_tested"] = f"{len(split.tested)} of {max(videos, own)}"
    return facts


def _how(edition: EditionSpec) -> str:
    if edition.maker:
        return "made on demand"
    return "held in memory" if edition.generated else "files in the data root"


def _provides(provides: Mapping[str, Any]) -> str:
    features = [feature["name"] for feature in provides.get("features", ())]
    held = [name.replace("_", " ") for name, value in provides.items() if value is True]
    return ", ".join([*features, *held]) or "nothing"


def _span(sizes: list[int] | None) -> str:
    if not sizes or not sizes[1]:
        return ""
    return str(sizes[0]) if sizes[0] == sizes[1] else f"{sizes[0]}–{sizes[1]}"


def _show_sources(sources: list[dict[str, Any]]) -> None:
    """A line for files of one folder that come from one place."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for source in sources:
        key = (source["path"].rpartition("/")[0], source["origin"], source.get("licence", ""))
        groups.setdefault(key, []).append(source)
    rows = []
    for (inside, origin, licence), group in groups.items():
        stated = sum("sha256" in source for source in group)
        files = group[0]["path"] if len(group) == 1 else f"{inside or '.'}/ ({len(group)} files)"
        rows.append((files, f"{stated} of {len(group)}", licence, origin))
    if rows:
        print_table(("file", "checksum stated", "licence", "from"), rows, title="Files")
