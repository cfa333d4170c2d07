"""A folder of videos as data: with importance, with texts, or videos alone, and a planted edition."""

from vsumbench.contracts import DatasetSpec, EditionSpec, Provides, SplitSetSpec, Task
from vsumbench.planted import LOOK_VERSION, VERSION

TASKS = (Task.V2V, Task.V2T, Task.V2VT)
STEPS_A_SECOND = 2
"""Steps of every video: step k is the first frame at or after k / 2 seconds."""
VIDEO_SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".avi")
ANNOTATION_SUFFIXES = (".json", ".csv")
SPLITS_FILE = "splits.json"
"""The folds of split set `own`; no video may be named `splits`."""
PLANTED_VIDEOS = 20
PLANTED_ANNOTATORS = 6
FOLDS = 5

FOLDER = DatasetSpec(
    id="folder",
    title="A folder of one's own videos",
    tasks=TASKS,
    editions=(
        # Flags say what every video of an edition has, so what some have makes editions of its own.
        EditionSpec(id="full", provides=Provides(frames=True, importance=True), tasks=(Task.V2V, Task.V2VT)),
        EditionSpec(
            id="texts", provides=Provides(frames=True, text_references=True), tasks=(Task.V2T, Task.V2VT)
        ),
        EditionSpec(id="videos", provides=Provides(frames=True), tasks=TASKS),
        EditionSpec(
            id="planted",
            provides=Provides(
                frames=True,
                change_points=True,
                importance=True,
                user_summaries=True,
                text_references=True,
                timed_captions=True,
            ),
            tasks=TASKS,
            maker="vsumbench_datasets.folder.planted:make",
            version=f"{VERSION}.{LOOK_VERSION}",
        ),
    ),
    split_sets=(
        SplitSetSpec(id="five-fold", title="five folds by a hash of the ids, which test every video once"),
        SplitSetSpec(id="all", title="one fold that tests every video and trains on none"),
        SplitSetSpec(id="own", title=f"the folds of {SPLITS_FILE} in the folder"),
    ),
    default_protocols=("peruser-2fps", "paragraph"),
    implementation="vsumbench_datasets.folder.reader:open_folder",
    source=("vsumbench_datasets.keyed",),
    licence="that of one's own videos",
    expected={
        "planted:videos": PLANTED_VIDEOS,
        "planted:annotations": PLANTED_VIDEOS * PLANTED_ANNOTATORS,
        "planted:texts": 2 * PLANTED_VIDEOS,
    },
)
