"""The published divisions of SumMe and TVSum as specs: what they are called, whose they are, who is tested.

Ids name the kind and, where there are several of a kind, who published it. A re-draw may test a video twice
and another never, so its title says how many are tested at all.
"""

from __future__ import annotations

from collections.abc import Mapping

from vsumbench.contracts import SplitSetSpec

SOURCES = {
    "nonoverlap-ordered-msva": "MSVA split file, ordered",
    "nonoverlap-random-msva": "MSVA split file, random",
    "redraw-vasnet": "VASNet split file, the same as that of MSVA's early work",
    "redraw-dsnet": "DSNet split file; the same test videos as in its augmented file",
    "redraw50-por": "split file of Performance over Random; the first five folds are canonical-redraw",
    "augment": "DSNet split file, augmented; the same test videos as redraw-dsnet",
    "augment-vasnet": "VASNet split file, augmented; other test videos than redraw-vasnet",
    "transfer": "DSNet split file, transfer, which lists the same fold five times",
}


def further_split_sets(
    videos: int, other: str, train: int, test: int, published: Mapping[str, tuple[int, str]]
) -> tuple[SplitSetSpec, ...]:
    """Specs of the published divisions beside the two canonical ones.

    Args:
        videos: how many the dataset has.
        other: title of the other rated set, whose videos augmented folds train on.
        train, test: how many of its videos train and are tested in a fold.
        published: id → how many videos are tested in any fold, and the digest of the folds.
    """
    more = f"{other}, OVP and YouTube"
    title = {
        "nonoverlap": "five {kind} folds of {train}/{test} videos that together test all {videos}",
        "redraw": "five random re-draws of {train}/{test} videos that test {tested} of {videos}",
        "redraw50": "fifty random re-draws of {train}/{test} videos that test {tested} of {videos}",
        "augment": "five re-draws that also train on {more} and test {tested} of {videos}",
        "transfer": "one fold that trains on {more} alone and tests all {videos}",
    }
    specs = []
    for split, (tested, digest) in published.items():
        kind, _, rest = split.partition("-")
        told = title[kind].format(
            kind=rest.partition("-")[0], train=train, test=test, tested=tested, videos=videos, more=more
        )
        specs.append(
            SplitSetSpec(id=split, title=told, digest=digest, official_videos=tested, source=SOURCES[split])
        )
    return tuple(specs)
