"""A backbone on disk: the same when read again, refused when it is not whole."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from milora_support import MICRO, TINY_ID, TOKENIZER, write_weights
from vsumbench_milora.options import VideoLlamaOptions
from vsumbench_milora.video_llama.backbone import new_backbone
from vsumbench_milora.video_llama.checkpoint import backbone_folder, load_backbone, save_backbone
from vsumbench_milora.video_llama.config import INSTRUCTION
from vsumbench_milora.video_llama.loading import load

from vsumbench.errors import DataDamagedError, OptionValueError, WeightsMissingError


@pytest.fixture
def folder(tmp_path: Path, micro_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that may be spoilt, in use."""
    shutil.copytree(micro_root, tmp_path / "weights")
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights" / TINY_ID


def test_it_is_the_same_when_read_again_and_frozen(folder: Path) -> None:
    backbone, tokenizer = load_backbone(folder)
    written = new_backbone(MICRO, 7)
    assert backbone.config == MICRO and len(tokenizer) == len(TOKENIZER)
    pairs = zip(backbone.parameters(), written.parameters(), strict=True)
    assert all(torch.equal(a, b) and not a.requires_grad for a, b in pairs)
    assert not backbone.training


def test_reading_it_leaves_torchs_generator_alone(folder: Path) -> None:
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    load_backbone(folder)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_tokenizer_of_another_size_is_not_written(tmp_path: Path) -> None:
    config = replace(MICRO, language=replace(MICRO.language, vocabulary=9))
    with pytest.raises(ValueError, match="9 words"):
        save_backbone(tmp_path, new_backbone(config, 0), TOKENIZER)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("how", ["missing", "cut"])
def test_an_incomplete_folder_is_refused(folder: Path, name: str, how: str) -> None:
    path = folder / name
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataDamagedError):
        load_backbone(folder)


def test_weights_of_other_sizes_are_refused_with_the_tensor(folder: Path) -> None:
    path = folder / "backbone.json"
    content = json.loads(path.read_text())
    content["video_qformer"]["queries"] = 8
    path.write_text(json.dumps(content))
    with pytest.raises(DataDamagedError, match=r"video_queries.*\(6, 24\).*\(8, 24\)"):
        load_backbone(folder)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1, "width": 3}', '{"format": 9}'])
def test_sizes_that_cannot_be_read_are_refused(folder: Path, content: str) -> None:
    (folder / "backbone.json").write_text(content)
    with pytest.raises(DataDamagedError, match=r"backbone\.json"):
        load_backbone(folder)


def test_a_folder_that_was_not_converted_is_refused_in_plain_words(folder: Path) -> None:
    (folder / "backbone.json").unlink()
    with pytest.raises(DataDamagedError, match="does not hold a converted Video-LLaMA"):
        load_backbone(folder)


def test_absent_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsMissingError, match="video-llama-tiny"):
        backbone_folder(TINY_ID)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num_frames": 33}, "positions for 32 frames"),
        ({"max_new_tokens": 120}, "max_new_tokens=115"),
        ({"prompt": "Explain it."}, "words this backbone does not know"),
    ],
)
def test_options_the_backbone_has_no_room_for_are_refused(
    folder: Path, changes: dict[str, object], said: str
) -> None:
    options = VideoLlamaOptions(
        **{"backbone": TINY_ID, "conversation": "plain", "prompt": INSTRUCTION} | changes
    )  # type: ignore[arg-type]
    with pytest.raises(OptionValueError, match=said):
        load(options)


def test_two_writings_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_weights(tmp_path / name) for name in ("a", "b"))
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
