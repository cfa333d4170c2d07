"""Digests, splits and layout checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import Fold, Seeds
from vsumbench.data import (
    check_change_points,
    check_finite,
    check_picks,
    check_shape,
    check_unique,
    folds_digest,
    folds_from_tests,
    inner_validation,
    read_json,
    read_npz,
    sha256_arrays,
    sha256_file,
    sha256_json,
)
from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError, MismatchError


def test_a_file_digest_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_file(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(DataMissingError, match="none cannot be read"):
        sha256_file(tmp_path / "none")


def test_array_digests_see_names_shapes_types_and_values_but_not_memory_layout() -> None:
    base = np.arange(6, dtype=np.int64).reshape(2, 3)
    same = sha256_arrays({"a": base})
    assert sha256_arrays({"a": np.asfortranarray(base)}) == same
    assert sha256_arrays({"a": base.astype(">i8")}) == same
    others = [{"b": base}, {"a": base.T}, {"a": base.astype(np.int32)}, {"a": base + 1}, {"a": base.ravel()}]
    assert len({sha256_arrays(other) for other in others} | {same}) == 6


def test_json_digests_ignore_the_order_of_keys_and_refuse_nan() -> None:
    assert (
        sha256_json({"a": 1, "b": [2]}) == sha256_json({"b": [2], "a": 1}) != sha256_json({"a": 1, "b": [3]})
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        sha256_json(float("nan"))


def test_folds_digest_ignores_the_order_of_ids_but_not_of_folds() -> None:
    one, two = Fold("x", ("a", "b"), ("c",)), Fold("y", ("c",), ("a", "b"))
    assert folds_digest((one, two)) == folds_digest((Fold("x", ("b", "a"), ("c",)), two))
    assert folds_digest((one, two)) != folds_digest((two, one))


def test_folds_from_test_indices_train_on_the_rest() -> None:
    first, second = folds_from_tests(("a", "b", "c"), ((2,), (1, 3)))
    assert (first.name, first.train, first.test) == ("split0", ("a", "c"), ("b",))
    assert (second.train, second.test) == (("b",), ("a", "c"))
    for wrong in ((0,), (4,), (2, 2)):
        with pytest.raises(ValueError, match="indices that repeat or lie outside"):
            folds_from_tests(("a", "b", "c"), (wrong,))


def test_the_inner_validation_is_a_fifth_of_training_whatever_the_order_of_ids() -> None:
    ids = tuple(f"video_{n}" for n in range(1, 41))
    fold = Fold("split0", ids, ("t",))
    held = inner_validation(fold, "canonical-nonoverlap", Seeds(0))
    assert len(held.validation) == 8 and sorted(held.train + held.validation) == sorted(ids)
    assert held.test == ("t",)
    turned = inner_validation(Fold("split0", ids[::-1], ("t",)), "canonical-nonoverlap", Seeds(0))
    assert set(turned.validation) == set(held.validation)
    others = [
        inner_validation(Fold("split1", ids, ()), "canonical-nonoverlap", Seeds(0)),
        inner_validation(fold, "canonical-redraw", Seeds(0)),
        inner_validation(fold, "canonical-nonoverlap", Seeds(1)),
    ]
    assert len({other.validation for other in others} | {held.validation}) == 4


def test_the_inner_validation_is_this_one_for_ever() -> None:
    fold = Fold("split0", tuple(f"video_{n}" for n in range(1, 11)), ())
    assert inner_validation(fold, "canonical-nonoverlap", Seeds(0)).validation == ("video_7", "video_9")
    assert len(inner_validation(Fold("f", ("a", "b"), ()), "s", Seeds(0)).validation) == 1


def test_one_training_video_cannot_be_divided() -> None:
    with pytest.raises(MismatchError, match="has 1 training videos"):
        inner_validation(Fold("f", ("a",), ("b",)), "s", Seeds(0))


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            lambda: check_shape(np.zeros((3, 4)), (None, 5), "f", "k"),
            r"f: k: expected shape \(\*, 5\), found .*3, 4",
        ),
        (lambda: check_shape(np.zeros((0, 5)), (None, 5), "f", "k"), "found shape"),
        (lambda: check_shape(np.zeros(5), (None, 5), "f", "k"), "found shape"),
        (
            lambda: check_finite(np.array([1, np.nan]), "f", "k"),
            r"expected finite numbers, found nan at 1 \(1 of 2\)",
        ),
        (lambda: check_finite(np.array(["a"]), "f", "k"), "expected numbers"),
        (lambda: check_finite(np.array([[0, 9]]), "f", "k", high=5), r"at most 5, found 9 at \(0, 1\)"),
        (lambda: check_picks(np.array([0, 15, 15]), 60, "f"), "strictly increasing"),
        (lambda: check_picks(np.array([0, 60]), 60, "f"), "strictly increasing frame indices below 60"),
        (lambda: check_picks(np.array([], dtype=int), 60, "f"), "non-empty"),
        (
            lambda: check_change_points(np.array([[0, 9], [10, 18]]), 20, "f"),
            "shots from 0 to 19, found 0 to 18",
        ),
        (lambda: check_change_points(np.array([[0, 9], [11, 19]]), 20, "f"), "contiguous shots"),
        (lambda: check_change_points(np.array([[0, 12], [13, 11], [12, 19]]), 20, "f"), "contiguous shots"),
        (lambda: check_change_points(np.array([0, 19]), 20, "f"), "shape"),
    ],
)
def test_arrays_of_another_layout_are_refused_with_expected_and_found(check: Any, message: str) -> None:
    with pytest.raises(DataDamagedError, match=message):
        check()


def test_arrays_of_the_right_layout_pass() -> None:
    check_shape(np.zeros((3, 5)), (None, 5), "f", "k")
    check_finite(np.array([True, False]), "f", "k", low=0, high=1)
    check_picks(np.array([0, 15, 59]), 60, "f")
    check_change_points(np.array([[0, 9], [10, 19]]), 20, "f")
    check_unique(["a", "b"], "f")


def test_an_id_that_stands_twice_is_named() -> None:
    with pytest.raises(DuplicateIdError, match="video id 'a' stands twice"):
        check_unique(["a", "b", "a"], "f")


def test_json_and_npz_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": [1, 2')
    with pytest.raises(DataDamagedError, match=r"x\.json: line 1, column"):
        read_json(path)
    with pytest.raises(DataMissingError):
        read_json(tmp_path / "none.json")
    np.save(tmp_path / "y.npy", np.zeros(3))
    with pytest.raises(DataDamagedError, match=r"y\.npy"):
        read_npz(tmp_path / "y.npy", "a")
    np.savez(tmp_path / "z.npz", a=np.array([{"pickled": 1}], dtype=object))
    with pytest.raises(DataDamagedError, match=r"z\.npz"):
        read_npz(tmp_path / "z.npz", "a")
    np.savez(tmp_path / "z.npz", a=np.arange(3))
    assert read_npz(tmp_path / "z.npz", "a").tolist() == [0, 1, 2]
