"""TVSum as data. Only the edition that can be read today is declared: human ratings without features."""

from vsumbench.contracts import (
    Citation,
    DatasetSpec,
    EditionSpec,
    Provides,
    Source,
    SplitSetSpec,
    Task,
)

LICENCE = "videos CC BY 3.0 by their README; no licence file for the ratings"

TVSUM = DatasetSpec(
    id="tvsum",
    title="TVSum",
    tasks=(Task.V2V,),
    editions=(EditionSpec(id="annotations", provides=Provides(importance=True), tasks=(Task.V2V,)),),
    split_sets=(
        SplitSetSpec(
            id="canonical-nonoverlap",
            title="five folds of 40/10 videos that together test all 50",
            digest="b609fb24fa2275051f2fc2282bc3988935603a666defeb246db9045cb418afd6",
            official_videos=50,
            source="CSTA split file",
        ),
        SplitSetSpec(
            id="canonical-redraw",
            title="five random re-draws of 40/10 videos that test 34 of 50",
            digest="721274d7e330faf799a149122adbdc998b7c67138f770af79c5fc5dc0f82e547",
            official_videos=34,
            source="PGL-SUM split file, the same as LLMVS's",
        ),
        SplitSetSpec(
            id="all",
            title="one fold that tests every video and trains on none, for reference rows",
            digest="b8a307334ec9bccfe3fce28e1a35cadd7403f0234707cda2d5bee33b7177365a",
            official_videos=50,
        ),
    ),
    default_protocols=("peruser-2fps", "peruser-full", "keyshot-f1-avg", "keyshot-meanuser"),
    implementation="vsumbench_datasets.tvsum.reader:open_tvsum",
    sources=(
        Source(
            path="ydata-tvsum50.mat",
            origin="https://github.com/yalesong/tvsum (matlab/ydata-tvsum50.mat)",
            sha256="6a9d2a0cee7f577736cd38ba3cdb746f86635012791eaaec933480ec00eb9d36",
            licence=LICENCE,
        ),
    ),
    licence=LICENCE,
    citation=Citation(
        title="TVSum: Summarizing Web Videos Using Titles",
        authors="Song, Vallmitjana, Stent, Jaimes",
        year=2015,
        venue="CVPR",
        url="https://github.com/yalesong/tvsum",
    ),
    expected={"videos": 50, "annotations": 1_000, "frames": 352_353},
)
