"""YouTube as data: 39 web videos, trained on in augmented and transfer folds.

Their keys are `video_11` … `video_50` without `video_22`, as in the published file and every split file.
"""

from vsumbench.contracts import Citation
from vsumbench_datasets.eccv16.editions import training_set

YOUTUBE_39 = training_set(
    "youtube-39",
    "YouTube (39 videos)",
    package="youtube39",
    licence="none stated for features, summaries or videos",
    digest="2b2926d26f0b7558acba3fc37dbcb7b3eca40258f661d56f3b01ed82d1d4f4e2",
    planted_frames=51_690,
    citation=Citation(
        title="VSUMM: A mechanism designed to produce static video summaries and a novel evaluation method",
        authors="de Avila, Lopes, da Luz, de Albuquerque Araújo",
        year=2011,
        venue="Pattern Recognition Letters",
    ),
)
