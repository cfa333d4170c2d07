"""Checkpoints are found on this machine alone: a folder, the weights root, the cache of the Hub."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import socket
from pathlib import Path

import pytest

from vsumbench.data import digests
from vsumbench.data.checkpoints import find_checkpoint
from vsumbench.errors import DataDamagedError, DataMissingError, UnavailableError

CONTENT = b"tensors"


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or ("config.json", "model.safetensors"):
        (folder / name).write_bytes(CONTENT)
    return folder


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty places, a working folder that is none of them, and no network."""
    constants = pytest.importorskip("huggingface_hub.constants")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def refuse(*args: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tmp_path


def in_hub_cache(places: Path, *names: str) -> Path:
    base = places / "hub" / "models--me--mine"
    (base / "refs").mkdir(parents=True)
    (base / "refs" / "main").write_text("0" * 40)
    return put(base / "snapshots" / ("0" * 40), *names)


def test_a_folder_is_taken_as_it_is(places: Path) -> None:
    folder = put(places / "mine")
    found = find_checkpoint(str(folder))
    assert (found.folder, found.weights, found.title) == (folder, ("model.safetensors",), "mine")
    assert found.sha256() == hashlib.sha256(CONTENT).hexdigest()


def test_the_weights_root_comes_before_the_cache_of_the_hub(places: Path) -> None:
    snapshot = in_hub_cache(places)
    assert find_checkpoint("me/mine").folder == snapshot
    below = put(places / "weights" / "me" / "mine")
    assert find_checkpoint("me/mine").folder == below


def test_what_is_nowhere_names_the_places_and_the_command(places: Path) -> None:
    with pytest.raises(UnavailableError, match="'me/mine' is not here") as caught:
        find_checkpoint("me/mine")
    # A record may hold the message and be shown elsewhere: places of this machine stand in the hint alone.
    assert str(places) not in caught.value.message
    command = shlex.join(["hf", "download", "me/mine", "--local-dir", str(places / "weights" / "me/mine")])
    assert f"`{command}`" in caught.value.hint


@pytest.mark.parametrize("name", ["/no/such/folder", "../mine", "a/b/c", "two words", ""])
def test_a_name_no_hub_could_have_is_not_looked_for_there(name: str) -> None:
    with pytest.raises(UnavailableError, match="is not here") as caught:
        find_checkpoint(name)
    assert "hf download" not in caught.value.hint


def test_a_folder_that_holds_no_model_is_none(places: Path) -> None:
    with pytest.raises(UnavailableError, match=r"has no config\.json"):
        find_checkpoint(str(put(places / "mine", "readme.txt")))


def test_a_pickle_is_not_read_and_the_hint_converts_it(places: Path) -> None:
    folder = put(places / "mine", "config.json", "pytorch_model.bin")
    with pytest.raises(UnavailableError, match=r"pytorch_model\.bin, a pickle, which is not read") as caught:
        find_checkpoint(str(folder))
    command = shlex.split(caught.value.hint.split("`")[1])
    assert command[:2] == ["python", "-c"] and str(folder) in command[2] and "weights_only=True" in command[2]
    compile(command[2], "hint", "exec")


def test_a_pickle_in_the_cache_is_converted_where_the_next_look_finds_it(places: Path) -> None:
    in_hub_cache(places, "config.json", "pytorch_model.bin")
    with pytest.raises(UnavailableError, match="a pickle") as caught:
        find_checkpoint("me/mine")
    # What stands in the cache is links into a store; the copy gets its own place first.
    assert f"hf download me/mine --local-dir {places / 'weights' / 'me/mine'}" in caught.value.hint
    assert "snapshots" not in caught.value.hint


def test_several_weight_files_are_all_of_them(places: Path) -> None:
    folder = put(places / "mine", "config.json", "a.safetensors", "b.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"x": "b.safetensors", "y": "a.safetensors"}}))
    found = find_checkpoint(str(folder))
    assert found.weights == ("a.safetensors", "b.safetensors")
    before = found.sha256()
    (folder / "b.safetensors").write_bytes(b"other")
    assert found.sha256() != before


@pytest.mark.parametrize("content", [{"weight_map": {"x": "gone.safetensors"}}, {"weight_map": {}}, []])
def test_an_index_of_what_is_not_there_is_damaged(places: Path, content: object) -> None:
    folder = put(places / "mine", "config.json")
    (folder / "model.safetensors.index.json").write_text(json.dumps(content))
    with pytest.raises(DataDamagedError, match=r"index\.json"):
        find_checkpoint(str(folder))


def test_weights_are_read_again_only_if_they_changed(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(places / "mine")
    read: list[Path] = []
    once = digests.sha256_file

    def noted(path: Path) -> str:
        read.append(path)
        return once(path)

    monkeypatch.setattr(digests, "sha256_file", noted)
    before = find_checkpoint(str(folder)).sha256()
    assert find_checkpoint(str(folder)).sha256() == before == hashlib.sha256(CONTENT).hexdigest()
    assert len(read) == 1
    file = folder / "model.safetensors"
    file.write_bytes(CONTENT[::-1])
    os.utime(file, ns=(0, 0))
    assert find_checkpoint(str(folder)).sha256() == hashlib.sha256(CONTENT[::-1]).hexdigest()
    assert len(read) == 2


def test_weights_that_went_away_have_no_digest(places: Path) -> None:
    found = find_checkpoint(str(put(places / "mine")))
    (found.folder / "model.safetensors").unlink()
    with pytest.raises(DataMissingError, match="cannot be read"):
        found.sha256()
