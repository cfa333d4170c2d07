"""The cache of extracted features: one file a video, under the digest of all that its vectors follow from."""

from .cache import FEATURES_VARIABLE, Entry, FeatureCache, Trouble, feature_root
from .keys import FeatureKey, picks_digest
from .options import ExtractionOptions, frames_at_once
from .sizes import parse_size, show_size

__all__ = [
    "FEATURES_VARIABLE",
    "Entry",
    "ExtractionOptions",
    "FeatureCache",
    "FeatureKey",
    "Trouble",
    "feature_root",
    "frames_at_once",
    "parse_size",
    "picks_digest",
    "show_size",
]
