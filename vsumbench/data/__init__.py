"""Where data lie and how they are read: roots, editions, splits, digests, checks. Public to plugins.

Importing this package costs nothing beyond the standard library; numpy is imported when arrays are checked.
"""

from .checks import (
    AGAIN,
    check_change_points,
    check_finite,
    check_picks,
    check_shape,
    check_unique,
    damaged,
    is_finite,
    read_json,
    read_npz,
)
from .digests import canonical_json, sha256_arrays, sha256_file, sha256_files, sha256_json
from .editions import ResolvedEdition, make_edition, open_edition, resolve_edition
from .roots import DataRoot, dataset_folder, planted_folder, resolve_data_root
from .splits import folds_digest, folds_from_tests, inner_validation
from .verification import Verification, verify_edition

__all__ = [
    "AGAIN",
    "DataRoot",
    "ResolvedEdition",
    "Verification",
    "canonical_json",
    "check_change_points",
    "check_finite",
    "check_picks",
    "check_shape",
    "check_unique",
    "damaged",
    "dataset_folder",
    "folds_digest",
    "folds_from_tests",
    "inner_validation",
    "is_finite",
    "make_edition",
    "open_edition",
    "planted_folder",
    "read_json",
    "read_npz",
    "resolve_data_root",
    "resolve_edition",
    "sha256_arrays",
    "sha256_file",
    "sha256_files",
    "sha256_json",
    "verify_edition",
]
