"""Adapters on disk: saved ones come back, published ones load whole, and what does not fit is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from online_support import (
    adapted,
    new_wording,
    options_of,
    released_options,
    rewrite,
    stir,
    write_released,
)
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from vsumbench_milora.videollm_online.live.network import Live
from vsumbench_milora.videollm_online.live.seeing import Eyes
from vsumbench_milora.videollm_online.parts import first_model, load_language, load_vision
from vsumbench_milora.videollm_online.spec import LLAMA_3, RELEASED, SIGLIP
from vsumbench_milora.videollm_online.storing import check_settings, load_adapter, save_adapter

from vsumbench.contracts import Seeds
from vsumbench.errors import DataDamagedError, MismatchError, WeightsMissingError

STANDS_ON = {"language": "l", "language_digest": "1", "vision": "v", "vision_digest": "2"}
LORA_A = "base_model.model.model.layers.1.mlp.down_proj.lora_A.weight"
CONNECTOR = "base_model.model.connector.0.weight"
HEAD = "base_model.model.lm_head.lora_B.weight"
TABLE = "base_model.model.lm_head.base_layer.weight"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Tensor]]:
    """A weights root with fake published weights. Not to be changed."""
    root = tmp_path_factory.mktemp("published")
    return root, write_released(root)


@pytest.fixture
def root(published: tuple[Path, dict[str, Tensor]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in use."""
    shutil.copytree(published[0], tmp_path / "weights")
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def begun() -> nn.Module:
    options = released_options()
    language, _ = load_language(options)
    return first_model(language, options, Seeds(0))


def test_published_weights_load_with_nothing_missing_and_nothing_left_over(
    root: Path, published: tuple[Path, dict[str, Tensor]]
) -> None:
    model = begun()
    loaded = get_peft_model_state_dict(model, save_embedding_layers=False)
    adapter = {name: tensor for name, tensor in published[1].items() if name != TABLE}
    assert loaded.keys() == adapter.keys()
    for name, tensor in adapter.items():
        assert torch.equal(loaded[name], tensor), name
    names = {name.removeprefix("base_model.model.") for name in adapter}
    assert {"connector.0.weight", "connector.2.bias", "lm_head.lora_A.weight"} <= names
    assert "model.layers.0.self_attn.q_proj.lora_B.weight" in names


def test_a_sharded_llama_and_the_tower_of_a_whole_siglip_are_read(root: Path) -> None:
    assert len([*(root / LLAMA_3.id).glob("model-*.safetensors")]) > 1
    language, wording = load_language(released_options())
    assert wording.vocabulary == language.config.vocab_size
    tower = {
        name.removeprefix("vision_model."): tensor
        for name, tensor in load_file(root / SIGLIP.id / "model.safetensors").items()
        if name.startswith("vision_model.")
    }
    found = load_vision(released_options())
    assert not any(parameter.requires_grad for parameter in found.parameters())
    assert {name for name, _ in found.named_parameters()} == tower.keys()
    assert all(torch.equal(parameter, tower[name]) for name, parameter in found.named_parameters())
    assert Eyes(found, 3)(torch.zeros(1, 3, 16, 16)).shape == (1, 10, 16)


def test_an_adapter_without_the_table_of_the_head_loads_too(root: Path, tmp_path: Path) -> None:
    tensors = load_file(root / RELEASED.id / "adapter_model.safetensors")
    del tensors[TABLE]
    whole = begun().state_dict()
    rewrite(root / RELEASED.id, tensors)
    found = begun().state_dict()
    assert found.keys() == whole.keys() and all(torch.equal(found[name], whole[name]) for name in whole)


def without(tensors: dict[str, Tensor]) -> None:
    del tensors[LORA_A]


def spoilt(tensors: dict[str, Tensor]) -> None:
    tensors[LORA_A][0, 0] = torch.nan


def more(tensors: dict[str, Tensor]) -> None:
    tensors["base_model.model.model.layers.2.mlp.down_proj.lora_A.weight"] = tensors[LORA_A].clone()


def turned(tensors: dict[str, Tensor]) -> None:
    tensors[CONNECTOR] = tensors[CONNECTOR].T.contiguous()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without, "down_proj.lora_A.weight' is missing"),
        (spoilt, "holds NaN"),
        (more, "layers.2.mlp.down_proj"),
        (turned, "connector.0.weight' is \\(16, 32\\); the model has \\(32, 16\\)"),
    ],
)
def test_a_corrupted_adapter_is_refused(
    root: Path, damage: Callable[[dict[str, Tensor]], None], said: str
) -> None:
    tensors = load_file(root / RELEASED.id / "adapter_model.safetensors")
    damage(tensors)
    rewrite(root / RELEASED.id, tensors)
    with pytest.raises(DataDamagedError, match=said):
        begun()


def test_an_adapter_that_was_cut_off_or_is_a_pickle_is_refused(root: Path) -> None:
    path = root / RELEASED.id / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataDamagedError, match="not a whole safetensors file"):
        begun()
    path.rename(path.with_suffix(".bin"))
    with pytest.raises(DataDamagedError, match="a pickle, which is not read"):
        begun()


def test_a_head_of_a_resized_vocabulary_is_refused_in_words(root: Path) -> None:
    tensors = load_file(root / RELEASED.id / "adapter_model.safetensors")
    tensors[HEAD] = torch.cat([tensors[HEAD], tensors[HEAD][:1]])
    rewrite(root / RELEASED.id, tensors)
    with pytest.raises(MismatchError, match=r"adapts a head of 299 words; .* has 298") as refused:
        begun()
    assert "without resizing" in refused.value.hint


def test_an_adapter_of_another_language_model_is_refused(root: Path) -> None:
    tensors = load_file(root / RELEASED.id / "adapter_model.safetensors")
    tensors[TABLE][3, 3] += 1
    rewrite(root / RELEASED.id, tensors)
    with pytest.raises(MismatchError, match="holds the table 'base_model"):
        begun()


def test_a_head_that_is_the_table_of_words_is_refused(root: Path) -> None:
    path = root / LLAMA_3.id / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"tie_word_embeddings": True}), encoding="utf-8")
    with pytest.raises(MismatchError, match="shares its table of words with its head"):
        begun()


def test_a_language_model_that_lacks_parameters_is_refused(root: Path) -> None:
    path = next(iter(sorted((root / LLAMA_3.id).glob("model-*.safetensors"))))
    tensors = load_file(path)
    gone = next(iter(tensors))
    rewritten = {name: tensor for name, tensor in tensors.items() if name != gone}
    save_file(rewritten, path, metadata={"format": "pt"})
    index = root / LLAMA_3.id / "model.safetensors.index.json"
    listed = json.loads(index.read_text(encoding="utf-8"))
    del listed["weight_map"][gone]
    index.write_text(json.dumps(listed), encoding="utf-8")
    with pytest.raises(DataDamagedError, match="lacks 1 parameters"):
        begun()


def test_another_rank_or_kind_of_model_is_refused_with_what_to_set(root: Path) -> None:
    language, _ = load_language(released_options())
    with pytest.raises(MismatchError, match="r=4; the option rank is 8") as refused:
        first_model(language, released_options(rank=8), Seeds(0))
    assert "--set rank=4" in refused.value.hint
    with pytest.raises(MismatchError, match="of the type 'siglip'"):
        load_language(released_options(language=SIGLIP.id))


def test_weights_that_are_not_there_are_named(root: Path) -> None:
    shutil.rmtree(root / RELEASED.id)
    with pytest.raises(WeightsMissingError, match=RELEASED.id):
        begun()


def test_what_is_saved_comes_back_and_computes_the_same(tmp_path: Path) -> None:
    options = options_of()
    model, again = adapted(options), adapted(options)
    stir(model)
    save_adapter(model, options, STANDS_ON, tmp_path)
    check_settings(tmp_path, options, STANDS_ON)
    load_adapter(again, tmp_path, options)
    wording = new_wording()
    ids = torch.tensor([wording.tokens("Watch the video.")[0]])
    lives = [Live(one, wording.placeholder) for one in (model, again, adapted(options))]
    trained, loaded, fresh = (live.logits(live.hidden(live.words(ids))) for live in lives)
    assert torch.equal(trained, loaded)
    assert not torch.allclose(trained, fresh, atol=1e-3)


def test_a_saved_folder_is_one_of_peft_and_names_no_place(tmp_path: Path) -> None:
    options = options_of()
    save_adapter(adapted(options), options, STANDS_ON, tmp_path)
    names = ["adapter_config.json", "adapter_model.safetensors", "online_config.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    config = json.loads((tmp_path / names[0]).read_text(encoding="utf-8"))
    assert (config["peft_type"], config["r"], config["modules_to_save"]) == ("LORA", 8, ["connector"])
    assert config["base_model_name_or_path"] == "videollm-online-tiny"
    assert TABLE not in load_file(tmp_path / names[1])


@pytest.mark.parametrize(
    ("change", "stands_on"),
    [({"grid": 0}, {}), ({"rank": 4}, {}), ({}, {"language_digest": "other"})],
)
def test_an_adapter_of_another_structure_or_backbone_is_refused(
    tmp_path: Path, change: dict[str, Any], stands_on: dict[str, str]
) -> None:
    options = options_of()
    save_adapter(adapted(options), options, STANDS_ON, tmp_path)
    name = next(iter(change | stands_on))
    with pytest.raises(MismatchError, match=f"saved with {name}="):
        check_settings(tmp_path, options_of(**change), STANDS_ON | stands_on)
