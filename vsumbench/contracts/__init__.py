"""The contracts plugins are written against.

Importing this package costs nothing beyond the standard library.
"""

from .annotations import Annotations, Sample
from .context import Context, Folders, Progress
from .dataset import (
    Dataset,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    HasRemarks,
    Source,
    TrainsOnMore,
)
from .encoder import Encoder, EncoderSpec
from .extractor import Extractor, ExtractorSpec
from .leaderboard import LeaderboardSpec
from .metric import (
    CorpusMetric,
    CorpusScore,
    CrossItem,
    CrossMetric,
    CrossScore,
    ItemMetric,
    MetricSpec,
    Needs,
    SpanItem,
    SpanMetric,
    TextItem,
)
from .model import CountsParameters, FitReport, Model, ModelSpec, NoOptions, TrainableModel
from .protocol import CrossProtocol, ProtocolSpec, TextProtocol, VectorProtocol, VideoCorporaProtocol
from .references import ReferenceSet
from .seeds import Seeds
from .setting import Fold, Selection, SettingSpec, SplitSetSpec
from .specs import (
    ANY_FEATURE,
    API_VERSION,
    FIRST_API_VERSION,
    Citation,
    Condition,
    Extra,
    FeatureSpec,
    Inputs,
    Preset,
    Provides,
    Requires,
    Task,
    Variant,
    Weights,
)
from .summary import Cost, Link, Summary, check_summary
from .undefined import Cause, Undefined, Value, unavailable
from .video import Feature, Frame, TimedText, Video

__all__ = [
    "ANY_FEATURE",
    "API_VERSION",
    "FIRST_API_VERSION",
    "Annotations",
    "Cause",
    "Citation",
    "Condition",
    "Context",
    "CorpusMetric",
    "CorpusScore",
    "Cost",
    "CountsParameters",
    "CrossItem",
    "CrossMetric",
    "CrossProtocol",
    "CrossScore",
    "Dataset",
    "DatasetSpec",
    "EditionSpec",
    "EditionStatus",
    "Encoder",
    "EncoderSpec",
    "Extra",
    "Extractor",
    "ExtractorSpec",
    "Feature",
    "FeatureSpec",
    "FitReport",
    "Fold",
    "HasRemarks",
    "Folders",
    "Frame",
    "Inputs",
    "ItemMetric",
    "LeaderboardSpec",
    "Link",
    "MetricSpec",
    "Model",
    "ModelSpec",
    "Needs",
    "NoOptions",
    "Preset",
    "Progress",
    "ProtocolSpec",
    "Provides",
    "ReferenceSet",
    "Requires",
    "Sample",
    "Seeds",
    "Selection",
    "SettingSpec",
    "Source",
    "SpanItem",
    "SpanMetric",
    "SplitSetSpec",
    "Summary",
    "Task",
    "TextItem",
    "TextProtocol",
    "TimedText",
    "TrainableModel",
    "TrainsOnMore",
    "Undefined",
    "Value",
    "Variant",
    "VectorProtocol",
    "Video",
    "VideoCorporaProtocol",
    "Weights",
    "check_summary",
    "unavailable",
]
