"""The frozen tower's output as a feature or from the disk, in place of frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from milora_support import MICRO, TINY_ID, Bench, awaken, noise_video, options_of, write_weights
from safetensors.torch import load_file, save_file
from vsumbench_milora.milora.model import Milora
from vsumbench_milora.video_llama.backbone import new_backbone
from vsumbench_milora.video_llama.frames import read_frames
from vsumbench_milora.video_llama.loading import load
from vsumbench_milora.video_llama.model import VideoLlama
from vsumbench_milora.video_llama.options import BranchOptions
from vsumbench_milora.video_llama.tower_specs import READ, TOWER, VISION
from vsumbench_milora.video_llama.towers import (
    build_encoder,
    build_read,
    build_vision,
    find_read,
    find_vision,
)

from vsumbench.contracts import Context, Feature, FeatureSpec, Video
from vsumbench.data.features import FeatureCache
from vsumbench.entrypoints import Kind
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.plugins import default_plugins

STEPS = 5


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("VSUMBENCH_FEATURES", str(tmp_path / "features"))
    write_weights(tmp_path / "weights", backbone=awaken(new_backbone(MICRO, 3)))
    return tmp_path


def video(name: str = "v") -> Video:
    return replace(noise_video(name, steps=STEPS), source=lambda: name * 3)


def context(folder: Path) -> Context:
    bench = Bench(folder).context()
    return replace(bench, encoder=lambda name: build_encoder(bench, name.partition("[")[2].rstrip("]")))


def asked(**changes: Any) -> BranchOptions:
    return BranchOptions(
        **{
            "backbone": TINY_ID,
            "num_frames": 3,
            "prompt": "Summarize the video.",
            "max_new_tokens": 10,
            "conversation": "plain",
            **changes,
        }
    )


def rows_of(kind: str, folder: Path, shown: Video) -> np.ndarray:
    build = build_read if kind == "read" else build_vision
    return np.concatenate(list(build(context(folder), TINY_ID).extract(shown)))


def with_feature(shown: Video, rows: np.ndarray, kind: str = "read", extractor: str | None = None) -> Video:
    name = (READ if kind == "read" else VISION).output.name
    spec = FeatureSpec(name=name, shape=rows.shape[1:], extractor=extractor)
    return replace(shown, features={name: Feature(spec=spec, steps=len(rows), read=lambda: rows)})


def test_encoder_and_extractors_are_installed() -> None:
    plugins = default_plugins()
    assert plugins.spec(Kind.ENCODER, "video-llama-tower") is TOWER
    assert plugins.spec(Kind.EXTRACTOR, "video-llama-tower") is READ
    assert plugins.spec(Kind.EXTRACTOR, "video-llama-vit") is VISION


def test_sizes_are_known_before_anything_is_extracted(places: Path) -> None:
    assert find_read(TINY_ID).complete(READ.output).shape == (MICRO.image_qformer.queries, MICRO.width)
    tokens = (MICRO.vision.tokens, MICRO.vision.width)
    assert find_vision(TINY_ID).complete(VISION.output).shape == tokens


def test_a_row_is_what_the_backbone_makes_of_the_frame(places: Path) -> None:
    backbone, _ = load(asked())
    with torch.no_grad():
        vision = backbone.encode_frames(read_frames(video(), STEPS, MICRO.vision.image)[None])
        read = backbone.read_frames(vision)
    np.testing.assert_allclose(rows_of("vision", places, video()), vision[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(rows_of("read", places, video()), read[0].numpy(), atol=1e-5)
    assert rows_of("read", places, video()).std() > 0.1


def test_of_the_weights_only_the_tower_is_loaded(places: Path) -> None:
    encoder = build_encoder(context(places), TINY_ID)
    loaded = {name for name, one in encoder._backbone.named_parameters() if not one.is_meta}
    assert {name.partition(".")[0] for name in loaded} == {"vision", "image_queries", "image_qformer"}
    with pytest.raises(MismatchError, match="reads no text"):
        encoder.pooled_text(["a"])


def test_a_video_with_the_feature_needs_no_frames_and_is_told_the_same(places: Path) -> None:
    model = VideoLlama(asked(), context(places))
    (plain,) = model.summarize([video()], context(places))
    shown = replace(with_feature(video(), rows_of("read", places, video())), frames=None)
    (told,) = model.summarize([shown], context(places))
    assert plain.text and told.text == plain.text
    other = with_feature(video(), -rows_of("read", places, video()))
    assert next(model.summarize([other], context(places))).text != plain.text


@pytest.mark.parametrize(("variant", "kind"), [("temporal-only", "read"), ("combined", "vision")])
def test_milora_reads_the_feature_that_ends_where_its_experts_begin(
    places: Path, variant: str, kind: str
) -> None:
    options = options_of(variant, num_frames=3, max_new_tokens=10)
    model = Milora(options, context(places))
    (plain,) = model.summarize([video()], context(places))
    shown = replace(with_feature(video(), rows_of(kind, places, video()), kind), frames=None)
    (told,) = model.summarize([shown], context(places))
    assert told.text == plain.text
    bare = replace(video(), frames=None)
    with pytest.raises(MismatchError, match="neither frames nor the feature"):
        list(model.summarize([bare], context(places)))


def test_a_feature_of_other_weights_or_sizes_is_refused(places: Path) -> None:
    rows = rows_of("read", places, video())
    model = VideoLlama(asked(), context(places))
    own = f"video-llama-tower@1+{find_read(TINY_ID).sha256()[:12]}"
    (told,) = model.summarize([with_feature(video(), rows, extractor=own)], context(places))
    assert told.text
    for spoilt, said, kind in (
        (
            with_feature(video(), rows, extractor="video-llama-tower@1+000000000000"),
            "own tower",
            MismatchError,
        ),
        (with_feature(video(), rows[:, :1]), "own tower gives", MismatchError),
        (with_feature(video(), rows[:-1]), "4 rows", DataDamagedError),
    ):
        with pytest.raises(kind, match=said):
            list(model.summarize([spoilt], context(places)))


def test_what_the_disk_kept_is_used_and_says_the_same(places: Path) -> None:
    options = asked(disk_gib=1.0)
    first = [one.text for one in VideoLlama(options, context(places)).summarize([video()], context(places))]
    (entry,) = FeatureCache().entries()
    assert entry.facts["dtype"] == "float16" and entry.facts["shape"] == [
        3,
        *rows_of("read", places, video()).shape[1:],
    ]
    blind = replace(video(), frames=lambda: iter(()))
    again = VideoLlama(options, context(places)).summarize([blind], context(places))
    assert [one.text for one in again] == first
    # Other steps are another entry; a damaged one is computed anew.
    list(VideoLlama(replace(options, num_frames=2), context(places)).summarize([video()], context(places)))
    assert len(FeatureCache().files()) == 2
    entry.path.write_bytes(entry.path.read_bytes()[:-10])
    mended = VideoLlama(options, context(places)).summarize([video()], context(places))
    assert [one.text for one in mended] == first and not FeatureCache().verify()


def test_no_more_is_kept_than_the_budget_and_the_rest_is_told_alike(places: Path) -> None:
    size = 3 * MICRO.image_qformer.queries * MICRO.width * 2
    options = asked(disk_gib=1.5 * size / (1 << 30))
    videos = [video("a"), video("b"), video("c")]
    some = [one.text for one in VideoLlama(options, context(places)).summarize(videos, context(places))]
    assert len(FeatureCache().files()) == 1
    roomy = asked(disk_gib=1.0)
    whole = [one.text for one in VideoLlama(roomy, context(places)).summarize(videos, context(places))]
    assert some == whole and len(FeatureCache().files()) == 3


def test_all_passes_and_models_of_a_process_have_one_budget(places: Path) -> None:
    """A run builds a model for each fold, and each of them looks at videos several times."""
    size = 3 * MICRO.image_qformer.queries * MICRO.width * 2
    options = asked(disk_gib=1.5 * size / (1 << 30))
    for name in "abc":
        model = VideoLlama(options, context(places))
        for _ in range(2):
            list(model.summarize([video(name)], context(places)))
    assert len(FeatureCache().files()) == 1


def test_what_another_precision_gave_is_not_taken_from_the_disk(places: Path) -> None:
    """Frozen parts in bfloat16 give other tokens than frozen parts in float32 under autocast."""
    half = Bench(places).context(dtype="bfloat16")
    for frozen_in in ("context", "float32"):
        list(VideoLlama(asked(disk_gib=1.0, frozen_in=frozen_in), half).summarize([video()], half))
    assert len(FeatureCache().files()) == 2


@pytest.mark.parametrize("targets", ["patch-conv", "vit"])
def test_a_vit_that_is_adapted_itself_reads_pixels_alone(places: Path, targets: str) -> None:
    options = options_of("combined", num_frames=3, max_new_tokens=10, spatial_targets=targets, disk_gib=1.0)
    model = Milora(options, context(places))
    (plain,) = model.summarize([video()], context(places))
    assert not FeatureCache().files(), "pixels are not the tower's output"
    shown = with_feature(video(), rows_of("vision", places, video()), "vision")
    (told,) = model.summarize([shown], context(places))
    assert told.text == plain.text


@pytest.mark.parametrize("spoil", ["lacks", "other shape"])
def test_a_tower_of_damaged_weights_is_refused_with_the_tensor(places: Path, spoil: str) -> None:
    path = places / "weights" / TINY_ID / "model.safetensors"
    state = load_file(path)
    queries = state.pop("image_queries")
    save_file(state if spoil == "lacks" else state | {"image_queries": queries[:1].clone()}, path)
    with pytest.raises(DataDamagedError, match="image_queries"):
        build_encoder(context(places), TINY_ID)


def test_without_a_budget_nothing_is_written(places: Path) -> None:
    list(VideoLlama(asked(), context(places)).summarize([video()], context(places)))
    assert not FeatureCache().files()
