"""`mobilenet-v2`: two pictures that it knows, TensorFlow's padding by hand, and files that are not it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from extraction_helpers import all_rows, context, pictures, video
from numpy.typing import NDArray
from torch.nn.functional import conv2d, pad
from vsumbench_datasets.extractors.mobilenet import (
    PREPARED,
    Layer,
    MobileNetV2,
    build,
    load,
    probabilities,
)

from vsumbench.errors import DataDamagedError, UnavailableError

PUBLISHED = "weights/mobilenet_v2_1.0_224_quant"


@pytest.fixture(scope="module")
def published(shared_data: Path) -> Path:
    folder = shared_data / PUBLISHED
    if not folder.is_dir():
        pytest.skip("no weights of MobileNetV2 here")
    return folder


@pytest.mark.parametrize(
    ("name", "label", "probability"), [("cat.bmp", "Egyptian cat", 0.780), ("parrot.jpg", "macaw", 0.998)]
)
def test_two_pictures_are_what_they_show(published: Path, name: str, label: str, probability: float) -> None:
    image = pytest.importorskip("PIL.Image").open(published / "test_images" / name).convert("RGB")
    found = probabilities(load(published / "mobilenet_v2_1.0_224_quant.npz"), np.asarray(image).copy())
    labels = (published / "imagenet_labels.txt").read_text().splitlines()
    assert found.shape == (1001,) and labels[int(found.argmax())] == label
    assert abs(float(found.max()) - probability) < 0.0005


def test_a_bilinear_resize_gives_the_grey_levels_of_pil(published: Path) -> None:
    module = pytest.importorskip("PIL.Image")
    image = module.open(published / "test_images" / "cat.bmp").convert("RGB")
    expected = np.asarray(image.resize((224, 224), module.Resampling.BILINEAR)).astype(int)
    ours = PREPARED(np.asarray(image).copy(), torch.device("cpu")) * 128 + 128
    apart = np.abs(ours.permute(1, 2, 0).numpy() - expected)
    assert apart.max() <= 1 and (apart > 0).mean() < 0.002


@pytest.fixture(scope="module")
def arrays() -> dict[str, NDArray[Any]]:
    """A file of the published form with weights drawn at random."""
    draw = np.random.default_rng(0)
    made: dict[str, NDArray[Any]] = {}
    for number, layer in enumerate(MobileNetV2().in_order()):
        key, shape = f"layer{number:02d}.", tuple(layer.conv.weight.shape)
        spread = 2 * np.sqrt(2 / np.prod(shape[1:])) / 128
        made |= {
            f"{key}weight_q": draw.integers(0, 256, shape, dtype=np.uint8),
            f"{key}weight_scale": np.float32(spread),
            f"{key}weight_zero_point": np.uint8(128),
            f"{key}bias_q": draw.integers(-100, 100, shape[0], dtype=np.int32),
            f"{key}bias_scale": np.float32(1e-3),
            f"{key}stride": np.uint8(layer.conv.stride[0]),
        }
    return made


@pytest.fixture(scope="module")
def file(arrays: dict[str, NDArray[Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mobilenet") / "made.npz"
    np.savez(path, **arrays)
    return path


def test_it_has_53_layers_in_the_published_order() -> None:
    layers = MobileNetV2().in_order()
    assert len(layers) == 53
    assert [tuple(layers[n].conv.weight.shape) for n in (0, 1, 2, 3, 50, 51, 52)] == [
        (32, 3, 3, 3),
        (32, 1, 3, 3),
        (16, 32, 1, 1),
        (96, 16, 1, 1),
        (320, 960, 1, 1),
        (1280, 320, 1, 1),
        (1001, 1280, 1, 1),
    ]
    assert [n for n, layer in enumerate(layers) if layer.conv.stride[0] == 2] == [0, 4, 10, 19, 40]
    projections = [2, *range(5, 51, 3)]
    assert [n for n, layer in enumerate(layers) if not layer.bounded] == [*projections, 52]
    # Ten of the seventeen blocks add what came in.
    assert sum(block.added for block in MobileNetV2().blocks) == 10  # type: ignore[union-attr, misc]


def test_weights_are_what_their_integers_stand_for(arrays: dict[str, NDArray[Any]], file: Path) -> None:
    layer = load(file).in_order()[7]
    expected = (arrays["layer07.weight_q"].astype(float) - 128) * float(arrays["layer07.weight_scale"])
    np.testing.assert_allclose(layer.conv.weight.detach().numpy(), expected, rtol=1e-6)
    assert layer.conv.bias is not None
    np.testing.assert_allclose(layer.conv.bias.detach().numpy(), arrays["layer07.bias_q"] * 1e-3, rtol=1e-6)


@pytest.mark.parametrize(
    ("side", "stride", "before", "after"), [(8, 2, 0, 1), (7, 2, 1, 1), (8, 1, 1, 1), (7, 1, 1, 1)]
)
def test_the_border_is_tensorflows(side: int, stride: int, before: int, after: int) -> None:
    layer = Layer(2, 2, 3, stride, depthwise=False, bounded=False)
    x = torch.randn(1, 2, side, side)
    expected = conv2d(
        pad(x, (before, after, before, after)), layer.conv.weight, layer.conv.bias, stride=stride
    )
    with torch.no_grad():
        torch.testing.assert_close(layer(x), expected)


def test_rows_are_the_mean_of_the_last_1280_channels(file: Path) -> None:
    pixels = pictures(2, 224, 224)
    rows = all_rows(build(context(dtype="float64"), str(file)), video(pixels))
    assert rows.shape == (2, 1280) and rows.dtype == np.float32 and rows.min() >= 0 and rows.max() <= 6
    network, seen = load(file).double(), []
    network.head.register_forward_hook(lambda module, given, found: seen.append(found))
    with torch.no_grad():
        network((torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).double() - 128) / 128)
    assert seen[0].shape == (2, 1280, 7, 7)
    np.testing.assert_allclose(rows, seen[0].mean(dim=(2, 3)).numpy(), atol=1e-5)


def change(key: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda arrays: {k: v for k, v in {**arrays, key: value}.items() if v is not None}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (change("layer13.bias_q", None), "layer13.bias_q: expected an array of this name"),
        (change("layer13.weight_q", np.zeros((192, 1, 3, 3))), "layer13.weight_q: expected dtype uint8"),
        (change("layer13.weight_q", np.zeros((9, 1, 3, 3), np.uint8)), "layer13.weight_q: expected shape"),
        (change("layer04.stride", np.uint8(1)), "layer04.stride: expected 2, found 1"),
        (
            change("layer20.weight_scale", np.float32(np.nan)),
            "layer20.weight_scale: expected a positive number",
        ),
        (change("layer00.weight_q", np.array([{}], dtype=object)), "an npz file"),
    ],
)
def test_a_file_that_is_not_this_network_is_refused_by_key(
    arrays: dict[str, NDArray[Any]], tmp_path: Path, changed: Callable[[Any], Any], expected: str
) -> None:
    path = tmp_path / "wrong.npz"
    np.savez(path, **changed(arrays))
    with pytest.raises(DataDamagedError) as raised:
        load(path)
    assert expected in raised.value.message and str(path) in raised.value.message


@pytest.mark.parametrize("kept", [0, 100, 0.5])
def test_a_truncated_file_is_refused(file: Path, tmp_path: Path, kept: float) -> None:
    content = file.read_bytes()
    path = tmp_path / "cut.npz"
    path.write_bytes(content[: int(kept * len(content)) if kept < 1 else int(kept)])
    with pytest.raises(DataDamagedError, match="an npz file"):
        load(path)


def test_a_single_array_is_no_npz_file(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    with pytest.raises(DataDamagedError, match="an npz file"):
        load(tmp_path / "array.npz")


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"TFL3")
    with pytest.raises(UnavailableError, match=r"is no \.npz file"):
        build(context(), str(tmp_path / "model.tflite"))
