"""The toy dataset as data: planted videos in the shape of TVSum, with texts. It needs no data root."""

from vsumbench.contracts import DatasetSpec, EditionSpec, FeatureSpec, Provides, SplitSetSpec, Task
from vsumbench.planted import VERSION

TASKS = (Task.V2V, Task.V2T, Task.V2VT)
TOY_8 = FeatureSpec(name="toy-8", shape=(8,), dtype="float32", fps=2.0, extractor="planted-attributes@1")
VIDEOS = 12
ANNOTATORS = 6

TOY = DatasetSpec(
    id="toy",
    title="Toy (planted, in memory)",
    tasks=TASKS,
    editions=(
        EditionSpec(
            id="planted",
            provides=Provides(
                features=(TOY_8,),
                change_points=True,
                importance=True,
                user_summaries=True,
                text_references=True,
                timed_captions=True,
            ),
            tasks=TASKS,
            version=VERSION,
        ),
    ),
    split_sets=(
        SplitSetSpec(
            id="folds",
            title="three folds of 8/4 videos that together test all 12",
            digest="4b4ae97cc50738c13fd6858d8738080544997a109269b9099aaa129c26603759",
            official_videos=VIDEOS,
        ),
        SplitSetSpec(
            id="all",
            title="one fold that tests every video and trains on none, for reference rows",
            digest="cc719a92e6e79313cf048ffbef69500159ec4876be3fe30141d1cdfb9c8ef44c",
            official_videos=VIDEOS,
        ),
    ),
    default_protocols=("peruser-2fps", "keyshot-f1-avg", "keyshot-meanuser", "paragraph-joined"),
    implementation="vsumbench.defaults.toy:open_toy",
    licence="Apache-2.0",
    expected={
        "planted:videos": VIDEOS,
        "planted:annotations": VIDEOS * ANNOTATORS,
        "planted:texts": 2 * VIDEOS,
    },
)
