"""OVP as data: fifty videos of the Open Video Project, trained on in augmented and transfer folds."""

from vsumbench.contracts import Citation
from vsumbench_datasets.eccv16.editions import training_set

OVP = training_set(
    "ovp",
    "OVP (Open Video Project)",
    package="ovp",
    licence="none stated for features and summaries; videos by the Open Video Project",
    digest="b8a307334ec9bccfe3fce28e1a35cadd7403f0234707cda2d5bee33b7177365a",
    planted_frames=71_220,
    citation=Citation(
        title="VSUMM: A mechanism designed to produce static video summaries and a novel evaluation method",
        authors="de Avila, Lopes, da Luz, de Albuquerque Araújo",
        year=2011,
        venue="Pattern Recognition Letters",
    ),
)
