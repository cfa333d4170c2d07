"""The CLIP encoder on a tiny checkpoint of random weights, saved and loaded as a published one is."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from tiny_clip import CONTEXT, save_tiny_clip
from transformers import CLIPModel, CLIPTokenizer
from vsumbench_datasets.encoders.clip import ClipEncoder, build
from vsumbench_datasets.encoders.specs import CLIP
from vsumbench_datasets.videoxum.frames import draw

from vsumbench.contracts import (
    Annotations,
    Context,
    EncoderSpec,
    Folders,
    Seeds,
    Selection,
    Summary,
    Video,
)
from vsumbench.data import sha256_file
from vsumbench.errors import DataDamagedError, MismatchError, UnavailableError


def context(dtype: str = "float32") -> Context:
    class Quiet:
        def advance(self, stage: str, done: int, total: int, **numbers: float) -> None: ...

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return Context(
        device="cpu",
        dtype=dtype,
        seeds=Seeds(0),
        folders=Folders(Path("unused"), Path("unused")),
        progress=Quiet(),
        options=None,
        selection=Selection.LAST_EPOCH,
        validate=None,
        annotations=None,
        model=refuse,
        metric=refuse,
        encoder=refuse,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-clip") / "tiny-clip"
    folder.mkdir()
    save_tiny_clip(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> ClipEncoder:
    return build(context(), str(folder))


@pytest.fixture(autouse=True)
def no_other_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))


def frames(count: int, height: int = 40, width: int = 60) -> list[NDArray[np.uint8]]:
    draw = np.random.default_rng(count)
    return [draw.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(count)]


def change_weights(source: Path, target: Path, change: Any) -> Path:
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    tensors = load_file(target / "model.safetensors")
    save_file(change(tensors), target / "model.safetensors", metadata={"format": "pt"})
    return target


def test_pooled_frames_are_the_models_projected_embeddings_and_not_normalised(
    folder: Path, encoder: ClipEncoder
) -> None:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    pixels = frames(3, 32, 32)
    prepared = CLIPImageProcessorPil.from_pretrained(str(folder))(pixels, return_tensors="pt")
    model: Any = CLIPModel.from_pretrained(folder)
    with torch.no_grad():
        expected = model.eval()(
            pixel_values=prepared["pixel_values"], input_ids=torch.tensor([[0, 1]])
        ).image_embeds
    found = encoder.pooled_images(pixels)
    assert found.dtype == np.float32 and found.shape == (3, 16)
    lengths = np.linalg.norm(found, axis=1)
    assert np.abs(lengths - 1).max() > 0.01
    np.testing.assert_allclose(found / lengths[:, None], expected.numpy(), atol=1e-6)


def test_a_vector_depends_on_no_other_frame_of_its_batch(encoder: ClipEncoder) -> None:
    pixels = frames(35)
    together = encoder.pooled_images(pixels)
    alone = np.concatenate([encoder.pooled_images([frame]) for frame in pixels])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_frames_of_different_sizes_go_together(encoder: ClipEncoder) -> None:
    pixels = [*frames(1, 40, 60), *frames(1, 90, 35)]
    np.testing.assert_allclose(
        encoder.pooled_images(pixels)[1], encoder.pooled_images(pixels[1:])[0], atol=1e-6
    )


def test_pooled_texts_are_the_models_projected_embeddings(folder: Path, encoder: ClipEncoder) -> None:
    texts = ["a dog", "two cats"]
    tokenizer = CLIPTokenizer.from_pretrained(str(folder))
    tokens = tokenizer(texts, padding=True, return_tensors="pt")
    model: Any = CLIPModel.from_pretrained(folder)
    with torch.no_grad():
        expected = model.eval()(**tokens, pixel_values=torch.zeros(1, 3, 32, 32)).text_embeds.numpy()
    found = encoder.pooled_text(texts)
    np.testing.assert_allclose(found / np.linalg.norm(found, axis=1)[:, None], expected, atol=1e-6)


def test_a_text_is_read_alike_alone_and_beside_a_longer_one(encoder: ClipEncoder) -> None:
    together = encoder.pooled_text(["a dog", "two big cats"])
    np.testing.assert_allclose(together[:1], encoder.pooled_text(["a dog"]), atol=1e-6)


def test_a_long_text_is_cut_to_the_models_context_and_counted(encoder: ClipEncoder) -> None:
    fits, longer = "a" * (CONTEXT - 2), "a" * (CONTEXT - 1)
    assert encoder.context_length == CONTEXT
    assert encoder.truncated([fits, longer, longer + "b"]) == 2
    assert encoder.truncated([]) == 0
    cut = encoder.pooled_text([longer + "b", longer + "c"])
    np.testing.assert_array_equal(cut[0], cut[1])


def test_image_tokens_are_the_class_token_and_the_patches(encoder: ClipEncoder) -> None:
    pixels = frames(2)
    tokens = encoder.image_tokens(pixels)
    assert tokens.shape == (2, 1 + 16, 32)
    assert np.abs(tokens[0, 1:] - tokens[1, 1:]).max() > 1e-3


def test_nothing_gives_nothing_of_the_right_width(encoder: ClipEncoder) -> None:
    assert encoder.pooled_images([]).shape == encoder.pooled_text([]).shape == (0, 16)
    assert encoder.image_tokens([]).shape == (0, 17, 32)


@pytest.mark.parametrize(("dtype", "near"), [("float64", 1e-5), ("bfloat16", 0.1)])
def test_the_dtype_of_the_context_is_computed_in(
    folder: Path, encoder: ClipEncoder, dtype: str, near: float
) -> None:
    pixels = frames(2)
    found = build(context(dtype), str(folder)).pooled_images(pixels)
    assert found.dtype == np.float32
    apart = np.abs(found - encoder.pooled_images(pixels)).max()
    assert 0 < apart < near


def test_half_precision_files_are_computed_in_float32(folder: Path, tmp_path: Path) -> None:
    half = change_weights(folder, tmp_path / "half", lambda t: {k: v.half() for k, v in t.items()})
    settings = json.loads((half / "config.json").read_text())
    (half / "config.json").write_text(json.dumps({**settings, "dtype": "float16"}))
    pixels = frames(1)
    found = build(context(), str(half)).pooled_images(pixels)
    np.testing.assert_allclose(found, build(context(), str(folder)).pooled_images(pixels), atol=2e-3)
    assert (found.astype(np.float16).astype(np.float32) != found).any()


def test_it_describes_itself_by_name_and_digest_and_not_by_place(folder: Path, encoder: ClipEncoder) -> None:
    digest = sha256_file(folder / "model.safetensors")
    assert encoder.weights_sha256 == digest
    assert encoder.describe().startswith("CLIP tiny-clip (transformers ")
    assert digest[:16] in encoder.describe() and str(folder.parent) not in encoder.describe()


def test_both_forms_of_a_models_answer_are_read(encoder: ClipEncoder) -> None:
    from vsumbench_datasets.encoders.clip import _pooled

    vectors = torch.ones(1, 3)
    wrapped = type("Output", (), {"pooler_output": vectors})()
    assert _pooled(vectors) is vectors and _pooled(wrapped) is vectors


def test_a_checkpoint_below_the_weights_root_is_found_by_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / "clip").symlink_to(folder)
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    assert "CLIP clip (" in build(context(), "somebody/clip").describe()


def test_a_checkpoint_that_is_nowhere_names_the_command_that_gets_it() -> None:
    with pytest.raises(UnavailableError, match="nobody/no-such-clip") as caught:
        build(context(), "nobody/no-such-clip")
    assert "hf download nobody/no-such-clip --local-dir " in caught.value.hint


def test_missing_parameters_are_refused_instead_of_drawn(folder: Path, tmp_path: Path) -> None:
    def without_projection(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {key: value for key, value in tensors.items() if key != "text_projection.weight"}

    lacking = change_weights(folder, tmp_path / "lacking", without_projection)
    with pytest.raises(DataDamagedError, match=r"lacks 1 parameters, text_projection\.weight"):
        build(context(), str(lacking))


def test_a_missing_tokenizer_is_refused_instead_of_made_up(folder: Path, tmp_path: Path) -> None:
    mute = change_weights(folder, tmp_path / "mute", dict)
    (mute / "tokenizer.json").unlink()
    with pytest.raises(DataDamagedError, match=r"no tokenizer\.json"):
        build(context(), str(mute))


def test_a_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    def fewer_words(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        name = "text_model.embeddings.token_embedding.weight"
        return {**tensors, name: tensors[name][:100].contiguous()}

    other = change_weights(folder, tmp_path / "other", fewer_words)
    settings = json.loads((other / "config.json").read_text())
    settings["text_config"]["vocab_size"] = 100
    (other / "config.json").write_text(json.dumps(settings))
    with pytest.raises(DataDamagedError, match="tokenizer of 190 tokens and a model of 100"):
        build(context(), str(other))


def test_a_preparation_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    other = change_weights(folder, tmp_path / "other", dict)
    settings = json.loads((other / "preprocessor_config.json").read_text())
    settings["crop_size"] = {"height": 48, "width": 48}
    (other / "preprocessor_config.json").write_text(json.dumps(settings))
    with pytest.raises(MismatchError, match="sees 32 x 32 pixels; its preparation cuts 48 x 48"):
        build(context(), str(other))


def test_a_model_of_another_kind_is_refused(folder: Path, tmp_path: Path) -> None:
    other = change_weights(folder, tmp_path / "other", dict)
    (other / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(MismatchError, match="'bert'; expected 'clip'"):
        build(context(), str(other))


def test_a_torn_weights_file_is_damaged(folder: Path, tmp_path: Path) -> None:
    torn = change_weights(folder, tmp_path / "torn", dict)
    weights = torn / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(DataDamagedError, match="cannot be read"):
        build(context(), str(torn))


def test_the_spec_takes_a_checkpoint_and_names_what_it_needs() -> None:
    assert isinstance(CLIP, EncoderSpec) and dataclasses.is_dataclass(CLIP)
    assert CLIP.takes and CLIP.argument == "openai/clip-vit-large-patch14-336"
    assert {extra.module for extra in CLIP.extras} >= {"torch", "transformers"}


def test_importing_the_spec_imports_no_heavy_package() -> None:
    code = (
        "import sys, vsumbench_datasets.encoders.specs;"
        "print(*(name for name in 'numpy torch transformers'.split() if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.gpu
def test_a_device_of_the_context_gives_what_the_processor_gives(folder: Path, encoder: ClipEncoder) -> None:
    pixels = frames(3)
    there = build(dataclasses.replace(context(), device="cuda"), str(folder))
    np.testing.assert_allclose(there.pooled_images(pixels), encoder.pooled_images(pixels), atol=1e-2)
    np.testing.assert_allclose(there.pooled_text(["a dog"]), encoder.pooled_text(["a dog"]), atol=1e-2)


def test_frames_of_a_video_are_scored_through_it(encoder: ClipEncoder) -> None:
    """From rendered frames to the values and what stands beside them, with nothing made up between."""
    metrics = pytest.importorskip("vsumbench_text_metrics.clip_metrics")
    protocols = pytest.importorskip("vsumbench_text_metrics.clip_protocols")
    steps, known = 12, np.zeros((2, 12), dtype=np.bool_)
    known[0, [2, 3]] = known[1, 8:11] = True
    video = Video(
        id="v_planted00000",
        duration=float(steps),
        fps=1.0,
        n_frames=steps,
        picks=np.arange(steps),
        frames=partial(draw, "v_planted00000", range(steps)),
        frames_at=partial(draw, "v_planted00000"),
    )
    annotations = Annotations(
        video_id=video.id, grid="picks", user_summaries=known, texts=("Red. A ball that rolls.",)
    )
    same_as_first = Summary(
        video_id=video.id, segments=np.array([[2.0, 4.0]]), text="Red. A ball that rolls to the left."
    )
    item = protocols.SETS.item(same_as_first, video, annotations, {})
    names = ["f-clip[tiny]", "f-clip[tiny,union]", "cross-f-clip[tiny]", "cross-f-clip[tiny,paragraph]"]
    found = metrics.score(names, item, encoder)
    first, second = found["f-clip[tiny]"].values
    assert first == pytest.approx(1.0, abs=1e-6) and 0 < second < 1
    assert len(found["f-clip[tiny,union]"].values) == 1
    assert 0 < found["f-clip[tiny]"].beside["random"] < 1
    # Twelve tokens are read: a character each, and two that mark start and end. "Red." fits.
    assert found["cross-f-clip[tiny]"].beside["truncated texts a video"] == 2
    assert found["cross-f-clip[tiny,paragraph]"].beside["truncated texts a video"] == 2
    assert all(0 <= value <= 1 for value in found["cross-f-clip[tiny]"].values)
