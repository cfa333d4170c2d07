"""`color-motion` as data."""

from vsumbench.contracts import Citation, ExtractorSpec, FeatureSpec

VERSION = "1"

COLOR_MOTION = ExtractorSpec(
    id="color-motion",
    version=VERSION,
    title="Colour, layout, edges and motion (training-free)",
    output=FeatureSpec(name="color-motion", shape=(184,), extractor=f"color-motion@{VERSION}"),
    implementation="vsumbench_datasets.extractors.color_motion.extractor:ColorMotion",
    citation=Citation(
        title="VSUMM: a mechanism designed to produce static video summaries and a novel evaluation method",
        authors="de Avila et al.",
        year=2011,
        venue="Pattern Recognition Letters",
    ),
)
