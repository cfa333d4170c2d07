"""The cache of features: found by key, whole or not there, damage noticed, roots and sizes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from vsumbench.contracts import FeatureSpec, Video
from vsumbench.data.features import (
    ExtractionOptions,
    FeatureCache,
    FeatureKey,
    feature_root,
    frames_at_once,
    parse_size,
    picks_digest,
    show_size,
)
from vsumbench.errors import BusyError, DataDamagedError, StorageError, UsageError

KEY = FeatureKey(source="a" * 64, extractor="pixel-mean@1", weights="", picks="b" * 64)
SPEC = FeatureSpec(name="pixel-mean", shape=(3,), extractor="pixel-mean@1")


def rows(steps: int = 4) -> NDArray[np.float32]:
    return np.arange(3 * steps, dtype=np.float32).reshape(steps, 3) / 7


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def test_what_is_put_is_got_with_its_facts(cache: FeatureCache) -> None:
    assert cache.get(KEY, SPEC, 4) is None and not cache.holds(KEY, SPEC, 4)
    path = cache.put(KEY, rows(), {"video": "v", "feature": "pixel-mean"})
    assert path == cache.path(KEY) and path.parent.name == KEY.digest[:2]
    found = cache.get(KEY, SPEC, 4)
    assert found is not None and found.dtype == np.float32
    np.testing.assert_array_equal(found, rows())
    assert cache.holds(KEY, SPEC, 4)
    (entry,) = cache.entries()
    assert entry.bytes == path.stat().st_size == cache.size()
    assert entry.facts["video"] == "v" and entry.facts["shape"] == [4, 3]
    assert FeatureKey(**entry.facts["key"]) == KEY


def test_the_file_is_plain_safetensors_and_the_same_bytes_each_time(
    cache: FeatureCache, tmp_path: Path
) -> None:
    first = cache.put(KEY, rows(), {"video": "v"}).read_bytes()
    assert FeatureCache(tmp_path / "other").put(KEY, rows(), {"video": "v"}).read_bytes() == first
    np.testing.assert_array_equal(load_file(cache.path(KEY))["feature"], rows())


def test_a_view_that_is_not_contiguous_is_kept_as_it_reads(cache: FeatureCache) -> None:
    cache.put(KEY, rows(8)[::2], {})
    np.testing.assert_array_equal(cache.get(KEY, SPEC, 4), rows(8)[::2])


@pytest.mark.parametrize("field", ["source", "extractor", "weights", "picks", "precision"])
def test_a_change_of_anything_the_vectors_follow_from_is_another_key(cache: FeatureCache, field: str) -> None:
    other = replace(KEY, **{field: "c" * 64})
    assert other.digest != KEY.digest
    cache.put(KEY, rows(), {})
    assert cache.get(other, SPEC, 4) is None


def video(**changes: object) -> Video:
    facts: dict[str, object] = {
        "id": "v", "duration": 2.0, "fps": 2.0, "n_frames": 4, "picks": np.arange(4, dtype=np.int64)
    }  # fmt: skip
    return Video(**{**facts, **changes})  # type: ignore[arg-type]


def test_picks_are_told_apart_by_frames_and_by_times() -> None:
    one = picks_digest(video())
    assert one == picks_digest(video(id="another", duration=9.0))
    assert one == picks_digest(video(picks=np.arange(4, dtype=np.int32)))
    assert one != picks_digest(video(picks=np.arange(3, dtype=np.int64)))
    assert one != picks_digest(video(fps=4.0))
    assert one != picks_digest(video(times=np.array([0.0, 0.5, 1.0, 1.7])))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def cut_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 0x10
    path.write_bytes(bytes(content))


def foreign(path: Path) -> None:
    save_file({"feature": rows()}, path)


def another_shape(path: Path) -> None:
    write_like(path, lambda array: array[:3])


def another_type(path: Path) -> None:
    write_like(path, lambda array: array.astype(np.float64))


def with_nan(path: Path) -> None:
    write_like(path, lambda array: np.full_like(array, np.nan))


def under_another_name(path: Path) -> None:
    other = FeatureCache(path.parents[1]).put(replace(KEY, source="d" * 64), rows() + 1, {})
    other.replace(path)


def write_like(path: Path, change: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
    """A file that is in itself right, and not what was asked for."""
    FeatureCache(path.parents[1]).put(KEY, change(rows()), {})


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (cut, "a whole safetensors file"),
        (cut_header, "a whole safetensors file"),
        (empty, "a whole safetensors file"),
        (flip, "expected sha256"),
        (foreign, "the facts of an extracted feature"),
        (another_shape, "expected shape [4, 3], found shape [3, 3]"),
        (another_type, "expected dtype float32, found dtype float64"),
        (with_nan, "finite numbers"),
        (under_another_name, "those of another file"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_damage_is_named_with_the_file(
    cache: FeatureCache, damage: Callable[[Path], None], expected: str
) -> None:
    path = cache.put(KEY, rows(), {})
    damage(path)
    with pytest.raises(DataDamagedError) as raised:
        cache.get(KEY, SPEC, 4)
    assert expected in raised.value.message and str(path) in raised.value.message


@pytest.mark.parametrize("damage", [cut, empty, flip, foreign, with_nan, under_another_name])
def test_verify_reads_every_file_and_changes_none(
    cache: FeatureCache, damage: Callable[[Path], None]
) -> None:
    cache.put(replace(KEY, source="e" * 64), rows(), {})
    path = cache.put(KEY, rows(), {})
    assert cache.verify() == []
    damage(path)
    before = path.read_bytes()
    told: list[tuple[int, int]] = []
    (trouble,) = cache.verify(lambda done, total: told.append((done, total)))
    assert trouble.path == path and str(path) in trouble.reason
    assert path.read_bytes() == before and told == [(1, 2), (2, 2)]


def test_a_damaged_file_is_noticed_also_after_it_was_read_whole(cache: FeatureCache) -> None:
    path = cache.put(KEY, rows(), {})
    assert cache.get(KEY, SPEC, 4) is not None
    flip(path)
    os.utime(path, ns=(0, 0))
    with pytest.raises(DataDamagedError):
        cache.get(KEY, SPEC, 4)


def test_a_header_tells_a_truncated_file_without_reading_it(cache: FeatureCache) -> None:
    path = cache.put(KEY, rows(), {})
    cut(path)
    assert not cache.holds(KEY, SPEC, 4) and list(cache.entries()) == [] and cache.files() == [path]


def test_nothing_half_written_is_left_where_writing_fails(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as raised:
        cache.put(KEY, rows(), {})
    assert "VSUMBENCH_FEATURES" in raised.value.hint and raised.value.exit_code == 51
    assert list(cache.path(KEY).parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        FeatureCache(tmp_path / "file").put(KEY, rows(), {})


def test_one_process_at_a_time_works_on_a_key_and_clears_what_another_left(cache: FeatureCache) -> None:
    folder = cache.path(KEY).parent
    folder.mkdir(parents=True)
    left = folder / f".{KEY.digest}.0123456789ab.tmp"
    of_another = folder / f".{'0' * 64}.0123456789ab.tmp"
    left.write_bytes(b"half")
    of_another.write_bytes(b"half")
    with cache.working(KEY):
        assert not left.exists() and of_another.exists()
        with pytest.raises(BusyError), FeatureCache(cache.root).working(KEY, wait=False):
            raise AssertionError
    with cache.working(KEY, wait=False):
        pass
    assert cache.files() == []


def test_the_root_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VSUMBENCH_FEATURES", str(tmp_path / "here"))
    assert feature_root() == FeatureCache().root == tmp_path / "here"
    monkeypatch.setenv("VSUMBENCH_FEATURES", " ")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert feature_root().name == "features" and feature_root().parent.name == "vsumbench"


def test_an_empty_cache_has_nothing(cache: FeatureCache) -> None:
    assert (cache.files(), list(cache.entries()), cache.size(), cache.verify()) == ([], [], 0, [])


def test_a_file_is_removed_and_removing_it_again_does_nothing(cache: FeatureCache) -> None:
    path = cache.put(KEY, rows(), {})
    cache.remove(path)
    cache.remove(path)
    assert cache.files() == []


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("17", 17), ("17B", 17), ("2K", 2048), ("1.5 GiB", 3 << 29), ("20gb", 20 << 30), ("1TiB", 1 << 40)),
        ("9" * 400, int("9" * 400)),
    ],
)
def test_a_size_is_read_as_people_write_it(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "-1", "1e9", "5 apples", "1 2", "0x10"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no size"):
        parse_size(text)


def test_a_size_is_shown_in_the_unit_that_suits_it() -> None:
    assert [show_size(size) for size in (0, 1023, 1024, 1 << 20, 3 << 29)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.0 MiB",
        "1.5 GiB",
    ]


def test_the_batch_is_the_users_else_that_of_the_device_and_never_a_models() -> None:
    class ModelOptions:
        batch = 500

    assert frames_at_once(ExtractionOptions(batch=5), "cuda:0") == 5
    assert frames_at_once(ExtractionOptions(), "cpu") == frames_at_once(ModelOptions(), "cpu") == 8
    assert frames_at_once(None, "cuda") == 32


def test_facts_are_readable_by_anybody(cache: FeatureCache) -> None:
    path = cache.put(KEY, rows(), {"video": "ünï"})
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(header["__metadata__"]["vsumbench"])["video"] == "ünï"
