"""The BLIP encoder on tiny checkpoints of random weights: for captions, and for retrieval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from extraction_helpers import context, pictures
from safetensors.torch import load_file, save_file
from tiny_blip import CONTEXT, SHARED, SIDE, WIDTH, save_tiny_blip
from tiny_clip import save_tiny_clip
from transformers import AutoTokenizer
from vsumbench_datasets.encoders.blip import BlipEncoder, build

from vsumbench.errors import DataDamagedError, MismatchError, UnavailableError


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    base = tmp_path_factory.mktemp("blip")
    return {
        kind: (base / kind, save_tiny_blip(base / kind, retrieval=kind == "retrieval"))
        for kind in ("captions", "retrieval")
    }


@pytest.fixture(scope="module")
def captions(folders: dict[str, Any]) -> BlipEncoder:
    return build(context(), str(folders["captions"][0]))


@pytest.fixture(scope="module")
def retrieval(folders: dict[str, Any]) -> BlipEncoder:
    return build(context(), str(folders["retrieval"][0]))


def prepared(folder: Path, pixels: list[Any]) -> torch.Tensor:
    """As transformers prepares them."""
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    found: torch.Tensor = BlipImageProcessorPil.from_pretrained(str(folder))(pixels, return_tensors="pt")[
        "pixel_values"
    ]
    return found


@pytest.mark.parametrize("kind", ["captions", "retrieval"])
def test_class_tokens_are_those_of_the_last_layer_norm_applied_once(
    folders: dict[str, Any], kind: str
) -> None:
    folder, model = folders[kind]
    encoder, pixels = build(context(), str(folder)), pictures(3, SIDE, SIDE)
    with torch.no_grad():
        tower = model.vision_model(prepared(folder, pixels))
    found = encoder.class_tokens(pixels)
    assert found.shape == (3, WIDTH) and found.dtype == np.float32
    np.testing.assert_allclose(found, tower.last_hidden_state[:, 0].numpy(), atol=1e-5)
    assert np.abs(found - tower.pooler_output.numpy()).max() > 0.1
    np.testing.assert_allclose(encoder.image_tokens(pixels), tower.last_hidden_state.numpy(), atol=1e-5)


def test_frames_of_any_size_are_resized_on_both_sides_as_transformers_does(
    folders: dict[str, Any], captions: BlipEncoder
) -> None:
    folder, model = folders["captions"]
    pixels = [*pictures(1, 90, 60), *pictures(1, 24, 100)]
    with torch.no_grad():
        expected = model.vision_model(prepared(folder, pixels)).last_hidden_state[:, 0]
    np.testing.assert_allclose(captions.class_tokens(pixels), expected.numpy(), atol=0.05)


def test_a_vector_depends_on_no_other_frame_of_its_batch(captions: BlipEncoder) -> None:
    pixels = pictures(35)
    alone = np.concatenate([captions.class_tokens([one]) for one in pixels])
    np.testing.assert_allclose(captions.class_tokens(pixels), alone, atol=1e-5)


def test_a_checkpoint_for_retrieval_projects_images_and_texts_into_one_space(
    folders: dict[str, Any], retrieval: BlipEncoder
) -> None:
    folder, model = folders["retrieval"]
    texts, pixels = ["a dog", "two big cat"], pictures(2, SIDE, SIDE)
    images, words = retrieval.pooled_images(pixels), retrieval.pooled_text(texts)
    assert images.shape == words.shape == (2, SHARED)
    tokens = AutoTokenizer.from_pretrained(str(folder))(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = model(
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"],
            pixel_values=prepared(folder, pixels),
            use_itm_head=False,
        ).itm_score.numpy()
    units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (images, words)]
    np.testing.assert_allclose(units[0] @ units[1].T, expected, atol=1e-5)
    assert np.abs(np.linalg.norm(images, axis=1) - 1).max() > 0.01


def test_a_text_is_read_alike_alone_and_beside_a_longer_one_and_cut_to_the_context(
    retrieval: BlipEncoder,
) -> None:
    together = retrieval.pooled_text(["dog", "two big cat dog"])
    np.testing.assert_allclose(together[:1], retrieval.pooled_text(["dog"]), atol=1e-5)
    assert retrieval.context_length == CONTEXT
    long = "dog " * CONTEXT
    np.testing.assert_array_equal(*retrieval.pooled_text([long + "cat", long + "two"]))


def test_a_checkpoint_for_captions_gives_class_tokens_and_refuses_texts(captions: BlipEncoder) -> None:
    pixels = pictures(2)
    np.testing.assert_array_equal(captions.pooled_images(pixels), captions.class_tokens(pixels))
    with pytest.raises(MismatchError, match="has no projection of texts"):
        captions.pooled_text(["a dog"])


def test_nothing_in_gives_nothing_of_the_right_shape(captions: BlipEncoder, retrieval: BlipEncoder) -> None:
    assert captions.pooled_images([]).shape == (0, WIDTH)
    assert captions.image_tokens([]).shape == (0, 17, WIDTH)
    assert retrieval.pooled_images([]).shape == retrieval.pooled_text([]).shape == (0, SHARED)


@pytest.mark.parametrize(("dtype", "apart"), [("bfloat16", 0.2), ("float64", 1e-5)])
def test_other_precisions_stay_near_and_are_given_in_float32(
    folders: dict[str, Any], captions: BlipEncoder, dtype: str, apart: float
) -> None:
    pixels = pictures(2)
    found = build(context(dtype=dtype), str(folders["captions"][0])).class_tokens(pixels)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, captions.class_tokens(pixels), atol=apart)


def copy(source: Path, target: Path) -> Path:
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_a_missing_parameter_of_the_tower_is_refused_and_of_the_decoder_is_not(
    folders: dict[str, Any], tmp_path: Path
) -> None:
    folder = copy(folders["captions"][0], tmp_path / "copy")
    tensors = load_file(folder / "model.safetensors")
    tower = {name: tensor for name, tensor in tensors.items() if name.startswith("vision_model.")}
    assert 0 < len(tower) < len(tensors)
    save_file(tower, folder / "model.safetensors", metadata={"format": "pt"})
    assert build(context(), str(folder)).class_tokens(pictures(1)).shape == (1, WIDTH)
    tower.pop("vision_model.post_layernorm.bias")
    save_file(tower, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DataDamagedError, match=r"vision_model\.post_layernorm\.bias first"):
        build(context(), str(folder))


def test_a_checkpoint_of_another_kind_is_refused(tmp_path: Path) -> None:
    save_tiny_clip(tmp_path / "clip")
    with pytest.raises(MismatchError, match="is of type 'clip'; expected 'blip'"):
        build(context(), str(tmp_path / "clip"))


def test_a_preparation_for_another_size_is_refused(folders: dict[str, Any], tmp_path: Path) -> None:
    folder = copy(folders["captions"][0], tmp_path / "copy")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"size": {"height": 48, "width": 48}}))
    with pytest.raises(MismatchError, match="sees 32 x 32 pixels; its preparation gives 48 x 48"):
        build(context(), str(folder))


def test_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(UnavailableError, match="'nobody/blip' is not here"):
        build(context(), "nobody/blip")


def test_it_says_which_checkpoint_it_is(captions: BlipEncoder) -> None:
    assert captions.describe().startswith("BLIP captions (transformers ")
    assert captions.weights_sha256[:16] in captions.describe()
