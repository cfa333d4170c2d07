"""`clustering` as data: keyframes by k-means, the model that needs neither training nor weights."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench.contracts import ANY_FEATURE, Citation, FeatureSpec, Inputs, ModelSpec, Task


@dataclass(frozen=True)
class ClusteringOptions:
    """Options of `clustering`.

    Attributes:
        feature: name of the feature that is clustered; empty for the first the video has.
        clusters: number of clusters, at least 1; 0 for the number that follows from `share`.
        share: share of the shots (or steps) that are to be shown, in (0, 1]: as many clusters, and never
            fewer than the root of half the shots.
    """

    feature: str = ""
    clusters: int = 0
    share: float = 0.15


CLUSTERING = ModelSpec(
    id="clustering",
    title="Clustering",
    tasks=(Task.V2V,),
    implementation="vsumbench.defaults.clustering.model:Clustering",
    inputs=(Inputs(features=(FeatureSpec(name=ANY_FEATURE, shape=(None,)),)),),
    options=ClusteringOptions,
    licence="Apache-2.0",
    citation=Citation(
        title="VSUMM: A mechanism designed to produce static video summaries and a novel evaluation method",
        authors="de Avila, Lopes, da Luz, Araújo",
        year=2011,
        venue="Pattern Recognition Letters 32(1)",
    ),
    note="k-means over the features of shots, or of steps where a video has no shots; what is nearest to the "
    "centre of a large cluster comes first. In the manner of VSUMM, on whatever feature there is; not a "
    "reproduction of it.",
)
