"""Extraction through the cache: nothing twice, nothing mixed, nothing past the budget, nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pixel_mean import PARTS, SPEC, WEIGHTED, Mean, drawn

from vsumbench.contracts import ExtractorSpec, Feature, FeatureSpec, Video
from vsumbench.data.features import ExtractionOptions, FeatureCache
from vsumbench.errors import (
    DataDamagedError,
    DiskFullError,
    MismatchError,
    PluginError,
    StorageError,
    UsageError,
)
from vsumbench.plugins import default_plugins
from vsumbench.running import extracting
from vsumbench.running.extracting import (
    Extraction,
    check_same_extractor,
    extract_all,
    extracted,
    extraction_context,
    plan_extraction,
    prepare_extractor,
)


@dataclass
class Watch:
    """A reporter that remembers."""

    lines: list[str] = field(default_factory=list)
    stages: dict[str, tuple[int, int]] = field(default_factory=dict)

    def notice(self, line: str) -> None:
        self.lines.append(line)

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        self.stages[stage] = (done, total)


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.vid" for name in ("a", "b", "c")]
    for path in paths:
        path.write_text(path.stem)
    return paths


def prepared(spec: ExtractorSpec = SPEC, dtype: str = "float32") -> Extraction:
    plugins = default_plugins()
    return prepare_extractor(plugins, spec, extraction_context(plugins, "cpu", dtype))


def expected(path: Path, steps: int = 5) -> NDArray[np.float32]:
    return np.concatenate(list(Mean().extract(drawn(path, steps))))


def test_a_feature_is_extracted_when_it_is_read_and_the_second_time_from_the_cache(
    cache: FeatureCache, files: list[Path]
) -> None:
    seen: list[int] = []
    feature = extracted(drawn(files[0], told=seen.append), prepared(), cache)
    assert feature.spec == replace(SPEC.output, extractor="pixel-mean@1")
    assert feature.steps == 5 and seen == [] and cache.files() == []
    first = feature.read()
    assert seen == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(first, expected(files[0]))
    np.testing.assert_array_equal(feature.read(), first)
    np.testing.assert_array_equal(
        extracted(drawn(files[0], told=seen.append), prepared(), cache).read(), first
    )
    assert len(seen) == 5


def test_reading_what_is_there_writes_nothing_and_waits_for_nobody(
    cache: FeatureCache, files: list[Path]
) -> None:
    extraction, video = prepared(), drawn(files[0])
    extracted(video, extraction, cache).read()
    (path,) = cache.files()
    (path.parent / ".lock").unlink()
    with cache.working(extraction.key(video)):
        np.testing.assert_array_equal(extracted(video, extraction, cache).read(), expected(files[0]))
    (path.parent / ".lock").unlink(missing_ok=True)
    extracted(video, extraction, cache).read()
    assert [left.name for left in path.parent.iterdir()] == [path.name]


def test_a_second_extraction_decodes_no_frame(cache: FeatureCache, files: list[Path]) -> None:
    videos = [drawn(path) for path in files]
    watch = Watch()
    first = extract_all(prepared(), videos, cache, reporter=watch)
    assert (first.extracted, first.frames, first.plan.kept) == (3, 15, 0)
    assert watch.stages["extract pixel-mean (frames)"] == (15, 15)
    assert watch.stages["extract pixel-mean (videos)"] == (3, 3)
    (line,) = watch.lines
    assert line.startswith("pixel-mean (3 float32 a step) of 3 videos: 180 B (180 bytes), none there, ")
    assert line.endswith("3 to extract (180 B, 15 frames).")
    seen: list[int] = []
    again = extract_all(
        prepared(), [drawn(path, told=seen.append) for path in files], cache, reporter=Watch()
    )
    assert (again.extracted, again.frames, again.plan.kept, seen) == (0, 0, 3, [])
    assert "3 were there" in again.line() and again.to_dict()["bytes"] == 180


def test_the_size_said_beforehand_is_that_of_the_arrays(cache: FeatureCache, files: list[Path]) -> None:
    videos = [drawn(path, steps) for path, steps in zip(files, (1, 4, 9), strict=True)]
    plan = plan_extraction(prepared(), videos, cache)
    assert plan.bytes == plan.missing_bytes == 14 * 3 * 4 and plan.frames == 14
    assert cache.files() == []
    extract_all(prepared(), videos, cache, reporter=Watch())
    assert sum(np.prod(entry.facts["shape"]) * 4 for entry in cache.entries()) == plan.bytes
    assert 0 < cache.size() - plan.bytes < 3 * 2048


def test_a_changed_file_is_extracted_again(cache: FeatureCache, files: list[Path]) -> None:
    extract_all(prepared(), [drawn(path) for path in files], cache, reporter=Watch())
    files[1].write_text("other")
    report = extract_all(prepared(), [drawn(path) for path in files], cache, reporter=Watch())
    assert (report.extracted, report.frames, report.plan.kept) == (1, 5, 2)
    np.testing.assert_array_equal(extracted(drawn(files[1]), prepared(), cache).read(), expected(files[1]))


def test_a_new_version_other_picks_and_another_precision_are_extracted_again(
    cache: FeatureCache, files: list[Path]
) -> None:
    videos = [drawn(files[0])]
    extract_all(prepared(), videos, cache, reporter=Watch())
    newer = prepared(replace(SPEC, version="2"))
    assert newer.identity == "pixel-mean@2"
    for extraction, given in (
        (newer, videos),
        (prepared(), [drawn(files[0], steps=4)]),
        (prepared(dtype="bfloat16"), videos),
    ):
        assert extract_all(extraction, given, cache, reporter=Watch()).extracted == 1
    assert extract_all(prepared(), videos, cache, reporter=Watch()).extracted == 0


def test_other_weights_are_extracted_again_and_stand_in_the_features_identity(
    cache: FeatureCache, files: list[Path], tmp_path: Path
) -> None:
    weights = tmp_path / "factor"
    weights.write_text("2.0")
    spec = replace(WEIGHTED, argument=str(weights))
    first = prepared(spec)
    assert first.output.extractor == f"pixel-mean@1+{first.weights[:12]}"
    doubled = extracted(drawn(files[0]), first, cache).read()
    np.testing.assert_array_equal(doubled, 2 * expected(files[0]))
    weights.write_text("4.0")
    second = prepared(spec)
    assert second.weights != first.weights
    np.testing.assert_array_equal(extracted(drawn(files[0]), second, cache).read(), 2 * doubled)
    assert len(cache.files()) == 2


def test_the_same_weights_under_another_name_are_not_extracted_again(
    cache: FeatureCache, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "one").write_text("2.0")
    shutil.copy(tmp_path / "one", tmp_path / "two")
    for name in ("one", "two"):
        extraction = prepared(replace(WEIGHTED, argument=str(tmp_path / name)))
        extract_all(extraction, [drawn(files[0])], cache, reporter=Watch())
    assert len(cache.files()) == 1


def test_what_the_argument_names_fills_in_name_and_size(cache: FeatureCache, files: list[Path]) -> None:
    extraction = prepared(replace(PARTS, argument="4"))
    assert extraction.output.name == "bands-4" and extraction.output.shape == (4, 3)
    assert extraction.bytes_of(drawn(files[0])) == 5 * 4 * 3 * 4
    rows = extracted(drawn(files[0]), extraction, cache).read()
    np.testing.assert_allclose(rows.mean(axis=1), expected(files[0]), atol=1e-4)


def test_an_extractor_that_leaves_its_size_open_is_refused() -> None:
    with pytest.raises(PluginError, match="does not say which feature it writes, or of what size"):
        prepared(replace(SPEC, output=replace(SPEC.output, shape=(None,))))


def test_an_extractor_with_nothing_in_its_brackets_says_what_belongs_there() -> None:
    with pytest.raises(UsageError, match="needs a file with a number in brackets"):
        prepared(WEIGHTED)


def test_past_the_budget_nothing_is_decoded(
    cache: FeatureCache, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    videos = [drawn(path, told=seen.append) for path in files]
    with pytest.raises(StorageError) as raised:
        extract_all(prepared(), videos, cache, budget=179, reporter=Watch())
    assert "would add 180 B (180 bytes)" in raised.value.message and "179 bytes" in raised.value.message
    assert "--budget" in raised.value.hint and "VSUMBENCH_FEATURES_BUDGET" in raised.value.hint
    monkeypatch.setenv("VSUMBENCH_FEATURES_BUDGET", "100B")
    with pytest.raises(StorageError, match="budget is 100 B"):
        extract_all(prepared(), videos, cache, reporter=Watch())
    monkeypatch.setenv("VSUMBENCH_FEATURES_BUDGET", "lots")
    with pytest.raises(UsageError, match="VSUMBENCH_FEATURES_BUDGET: 'lots' is no size"):
        extract_all(prepared(), videos, cache, reporter=Watch())
    assert seen == [] and cache.files() == []
    extract_all(prepared(), videos[:2], cache, budget=120, reporter=Watch())
    # What is there is not added again.
    assert extract_all(prepared(), videos, cache, budget=60, reporter=Watch()).extracted == 1


def test_a_disk_without_room_is_refused_before_anything_is_decoded(
    cache: FeatureCache, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsumbench.running import extract_plan

    usage = shutil.disk_usage("/")._replace(free=179)
    monkeypatch.setattr(extract_plan.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFullError, match="179 B are free"):
        extract_all(prepared(), [drawn(path) for path in files], cache, reporter=Watch())


@pytest.mark.parametrize("damage", [b"", None], ids=["emptied", "a flipped bit"])
def test_a_damaged_file_of_the_cache_is_told_and_extracted_again(
    cache: FeatureCache, files: list[Path], damage: bytes | None
) -> None:
    extraction, video = prepared(), drawn(files[0])
    extract_all(extraction, [video], cache, reporter=Watch())
    (path,) = cache.files()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    told: list[str] = []
    rows = extracted(video, extraction, cache, told.append).read()
    np.testing.assert_array_equal(rows, expected(files[0]))
    (line,) = told
    assert str(path) in line and "extracted again" in line
    assert path.read_bytes() == whole and cache.verify() == []


def test_a_truncated_file_of_the_cache_counts_as_missing(cache: FeatureCache, files: list[Path]) -> None:
    videos = [drawn(path) for path in files]
    extract_all(prepared(), videos, cache, reporter=Watch())
    path = cache.files()[0]
    path.write_bytes(path.read_bytes()[:-4])
    report = extract_all(prepared(), videos, cache, reporter=Watch())
    assert (report.extracted, report.frames) == (1, 5) and cache.verify() == []


def test_a_file_that_cannot_be_read_is_reported_and_the_others_are_kept(
    cache: FeatureCache, files: list[Path]
) -> None:
    def ends_early() -> Iterator[Any]:
        yield from list(drawn(files[1]).frames())[:3]  # type: ignore[misc]

    files[0].unlink()
    videos = [drawn(path) for path in files]
    videos[0] = replace(videos[0], id="gone")
    videos[1] = replace(videos[1], frames=ends_early)
    report = extract_all(prepared(), videos, cache, reporter=Watch())
    assert report.extracted == 1 and set(report.failed) == {"gone", "b"}
    assert "cannot be read" in report.failed["gone"]
    assert "3 frames were decoded for 5 steps" in report.failed["b"]
    assert [entry.facts["video"] for entry in cache.entries()] == ["c"]
    assert "2 could not be read" in report.line()


def test_a_video_without_frames_or_source_is_refused_by_name(cache: FeatureCache, files: list[Path]) -> None:
    video = drawn(files[0])
    with pytest.raises(MismatchError, match="video 'a' has no frames here"):
        extract_all(prepared(), [replace(video, frames=None)], cache, reporter=Watch())
    with pytest.raises(MismatchError, match="video 'a' does not say what its frames are from"):
        extracted(replace(video, source=None), prepared(), cache).read()


def test_two_names_of_one_file_are_extracted_once(cache: FeatureCache, files: list[Path]) -> None:
    twice = [drawn(files[0]), replace(drawn(files[0]), id="again")]
    report = extract_all(prepared(), twice, cache, reporter=Watch())
    plan = report.plan
    assert (report.extracted, plan.kept, plan.same, plan.bytes) == (1, 0, 1, 60)
    assert "none there, 1 to extract" in plan.line() and "1 the same as another of them" in report.line()


def offering(path: Path, **changes: Any) -> Video:
    spec = replace(SPEC.output, **changes)
    own = Feature(spec=spec, steps=5, read=lambda: np.zeros((5, 3), dtype=np.float32))
    return replace(drawn(path), features={spec.name: own})


@pytest.mark.parametrize("extractor", ["pixel-mean@1", None])
def test_a_feature_the_edition_offers_is_not_extracted(
    cache: FeatureCache, files: list[Path], extractor: str | None
) -> None:
    video = offering(files[0], extractor=extractor)
    assert extracted(video, prepared(), cache) is video.features["pixel-mean"]
    report = extract_all(prepared(), [video], cache, reporter=Watch())
    assert (report.plan.offered, report.extracted, cache.files()) == (1, 0, [])


@pytest.mark.parametrize("changes", [{"extractor": "pixel-mean@0"}, {"shape": (4,)}, {"shape": (3, 1)}])
def test_a_feature_of_another_extractor_or_size_is_no_substitute(
    cache: FeatureCache, files: list[Path], changes: dict[str, Any]
) -> None:
    video = offering(files[0], **changes)
    np.testing.assert_array_equal(extracted(video, prepared(), cache).read(), expected(files[0]))


GIVEN = replace(SPEC, frames=False)


def test_what_lies_in_given_files_is_read_there_and_not_kept_twice(
    cache: FeatureCache, files: list[Path]
) -> None:
    video = replace(drawn(files[0]), source=None)
    np.testing.assert_array_equal(extracted(video, prepared(GIVEN), cache).read(), expected(files[0]))
    report = extract_all(prepared(GIVEN), [video], cache, reporter=Watch())
    assert (report.read, report.extracted, report.plan.given) == (1, 0, 1) and cache.files() == []


@dataclass
class Wrong:
    """An extractor that gives what it is told to."""

    blocks: Sequence[NDArray[Any]]

    def extract(self, video: Video) -> Iterator[NDArray[Any]]:
        assert video.frames is not None
        for _ in video.frames():
            pass
        yield from self.blocks


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([np.zeros((4, 3), np.float32)], "4 rows for 5 steps"),
        ([np.zeros((4, 3), np.float32)] * 2, "more than 5 rows"),
        ([np.zeros((5, 2), np.float32)], "declared is float32 (3,)"),
        ([np.zeros((5, 3), np.float64)], "rows of float64"),
        ([np.full((5, 3), np.inf, np.float32)], "a row with NaN or infinity"),
        ([], "0 rows for 5 steps"),
    ],
)
def test_an_extractor_that_breaks_its_word_is_named(
    cache: FeatureCache, files: list[Path], blocks: list[NDArray[Any]], expected: str
) -> None:
    extraction = replace(prepared(), build=lambda: Wrong(blocks))
    with pytest.raises(PluginError) as raised:
        extracted(drawn(files[0]), extraction, cache).read()
    assert expected in raised.value.message and "'pixel-mean', video 'a'" in raised.value.message
    assert cache.files() == []


def test_the_extractor_is_built_once_and_only_where_something_is_extracted(
    cache: FeatureCache, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pixel_mean

    built: list[int] = []
    monkeypatch.setattr(pixel_mean, "build", lambda context: built.append(1) or Mean())
    videos = [drawn(path) for path in files]
    extract_all(prepared(), videos, cache, reporter=Watch())
    assert len(built) == 1
    extract_all(prepared(), videos, cache, reporter=Watch())
    assert len(built) == 1


def test_the_context_carries_device_precision_and_batch() -> None:
    context = extraction_context(default_plugins(), "cpu", "bfloat16", ExtractionOptions(batch=3))
    assert (context.device, context.dtype, context.options.batch) == ("cpu", "bfloat16", 3)


def feature(name: str, extractor: str | None) -> FeatureSpec:
    return FeatureSpec(name=name, shape=(3,), extractor=extractor)


def test_features_of_one_extractor_go_together() -> None:
    check_same_extractor()
    check_same_extractor(
        ("training", [feature("a", "x@1"), feature("b", None)]),
        ("talk.mp4", iter([feature("a", "x@1"), feature("b", None), feature("c", "y@1")])),
    )


@pytest.mark.parametrize(
    ("learned", "given"),
    [("x@1", "y@1"), ("x@1", "x@2"), ("x@1+0123456789ab", "x@1+ba9876543210"), ("x@1", None), (None, "x@1")],
)
def test_features_of_two_extractors_are_never_mixed(learned: str | None, given: str | None) -> None:
    with pytest.raises(MismatchError) as raised:
        check_same_extractor(
            ("training on tvsum", [feature("a", learned)]), ("talk.mp4", [feature("a", given)])
        )
    message = raised.value.message
    assert "training on tvsum" in message and "talk.mp4" in message and "'a'" in message
    for named in (learned, given):
        assert (repr(named) if named else "not stated") in message


def test_the_device_is_a_gpu_only_for_what_computes_with_torch() -> None:
    assert extracting.device_for(SPEC, "auto") == "cpu"
    with pytest.raises(UsageError, match="is not a device"):
        extracting.device_for(SPEC, "gpu")


def test_a_damaged_video_read_lazily_raises_its_own_error(cache: FeatureCache, files: list[Path]) -> None:
    def broken() -> Iterator[Any]:
        raise DataDamagedError("a.vid: it is broken.")
        yield

    with pytest.raises(DataDamagedError, match="it is broken"):
        extracted(replace(drawn(files[0]), frames=broken), prepared(), cache).read()
