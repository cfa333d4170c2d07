"""What holds for every extractor: specs without weight, one row a pick, no row that hangs on its batch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from extraction_helpers import all_rows, context, pictures, stream, video
from numpy.typing import NDArray
from safetensors.torch import save_file
from tiny_blip import WIDTH, save_tiny_blip
from tiny_clip import save_tiny_clip
from vsumbench_datasets.extractors import specs
from vsumbench_datasets.extractors.frames import pixel_blocks
from vsumbench_datasets.extractors.googlenet import GoogLeNet
from vsumbench_datasets.extractors.mobilenet import MobileNetV2
from vsumbench_datasets.extractors.resnet import ResNet50

from vsumbench.contracts import ExtractorSpec, Frame
from vsumbench.data.features import ExtractionOptions, FeatureCache
from vsumbench.errors import DataDamagedError, MismatchError, UnavailableError
from vsumbench.plugins import default_plugins
from vsumbench.running.extracting import (
    Extraction,
    build_extractor,
    extracted,
    extraction_context,
    prepare_extractor,
)

SPECS = [value for value in vars(specs).values() if isinstance(value, ExtractorSpec)]
NETWORKS = ("googlenet-pool5", "resnet50", "mobilenet-v2", "clip", "blip")
SHAPES = {"googlenet-pool5": 1024, "resnet50": 2048, "mobilenet-v2": 1280, "clip": 16, "blip": WIDTH}


def mobilenet_file(path: Path) -> Path:
    draw, made = np.random.default_rng(0), {}
    for number, layer in enumerate(MobileNetV2().in_order()):
        key, shape = f"layer{number:02d}.", tuple(layer.conv.weight.shape)
        made |= {
            f"{key}weight_q": draw.integers(0, 256, shape, dtype=np.uint8),
            f"{key}weight_scale": np.float32(np.sqrt(8 / np.prod(shape[1:])) / 128),
            f"{key}weight_zero_point": np.uint8(128),
            f"{key}bias_q": np.zeros(shape[0], np.int32),
            f"{key}bias_scale": np.float32(1e-3),
            f"{key}stride": np.uint8(layer.conv.stride[0]),
        }
    np.savez(path, **made)
    return path


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A file or folder of weights for each network."""
    folder = tmp_path_factory.mktemp("weights")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_file(GoogLeNet().state_dict(), folder / "googlenet.safetensors")
        save_file(ResNet50().state_dict(), folder / "resnet50.safetensors")
    (folder / "tiny-clip").mkdir()
    save_tiny_clip(folder / "tiny-clip")
    save_tiny_blip(folder / "tiny-blip", retrieval=False)
    return {
        "googlenet-pool5": str(folder / "googlenet.safetensors"),
        "resnet50": str(folder / "resnet50.safetensors"),
        "mobilenet-v2": str(mobilenet_file(folder / "mobilenet.npz")),
        "clip": str(folder / "tiny-clip"),
        "blip": str(folder / "tiny-blip"),
    }


def prepared(name: str, arguments: dict[str, str], dtype: str = "float32", batch: int = 4) -> Extraction:
    plugins = default_plugins()
    spec = plugins.extractor(f"{name}[{arguments[name]}]")
    return prepare_extractor(
        plugins, spec, extraction_context(plugins, "cpu", dtype, ExtractionOptions(batch=batch))
    )


# What is general is shown by the others, and what is particular to ResNet-50 in `test_resnet.py`.
COSTLY = {"resnet50": pytest.mark.slow}


@pytest.fixture(scope="module", params=[pytest.param(n, marks=COSTLY.get(n, ())) for n in NETWORKS])
def usual(request: pytest.FixtureRequest, arguments: dict[str, str]) -> Extraction:
    """Each network in float32, four frames at once; built once for all tests."""
    return prepared(request.param, arguments)


def own_name(extraction: Extraction) -> str:
    return extraction.identity.partition("@")[0]


def test_every_spec_is_declared_under_its_name_and_imports_nothing_heavy() -> None:
    plugins = default_plugins()
    assert {spec.id for spec in SPECS} == {*NETWORKS, "i3d", "vggish"}
    for spec in SPECS:
        found = plugins.extractor(spec.id)
        assert found.implementation == spec.implementation
        assert spec.output.extractor == f"{spec.id}@{spec.version}" and spec.takes and spec.checkpoint
    code = (
        "import sys, vsumbench_datasets.extractors.specs, vsumbench_datasets.encoders.specs; "
        "print([m for m in ('torch', 'numpy', 'h5py', 'av', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_there_is_one_finite_row_a_pick_whatever_the_batch(
    usual: Extraction, arguments: dict[str, str]
) -> None:
    name, pixels = own_name(usual), [*pictures(1, 64, 64), *pictures(1, 70, 50)]
    together = all_rows(usual.build(), video(pixels))
    assert together.shape == (2, SHAPES[name]) and together.dtype == np.float32
    assert np.isfinite(together).all() and np.ptp(together, axis=0).max() > 0.01 * np.abs(together).max()
    alone = list(prepared(name, arguments, batch=1).build().extract(video(pixels)))
    assert [len(block) for block in alone] == [1, 1]
    assert np.abs(np.concatenate(alone) - together).max() <= 1e-5 * max(1.0, np.abs(together).max())
    # A video of one step.
    first = all_rows(usual.build(), video(pixels[:1]))
    np.testing.assert_allclose(first, alone[0], atol=1e-5 * max(1.0, np.abs(first).max()))
    np.testing.assert_array_equal(first, all_rows(usual.build(), video(pixels[:1])))


def test_the_size_is_known_before_anything_is_built(usual: Extraction) -> None:
    name = own_name(usual)
    assert usual.output.shape == (SHAPES[name],)
    assert usual.bytes_of(video(pictures(3))) == 3 * SHAPES[name] * 4
    assert usual.output.extractor == f"{name}@1+{usual.weights[:12]}"
    assert usual.output.name == {"clip": "tiny-clip", "blip": "tiny-blip"}.get(name, name)


def test_bfloat16_stays_near_float32_and_is_another_key(
    usual: Extraction, arguments: dict[str, str], tmp_path: Path
) -> None:
    of = replace(video(pictures(1)), source=lambda: "0" * 64)
    half = prepared(own_name(usual), arguments, "bfloat16")
    assert usual.key(of).digest != half.key(of).digest
    cache = FeatureCache(tmp_path)
    one, other = (extracted(of, extraction, cache).read() for extraction in (usual, half))
    cosine = float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))
    assert other.dtype == np.float32 and cosine > 0.98 and not np.array_equal(one, other)


def test_a_video_without_frames_is_refused_by_name(usual: Extraction) -> None:
    with pytest.raises(MismatchError, match="video 'v' has no frames"):
        all_rows(usual.build(), replace(video(pictures(1)), frames=None))


def test_an_encoder_is_loaded_once_for_several_extractors(arguments: dict[str, str]) -> None:
    built: list[str] = []

    class Encoder:
        def pooled_images(self, pixels: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
            return np.zeros((len(pixels), 16), dtype=np.float32)

    def encoder(name: str) -> Any:
        built.append(name)
        return Encoder()

    plugins = default_plugins()
    spec = plugins.extractor(f"clip[{arguments['clip']}]")
    extractor = build_extractor(plugins, spec, context(encoder=encoder))
    assert built == [f"clip[{arguments['clip']}]"] and all_rows(extractor, video(pictures(2))).shape == (
        2,
        16,
    )
    made = extraction_context(plugins, "cpu")
    assert made.encoder(built[0]) is made.encoder(built[0])


def test_clip_rows_are_the_encoders_pooled_vectors(arguments: dict[str, str]) -> None:
    from vsumbench_datasets.encoders.clip import build

    pixels = pictures(3)
    np.testing.assert_allclose(
        all_rows(prepared("clip", arguments).build(), video(pixels)),
        build(context(), arguments["clip"]).pooled_images(pixels),
        atol=1e-6,
    )


def test_blip_rows_are_class_tokens(arguments: dict[str, str]) -> None:
    from vsumbench_datasets.encoders.blip import build

    pixels = pictures(3)
    np.testing.assert_allclose(
        all_rows(prepared("blip", arguments).build(), video(pixels)),
        build(context(), arguments["blip"]).class_tokens(pixels),
        atol=1e-6,
    )


def test_a_towers_preparation_belongs_to_its_identity(arguments: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "tiny-clip"
    folder.mkdir()
    for path in Path(arguments["clip"]).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    moved = prepared("clip", {"clip": str(folder)})
    assert moved.weights == prepared("clip", arguments).weights
    preparation = folder / "preprocessor_config.json"
    preparation.write_text(preparation.read_text().replace("0.48145466", "0.5"))
    assert prepared("clip", {"clip": str(folder)}).weights != moved.weights


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_not_on_this_machine_is_named_and_nothing_is_downloaded(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(UnavailableError, match="nobody/nothing"):
        prepared(name, {name: "nobody/nothing"})


def test_a_configuration_without_a_sensible_width_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "clip", "projection_dim": "wide"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(DataDamagedError, match=r"config\.json: projection_dim: expected a width"):
        prepared("clip", {"clip": str(tmp_path)})


def test_large_frames_go_in_smaller_blocks_and_none_is_lost() -> None:
    pixels = pictures(7, 40, 60)
    sizes = [len(block) for block in pixel_blocks(video(pixels), 5, limit=3 * 40 * 60 * 3)]
    assert sizes == [3, 3, 1]
    assert [len(block) for block in pixel_blocks(video(pixels), 5, limit=1)] == [1] * 7
    assert [len(block) for block in pixel_blocks(video(pixels), 5)] == [5, 2]


@pytest.mark.parametrize("name", ["mobilenet-v2", "clip"])
def test_frames_are_read_as_they_are_needed_and_never_all_at_once(
    name: str, arguments: dict[str, str]
) -> None:
    pixels, drawn = pictures(9), []

    def frames() -> Iterator[Frame]:
        for frame in stream(pixels):
            drawn.append(frame.index)
            yield frame

    of = replace(video(pixels), frames=partial(frames))
    blocks = prepared(name, arguments, batch=2).build().extract(of)
    assert len(next(blocks)) == 2 and len(drawn) <= 3
    assert sum(map(len, blocks)) == 7 and len(drawn) == 9
