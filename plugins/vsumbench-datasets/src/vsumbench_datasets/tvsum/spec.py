"""TVSum as data: features joined with human ratings, the ratings alone, and a planted edition."""

from vsumbench.contracts import (
    Citation,
    DatasetSpec,
    EditionSpec,
    Provides,
    Source,
    SplitSetSpec,
    Task,
)
from vsumbench_datasets.eccv16.editions import SOURCE, edition
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.split_sets import further_split_sets

LICENCE = "videos CC BY 3.0 by their README; no licence file for the ratings"

PUBLISHED = {
    "nonoverlap-ordered-msva": (50, "96fb2aae28720c95a8b9563a19d82d92ff44d525423cf0b3daaee32099ccaa43"),
    "nonoverlap-random-msva": (50, "ae9a4f819ac159789cc40dc6fe9b55d2b35e7b00fdd49457aaa3e498a4eeb573"),
    "redraw-vasnet": (31, "7a583fd17620e3b2873e71891d8d84656e253932fd08f968658028da8158f4b0"),
    "redraw-dsnet": (32, "d08c589d5a27b81a59acc20603308ec9ba2ac59b9622398fba723b91365e8e50"),
    "redraw50-por": (50, "d6a423b920ed64035c72c313ae35142adaf5ad3c8dbc6d1ef5c105cd288fd0f0"),
    "augment": (32, "b1f0bb7b1418ee8e5efa6e36b41118176552f9d2a2003bdebc2e639d8dd64962"),
    "augment-vasnet": (34, "5bd648127cdd0ea01ccdfd2002c2f71d35052634d7c85ed98cfe9546e7e09a75"),
    "transfer": (50, "911157d6f6b95b353dec771c4cc5c3844b32199613b29f4c26dd70274182bd1b"),
}
"""Split set → how many videos are tested in any of its folds, and their digest."""

TVSUM = DatasetSpec(
    id="tvsum",
    title="TVSum",
    tasks=(Task.V2V,),
    editions=(
        edition("full", rated=True, summarized=True),
        EditionSpec(id="annotations", provides=Provides(importance=True), tasks=(Task.V2V,)),
        edition("planted", rated=True, summarized=True, maker="vsumbench_datasets.tvsum.planted:make"),
    ),
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
        *further_split_sets(50, "SumMe", 40, 10, PUBLISHED),
        SplitSetSpec(
            id="all",
            title="one fold that tests every video and trains on none, for reference rows",
            digest="b8a307334ec9bccfe3fce28e1a35cadd7403f0234707cda2d5bee33b7177365a",
            official_videos=50,
        ),
    ),
    default_protocols=("peruser-2fps", "peruser-full", "keyshot-f1-avg", "keyshot-meanuser"),
    implementation="vsumbench_datasets.tvsum.reader:open_tvsum",
    source=SOURCE,
    sources=(
        LAYOUTS["tvsum"].source,
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
    expected={
        "videos": 50,
        "annotations": 1_000,
        "frames": 352_353,
        "planted:videos": 50,
        "planted:annotations": 1_000,
        "planted:frames": 64_710,
    },
)
