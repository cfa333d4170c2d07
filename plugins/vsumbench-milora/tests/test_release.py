"""A checkpoint with released names becomes a backbone that computes what the release does, or is refused."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import TOKENIZER
from release_support import (
    BLOCKS,
    BRANCH,
    FOLDER,
    QFORMER,
    VISION,
    WIDTH,
    D,
    Fake,
    fake,
    released_qformer,
    released_visual,
    released_vit,
    write_as_transformers,
)
from vsumbench_milora.video_llama.checkpoint import load_backbone, read_config
from vsumbench_milora.video_llama.counting import empty_backbone
from vsumbench_milora.video_llama.release.convert import convert, convert_7b, on_grid
from vsumbench_milora.video_llama.shards import INDEX, shapes, shard_files

from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError, VsumbenchError


@pytest.fixture(scope="module")
def made() -> Fake:
    """A checkpoint. Not to be changed."""
    return fake()


@pytest.fixture
def published(made: Fake, tmp_path: Path) -> Path:
    """Its files, which may be spoilt."""
    return made.write(tmp_path / "published")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "converted"
    folder.mkdir()
    return folder


def pixels(videos: int = 2, frames: int = 3) -> torch.Tensor:
    return torch.randn(videos, frames, 3, 224, 224, generator=torch.Generator().manual_seed(1))


def test_nothing_is_missing_and_nothing_unexpected(published: Path, target: Path) -> None:
    convert(published, target)
    expected = empty_backbone(read_config(target)).state_dict()
    found = shapes(shard_files(target))
    assert found == {name: tuple(tensor.shape) for name, tensor in expected.items()}
    assert read_config(target).vision.layers == BLOCKS - 1
    assert sorted(path.name for path in target.iterdir() if path.suffix != ".jinja") == [
        "backbone.json",
        "model-00001.safetensors",
        INDEX,
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def test_the_converted_network_computes_what_the_release_does(
    made: Fake, published: Path, target: Path
) -> None:
    convert(published, target)
    backbone, _ = load_backbone(target)
    state, given = made.everything(), pixels()
    with torch.no_grad():
        vision = backbone.encode_frames(given)
        torch.testing.assert_close(
            vision.flatten(0, 1), released_vit(state, given.flatten(0, 1)), atol=2e-5, rtol=1e-4
        )
        read = released_qformer(
            state, "Qformer.bert.", state["query_tokens"].expand(6, -1, -1), vision.flatten(0, 1), 4
        )
        torch.testing.assert_close(backbone.read_frames(vision).flatten(0, 1), read, atol=2e-5, rtol=1e-4)
        visual = released_visual(state, given)
        torch.testing.assert_close(backbone.see(vision), visual, atol=5e-5, rtol=1e-4)
        theirs = made.language(inputs_embeds=visual).logits
        ours = backbone.language(inputs_embeds=backbone.see(vision)).logits
    torch.testing.assert_close(ours, theirs, atol=5e-5, rtol=1e-4)
    assert float(theirs.std()) > 0.01 and float(visual.std()) > 0.1


def test_blip2_as_transformers_publishes_it_gives_the_same_backbone(
    made: Fake, published: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    convert(published, first)
    convert(write_as_transformers(made, published), second)
    one, other = (load_backbone(folder)[0] for folder in (first, second))
    assert one.config == other.config
    pairs = zip(one.state_dict().items(), other.state_dict().values(), strict=True)
    assert [name for (name, a), b in pairs if not torch.equal(a, b)] == []


def test_shards_are_cut_at_the_limit_and_load_as_the_whole(
    published: Path, target: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    convert(published, whole)
    told: list[tuple[int, int]] = []
    convert(published, target, lambda done, total, **_: told.append((done, total)), limit=400_000)
    files = shard_files(target)
    assert len(files) > 5 and told
    largest = max(tensor.nbytes for tensor in load_backbone(whole)[0].state_dict().values())
    assert all(path.stat().st_size < max(400_000, largest) + 20_000 for path in files)
    one, other = (load_backbone(folder)[0].state_dict() for folder in (whole, target))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_tensors_keep_the_type_they_are_published_in(made: Fake, tmp_path: Path, target: Path) -> None:
    from safetensors import safe_open

    halves = Fake(
        made.branch, {name: one.half() for name, one in made.vision.items()}, made.qformer, made.language
    )
    convert(halves.write(tmp_path / "halves"), target)
    with safe_open(shard_files(target)[0], framework="pt") as file:
        assert file.get_tensor("vision.encoder.layers.0.self_attn.qkv.bias").dtype == torch.float16
        assert file.get_tensor("projection.weight").dtype == torch.float32
    assert load_backbone(target)[0].projection.weight.dtype == torch.float32


def test_positions_of_another_grid_are_resized_to_224_pixels(tmp_path: Path, target: Path) -> None:
    convert(fake(grid=6).write(tmp_path / "grid"), target)
    assert load_backbone(target)[0].vision.embeddings.position_embedding.shape == (1, 17, WIDTH)
    # A plane stays a plane away from the border, and the token of the image is left alone.
    rows = torch.arange(8.0).repeat_interleave(8)
    table = torch.cat([torch.tensor([99.0]), rows])[None, :, None]
    resized = on_grid(table, 17)
    assert resized[0, 0, 0] == 99.0
    torch.testing.assert_close(resized[0, 5:13, 0], torch.tensor([2.5] * 4 + [4.5] * 4))


def test_a_language_model_in_pickled_shards_is_read_too(made: Fake, published: Path, target: Path) -> None:
    folder = published / FOLDER
    (folder / "model.safetensors").unlink()
    state = made.language.state_dict()
    names = sorted(state)
    half = len(names) // 2
    places = {name: f"pytorch_model-0000{1 + (n >= half)}-of-00002.bin" for n, name in enumerate(names)}
    for file in set(places.values()):
        torch.save({name: state[name] for name in names if places[name] == file}, folder / file)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": places}))
    convert(published, target)
    assert torch.equal(load_backbone(target)[0].language.lm_head.weight, state["lm_head.weight"])


def respoil(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = torch.load(path, weights_only=True)
    change(content.get("model", content))
    torch.save(content, path)


class Trap:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("/nonexistent/ran"),))


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        (BRANCH, lambda s: s.pop("llama_proj.bias"), "lacks 1 tensors; the first is 'llama_proj.bias'"),
        (VISION, lambda s: s.pop("blocks.1.attn.q_bias"), "'visual_encoder.blocks.1.attn.q_bias'"),
        (BRANCH, lambda s: s.pop("video_query_tokens"), "no tensor 'video_query_tokens'"),
        (BRANCH, lambda s: s.update(lora_a=torch.ones(2)), "'lora_a' is no part of Video-LLaMA"),
        (
            VISION,
            lambda s: s.update({"blocks.0.gamma_1": torch.ones(2)}),
            "'visual_encoder.blocks.0.gamma_1'",
        ),
        (
            QFORMER,
            lambda s: s.update({"ln_vision.bias": torch.ones(WIDTH + 1)}),
            r"'ln_vision.bias' has shape",
        ),
        (
            BRANCH,
            lambda s: s.update({"llama_proj.weight": torch.ones(D, D)}),
            r"'llama_proj.weight' has shape",
        ),
        (BRANCH, lambda s: s["llama_proj.bias"].fill_(float("nan")), "no finite numbers"),
        (BRANCH, lambda s: s.update({"llama_proj.bias": [1.0]}), "'llama_proj.bias' is of type list"),
    ],
)
def test_a_spoilt_checkpoint_is_refused_with_the_tensor(
    published: Path, target: Path, file: str, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    respoil(published / file, change)
    with pytest.raises(DataDamagedError, match=said):
        convert(published, target)


@pytest.mark.parametrize("file", [BRANCH, VISION, QFORMER, f"{FOLDER}/model.safetensors"])
def test_a_file_that_is_cut_off_is_refused_by_name(published: Path, target: Path, file: str) -> None:
    path = published / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataDamagedError, match=path.name):
        convert(published, target)
    assert not any(target.iterdir())


def test_a_pickle_with_code_in_it_is_refused_and_not_run(
    published: Path, target: Path, tmp_path: Path
) -> None:
    torch.save({"model": {"llama_proj.bias": Trap()}}, published / BRANCH)
    with pytest.raises(MismatchError, match="more than tensors"):
        convert(published, target)
    (published / BRANCH).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(VsumbenchError, match=BRANCH):
        convert(published, target)


@pytest.mark.parametrize(
    ("gone", "said"),
    [(BRANCH, "VL_LLaMA"), (VISION, "eva_vit_g"), (f"{FOLDER}/config.json", "language model")],
)
def test_a_part_that_is_not_there_is_named(published: Path, target: Path, gone: str, said: str) -> None:
    (published / gone).unlink()
    with pytest.raises(DataMissingError, match=said):
        convert(published, target)


def test_two_branches_are_a_guess_and_refused(published: Path, target: Path) -> None:
    (published / "VL_LLaMA_2_7B_Pretrained.pth").write_bytes((published / BRANCH).read_bytes())
    with pytest.raises(MismatchError, match="2 checkpoints of the branch"):
        convert(published, target)


def test_a_checkpoint_of_another_size_is_not_taken_for_the_7b_one(published: Path, target: Path) -> None:
    with pytest.raises(MismatchError, match="the release has"):
        convert_7b(published, target)


@pytest.mark.parametrize(
    "change",
    [{"num_key_value_heads": 1}, {"rope_theta": 5e5}, {"model_type": "mistral"}, {"hidden_act": "gelu"}],
)
def test_a_language_model_that_computes_otherwise_is_refused(
    published: Path, target: Path, change: dict[str, Any]
) -> None:
    path = published / FOLDER / "config.json"
    stated = json.loads(path.read_text())
    stated.pop("rope_parameters", None)
    path.write_text(json.dumps(stated | change))
    with pytest.raises((MismatchError, DataMissingError)):
        convert(published, target)


def test_a_padding_token_without_an_embedding_is_let_pass(published: Path, target: Path) -> None:
    from copy import deepcopy

    more = deepcopy(TOKENIZER)
    more.add_special_tokens({"pad_token": "<other pad>"})
    more.save_pretrained(published / FOLDER)
    convert(published, target)
    _, tokenizer = load_backbone(target)
    assert len(tokenizer) == len(TOKENIZER) + 1
