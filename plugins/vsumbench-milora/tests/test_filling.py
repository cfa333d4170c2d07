"""A backbone is filled without a second copy, in the types and on the devices that were asked for."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from milora_support import MICRO, TINY_ID, Bench, noise_video, write_weights
from vsumbench_milora.options import VideoLlamaOptions
from vsumbench_milora.video_llama.backbone import Backbone, new_backbone
from vsumbench_milora.video_llama.checkpoint import load_backbone, write_config
from vsumbench_milora.video_llama.config import PAPER_7B
from vsumbench_milora.video_llama.counting import empty_backbone
from vsumbench_milora.video_llama.filling import Placement, device_map, extend_positions, filled, size_of
from vsumbench_milora.video_llama.loading import backbone_config, load, placement, settled
from vsumbench_milora.video_llama.model import VideoLlama
from vsumbench_milora.video_llama.options import BranchOptions
from vsumbench_milora.video_llama.shards import write_shards

from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError, UnavailableError

GIB = 1 << 30


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path / "weights"))
    return write_weights(tmp_path / "weights")


def tiny(**changes: object) -> BranchOptions:
    given = {"backbone": TINY_ID, "num_frames": 2, "prompt": "Summarize the video.", "max_new_tokens": 8}
    return BranchOptions(**{**given, "conversation": "plain", **changes})  # type: ignore[arg-type]


def test_shards_fill_it_as_one_file_does(folder: Path, tmp_path: Path) -> None:
    whole, _ = load_backbone(folder)
    write_shards(tmp_path, whole.state_dict().items(), limit=4_000)
    files = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(files) > 3
    again = filled(MICRO, files, Placement())
    assert all(torch.equal(one, again.state_dict()[name]) for name, one in whole.state_dict().items())
    assert not any(parameter.requires_grad for parameter in again.parameters())


def test_what_was_filled_computes_what_was_saved(folder: Path) -> None:
    backbone, _ = load_backbone(folder)
    written = new_backbone(MICRO, 7).eval()
    assert not any(tensor.is_meta for tensor in (*backbone.parameters(), *backbone.buffers()))
    given = torch.randn(1, 2, 3, MICRO.vision.image, MICRO.vision.image)
    with torch.no_grad():
        seen = [one.see(one.encode_frames(given)) for one in (backbone, written)]
        logits = [
            one.language(inputs_embeds=there).logits
            for one, there in zip((backbone, written), seen, strict=True)
        ]
    assert torch.equal(seen[0], seen[1]) and torch.equal(logits[0], logits[1])


def test_frozen_parts_take_the_type_of_the_run_and_the_branch_stays_exact(folder: Path) -> None:
    half = placement(tiny(), "cpu", "bfloat16")
    backbone, _ = load_backbone(folder, half)
    kinds = {name: one.dtype for name, one in backbone.named_parameters()}
    assert {kinds[name] for name in kinds if name.startswith(("vision", "language", "image_"))} == {
        torch.bfloat16
    }
    assert {kinds["projection.weight"], kinds["frame_positions"], kinds["video_queries"]} == {torch.float32}
    whole = placement(tiny(frozen_in="float32"), "cpu", "bfloat16")
    assert {one.dtype for one in load_backbone(folder, whole)[0].parameters()} == {torch.float32}
    wide = placement(tiny(), "cpu", "float64")
    assert {one.dtype for one in load_backbone(folder, wide)[0].parameters()} == {torch.float64}


@pytest.mark.parametrize("frozen_in", ["context", "float32"])
def test_a_run_in_bfloat16_writes_whatever_frozen_parts_are_kept_in(
    folder: Path, tmp_path: Path, frozen_in: str
) -> None:
    context = Bench(tmp_path).context(dtype="bfloat16")
    model = VideoLlama(tiny(frozen_in=frozen_in), context)
    (summary,) = model.summarize([noise_video("v")], context)
    assert summary.cost is not None and summary.cost.tokens


def test_what_is_put_around_a_backbone_leaves_its_frozen_parts_as_they_are(folder: Path) -> None:
    backbone, _ = load(tiny(), None, "cpu", "bfloat16")
    around = torch.nn.ModuleDict({"backbone": backbone, "more": torch.nn.Linear(2, 2).double()})
    settled(around, tiny(), "cpu", "bfloat16")
    assert around["more"].weight.dtype == torch.float32
    assert backbone.language.lm_head.weight.dtype == torch.bfloat16


def test_in_bfloat16_the_7b_model_takes_half_of_its_memory() -> None:
    backbone = empty_backbone(PAPER_7B)
    half = size_of(backbone, Placement(frozen=torch.bfloat16)) / GIB
    whole = size_of(backbone, Placement()) / GIB
    assert (round(half, 1), round(whole, 1)) == (14.7, 29.2)


def test_the_language_model_is_spread_where_one_device_is_too_small() -> None:
    backbone = empty_backbone(PAPER_7B)
    asked = Placement(load="sharded", device="cuda:0", frozen=torch.bfloat16)
    places = device_map(backbone, asked, {0: 8 * GIB, 1: 8 * GIB, "cpu": 64 * GIB})
    layers = {name: place for name, place in places.items() if ".layers." in name}
    assert places[""] == 0 and set(layers.values()) == {0, 1}
    # The image tower stands on the first device, so that fewer layers find room there.
    assert [*layers.values()].count(0) < [*layers.values()].count(1)
    assert places["language.model.embed_tokens"] == 0
    alone = device_map(backbone, asked, {0: 80 * GIB, "cpu": 64 * GIB})
    assert {place for name, place in alone.items()} == {0}


def test_spread_over_the_cpu_alone_it_writes_the_same(folder: Path, tmp_path: Path) -> None:
    context = Bench(tmp_path).context()
    videos = [noise_video("a"), noise_video("b")]
    whole, spread = (
        [one.text for one in VideoLlama(tiny(load=load), context).summarize(videos, context)]
        for load in ("full", "sharded")
    )
    assert whole == spread


def test_a_training_is_refused_where_the_language_model_is_spread(folder: Path, tmp_path: Path) -> None:
    context = Bench(tmp_path).context()
    with pytest.raises(MismatchError, match="spreads the language model"):
        VideoLlama(tiny(load="sharded", trains="branch"), context).fit([], [], context)


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is not None, reason="bitsandbytes is installed")
def test_8_bits_without_bitsandbytes_is_one_clear_line(folder: Path) -> None:
    with pytest.raises(UnavailableError, match="load=8bit needs bitsandbytes"):
        load(tiny(load="8bit"))


def test_a_shard_that_is_missing_or_twice_there_is_refused(folder: Path, tmp_path: Path) -> None:
    whole, _ = load_backbone(folder)
    (folder / "model.safetensors").unlink()
    write_shards(folder, whole.state_dict().items(), limit=40_000)
    first = folder / "model-00001.safetensors"
    content = first.read_bytes()
    first.unlink()
    with pytest.raises(DataDamagedError, match="model-00001"):
        load_backbone(folder)
    (folder / "model-00002.safetensors").write_bytes(content)
    first.write_bytes(content)
    with pytest.raises(DataDamagedError, match="another shard"):
        load_backbone(folder)


# Frame positions --------------------------------------------------------------------------------------------


def test_more_positions_are_interpolated_between_the_first_and_the_last(backbone: Backbone) -> None:
    with torch.no_grad():
        backbone.frame_positions.copy_(torch.arange(32.0)[:, None] * torch.arange(24.0))
    before = backbone.frame_positions.clone()
    extend_positions(backbone, 63)
    assert backbone.config.frame_positions == 63 == len(backbone.frame_positions)
    torch.testing.assert_close(backbone.frame_positions[::2], before)
    torch.testing.assert_close(backbone.frame_positions[1::2], (before[1:] + before[:-1]) / 2)
    with pytest.raises(MismatchError, match="63 rows"):
        extend_positions(backbone, 40)


def test_more_frames_than_positions_need_the_option(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionValueError, match="extend_positions=true"):
        backbone_config(tiny(num_frames=40))
    asked = tiny(num_frames=40, extend_positions=True)
    backbone, _ = load(asked)
    assert backbone_config(asked).frame_positions == 40 == len(backbone.frame_positions)
    context = Bench(tmp_path).context()
    (summary,) = VideoLlama(asked, context).summarize([noise_video("v", steps=50)], context)
    assert summary.text is not None
    fewer, _ = load(replace(asked, num_frames=3))
    assert len(fewer.frame_positions) == 32


def test_published_weights_need_not_be_here_to_be_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSUMBENCH_WEIGHTS", str(tmp_path))
    assert backbone_config(VideoLlamaOptions()) == PAPER_7B
    context = Bench(tmp_path).context()
    frozen = VideoLlama(BranchOptions(), context).parameters()
    tuned = VideoLlama(BranchOptions(trains="branch"), context).parameters()
    assert sum(total for total, _ in frozen.values()) == 7_851_634_176
    assert sum(live for _, live in frozen.values()) == 0
    assert sum(live for _, live in tuned.values()) == 22_104_064
    large = BranchOptions(backbone="video-llama-2-13b-finetuned", trains="branch")
    assert sum(live for _, live in VideoLlama(large, context).parameters().values()) == 22_891_520


# Memory -----------------------------------------------------------------------------------------------------

_MEASURED = """
import sys
from pathlib import Path
from vsumbench_milora.video_llama.checkpoint import read_config
from vsumbench_milora.video_llama.filling import Placement, filled
from vsumbench_milora.video_llama.shards import shard_files

def peak():
    # Of this program alone; what getrusage says is inherited from the one that started it.
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024

folder = Path(sys.argv[1])
files, config = shard_files(folder), read_config(folder)
before = peak()
backbone = filled(config, files, Placement())
after = peak()
size = sum(one.numel() * one.element_size() for one in backbone.parameters())
print((after - before) / size)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="the system does not say")
def test_filling_takes_the_memory_of_one_copy_and_of_one_shard(tmp_path: Path) -> None:
    language = replace(MICRO.language, width=1024, layers=6, heads=8, mlp=4096)
    config = replace(MICRO, language=language)
    backbone = new_backbone(config, 0)
    size = sum(one.numel() * one.element_size() for one in backbone.parameters())
    write_shards(tmp_path, backbone.state_dict().items(), limit=size // 8)
    write_config(tmp_path, config)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert 0.9 < float(done.stdout) < 1.3
