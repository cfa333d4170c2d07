"""The captioners: what they make of frames, whose weights they take, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from blip_fixture import SIDE, TAUGHT, write_blip
from milora_support import MICRO, TINY_ID, Bench, noise_video, write_manifest
from numpy.typing import NDArray
from vsumbench_milora.captioning.blip import MEAN, STD, BlipCaptioner
from vsumbench_milora.captioning.building import build_captioner, described
from vsumbench_milora.captioning.captioner import BATCH, describe_video
from vsumbench_milora.captioning.options import CaptionOptions
from vsumbench_milora.captioning.pixels import normalised, squared
from vsumbench_milora.captioning.video_llama import SHOWN, VideoLlamaCaptioner
from vsumbench_milora.specs import VIDEO_LLAMA
from vsumbench_milora.video_llama.weights import conversation_of

from vsumbench.config.options import compose_options
from vsumbench.contracts import Video
from vsumbench.data.checkpoints import find_checkpoint
from vsumbench.errors import (
    DataDamagedError,
    MismatchError,
    UnavailableError,
    VsumbenchError,
    WeightsMissingError,
)
from vsumbench.testing.interrupting import StepCounter


@pytest.fixture(scope="module")
def blip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_blip(tmp_path_factory.mktemp("blip") / "blip-small", taught=True)


def images(count: int, side: int = SIDE) -> list[NDArray[np.uint8]]:
    draw = np.random.default_rng(5)
    return [
        np.clip(draw.integers(0, 256, 3) + draw.integers(-60, 60, (side, side, 3)), 0, 255).astype(np.uint8)
        for _ in range(count)
    ]


def coloured() -> list[NDArray[np.uint8]]:
    """A red and a blue image."""
    shown = np.zeros((2, SIDE, SIDE, 3), dtype=np.uint8)
    shown[0, ..., 0] = shown[1, ..., 2] = 220
    return [*shown]


def captioner_of(folder: Path, most: int = 8) -> BlipCaptioner:
    checkpoint = find_checkpoint(str(folder))
    return BlipCaptioner(checkpoint, checkpoint.sha256(), most, "cpu", "float32")


def test_frames_reach_blip_as_its_own_preprocessing_makes_them() -> None:
    from transformers import BlipImageProcessorPil

    kind: Any = BlipImageProcessorPil
    processor = kind(size={"height": SIDE, "width": SIDE})
    level = 1 / 255 / min(STD)
    # Two implementations of one bicubic filter round in other places; without resizing they agree.
    for pixels, most in (
        (images(1)[0], 1e-6),
        (images(1, 40)[0], 2.01 * level),
        (images(1, 40)[0][:24], 2.01 * level),
    ):
        theirs = processor(pixels, return_tensors="pt")["pixel_values"]
        ours = normalised(squared([pixels], SIDE), MEAN, STD)
        assert ours.shape == theirs.shape == (1, 3, SIDE, SIDE)
        assert (ours - theirs).abs().max() <= most and (ours - theirs).abs().mean() <= level / 3


def test_blip_writes_what_transformers_writes_greedily(blip: Path) -> None:
    from transformers import AutoTokenizer, BlipForConditionalGeneration

    kind: Any = BlipForConditionalGeneration
    model, tokenizer = kind.from_pretrained(blip).eval(), AutoTokenizer.from_pretrained(blip)
    shown = [*coloured(), *images(4)]
    pixels = normalised(squared(shown, SIDE), MEAN, STD)
    rows = model.generate(pixel_values=pixels, max_new_tokens=12, do_sample=False, num_beams=1)
    theirs = [tokenizer.decode(row, skip_special_tokens=True) for row in rows]
    ours = captioner_of(blip, 12).describe(shown)
    assert [text for text, _ in ours] == theirs
    assert theirs[:2] == [*TAUGHT.values()]


def test_the_tokens_of_a_caption_end_with_its_end(blip: Path) -> None:
    # Four words and eight, and the end of each.
    assert [tokens for _, tokens in captioner_of(blip, 12).describe(coloured())] == [5, 9]
    assert captioner_of(blip, 3).describe(coloured()) == [("a red ball", 3), ("a blue ball", 3)]


def test_a_caption_does_not_depend_on_the_frames_beside_it(blip: Path) -> None:
    captioner, counter = captioner_of(blip), StepCounter()
    video = noise_video("v1", steps=BATCH + 5)
    whole = describe_video(video, range(video.steps), captioner, counter)
    assert counter.steps == 2, "two batches"
    assert [one.time for one in whole.captions] == [float(step) for step in range(video.steps)]
    for step in (0, BATCH - 1, BATCH + 4):
        alone = describe_video(video, [step], captioner, StepCounter())
        assert alone.captions == (whole.captions[step],)


def test_frames_that_end_early_are_damage(blip: Path) -> None:
    short = noise_video("v1", steps=4)
    longer = Video(**{**short.__dict__, "picks": np.arange(6), "n_frames": 6, "duration": 6.0})
    with pytest.raises(DataDamagedError, match="frames end before step 4"):
        describe_video(longer, range(6), captioner_of(blip), StepCounter())


def test_the_backbone_describes_a_frame_as_a_video_in_which_nothing_moves(weights: Path) -> None:
    captioner = VideoLlamaCaptioner(TINY_ID, 12, "cpu", "float32")
    backbone, language = captioner._loaded
    (pixels,) = images(1, MICRO.vision.image)
    still = normalised(torch.from_numpy(np.stack([pixels] * SHOWN)), MEAN, STD)
    with torch.no_grad():
        visual = backbone.see(backbone.encode_frames(still[None]))
    (ids,) = backbone.generate(
        visual,
        language.prompt,
        max_new_tokens=12,
        end=language.codec.end,
        padding=language.codec.padding,
    )
    assert captioner.describe([pixels]) == [(language.codec.decode(ids), len(ids))]


def test_a_captioner_speaks_to_a_backbone_as_the_preset_with_its_weights_does() -> None:
    forms = {}
    for preset in VIDEO_LLAMA.presets:
        options: Any = compose_options(VIDEO_LLAMA, preset=preset).options
        forms[preset.id] = options.conversation
        assert conversation_of(options.backbone) == options.conversation
    assert {forms["paper"], forms["vicuna-7b"], forms["tiny"]} == {"llama-2", "vicuna", "plain"}


def test_in_bfloat16_the_frozen_backbone_of_a_captioner_takes_half_the_memory(weights: Path) -> None:
    captioner = VideoLlamaCaptioner(TINY_ID, 4, "cpu", "bfloat16")
    backbone, _ = captioner._loaded
    assert {parameter.dtype for parameter in backbone.language.parameters()} == {torch.bfloat16}
    assert len(captioner.describe(images(2))) == 2


def test_frames_are_sampled_as_the_options_say(weights: Path, tmp_path: Path) -> None:
    options = CaptionOptions(
        captioner="video-llama", captioner_weights=TINY_ID, max_frames=3, caption_tokens=4
    )
    context = Bench(tmp_path).context()
    found = described(noise_video("v1", 12), options, build_captioner(options, context), context)
    assert [caption.time for caption in found.captions] == [2.0, 6.0, 10.0]
    assert 0 < found.tokens <= 12 and found.seconds > 0


def build(tmp_path: Path, **changes: Any) -> Any:
    return build_captioner(CaptionOptions(**changes), Bench(tmp_path / "run").context())


def refused(kind: type[VsumbenchError], tmp_path: Path, **changes: Any) -> str:
    with pytest.raises(kind) as caught:
        build(tmp_path, **changes)
    return str(caught.value)


def test_weights_that_are_not_here_are_named_with_what_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    said = refused(UnavailableError, tmp_path)
    assert "option captioner_weights" in said and "'blip-image-captioning-base' is not here" in said
    assert "`vsumbench weights status blip-image-captioning-base`" in said
    refused(WeightsMissingError, tmp_path, captioner="video-llama", captioner_weights=TINY_ID)


def test_weights_by_id_need_no_digest_and_a_folder_does(
    blip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "root"))
    imported = write_blip(tmp_path / "root" / "blip-image-captioning-base")
    write_manifest(imported)
    assert build(tmp_path).identity()["captioner"] == "blip-image-captioning-base"

    said = refused(MismatchError, tmp_path, captioner_weights=str(blip))
    digest = find_checkpoint(str(blip)).sha256()
    assert f"--set captioner_sha256={digest}" in said, "the command that goes on"
    made = build(tmp_path, captioner_weights=str(blip), captioner_sha256=digest)
    assert made.identity() == {"captioner": "blip-small", "captioner_digest": digest}
    assert "captioner_sha256 says 000000000000" in refused(
        MismatchError, tmp_path, captioner_weights=str(blip), captioner_sha256="0" * 64
    )


def test_the_digest_of_the_backbone_is_held_to_the_option(weights: Path, tmp_path: Path) -> None:
    tiny = {"captioner": "video-llama", "captioner_weights": TINY_ID}
    digest = build(tmp_path, **tiny).identity()["captioner_digest"]
    assert build(tmp_path, **tiny, captioner_sha256=digest)
    refused(MismatchError, tmp_path, **tiny, captioner_sha256="0" * 64)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    folder = write_blip(tmp_path / "other")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(DataDamagedError, match="holds a bert model, expected BLIP"):
        captioner_of(folder).describe(images(1))


def test_another_preprocessing_than_is_done_here_is_refused(tmp_path: Path) -> None:
    folder = write_blip(tmp_path / "other")
    settings = {"image_mean": [0.5, 0.5, 0.5], "image_std": list(STD)}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(MismatchError, match=r"image_mean = \[0.5, 0.5, 0.5\]"):
        captioner_of(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": list(MEAN)}), encoding="utf-8")
    assert captioner_of(folder)


def test_parameters_are_counted_and_none_is_trained(blip: Path, weights: Path) -> None:
    from safetensors.torch import load_file

    counts = captioner_of(blip).parameters()
    stored = load_file(blip / "model.safetensors")
    vision = sum(tensor.numel() for name, tensor in stored.items() if name.startswith("vision_model"))
    assert counts["captioner.vision"] == (vision, 0)
    tiny = VideoLlamaCaptioner(TINY_ID, 4, "cpu", "float32").parameters()
    assert sum(total for total, _ in tiny.values()) > 10_000
    assert all(trained == 0 for _, trained in (*counts.values(), *tiny.values()))
