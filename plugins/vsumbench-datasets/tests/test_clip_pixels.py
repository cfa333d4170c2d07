"""Frames prepared with torch alone are those of transformers' image processor on PIL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate
from vsumbench_datasets.encoders.pixels import Preparation

from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError

CPU = torch.device("cpu")
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
CONFIG = {
    "size": {"shortest_edge": 32},
    "crop_size": {"height": 32, "width": 32},
    "image_mean": MEAN,
    "image_std": STD,
    "resample": 3,
}
LEVEL = 1 / 255 / min(STD)
"""One grey level of 255 after scaling and normalising."""
FEW = 3e-3
"""Of white noise, the worst there is, this share may be a level away."""


def read(folder: Path, **changed: Any) -> Preparation:
    content = {key: value for key, value in {**CONFIG, **changed}.items() if value is not None}
    (folder / "preprocessor_config.json").write_text(json.dumps(content))
    return Preparation.read(folder)


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def by_transformers(pixels: NDArray[np.uint8], settings: Mapping[str, Any]) -> NDArray[np.float32]:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    found = CLIPImageProcessorPil(**settings)(pixels, return_tensors="np")["pixel_values"][0]
    return np.asarray(found, dtype=np.float32)


@pytest.mark.parametrize(
    "shape", [(24, 32), (32, 32), (37, 53), (53, 37), (240, 320), (66, 33), (720, 1280), (1280, 720)]
)
def test_a_frame_is_prepared_as_by_the_pil_processor_within_one_grey_level(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    pixels = noise(*shape)
    ours = read(tmp_path)(pixels, CPU).numpy()
    theirs = by_transformers(pixels, CONFIG)
    assert ours.shape == theirs.shape == (3, 32, 32)
    apart = np.abs(ours - theirs)
    assert apart.max() <= LEVEL + 1e-5
    assert (apart > 1e-5).mean() < FEW


def test_a_picture_taller_than_twice_its_width_is_near_on_average(tmp_path: Path) -> None:
    """PIL may take its columns first, and rounds and clips other values in between."""
    pixels = noise(300, 33)
    apart = np.abs(read(tmp_path)(pixels, CPU).numpy() - by_transformers(pixels, CONFIG))
    assert apart.mean() <= LEVEL


def test_resizing_both_axes_at_once_would_be_many_grey_levels_away(tmp_path: Path) -> None:
    pixels = noise(40, 60)
    frame = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    at_once = interpolate(frame, (32, 48), mode="bicubic", antialias=True).clamp(0, 255).round()
    once = at_once[0, :, :, 8:40] / 255
    normalised = (once.numpy() - np.reshape(MEAN, (3, 1, 1))) / np.reshape(STD, (3, 1, 1))
    theirs = by_transformers(pixels, CONFIG)
    assert np.abs(normalised - theirs).max() > 5 * LEVEL
    assert np.abs(read(tmp_path)(pixels, CPU).numpy() - theirs).max() <= LEVEL + 1e-5


@pytest.mark.parametrize(("size", "crop"), [((20, 26), (32, 32)), ((20, 40), (31, 32)), ((33, 35), (32, 32))])
def test_a_picture_smaller_than_the_crop_gets_the_border_the_processor_gives_it(
    tmp_path: Path, size: tuple[int, int], crop: tuple[int, int]
) -> None:
    settings = {
        **CONFIG,
        "size": {"height": size[0], "width": size[1]},
        "crop_size": {"height": crop[0], "width": crop[1]},
    }
    pixels = noise(50, 60)
    apart = np.abs(read(tmp_path, **settings)(pixels, CPU).numpy() - by_transformers(pixels, settings))
    assert apart.max() <= LEVEL + 1e-5
    assert (apart > 1e-5).mean() < FEW


def test_sizes_written_as_numbers_are_edges(tmp_path: Path) -> None:
    assert read(tmp_path, size=32, crop_size=32) == read(tmp_path)


def test_a_preparation_inside_a_processor_configuration_is_found(tmp_path: Path) -> None:
    alone = read(tmp_path)
    (tmp_path / "preprocessor_config.json").unlink()
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": CONFIG}))
    assert Preparation.read(tmp_path) == alone


@pytest.mark.parametrize("changed", [{"resample": 2}, {"do_center_crop": False}, {"do_normalize": False}])
def test_another_preparation_than_clips_is_refused_by_name(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(MismatchError, match=next(iter(changed))):
        read(tmp_path, **changed)


@pytest.mark.parametrize("key", ["size", "crop_size", "image_mean"])
def test_a_configuration_without_a_value_is_damaged(tmp_path: Path, key: str) -> None:
    with pytest.raises(DataDamagedError, match=key):
        read(tmp_path, **{key: None})


def test_no_configuration_at_all_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"preprocessor_config\.json"):
        Preparation.read(tmp_path)
